"""The table of platforms: who is in it, what it opens, and what it does with its own mistakes."""

from __future__ import annotations

import logging
from dataclasses import replace

import pytest

from app import platforms
from app.model import Exchange, Flaw, Kind, Provenance, Request, Side
from app.platforms import PLATFORMS, Platform, claims, decode, decrypted_hosts, platform, rules_of, watched


def test_a_platform_is_found_by_its_name_only() -> None:
    assert platform("meta").title == "Meta"
    with pytest.raises(KeyError):
        platform("Meta")


def test_every_platform_has_its_rule_with_a_source() -> None:
    assert set(rules_of()) == {each.name for each in PLATFORMS}
    rule = rules_of()["meta"]
    assert (rule.window_ms, rule.keys[0].same_side) == (48 * 3600 * 1000, True)
    assert all(each.survivor and all(key.source for key in each.keys) for each in rules_of().values())


def test_only_hosts_of_platforms_and_named_endpoints_are_opened() -> None:
    hosts = decrypted_hosts(
        ["shop.example/fp/tr", "https://GW.example:8443/events", "shop.example", "", "facebook.com"]
    )
    assert hosts[-2:] == ("shop.example", "gw.example")
    assert hosts[: len(hosts) - 2] == decrypted_hosts()
    assert hosts[:9] == (
        "www.facebook.com",
        "facebook.com",
        "web.facebook.com",
        "m.facebook.com",
        "connect.facebook.net",
        "graph.facebook.com",
        "*.conversionsapigateway.com",
        "*.analytics.tiktok.com",
        "business-api.tiktok.com",
    )
    assert hosts[9:] == (*decrypted_hosts()[9:], "shop.example", "gw.example")


@pytest.mark.parametrize(
    ("url", "watched_there", "claimed_there"),
    [
        ("https://www.facebook.com/tr/?id=1&ev=Lead", True, True),
        ("https://web.facebook.com/tr?id=1&ev=Lead", True, True),
        ("https://www.facebook.com/privacy_sandbox/pixel/register/trigger/?id=1&ev=Lead", True, True),
        ("https://connect.facebook.net/en_US/fbevents.js", True, True),
        ("https://connect.facebook.net/signals/config/1?v=2", True, True),
        ("https://connect.facebook.net/log/error?e=1", True, False),
        ("https://graph.facebook.com/v26.0/1/events", True, True),
        ("https://graph.facebook.com/v26.0/me?fields=email", True, False),
        ("https://eu-1.conversionsapigateway.com/capi/1/events", True, False),  # without a body it can not be told
        ("https://www.facebook.com/login/device-based/regular/login/?ev=Lead&id=1", False, False),
        ("https://business.facebook.com/tr/", False, True),  # from a file; never opened
        ("https://www.instagram.com/accounts/login/ajax/", False, False),
    ],
)
def test_only_what_carries_events_configuration_and_the_library_is_watched_and_claimed(
    url: str, watched_there: bool, claimed_there: bool
) -> None:
    host, _, path = url.removeprefix("https://").partition("/")
    assert any(each.covers(host, f"/{path}") for each in watched()) is watched_there
    assert claims(Request("POST", url)) is claimed_there


def test_a_reader_that_trips_over_a_request_keeps_it(
    monkeypatch: pytest.MonkeyPatch, warnings_of_ours: list[logging.LogRecord]
) -> None:
    def trip(request: Request, endpoints: tuple[str, ...] = ()) -> bool:
        raise ZeroDivisionError

    monkeypatch.setattr(platforms, "PLATFORMS", (replace(platform("meta"), claims=trip),))
    assert claims(Request("GET", "https://www.facebook.com/tr/?id=1&ev=Lead"))
    assert len(warnings_of_ours) == 1
    warnings_of_ours.clear()


def test_what_nobody_claims_has_no_events() -> None:
    for url in ("https://shop.example/", "https://www.facebook.com/login", "", "not a url", "https://[::1"):
        request = Request("POST", url, (), b'{"event_name":"Purchase"}')
        assert decode(Exchange(Provenance.IMPORTED, request, number=1)) == ()
        assert not platform("meta").claims(request)


def test_a_decoder_that_trips_costs_one_exchange_its_reading_and_is_logged(
    monkeypatch: pytest.MonkeyPatch, warnings_of_ours: list[logging.LogRecord]
) -> None:
    def trip(exchange: Exchange, endpoints: tuple[str, ...] = ()) -> tuple[()]:
        raise ZeroDivisionError

    broken: Platform = replace(platform("meta"), decode=trip)
    monkeypatch.setattr(platforms, "PLATFORMS", (broken,))
    request = Request("GET", "https://www.facebook.com/tr/?id=1&ev=Lead")
    (event,) = decode(Exchange(Provenance.CAPTURED, request, started_ms=5, number=7))
    assert (event.id, event.kind, event.side, event.platform) == ("e7.0", Kind.OTHER, Side.BROWSER, "meta")
    assert event.flaws == (Flaw("malformed-request", None, "decoder-failed"),)
    assert [record.exc_info is not None for record in warnings_of_ours] == [True]
    warnings_of_ours.clear()


def test_claiming_and_decoding_agree_on_first_party_places() -> None:
    request = Request("GET", "https://shop.example/fp/tr?id=12&ev=Lead")
    claims = platform("meta").claims
    assert [claims(request), claims(request, ("shop.example",)), claims(request, ("shop.example/other",))] == [
        False,
        True,
        False,
    ]


def test_a_name_is_found_however_late_it_stands_in_a_form() -> None:
    body = b"id=111&rqm=formPOST&note=" + b"y" * 5000
    late, never = (Request("POST", "https://shop.example/p", (), body + end) for end in (b"&ev=Lead", b"&prev=2"))
    assert [platform("meta").claims(request) for request in (late, never)] == [True, False]

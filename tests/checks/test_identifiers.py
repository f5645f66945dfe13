"""An invented platform's cookie and click IDs: its identifier table alone gives every finding on them."""

from __future__ import annotations

import re
from typing import Any

import pytest

from app.checks import BY_CODE
from app.hashing import sha256
from app.model import Event, Finding, Severity
from app.platforms.base import DAY_MS, Identifier, IdentifierForm, Role
from tests.checks.builders import FBP, NOW, browser, group, of_event, of_link, of_pair, of_session, server
from tests.checks.cases import codes
from tests.platforms import invented

PAGE = "https://shop.example/thanks"
SECOND = NOW // 1000
DEVICE, CLICK = f"D2.77.{SECOND}", f"K.{SECOND}.AbC_d-9"


def _unwrapped(value: str) -> str:
    return value.rpartition(".")[2]


def _plain(value: str) -> str:
    return value.removesuffix("~x")


TABLE = (
    Identifier(
        key="device",
        role=Role.BROWSER,
        title="browser ID (_dev)",
        cookie="_dev",
        bare=_plain,
        form=IdentifierForm(pattern=re.compile(r"D2\.\d+\.(?P<s>\d{10})"), words="of the form D2.<digits>.<seconds>"),
    ),
    Identifier(
        key="click",
        role=Role.CLICK,
        title="click ID (klid)",
        parameter="klid",
        unwrap=_unwrapped,
        bare=_plain,
        longest=20,
        form=IdentifierForm(
            pattern=re.compile(r"K\.(?P<s>\d{10})\.[\w-]+"),
            words="of the form K.<seconds>.<klid>",
            max_age_ms=30 * DAY_MS,
        ),
    ),
    Identifier(key="app_click", role=Role.CLICK, title="app click ID (aklid)", parameter="aklid"),
    Identifier(key="visit", role=Role.OTHER, title="visit ID"),
)


@pytest.fixture(autouse=True)
def other(monkeypatch: pytest.MonkeyPatch) -> None:
    invented.added(monkeypatch, identifiers=TABLE, plain={"member": "member ID"}, checks=())


def seen(*match_ids: tuple[str, str], **changes: Any) -> Event:
    return browser(**{"platform": "other", "name": "Bought", "match_ids": match_ids} | changes)


def sent(*match_ids: tuple[str, str], **changes: Any) -> Event:
    return server(**{"platform": "other", "name": "Bought", "match_ids": match_ids} | changes)


def on_identifiers(found: tuple[Finding, ...]) -> list[tuple[str, str | None, str | None]]:
    """Code, field and reason of what is said about identifiers."""
    return [(item.code, item.field, item.reason) for item in found if "-id-" in item.code and "event" not in item.code]


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("device", DEVICE, []),
        ("device", f"{DEVICE}~x", []),
        ("device", "D2.77", [("browser-id-malformed", "device", None)]),
        ("device", f"D2.77.{SECOND + 86_400}", [("browser-id-malformed", "device", "future")]),
        ("device", "D2.77.1000000000", []),
        ("click", CLICK, []),
        ("click", "AbC_d-9", [("click-id-malformed", "click", None)]),
        ("click", f"K.{SECOND - 31 * 86_400}.AbC", [("click-id-malformed", "click", "old")]),
        ("app_click", "anything goes", []),
        ("visit", "anything goes", []),
        ("fbp", "of another platform", []),
    ],
)
def test_its_own_form_and_age_decide(key: str, value: str, said: list[tuple[str, str, str | None]]) -> None:
    assert on_identifiers(of_event(seen((key, value)))) == said


def test_its_own_form_is_named_and_the_words_are_neutral() -> None:
    (found,) = of_event(sent(("device", "77")))
    assert found.message == "“77” is not of the form D2.<digits>.<seconds>."
    assert found.fix == BY_CODE["browser-id-malformed"].fix
    (old,) = of_event(sent(("click", f"K.{SECOND - 31 * 86_400}.AbC")))
    assert (old.message, old.severity) == (
        "The click is older than the 30 days for which it counts.",
        Severity.WARNING,
    )


@pytest.mark.parametrize(
    ("landed", "carried", "reason"),
    [
        ("AbC_d-9", CLICK, None),
        ("AbC_d-9", f"{CLICK}~x", None),
        ("ABC_D-9", CLICK, "case"),
        ("AbC_d-9_more", CLICK, "truncated"),
        ("else", CLICK, "other"),
        ("much_longer_than_any_click_is", CLICK, None),
    ],
)
def test_its_own_click_id_is_held_against_its_own_parameter(landed: str, carried: str, reason: str | None) -> None:
    found = on_identifiers(of_event(seen(("click", carried), page=f"{PAGE}?klid={landed}")))
    assert found == ([("click-id-modified", "click", reason)] if reason else [])


def test_a_click_that_no_identifier_carries_is_lost() -> None:
    lost = [("click-id-lost", None, None)]
    assert on_identifiers(of_event(seen(page=f"{PAGE}?klid=x"))) == lost
    assert on_identifiers(of_event(seen(page=f"{PAGE}?aklid=x"))) == lost
    assert on_identifiers(of_event(seen(page=f"{PAGE}?fbclid=x"))) == []
    assert on_identifiers(of_event(seen(("app_click", "x"), page=f"{PAGE}?klid=x"))) == [], "another click ID came"
    assert on_identifiers(of_pair(seen(("click", CLICK)), sent())) == lost


def test_a_click_lost_between_landing_and_conversion_is_told_for_the_session() -> None:
    def later(name: str) -> tuple[Finding, ...]:
        landing = seen(("device", DEVICE), name="Looked", event_id="p", page=f"{PAGE}?klid=x", own_ms=NOW - 60_000)
        event = browser(2, platform="other", name=name, match_ids=(("device", f"{DEVICE}~x"),))
        return of_session(groups=(group(landing), group(event, id="g2")))

    assert "click-id-lost" in codes(later("Bought"))
    assert "click-id-lost" not in codes(later("Looked")), "its own name for a page view"


@pytest.mark.parametrize(
    ("ours", "theirs", "said"),
    [
        (("device", DEVICE), ("device", f"{DEVICE}~x"), []),
        (("device", DEVICE), ("device", f"D2.78.{SECOND}"), [("browser-id-differs", "device", None)]),
        (("click", CLICK), ("click", CLICK), []),
        (("click", CLICK), ("click", f"K.{SECOND - 60}.AbC_d-9"), [("click-id-differs", "click", "time")]),
        (("click", CLICK), ("click", CLICK.lower()), [("click-id-differs", "click", "case")]),
        (("app_click", "a"), ("app_click", "b"), [("click-id-differs", "app_click", None)]),
        (("visit", "a"), ("visit", "b"), []),
    ],
)
def test_the_two_sides_are_compared(
    ours: tuple[str, str], theirs: tuple[str, str], said: list[tuple[str, str, str | None]]
) -> None:
    assert on_identifiers(of_pair(seen(ours), sent(theirs))) == said


@pytest.mark.parametrize(
    ("key", "hashed"),
    [("device", True), ("click", True), ("app_click", True), ("member", True), ("ip", True), ("colour", False)],
)
def test_what_it_wants_plain_must_not_be_hashed(key: str, hashed: bool) -> None:
    found = codes(of_event(sent((key, sha256("x")))))
    assert ("hashed-must-be-plain" in found) is hashed
    assert not {"browser-id-malformed", "click-id-malformed"} & found, "one fact, one finding"


def test_the_same_cookie_speaks_for_one_conversion_in_words() -> None:
    ours, theirs = seen(("device", DEVICE), event_id="a"), sent(("device", DEVICE), event_id="b")
    (found, *_) = of_link(ours, theirs, evidence=("device", "click", "fbp"))
    assert "(same browser ID and click ID)" in found.message


TTP, TTCLID = "2vExampleTtpCookie01.tt.1", "E.C.P.EXAMPLEttclid0001"


@pytest.mark.parametrize(
    ("match_ids", "said"),
    [
        ((("ttp", TTP), ("ttclid", TTCLID)), []),
        ((("ttp", TTP),), [("click-id-lost", None, None)]),
        ((("ttp", "two words"), ("ttclid", TTCLID)), [("browser-id-malformed", "ttp", None)]),
        ((("ttclid", TTCLID.lower()),), [("click-id-modified", "ttclid", "case")]),
        ((("ttclid", TTCLID[:10]),), [("click-id-modified", "ttclid", "truncated")]),
    ],
)
def test_tiktoks_click_may_be_lost_or_changed(
    match_ids: tuple[tuple[str, str], ...], said: list[tuple[str, str | None, str | None]]
) -> None:
    event = browser(platform="tiktok", name="CompletePayment", page=f"{PAGE}?ttclid={TTCLID}", match_ids=match_ids)
    assert on_identifiers(of_event(event)) == said


def test_tiktoks_cookie_is_compared_and_must_be_plain() -> None:
    ours = browser(platform="tiktok", name="CompletePayment", match_ids=(("ttp", TTP),))
    theirs = server(platform="tiktok", name="CompletePayment", match_ids=(("ttp", TTP[1:]),))
    assert on_identifiers(of_pair(ours, theirs)) == [("browser-id-differs", "ttp", None)]
    hashed = server(platform="tiktok", name="CompletePayment", match_ids=(("ttp", sha256(TTP)),))
    assert "hashed-must-be-plain" in codes(of_event(hashed))


def test_metas_codes_and_words_stay_metas() -> None:
    ours, theirs = browser(match_ids=(("fbp", FBP),)), server(match_ids=(("fbp", f"{FBP}1"),))
    (found,) = [item for item in of_pair(ours, theirs) if item.field == "fbp"]
    assert found.code == "fbp-differs"
    assert found.message.startswith("The sides differ in the browser ID (fbp): browser ")
    assert "_fbp cookie" in found.fix

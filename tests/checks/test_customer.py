"""Customer data: each code fires, and does not fire on the nearest harmless thing."""

from __future__ import annotations

import hashlib

import pytest

from app.checks import Context
from app.hashing import sha256
from app.model import Customer, Severity
from tests.checks.builders import (
    CLICK,
    FBC,
    MAIL,
    NOW,
    PHONE,
    UA,
    WITH_JO,
    browser,
    field,
    group,
    hashed,
    of_event,
    of_group,
    of_pair,
    of_session,
    server,
    user,
)
from tests.checks.cases import Case, codes

LANDING = f"https://shop.example/thanks?fbclid={CLICK}"
DAY = 86_400_000

CASES = (
    Case(
        "raw-personal-data",
        lambda: of_event(browser(user=(user("em", MAIL),))),
        lambda: of_event(browser(user=(hashed("em", MAIL),))),
    ),
    Case(
        "hash-wrong-form",
        lambda: of_event(browser(user=(user("em", sha256(MAIL).upper()),))),
        lambda: of_event(browser(user=(user("em", f"{sha256(MAIL)}.AQQCAQMC"),))),
    ),
    Case(
        "hash-of-nothing",
        lambda: of_event(browser(user=(hashed("ct", "undefined"),))),
        lambda: of_event(browser(user=(hashed("ct", "undefinedville"),))),
    ),
    Case(
        "hash-not-normalized",
        lambda: of_event(browser(user=(hashed("em", MAIL.upper()),)), WITH_JO),
        lambda: of_event(browser(user=(hashed("em", MAIL.upper()),))),
    ),
    Case(
        "hash-verified",
        lambda: of_pair(browser(), server(), WITH_JO),
        lambda: of_pair(browser(), server()),
    ),
    Case(
        "hash-convention",
        lambda: of_event(server(user=(hashed("fn", "o'neil"),)), WITH_JO),
        lambda: of_event(server(user=(hashed("fn", "oneil"),)), WITH_JO),
    ),
    Case(
        "hash-different",
        lambda: of_event(server(user=(hashed("em", "someone@example.org"),)), WITH_JO),
        lambda: of_event(server(user=(hashed("ln", "someone"),)), WITH_JO),
    ),
    Case(
        "hash-unknown",
        lambda: of_pair(browser(), server()),
        lambda: of_pair(browser(user=()), server(user=())),
    ),
    Case(
        "hash-differs-between-sides",
        lambda: of_pair(browser(user=(hashed("ph", "1"),)), server(user=(hashed("ph", "2"),))),
        lambda: of_pair(
            browser(user=(hashed("ph", "1"),)), server(user=(hashed("ph", "2"), user("ph", sha256("1") + ".AQQCAQMC")))
        ),
    ),
    Case(
        "stale-identity",
        lambda: of_event(browser(user=(hashed("em", MAIL), hashed("ph", "4915112345678"))), WITH_JO),
        lambda: of_event(browser(user=(hashed("em", MAIL), hashed("ph", PHONE))), WITH_JO),
    ),
    Case(
        "hashed-must-be-plain",
        lambda: of_event(server(match_ids=(("ip", sha256("203.0.113.9")), ("user_agent", UA)))),
        lambda: of_event(server(match_ids=(("ip", "203.0.113.9"), ("user_agent", UA)))),
    ),
    Case(
        "fbp-malformed",
        lambda: of_event(browser(match_ids=(("fbp", "1116446470"),))),
        lambda: of_event(browser(match_ids=(("fbp", "fb.2.1795317000000.447908042.AQQCAQMC"),))),
    ),
    Case(
        "fbc-malformed",
        lambda: of_event(browser(match_ids=(("fbc", f"fb.1.{NOW + DAY}.IwAR0"),))),
        lambda: of_event(browser(match_ids=(("fbc", "fb.1.1795317000000.IwAR.0_a-b.AQQBAQMC"),))),
    ),
    Case(
        "fbc-modified",
        lambda: of_event(browser(page=LANDING, match_ids=(("fbc", FBC.lower()),))),
        lambda: of_event(browser(page=LANDING, match_ids=(("fbc", FBC),))),
    ),
    Case(
        "click-id-lost",
        lambda: of_event(browser(page=LANDING)),
        lambda: of_event(browser(page="https://shop.example/thanks?fbclid=_removed_")),
    ),
    Case(
        "hard-to-attribute",
        lambda: of_group(group(server(user=(hashed("ct", "berlin"),), match_ids=(("user_agent", UA),)))),
        lambda: of_group(group(server(user=(hashed("em", MAIL),), match_ids=()))),
    ),
    Case(
        "ip-private",
        lambda: of_event(server(match_ids=(("ip", "10.1.2.3"), ("user_agent", UA)))),
        lambda: of_event(server(match_ids=(("ip", "203.0.113.9.AQQAAQMC"), ("user_agent", UA)))),
    ),
)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_it_fires(case: Case) -> None:
    assert case.code in codes(case.fires())


@pytest.mark.parametrize("case", CASES, ids=str)
def test_it_stays_quiet_nearby(case: Case) -> None:
    assert case.code not in codes(case.quiet())


@pytest.mark.parametrize(
    ("key", "value", "group"),
    [
        ("dl", "https://shop.example/thanks?email=jo@example.com", "page"),
        ("dl", "https://shop.example/thanks?email=jo%40example.com", "page"),
        ("dl", "https://shop.example/thanks?u=jo%2540example.com", "page"),
        ("rl", "https://shop.example/?phone=%2B49+151+12345678", "page"),
        ("event_source_url", "https://shop.example/?first_name=Jo&x=1", "page"),
        ("cd[email]", "jo@example.com", "custom data"),
        ("custom_data.note", "call jo@example.com today", "custom data"),
        ("cd[phone]", "+1 650 555 1212", "custom data"),
        ("custom_data.last_name", "O'Neil", "custom data"),
        ("eid", "jo@example.com-1042", "event"),
        ("x_mail", "jo@example.com", "other"),
    ],
)
def test_personal_data_in_plain_text_is_found_and_shown_masked(key: str, value: str, group: str) -> None:
    found = of_event(browser(fields=(field(key, value, group),)))
    assert codes(found) == {"raw-personal-data"}
    (leak,) = found
    assert (leak.severity, leak.field) == (Severity.CRITICAL, key)
    assert not any(secret in leak.message for secret in ("jo@", "O'Neil", "650 555", "12345678", "Jo."))


@pytest.mark.parametrize(
    ("key", "value", "group"),
    [
        ("dl", "https://shop.example/logo@2x.png", "page"),
        ("dl", "https://shop.example/?email=_removed_", "page"),
        ("dl", f"https://shop.example/?email={sha256(MAIL)}", "page"),
        ("dl", "https://shop.example/?phone=yes&name=sofa", "page"),
        ("dl", "https://shop.example/?email=j***@example.com", "page"),
        ("cd[phone]", "iPhone 16", "custom data"),
        ("cd[content_name]", "T-shirt @ home", "custom data"),
        ("cd[email]", "true", "custom data"),
        ("cd[first_name]", "", "custom data"),
        ("cud[em]", "****%40*******.***", "customer"),
        ("custom_data.npm", "@scope/package@1.2.3", "custom data"),
    ],
)
def test_what_only_looks_like_personal_data_is_left_alone(key: str, value: str, group: str) -> None:
    assert "raw-personal-data" not in codes(of_event(browser(fields=(field(key, value, group),))))


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (sha256(MAIL).upper(), "upper-hex"),
        (hashlib.md5(MAIL.encode()).hexdigest(), "md5"),
        (hashlib.sha1(MAIL.encode()).hexdigest(), "sha1"),
        ("YtW+0UTb6xVrx1bHd4zT+1kTm1nM1b3lGv3lGWBvkZk=", "base64"),
        (sha256(MAIL)[:60], "truncated"),
        ("0x" + sha256(MAIL), "other"),
    ],
)
def test_a_wrong_form_is_named(value: str, reason: str) -> None:
    found = of_event(browser(user=(user("em", value),)))
    assert [(item.code, item.reason) for item in found] == [("hash-wrong-form", reason)]


def test_the_hash_of_an_unset_value_in_another_digest_is_still_that() -> None:
    empty = hashlib.md5(b"").hexdigest()
    assert codes(of_event(browser(user=(user("em", empty),)))) == {"hash-of-nothing"}


def test_an_external_id_may_be_anything_but_an_address() -> None:
    plain = [of_event(server(user=(user("external_id", text),))) for text in ("User_123", "0" * 32, "jo@example.com")]
    assert [codes(found) for found in plain] == [set(), set(), {"raw-personal-data"}]


def test_the_pixels_older_hash_beside_the_newer_one_is_no_remark() -> None:
    both = (hashed("st", "ny", "ud[st]"), hashed("st", "ne", "aud[st]"))
    context = Context(customer=Customer((("st", ("New York",)),)))
    assert of_event(browser(user=both), context) == ()


def test_both_sides_differing_by_rule_say_that_they_can_never_be_equal() -> None:
    pair = browser(user=(hashed("fn", "oneil"),)), server(user=(hashed("fn", "o'neil", "user_data.fn[0]"),))
    (found,) = [item for item in of_pair(*pair, WITH_JO) if item.code == "hash-differs-between-sides"]
    assert found.reason == "convention"
    assert "the server the Python SDK's rule: they can never be equal for this name" in found.message


def test_a_stale_identity_is_seen_across_the_sides() -> None:
    pair = browser(user=(hashed("em", MAIL),)), server(user=(hashed("em", "old@example.org"),))
    assert "stale-identity" in codes(of_pair(*pair, WITH_JO))


def test_the_servers_click_id_is_held_against_the_browsers_landing_page() -> None:
    pair = browser(page=LANDING, match_ids=(("fbc", FBC),)), server(match_ids=(("fbc", FBC.lower()),))
    assert {"fbc-modified", "fbc-differs"} <= codes(of_pair(*pair))


def test_a_server_that_drops_the_browsers_click_id_lost_it() -> None:
    assert "click-id-lost" in codes(of_pair(browser(match_ids=(("fbc", FBC),)), server()))


def test_a_click_id_lost_between_landing_and_purchase_is_told_for_the_session() -> None:
    landing = browser(1, name="PageView", event_id="p", page=LANDING, own_ms=NOW - 60_000)
    assert "click-id-lost" in codes(of_session(groups=(group(landing), group(browser(2), id="g2"))))


@pytest.mark.parametrize(
    ("landed", "carried", "reason"),
    [
        ("IwAR0%2Babc%3D", "IwAR0+abc=", None),
        ("IwAR0.abc", "IwAR0__DOT__abc", None),
        ("IwAR0abc_aem_xyz", "IwAR0abc", None),
        ("IwAR0abc", "IwAR0abc.AQQBAQMC", None),
        ("IwAR0AbC", "iwar0abc", "case"),
        ("IwAR0AbCdEf", "IwAR0AbC", "truncated"),
        ("IwAR0", "IwZX9", "other"),
    ],
)
def test_a_changed_click_id_names_the_change(landed: str, carried: str, reason: str | None) -> None:
    event = browser(
        page=f"https://shop.example/?x=1&fbclid={landed}", match_ids=(("fbc", f"fb.1.1795317000000.{carried}"),)
    )
    found = [item.reason for item in of_event(event) if item.code == "fbc-modified"]
    assert found == ([reason] if reason else [])


def test_a_hashed_browser_id_is_told_once() -> None:
    assert codes(of_event(browser(match_ids=(("fbp", sha256("x")),)))) == {"hashed-must-be-plain"}


@pytest.mark.parametrize(
    "address", ["127.0.0.1", "192.168.1.9", "::1", "fe80::1%eth0", "172.20.0.4", "::ffff:10.0.0.1"]
)
def test_addresses_of_the_own_network_are_told(address: str) -> None:
    assert codes(of_event(server(match_ids=(("ip", address), ("user_agent", UA))))) == {"ip-private"}


def test_an_old_click_is_a_warning() -> None:
    event = browser(match_ids=(("fbc", f"fb.1.{NOW - 91 * DAY}.IwAR0"),))
    assert [(item.severity, item.reason) for item in of_event(event)] == [(Severity.WARNING, "old")]


@pytest.mark.parametrize(("text", "reason"), [("", "empty"), ("undefined", "undefined"), ("null", "null")])
def test_an_unset_value_that_was_not_even_hashed_is_junk_and_no_leak(text: str, reason: str) -> None:
    found = of_event(browser(user=(user("em", text),)))
    assert [(item.code, item.reason) for item in found] == [("junk-value", reason)]


def test_a_plain_value_against_a_hash_is_told_as_a_leak_and_not_as_a_difference() -> None:
    pair = browser(user=(hashed("em", MAIL),)), server(user=(user("em", MAIL),))
    assert "hash-differs-between-sides" not in codes(of_pair(*pair))
    assert "raw-personal-data" in codes(of_event(pair[1]))

"""Customer data: what every hash is worth."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

import pytest

from app.checks import Context
from app.hashing import sha256
from app.model import Customer, Severity, Side
from tests.checks.builders import (
    CLICK,
    MAIL,
    PHONE,
    UA,
    WITH_JO,
    browser,
    group,
    hashed,
    of_event,
    of_group,
    of_pair,
    server,
    user,
)
from tests.checks.cases import Case, codes

LANDING = f"https://shop.example/thanks?fbclid={CLICK}"
DAY = 86_400_000

ANN = Context(customer=Customer((("ge", ("female",)), ("db", ("2/16/1997",)), ("st", ("New York",)))))
UWE = Context(customer=Customer((("st", ("Nordrhein-Westfalen",)), ("country", ("DE",)))))
STATES = (hashed("st", "ny", "ud[st]"), hashed("st", "ne", "aud[st]"))

CASES = (
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
        "hard-to-attribute",
        lambda: of_group(group(server(user=(hashed("ct", "berlin"),), match_ids=(("user_agent", UA),)))),
        lambda: of_group(group(server(user=(hashed("em", MAIL),), match_ids=()))),
    ),
)


NEAR = (
    Case(
        "stale-identity",
        lambda: of_event(server(user=(hashed("em", "bob@example.org"), hashed("ph", PHONE))), WITH_JO),
        lambda: of_event(
            server(user=(hashed("em", "bob@example.org"), hashed("country", "us"), hashed("fn", "oneil"))), WITH_JO
        ),
    ),
    Case(
        "stale-identity",
        lambda: of_pair(browser(), server(user=(hashed("em", "bob@example.org"),)), WITH_JO),
        lambda: of_pair(browser(user=(hashed("country", "us"),)), server(user=(hashed("country", "de"),)), WITH_JO),
    ),
    Case(
        "hash-verified",
        lambda: of_pair(browser(user=STATES), server(user=(hashed("st", "ny"),)), ANN),
        lambda: of_pair(browser(user=(hashed("st", "ny"),)), server(user=(hashed("st", "newyork"),)), ANN),
    ),
    Case(
        "hash-convention",
        lambda: of_event(server(user=(hashed("st", "no"),)), UWE),
        lambda: of_event(server(user=(hashed("st", "nordrheinwestfalen"),)), UWE),
    ),
)


@pytest.mark.parametrize("case", NEAR, ids=str)
def test_it_is_told_from_what_comes_close(case: Case) -> None:
    assert [case.code in codes(case.fires()), case.code in codes(case.quiet())] == [True, False]


@pytest.mark.parametrize(("key", "text", "due"), [("ge", "female", "f"), ("db", "2/16/1997", "19970216")])
def test_what_can_never_match_is_an_error_whichever_library_sends_it(key: str, text: str, due: str) -> None:
    (found,) = of_event(server(user=(hashed(key, text),)), ANN)
    assert (found.code, found.severity) == ("hash-not-normalized", Severity.ERROR)
    assert of_event(server(user=(hashed(key, due),)), ANN) == ()


def test_a_us_state_by_name_can_never_match_and_a_foreign_one_cut_short_is_a_librarys_rule() -> None:
    found = [of_event(server(user=(hashed("st", text),)), who) for text, who in (("newyork", ANN), ("no", UWE))]
    assert [codes(items) for items in found] == [{"hash-not-normalized"}, {"hash-convention"}]


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


def test_the_pixels_older_hash_is_told_on_its_own_only_when_it_is_another() -> None:
    same, other = (
        browser(user=(hashed("em", MAIL.upper()), hashed("em", text, "aud[em]"))) for text in (MAIL.upper(), f" {MAIL}")
    )
    assert [[item.field for item in of_event(event, WITH_JO)] for event in (same, other)] == [
        ["ud[em]"],
        ["ud[em]", "aud[em]"],
    ]


def test_both_sides_differing_by_rule_say_that_they_can_never_be_equal() -> None:
    pair = browser(user=(hashed("fn", "oneil"),)), server(user=(hashed("fn", "o'neil", "user_data.fn[0]"),))
    (found,) = [item for item in of_pair(*pair, WITH_JO) if item.code == "hash-differs-between-sides"]
    assert found.reason == "convention"
    assert "the server the Python SDK's rule: they can never be equal for this first name" in found.message


@pytest.mark.parametrize("digest", [hashlib.sha256, hashlib.md5, hashlib.sha1], ids=["SHA-256", "MD5", "SHA-1"])
@pytest.mark.parametrize("written", [str, str.upper], ids=["lower case", "upper case"])
@pytest.mark.parametrize("doubled", Side)
def test_hashing_twice_is_proved_by_the_other_side_without_a_test_customer(
    digest: Callable[[bytes], hashlib._Hash], written: Callable[[str], str], doubled: Side
) -> None:
    twice = user("em", digest(written(sha256(MAIL)).encode()).hexdigest())
    once = hashed("em", MAIL)
    ours, theirs = (twice, once) if doubled is Side.BROWSER else (once, twice)
    (found,) = [
        item
        for item in of_pair(browser(user=(ours,)), server(user=(theirs,)))
        if item.code == "hash-differs-between-sides"
    ]
    assert (found.reason, found.side, found.severity) == ("double-hashed", doubled, Severity.ERROR)
    assert f"the {doubled}'s value is the" in found.message
    assert f"from the {doubled}" in found.fix


def test_another_persons_hash_is_not_called_hashed_twice() -> None:
    pair = browser(user=(hashed("em", MAIL),)), server(user=(hashed("em", sha256("bob@example.org")),))
    assert [item.reason for item in of_pair(*pair) if item.code == "hash-differs-between-sides"] == [None]


def test_an_external_id_hashed_twice_is_that_and_no_plain_one() -> None:
    pair = browser(user=(hashed("external_id", "u1"),)), server(user=(hashed("external_id", sha256("u1")),))
    told = {item.code: item.reason for item in of_pair(*pair)}
    assert told["hash-differs-between-sides"] == "double-hashed"
    assert "external-id-differs" not in told


def test_a_stale_identity_is_seen_across_the_sides_and_explained_by_it() -> None:
    pair = browser(user=(hashed("em", MAIL),)), server(user=(hashed("em", "old@example.org"),))
    said = {item.code: item.message for item in of_pair(*pair, WITH_JO)}
    assert said["stale-identity"] == "The browser carries the test customer's em, the server somebody else's."
    assert "the server's is no known form of the test customer's e-mail address" in said["hash-differs-between-sides"]


def test_one_of_several_phones_of_the_customer_is_nobody_elses() -> None:
    pair = browser(user=(hashed("ph", PHONE),)), server(user=(hashed("ph", "1"), hashed("ph", f"+{PHONE}")))
    assert "stale-identity" not in codes(of_pair(*pair, WITH_JO))


def test_a_key_is_verified_only_when_all_its_values_are() -> None:
    pair = browser(user=(*STATES, hashed("ge", "f"))), server(user=(hashed("st", "ny"), hashed("ge", "female")))
    (found,) = [item for item in of_pair(*pair, ANN) if item.code == "hash-verified"]
    assert found.message == "Recomputed from the test customer and equal: st."


def test_a_value_that_can_never_match_says_what_is_due() -> None:
    (found,) = of_event(browser(user=(hashed("ge", "female"),)), ANN)
    assert (found.code, found.reason, found.severity) == ("hash-not-normalized", "pixel", Severity.ERROR)
    assert "the rule of the pixel and the Python SDK" in found.message
    assert found.fix.startswith("Hash “f” or “m”")


@pytest.mark.parametrize(
    ("ours", "theirs", "said"),
    [("female", "f", "The browser follows the pixel's rule"), ("f", "female", "the server the Python SDK's rule")],
)
def test_each_side_is_told_by_its_own_libraries(ours: str, theirs: str, said: str) -> None:
    found = of_pair(browser(user=(hashed("ge", ours),)), server(user=(hashed("ge", theirs),)), ANN)
    (message,) = [item.message for item in found if item.code == "hash-differs-between-sides"]
    assert said in message


def test_a_value_under_another_key_is_the_customers_and_says_where_it_belongs() -> None:
    (found,) = of_event(server(user=(hashed("em", PHONE), hashed("ph", PHONE))), WITH_JO)
    assert (found.code, found.reason) == ("hash-not-normalized", "other-key")
    assert "own key" in found.fix


def test_a_customer_without_the_value_is_asked_for_it() -> None:
    pair = browser(user=(hashed("ph", "1"),)), server(user=(hashed("ph", "2"),))
    (found,) = [item for item in of_pair(*pair, ANN) if item.code == "hash-differs-between-sides"]
    assert "type the test customer's phone number in to learn which" in found.message


@pytest.mark.parametrize(("text", "reason"), [("", "empty"), ("undefined", "undefined"), ("null", "null")])
def test_an_unset_value_that_was_not_even_hashed_is_junk_and_no_leak(text: str, reason: str) -> None:
    found = of_event(browser(user=(user("em", text),)))
    assert [(item.code, item.reason) for item in found] == [("junk-value", reason)]


def test_a_plain_value_against_a_hash_is_told_as_a_leak_and_not_as_a_difference() -> None:
    pair = browser(user=(hashed("em", MAIL),)), server(user=(user("em", MAIL),))
    assert "hash-differs-between-sides" not in codes(of_pair(*pair))
    assert "raw-personal-data" in codes(of_event(pair[1]))


def test_two_rules_for_one_external_id_are_named() -> None:
    context = Context(customer=Customer((("external_id", ("User_123",)),)))
    pair = browser(user=(hashed("external_id", "user_123"),)), server(user=(hashed("external_id", "User_123"),))
    (found,) = [item for item in of_pair(*pair, context) if item.code == "external-id-differs"]
    assert (found.severity, found.reason) == (Severity.ERROR, "convention")
    assert "The browser follows the pixel's rule, the server the documentation's rule" in found.message

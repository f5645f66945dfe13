"""A test customer's values under every convention in use, on either side: what the report calls them."""

from __future__ import annotations

import hashlib
import json
import unicodedata
from base64 import b64encode
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.judged import Judged, check
from tests.acceptance.traffic import LEFT_OUT, call, event, fired, har, lines, sha256

MAIL, PHONE = "mary@example.com", "+1 (555) 987-6543"
B, S = "browser", "server"

# key, what the customer typed, what was hashed, on which side, status, convention
TABLE: list[tuple[str, Any, str, str, str, str | None]] = [
    ("em", " Mary@Example.com ", "mary@example.com", S, "verified", "documented"),
    ("em", "Mary@Example.com", "Mary@Example.com", S, "not-normalized", "raw"),
    ("em", MAIL, "MARY@EXAMPLE.COM", S, "not-normalized", "upper-case"),
    ("em", MAIL, " mary@example.com", S, "not-normalized", "untrimmed"),
    ("em", MAIL, sha256(MAIL), S, "not-normalized", "double"),
    ("em", MAIL, "mary%40example.com", S, "not-normalized", "encoded"),
    ("em", MAIL, "bob@example.com", S, "different", None),
    ("em", MAIL, "undefined", S, "sentinel", "undefined"),
    ("em", ["bob@example.com", MAIL], MAIL, S, "verified", "documented"),
    ("ph", PHONE, "15559876543", S, "verified", "documented"),
    ("ph", 15559876543, "15559876543", S, "verified", "documented"),
    ("ph", PHONE, "+15559876543", S, "not-normalized", "plus-kept"),
    ("ph", PHONE, "0015559876543", S, "not-normalized", "leading-zeros"),
    ("ph", PHONE, "5559876543", S, "not-normalized", "no-country-code"),
    ("ph", "+44 1234 567890", "01234567890", S, "not-normalized", "no-country-code-trunk-zero"),
    ("ph", "+44 1234 567890", "4401234567890", S, "not-normalized", "trunk-zero"),
    ("fn", "Jean-Pierre", "jeanpierre", B, "verified", "documented"),
    ("fn", "Jean-Pierre", "jean-pierre", S, "convention", "python-sdk"),
    ("fn", "Jean-Pierre", "Jean-Pierre", S, "not-normalized", "raw"),
    ("fn", "Valéry", "valéry", S, "verified", "documented"),
    ("fn", "Valéry", unicodedata.normalize("NFD", "valéry"), S, "not-normalized", "nfd"),
    ("ct", "São Paulo", "sãopaulo", S, "verified", "documented"),
    ("ct", "São Paulo", "sopaulo", B, "convention", "pixel"),
    ("ct", "São Paulo", "saopaulo", S, "not-normalized", "accents-removed"),
    ("st", "New York", "ny", B, "verified", "documented"),
    ("st", "New York", "ne", B, "convention", "pixel-old"),
    ("st", "California", "california", S, "convention", "python-sdk"),
    ("zp", "94035-1234", "94035", S, "verified", "documented"),
    ("zp", 94035, "94035", S, "verified", "documented"),
    ("zp", "M1 1AE", "m11ae", S, "verified", "documented"),
    ("zp", "M1 1AE", "m1 1ae", B, "convention", "pixel"),
    ("country", "United States", "us", S, "verified", "documented"),
    ("country", "United States", "un", B, "convention", "pixel-old"),
    ("db", "2/16/1997", "19970216", S, "verified", "documented"),
    ("ge", "Female", "f", S, "verified", "documented"),
    ("ge", "Female", "Female", B, "not-normalized", "raw"),
    ("external_id", "User_123", "user_123", B, "convention", "pixel"),
    ("ge", "female", "female", B, "convention", "pixel"),
    ("ph", "+1 650 555 1212 ext. 5", "16505551212", S, "verified", "documented"),
    ("ph", "+1 650 555 1212 ext. 5", "165055512125", S, "not-normalized", "extension"),
    ("ph", "+7 912 345-67-89", "89123456789", S, "not-normalized", "no-country-code-trunk-zero"),
    ("db", "03/02/1997", "19970302", S, "verified", "documented"),
    ("db", "03/02/1997", "19970203", S, "verified", "documented"),
    ("db", "1997-02-03", "19970302", S, "not-normalized", "date-format"),
    ("db", "1997-02-16", "1997-02-16T00:00:00.000Z", S, "not-normalized", "date-format"),
    ("country", "UK", "gb", S, "verified", "documented"),
    ("country", "Deutschland", "de", S, "verified", "documented"),
    ("zp", "02139", "2139", S, "not-normalized", "zero-lost"),
    ("ln", "Müller", "mueller", S, "not-normalized", "transliterated"),
    ("ct", "Łódź", "lodz", S, "not-normalized", "accents-removed"),
    ("fn", "IŞIK", "ışık", S, "not-normalized", "turkish-case"),
    ("ct", "St. John's", "st. john's", S, "not-normalized", "punctuation"),
]


def judged(folder: Path, customer: object, side: str, key: str, value: str) -> dict[str, Any]:
    """The report's check of one customer value."""
    (folder / "customer.json").write_text(json.dumps(customer), "utf-8")
    if side == B:
        sent: dict[str, Any] = {"ud__em": None, f"ud__{key}": value}
        files = {"b.har": har(fired(**sent))}
    else:
        files = {"s.jsonl": lines(call(event(user={"em": LEFT_OUT, key: [value]})))}
    found = check(folder, files, "--customer", str(folder / "customer.json"))
    result: dict[str, Any] = found.report["events"][0]["user"][key][0]
    return result


@pytest.mark.parametrize(("key", "typed", "hashed", "side", "status", "convention"), TABLE)
def test_a_hash_is_told_by_its_convention(
    tmp_path: Path, key: str, typed: Any, hashed: str, side: str, status: str, convention: str | None
) -> None:
    found = judged(tmp_path, {key: typed}, side, key, sha256(hashed))
    assert (found["form"], found["check"]["status"], found["check"]["convention"]) == ("sha256", status, convention)


@pytest.mark.parametrize(
    ("value", "form", "status", "convention"),
    [
        (sha256(MAIL).upper(), "upper-hex", "wrong-form", "upper-hex"),
        (b64encode(hashlib.sha256(MAIL.encode()).digest()).decode(), "sha256-base64", "wrong-form", "base64"),
        (hashlib.md5(MAIL.encode()).hexdigest(), "md5", "wrong-form", "md5"),
        (hashlib.sha1(MAIL.encode()).hexdigest(), "sha1", "wrong-form", "sha1"),
        (sha256(MAIL) + ".AQQCAQMC", "sha256", "verified", "documented"),
        (sha256(MAIL) + ".AQ", "sha256", "verified", "documented"),
        (MAIL, "plain", "plain", None),
    ],
)
def test_another_form_is_named_with_what_is_behind_it(
    tmp_path: Path, value: str, form: str, status: str, convention: str | None
) -> None:
    found = judged(tmp_path, {"em": MAIL}, S, "em", value)
    assert (found["form"], found["check"]["status"], found["check"]["convention"]) == (form, status, convention)


def test_without_a_customer_nothing_is_verified(tmp_path: Path) -> None:
    found = check(tmp_path, {"s.jsonl": lines(call(event()))})
    assert found.report["events"][0]["user"]["em"][0]["check"]["status"] == "not-tested"


def test_two_librarys_rules_are_told_apart_from_two_people(tmp_path: Path) -> None:
    files = {
        "b.har": har(fired(ud__fn=sha256("jeanpierre"))),
        "s.jsonl": lines(call(event(user={"fn": [sha256("jean-pierre")]}))),
    }
    (tmp_path / "customer.json").write_text('{"fn": "Jean-Pierre"}', "utf-8")
    (known,) = check(tmp_path, files, "--customer", str(tmp_path / "customer.json")).findings(
        "hash-differs-between-sides"
    )
    assert known["reason"] == "convention"
    assert "the server the Python SDK's rule" in known["message"]


def found_in(folder: Path, customer: object, *files: tuple[str, str]) -> Judged:
    (folder / "customer.json").write_text(json.dumps(customer), "utf-8")
    return check(folder, dict(files), "--customer", str(folder / "customer.json"))


@pytest.mark.parametrize(
    ("user", "stale"),
    [
        ({"em": [sha256("bob@other.example")], "country": [sha256("us")]}, False),
        ({"em": [sha256("bob@other.example")], "ge": [sha256("f")], "fn": [sha256("mary")]}, False),
        ({"em": [sha256("bob@other.example")], "external_id": [sha256("mary-1")]}, True),
    ],
)
def test_only_what_tells_people_apart_proves_another_customer(tmp_path: Path, user: Any, stale: bool) -> None:
    mary = {"em": MAIL, "country": "US", "ge": "f", "fn": "Mary", "external_id": "mary-1"}
    found = found_in(tmp_path, mary, ("s.jsonl", lines(call(event(user=user)))))
    assert ("stale-identity" in found.codes(), "hash-different" in found.codes()) == (stale, True)


def test_what_is_told_of_two_sides_agrees_with_itself(tmp_path: Path) -> None:
    other = lines(call(event(user={"em": [sha256("x@y.zz")]})))
    found = found_in(tmp_path, {"em": MAIL}, ("b.har", har(fired())), ("s.jsonl", other))
    (differs,) = found.findings("hash-differs-between-sides")
    assert "type the test customer" not in differs["message"]
    assert [item["message"] for item in found.findings("stale-identity")] == [
        "The browser carries the test customer's em, the server somebody else's."
    ]
    assert found.findings("hash-verified") == []


@pytest.mark.parametrize(
    ("key", "typed", "sent", "due"),
    [
        ("ge", "female", "female", "f"),
        ("db", "2/16/1997", "2/16/1997", "19970216"),
        ("st", "New York", "newyork", "ny"),
        ("ph", "650.555.1212", "650.555.1212", "16505551212"),
        ("country", "United States", "un", "us"),
    ],
)
def test_a_librarys_rule_that_can_never_match_is_an_error(
    tmp_path: Path, key: str, typed: str, sent: str, due: str
) -> None:
    customer = {"country": "US"} | {key: typed}
    told = [
        found_in(tmp_path, customer, ("s.jsonl", lines(call(event(user={"em": LEFT_OUT, key: [sha256(text)]})))))
        for text in (sent, due)
    ]
    assert ["hash-not-normalized" in found.codes("error") for found in told] == [True, False]


@pytest.mark.parametrize("typed", [sha256(MAIL).upper(), sha256(MAIL)])
def test_a_customer_typed_in_as_a_hash_is_that_hash(tmp_path: Path, typed: str) -> None:
    found = judged(tmp_path, {"em": typed}, S, "em", sha256(MAIL))
    assert (found["check"]["status"], found["check"]["explanation"]) == (
        "verified",
        "Equal to the hash that was typed in.",
    )


@pytest.mark.parametrize("content", ["[]", '"x"', '{"em": 5.5}', '{"em": true}', '{"mail": "a@b.example"}', "not JSON"])
def test_a_customer_file_of_another_shape_ends_the_check(tmp_path: Path, content: str) -> None:
    (tmp_path / "customer.json").write_text(content, "utf-8")
    found = check(tmp_path, {"s.jsonl": lines(event())}, "--customer", str(tmp_path / "customer.json"))
    assert (found.status, found.stdout) == (2, "")
    assert "customer.json" in found.stderr
    assert "object has no attribute" not in found.stderr

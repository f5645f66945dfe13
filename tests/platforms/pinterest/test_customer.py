"""Pinterest's customer values: the documented shapes, other senders' rules explained, SHA-1 and MD5 at the tag."""

from __future__ import annotations

import hashlib

import pytest

from app.hashing import check, sha256
from app.model import CheckStatus, Customer, Form, Side, UserValue
from app.platforms import platform
from app.platforms.pinterest.customer import documented
from tests.platforms.pinterest.halves import MARY, call, codes, element, findings, hit, person

AT = 1_795_169_730_000
RULES = platform("pinterest").customer


@pytest.mark.parametrize(
    ("key", "text", "due"),
    [
        ("em", " Mary Jane@Shop.example ", "maryjane@shop.example"),
        ("ph", "+49 (0)30 1234567", "49301234567"),
        ("ph", "0049 30 1234567", "49301234567"),
        ("fn", " Mary ", "mary"),
        ("ct", "São Paulo-Norte", "sãopaulonorte"),
        ("st", "California", "ca"),
        ("zp", "D-10 115", "10115"),
        ("country", "Germany", "de"),
        ("ge", "Female", "f"),
        ("ge", "non-binary", "n"),
        ("db", "1990-02-28", "19900228"),
        ("external_id", "User-77", "User-77"),
    ],
)
def test_a_value_is_brought_into_the_documented_shape(key: str, text: str, due: str) -> None:
    assert documented(key, text) == due


def _status(key: str, digest: str, typed: str, side: Side = Side.SERVER) -> tuple[CheckStatus, str | None]:
    form = {64: Form.SHA256, 40: Form.SHA1, 32: Form.MD5}[len(digest)]
    found = check(UserValue(key, digest, form, f"x.{key}"), Customer(((key, (typed,)),)), RULES[side])
    return found.status, found.convention


@pytest.mark.parametrize(
    ("key", "sent", "typed", "sender"),
    [
        ("em", "mary jane@shop.example", "Mary Jane@Shop.example", "stape"),
        ("fn", "maryjane", "Mary Jane", "segment"),
        ("ct", "san josé", "San José", "rudderstack"),
        ("zp", "d-10115", "D-10115", "segment"),
        ("db", "28.02.1990", "28.02.1990", "segment"),
        ("external_id", "user-77", "User-77", "segment"),
    ],
)
def test_another_senders_rule_is_named(key: str, sent: str, typed: str, sender: str) -> None:
    assert _status(key, sha256(sent), typed) == (CheckStatus.CONVENTION, sender)


def test_what_follows_the_documents_is_verified() -> None:
    assert _status("em", sha256("mary@shop.example"), "Mary@Shop.example")[0] is CheckStatus.VERIFIED
    assert _status("ph", sha256("49301234567"), "+49 30 1234567")[0] is CheckStatus.VERIFIED
    assert _status("ph", sha256("+49301234567"), "+49 30 1234567")[0] is CheckStatus.NOT_NORMALIZED
    assert _status("ph", sha256("0301234567"), "030 1234567")[0] is CheckStatus.NOT_NORMALIZED
    assert _status("ct", sha256("sanjosé"), "San José")[0] is CheckStatus.VERIFIED


def _older(name: str, text: str) -> str:
    return hashlib.new(name, text.encode(), usedforsecurity=False).hexdigest()


@pytest.mark.parametrize("name", ["sha1", "md5"])
def test_the_tag_may_hash_with_an_older_digest_and_the_api_may_not(name: str) -> None:
    digest = _older(name, "mary@shop.example")
    assert _status("em", digest, "Mary@Shop.example", Side.BROWSER)[0] is CheckStatus.VERIFIED
    assert _status("em", digest, "Mary@Shop.example", Side.SERVER) == (CheckStatus.WRONG_FORM, name)


@pytest.mark.parametrize("name", ["sha1", "md5"])
def test_two_digests_of_one_address_are_no_difference(name: str) -> None:
    page = hit(AT, pd=person(em=_older(name, "mary@shop.example")))
    told = codes(page, call(element(AT), at_ms=AT), customer=MARY)
    assert not {"hash-wrong-form", "hash-differs-between-sides", "hash-not-normalized"} & told


def test_two_legitimate_rules_are_explained_and_not_accused() -> None:
    spaced = Customer((("fn", ("Mary Jane",)), ("em", ("mary@shop.example",))))
    page = hit(AT, pd=person(fn=sha256("mary jane")))
    user = element(AT)["user_data"] | {"fn": [sha256("maryjane")]}
    told = findings(page, call(element(AT, user_data=user), at_ms=AT), customer=spaced)
    assert "hash-not-normalized" not in {each.code for each in told}
    assert any("Segment" in each.message for each in told)


def test_plain_values_are_told_on_either_side() -> None:
    assert "raw-personal-data" in codes(hit(AT, pd=person(em="mary@shop.example")))
    user = element(AT)["user_data"] | {"ph": ["+49301234567"]}
    assert "raw-personal-data" in codes(call(element(AT, user_data=user), at_ms=AT))
    assert "raw-personal-data" not in codes(hit(AT), call(element(AT), at_ms=AT))

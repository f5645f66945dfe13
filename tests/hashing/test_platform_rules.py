"""Customer values by the rules of platforms that are not Meta."""

from __future__ import annotations

import hashlib
from dataclasses import replace

import pytest

from app.analysis.engine import Analysis
from app.checks import Context
from app.hashing import CustomerRules, check, form_of, sha256
from app.model import CheckStatus, Customer, Event, Finding, Form, Severity, Side, UserValue
from app.platforms import rules_of
from app.platforms.meta.customer import CUSTOMER, documented
from tests.platforms.invented import added, browser, server

MAX = Customer((("em", ("max@shop.example",)), ("ph", ("+49 1512 3456789",)), ("ct", ("Bad Soden",))))


def _with_plus(key: str, text: str, region: str | None) -> str | None:
    normal = documented(key, text, region)
    return f"+{normal}" if key == "ph" and normal else normal


PLUS = CustomerRules(documented=_with_plus)


def value(key: str, text: str) -> UserValue:
    return UserValue(key, text, form_of(text), f"user.{key}")


def found(*events: Event) -> list[Finding]:
    analysis = Analysis(Context(customer=MAX), rules_of())
    analysis.add(events)
    return [finding for group in analysis.groups() for finding in group.findings]


@pytest.mark.parametrize(
    ("number", "rules", "status"),
    [
        ("+4915123456789", PLUS, CheckStatus.VERIFIED),
        ("4915123456789", PLUS, CheckStatus.NOT_NORMALIZED),
        ("+4915123456789", CUSTOMER, CheckStatus.NOT_NORMALIZED),
        ("4915123456789", CUSTOMER, CheckStatus.VERIFIED),
    ],
)
def test_a_phone_is_judged_by_the_rule_of_its_platform(number: str, rules: CustomerRules, status: CheckStatus) -> None:
    assert check(value("ph", sha256(number)), MAX, rules).status is status


def test_a_digest_that_the_platform_takes_is_no_wrong_form() -> None:
    md5 = hashlib.md5(b"max@shop.example").hexdigest()
    taking = replace(PLUS, digests=frozenset({Form.SHA256, Form.MD5}))
    assert check(value("em", md5), MAX, taking).status is CheckStatus.VERIFIED
    assert check(value("em", md5), MAX, PLUS).status is CheckStatus.WRONG_FORM
    other = hashlib.md5(b"somebody@else.example").hexdigest()
    assert check(value("em", other), MAX, taking).status is CheckStatus.DIFFERENT
    assert check(value("em", other), Customer(), taking).status is CheckStatus.NOT_TESTED


def test_a_right_phone_at_a_platform_that_wants_the_plus_is_verified(monkeypatch: pytest.MonkeyPatch) -> None:
    added(monkeypatch, customer={Side.BROWSER: PLUS, Side.SERVER: PLUS})
    phone = (value("ph", sha256("+4915123456789")),)
    codes = {finding.code for finding in found(browser(1, "a", user=phone), server(2, "a", 900, user=phone))}
    assert "hash-verified" in codes
    assert not codes & {"hash-not-normalized", "hash-differs-between-sides"}


def test_what_a_platform_wants_plain_is_no_leak(monkeypatch: pytest.MonkeyPatch) -> None:
    city = (value("ct", "bad soden"),)
    added(monkeypatch, customer=dict.fromkeys(Side, replace(PLUS, plain=frozenset({"ct"}))))
    assert "raw-personal-data" not in {finding.code for finding in found(browser(1, "a", user=city))}
    added(monkeypatch, customer=dict.fromkeys(Side, PLUS), name="third")
    assert "raw-personal-data" in {finding.code for finding in found(browser(1, "a", user=city, platform="third"))}


@pytest.mark.parametrize("known", [True, False])
def test_a_documented_difference_between_the_sides_is_no_fault(monkeypatch: pytest.MonkeyPatch, known: bool) -> None:
    why = "the tag hashes the number without its plus, the API wants it with one."
    bare = replace(PLUS, documented=documented, apart={"ph": why})
    added(monkeypatch, customer={Side.BROWSER: bare, Side.SERVER: PLUS})
    ours, theirs = (value("ph", sha256(f"{plus}4915123456789")) for plus in ("", "+"))
    analysis = Analysis(Context(customer=MAX if known else Customer()), rules_of())
    analysis.add((browser(1, "a", user=(ours,)), server(2, "a", 900, user=(theirs,))))
    (group,) = analysis.groups()
    (told,) = [finding for finding in group.findings if finding.code == "hash-differs-between-sides"]
    assert (told.severity, told.reason, why in told.message) == (Severity.INFO, "documented", True)

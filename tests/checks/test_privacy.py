"""Personal data in plain text: found where it is, and only there."""

from __future__ import annotations

import pytest

from app.hashing import sha256
from app.model import Severity
from tests.checks.builders import (
    CLICK,
    MAIL,
    browser,
    field,
    hashed,
    of_event,
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
)


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

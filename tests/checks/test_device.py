"""The shopper's address and program."""

from __future__ import annotations

from typing import Any

import pytest

from app.checks import BY_CODE
from app.hashing import sha256
from app.model import Finding, Severity, Side
from tests.checks.builders import UA, browser, of_event, of_pair, server
from tests.checks.cases import Case, codes

GOOGLEBOT = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"


def addressed(*texts: str) -> tuple[Finding, ...]:
    return of_event(server(match_ids=(*(("ip", text) for text in texts), ("user_agent", UA))))


def called(text: str, **changes: Any) -> tuple[Finding, ...]:
    return of_event(server(match_ids=(("ip", "203.0.113.9"), ("user_agent", text)), **changes))


CASES = (
    Case("ip-private", lambda: addressed("10.1.2.3"), lambda: addressed("203.0.113.9.AQQAAQMC")),
    Case("ip-malformed", lambda: addressed("203.0.113.9, 10.0.0.4"), lambda: addressed("203.0.113.9")),
    Case("user-agent-malformed", lambda: called("shop"), lambda: called("Mozilla/5.0 (X11)")),
    Case("crawler-traffic", lambda: called(GOOGLEBOT), lambda: called(UA)),
)


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("127.0.0.1", {"ip-private"}),
        ("192.168.1.9", {"ip-private"}),
        ("::1", {"ip-private"}),
        ("172.20.0.4", {"ip-private"}),
        ("::ffff:10.0.0.1", {"ip-private"}),
        ("fe80::1%eth0", {"ip-private", "ip-malformed"}),
    ],
)
def test_addresses_of_the_own_network_are_told(address: str, expected: set[str]) -> None:
    assert codes(addressed(address)) == expected


@pytest.mark.parametrize(
    ("address", "reason"),
    [
        ("203.0.113.9, 10.0.0.4", "list"),
        ("2001:db8::1 2001:db8::2", "list"),
        ("203.0.113.9:443", "port"),
        ("[2001:db8::1]:443", "port"),
        ("[2001:db8::1]", "brackets"),
        ("shop.example.com", "host-name"),
        ("", "empty"),
        (" ", "empty"),
        ("undefined", "unset"),
        ("2001:db8::1%eth0", "zone"),
        ("203.0.113.009", "leading-zeros"),
        ("203.0.113.0/24", "network"),
        (" 203.0.113.9", "white-space"),
        ("256.1.1.1", "other"),
        ("203.0.113.9, " * 50, "list"),
    ],
)
def test_an_address_that_is_none_says_what_it_is(address: str, reason: str) -> None:
    found = [item for item in addressed(address) if item.code == "ip-malformed"]
    assert [(item.severity, item.reason, item.field) for item in found] == [(Severity.ERROR, reason, "ip")]
    assert "113.9" not in found[0].message, "an address is personal"


@pytest.mark.parametrize(
    "address",
    ["203.0.113.9", "2001:db8::1", "2001:DB8:0:0::1", "::ffff:203.0.113.9", "2001:db8::1.AQQAAQMC"],
)
def test_an_address_is_left_in_peace(address: str) -> None:
    assert addressed(address) == ()


def test_two_addresses_where_one_is_due_are_a_list() -> None:
    assert [item.reason for item in addressed("203.0.113.9", "198.51.100.7")] == ["list"]


def test_a_hashed_address_and_a_hashed_user_agent_are_told_as_hashes_only() -> None:
    found = of_event(server(match_ids=(("ip", sha256("203.0.113.9")), ("user_agent", sha256(UA)))))
    assert codes(found) == {"hashed-must-be-plain"}


def test_an_address_that_is_none_is_no_difference_besides() -> None:
    pair = browser(match_ids=(("ip", "203.0.113.9"),)), server(match_ids=(("ip", "203.0.113.9, 10.0.0.4"),))
    assert "ip-differs" not in codes(of_pair(*pair))


@pytest.mark.parametrize(("text", "reason"), [("", "empty"), ("  ", "empty"), ("shop", "one-word"), ("null", "unset")])
def test_a_user_agent_that_is_none_is_told(text: str, reason: str) -> None:
    assert [(item.code, item.severity, item.reason) for item in called(text)] == [
        ("user-agent-malformed", Severity.WARNING, reason)
    ]


def test_what_happened_off_a_page_may_be_sent_by_a_program_of_one_word() -> None:
    assert codes(called("ShopApp/5.1", off_page=True)) == set()
    assert codes(called("", off_page=True)) == {"user-agent-malformed"}


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        (GOOGLEBOT, "search-engine"),
        ("Mozilla/5.0 AppleWebKit/537.36 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)", "search-engine"),
        ("Mozilla/5.0 (compatible; AhrefsBot/7.0; +http://ahrefs.com/robot/)", "seo"),
        ("Mozilla/5.0 (compatible; ClaudeBot/1.0; +claudebot@anthropic.com)", "ai-crawler"),
    ],
)
def test_a_known_crawler_is_a_note_of_its_kind(text: str, kind: str) -> None:
    found = called(text)
    assert [(item.code, item.severity, item.reason) for item in found] == [("crawler-traffic", Severity.INFO, kind)]


@pytest.mark.parametrize(
    "text",
    [
        "Mozilla/5.0 (Linux; Android 10; CUBOT NOTE 20) AppleWebKit/537.36 Chrome/120.0 Mobile Safari/537.36",
        "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 HeadlessChrome/142.0.0.0 Safari/537.36",
        "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) Mobile/15E148 Instagram 340.0.0.22.109",
    ],
    ids=["a telephone", "a browser that a test drives", "a browser inside an app"],
)
def test_a_browser_is_no_crawler(text: str) -> None:
    assert called(text) == ()


def test_what_to_do_about_an_address_or_a_user_agent_depends_on_who_sends_it() -> None:
    for name, text in (("ip", "10.1.2.3"), ("ip", "shop.example"), ("user_agent", "shop")):
        (ours,), (theirs,) = (of_event(made(match_ids=((name, text),))) for made in (browser, server))
        assert theirs.fix == BY_CODE[theirs.code].fix != ours.fix


def test_a_crawler_on_the_page_and_one_that_the_server_reports_are_told_apart() -> None:
    (page,) = of_event(browser(match_ids=(("user_agent", GOOGLEBOT),)))
    (report,) = called(GOOGLEBOT)
    assert (page.side, report.side) == (Side.BROWSER, Side.SERVER)
    assert page.message != report.message

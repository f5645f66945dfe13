"""Cookies and click IDs: what identifies a browser without being hashed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import unquote, urlsplit

from app.checks.catalogue import finding
from app.checks.pair import Pair, differing
from app.comparison import same_cookie
from app.comparison.identifiers import short
from app.hashing import without_appendix
from app.model import Event, Finding, Severity, Side
from app.platforms import ClickId
from app.platforms import platform as platform_of
from app.rules import Rules

_PLAIN = {"ip": "IP address", "user_agent": "user agent", "fbp": "browser ID", "fbc": "click ID"} | dict.fromkeys(
    ("ctwa_clid", "ttclid", "gclid", "sccid", "li_fat_id"), "click ID"
)
# Meta, customer information parameters: never hashed. The pixel hashes the first two by itself, so the server alone is
# judged by them; 64 characters, for an ID may be shorter hex itself.
_PLAIN_AT_SERVER = dict.fromkeys(("subscription_id", "fb_login_id"), "login or subscription ID") | {
    "lead_id": "lead ID",
    "anon_id": "install ID",
    "page_id": "page ID",
    "page_scoped_user_id": "page-scoped user ID",
    "ig_account_id": "Instagram account ID",
    "ig_sid": "Instagram click ID",
}
_FBP = re.compile(r"fb\.[0-9]\.([0-9]{13})\.[0-9]{1,25}\Z")
_FBC = re.compile(r"fb\.[0-9]\.([0-9]{13})\.(\S+)\Z", re.DOTALL)
_DIGEST = re.compile(r"(?:[0-9A-Fa-f]{64}|[0-9A-Fa-f]{40}|[0-9A-Fa-f]{32}|[A-Za-z0-9+/]{43}=)\Z")
_DIGEST_SIZES = frozenset((32, 40, 44, 64))
_MAX_CLICK_ID = 500  # characters; the pixel ignores longer ones


def of_event(event: Event, rules: Rules) -> Iterator[Finding]:
    """The cookies and the click ID of one event."""
    for name, value in event.match_ids:
        if name == "fbp":
            yield from _cookie(event, name, value, _FBP, rules)
        elif name == "fbc":
            yield from _cookie(event, name, value, _FBC, rules)
        if len(value) in _DIGEST_SIZES and _DIGEST.match(value):
            what = _PLAIN.get(name)
            if len(value) == 64 and event.side is Side.SERVER:
                what = what or _PLAIN_AT_SERVER.get(name)
            if what:
                yield finding("hashed-must-be-plain", f"The {what} is hashed.", event=event, field=name)
    yield from _own_click(event)


def _cookie(event: Event, name: str, value: str, form: re.Pattern[str], rules: Rules) -> Iterator[Finding]:
    code = f"{name}-malformed"
    found = form.match(value) or form.match(without_appendix(value))
    if not found:
        if _DIGEST.match(value):
            return
        yield finding(
            code,
            f"“{short(value, 60)}” is not of the form fb.1.<milliseconds>.<value>.",
            event=event,
            field=name,
            fix=_own_cookie(event),
        )
        return
    created = int(found[1])
    now = event.received_ms if event.received_ms is not None else event.own_ms
    if now is None:
        return
    if created > now + rules.future_ms:
        yield finding(
            code,
            f"The time in {short(value, 40)} is in the future.",
            event=event,
            field=name,
            reason="future",
            fix=_own_cookie(event),
        )
    elif name == "fbc" and now - created > rules.fbc_old_ms:
        yield finding(
            code,
            "The click is older than the 90 days for which the cookie lives.",
            event=event,
            field=name,
            reason="old",
            severity=Severity.WARNING,
        )


def _own_cookie(event: Event) -> str | None:
    """What to do where the platform's own script reads its cookie; a server passes it on, which the code's fix says."""
    if event.side is Side.SERVER:
        return None
    return "Leave the cookie to the platform's script; look for what else on the site writes it, in another form."


def landed_with(page: str | None, platform: str) -> str | None:
    """The platform's click ID in a page's address, decoded once; None when there is none.

    Source: the pixel library decodes the fbclid once and ignores one of more than 500 characters.
    """
    click = platform_of(platform).click_id
    if not page or not click or f"{click.parameter}=" not in page:
        return None
    try:
        query = urlsplit(page).query
    except ValueError:
        return None
    for part in query.split("&"):
        key, _, text = part.partition("=")
        if key == click.parameter and text and text != "_removed_" and len(text) <= _MAX_CLICK_ID:
            return unquote(text)
    return None


def click_of(event: Event) -> str | None:
    """The click ID an event carries, without the cookie around it; None when it carries none."""
    click = platform_of(event.platform).click_id
    value = event.match_id(click.match_id) if click else None
    return click.unwrap(value) if click and value else None


def _own_click(event: Event) -> Iterator[Finding]:
    """The click ID against the event's own page."""
    click = platform_of(event.platform).click_id
    landed = landed_with(event.page, event.platform)
    if click is None or landed is None:
        return
    carried = click_of(event)
    if carried is None:
        text = f"The page's address has {click.parameter}, the event carries no click ID."
        yield finding("click-id-lost", text, event=event, fix=_LOST_ON_THE_PAGE if event.side is Side.BROWSER else None)
    else:
        yield from _modified(click, landed, carried, event, event.side)


_LOST_ON_THE_PAGE = (
    "Let the platform's script run on the landing page and keep its cookie: look for a consent tool, a redirect or a "
    "blocked cookie that holds it back."
)


def _modified(click: ClickId, landed: str, carried: str, event: Event | None, side: Side) -> Iterator[Finding]:
    ours, theirs = (text.replace(".", "__DOT__") for text in (landed, without_appendix(carried)))
    if theirs in (ours, ours.partition("_aem_")[0]) or carried == landed or theirs.partition("_aem_")[0] == ours:
        return
    if ours.lower() == theirs.lower():
        reason, how = "case", "upper and lower case were changed"
    elif ours.startswith(theirs):
        reason, how = "truncated", "it was cut"
    elif unquote(ours) == theirs or unquote(theirs) == ours:
        reason, how = "encoded", "it was encoded or decoded once more"
    else:
        reason, how = "other", "it is another click"
        if event and event.match_id("fbcs"):  # several candidates: the newest need not be this page's
            return
    yield finding(
        "fbc-modified",
        f"The click ID in {click.match_id} ({short(carried)}) is not the page's {click.parameter} ({short(landed)}): "
        f"{how}.",
        event=event,
        side=side,
        field=click.match_id,
        reason=reason,
    )


def of_pair(pair: Pair) -> Iterator[Finding]:
    """The browser's click ID against the server's; the page's against either was looked at event by event."""
    browser, server = pair
    landed_alone = not landed_with(server.page, server.platform)
    carried = click_of(server)
    if carried is None:
        if click_of(browser) and landed_alone:
            yield finding(
                "click-id-lost",
                "The browser's event carries a click ID, the server's does not.",
                side=Side.SERVER,
                fix="Pass the browser's click ID on to the backend, and send it with the server's event.",
            )
        return
    landed = landed_with(browser.page, browser.platform) if landed_alone else None
    click = platform_of(server.platform).click_id
    modified = tuple(_modified(click, landed, carried, None, Side.SERVER)) if click and landed else ()
    yield from modified
    if not modified:
        yield from _differs(pair)


def _differs(pair: Pair) -> Iterator[Finding]:
    """Two click IDs for one conversion, unless one of them was told to be another than its own page's."""
    ours, theirs = (event.match_id("fbc") for event in pair)
    if not ours or not theirs or same_cookie(ours, theirs):
        return
    if any(told.code == "fbc-modified" for event in pair for told in _own_click(event)):
        return
    one, two = (text.split(".", 3) for text in (ours, theirs))
    if len(one) == len(two) == 4 and same_cookie(one[3], two[3]):
        yield finding(
            "fbc-differs",
            "Both sides carry the same click ID with different times of creation.",
            field="fbc",
            reason="time",
            severity=Severity.INFO,
        )
        return
    reason = "case" if ours.lower() == theirs.lower() else None
    hint = " Only upper and lower case differ." if reason else ""
    yield finding("fbc-differs", differing("fbc-differs", ours, theirs, 60) + hint, field="fbc", reason=reason)

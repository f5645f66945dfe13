"""The click that brought the visitor: its ID in the landing page's address against what the events carry."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

from app.checks.catalogue import finding
from app.checks.pair import Pair, differing
from app.comparison.shortening import short
from app.model import Event, Finding, Severity, Side
from app.platforms import platform as platform_of
from app.platforms.base import Identifier, Role


class Landed(NamedTuple):
    """A click ID in a page's address, decoded once."""

    click: Identifier
    text: str


def of_event(event: Event) -> Iterator[Finding]:
    """The click ID against the event's own page."""
    landed = landed_with(event.page, event.platform)
    if landed is None:
        return
    value = event.match_id(landed.click.key)
    if value:
        yield from _modified(landed, value, event)
    elif click_of(event) is None:
        text = f"The page's address has {landed.click.parameter}, the event carries no click ID."
        yield finding("click-id-lost", text, event=event, fix=_LOST_ON_THE_PAGE if event.side is Side.BROWSER else None)


_LOST_ON_THE_PAGE = (
    "Let the platform's script run on the landing page and keep its cookie: look for a consent tool, a redirect or a "
    "blocked cookie that holds it back."
)


def _clicks(platform: str) -> Iterator[Identifier]:
    for each in platform_of(platform).identifiers:
        if each.role is Role.CLICK:
            yield each


def landed_with(page: str | None, platform: str) -> Landed | None:
    """The platform's click ID in a page's address; None when there is none."""
    if not page:
        return None
    for click in _clicks(platform):
        if click.parameter and f"{click.parameter}=" in page and (text := _parameter(page, click)):
            return Landed(click, text)
    return None


def _parameter(page: str, click: Identifier) -> str:
    try:
        query = urlsplit(page).query
    except ValueError:
        return ""
    for part in query.split("&"):
        key, _, text = part.partition("=")
        if key == click.parameter and text and text != "_removed_" and len(text) <= click.longest:
            return unquote(text)
    return ""


def click_of(event: Event) -> str | None:
    """The click ID an event carries, without the cookie around it; None when it carries none."""
    for click in _clicks(event.platform):
        if value := event.match_id(click.key):
            return click.unwrap(value)
    return None


def _modified(landed: Landed, value: str, event: Event | None = None) -> Iterator[Finding]:
    """What was done to a click ID, seen in an event by itself or, without one, in the server's half of a pair."""
    click, carried = landed.click, landed.click.unwrap(value)
    ours, theirs = click.spelling(landed.text), click.spelling(click.bare(carried))
    if carried == landed.text or theirs == ours:
        return
    if click.tail and (theirs == ours.partition(click.tail)[0] or theirs.partition(click.tail)[0] == ours):
        return
    if ours.lower() == theirs.lower():
        reason, how = "case", "upper and lower case were changed"
    elif ours.startswith(theirs):
        reason, how = "truncated", "it was cut"
    elif unquote(ours) == theirs or unquote(theirs) == ours:
        reason, how = "encoded", "it was encoded or decoded once more"
    else:
        reason, how = "other", "it is another click"
        if event and click.candidates and event.match_id(click.candidates):
            return  # the newest of several need not be this page's
    yield finding(
        click.code("modified"),
        f"The click ID in {click.key} ({short(carried)}) is not the page's {click.parameter} ({short(landed.text)}): "
        f"{how}.",
        event=event,
        side=Side.SERVER,
        field=click.key,
        reason=reason,
    )


def of_pair(pair: Pair) -> Iterator[Finding]:
    """The browser's click ID against the server's; the page's against either was looked at event by event."""
    browser, server = pair
    landed_alone = landed_with(server.page, server.platform) is None
    if click_of(server) is None:
        if click_of(browser) and landed_alone:
            yield finding(
                "click-id-lost",
                "The browser's event carries a click ID, the server's does not.",
                side=Side.SERVER,
                fix="Pass the browser's click ID on to the backend, and send it with the server's event.",
                platform=server.platform,
            )
        return
    landed = landed_with(browser.page, browser.platform) if landed_alone else None
    value = server.match_id(landed.click.key) if landed else None
    modified = tuple(_modified(landed, value)) if landed and value else ()
    yield from modified
    if not modified:
        for click in _clicks(browser.platform):
            yield from _differs(pair, click)


def _differs(pair: Pair, click: Identifier) -> Iterator[Finding]:
    """Two click IDs for one conversion, unless one of them was told to be another than its own page's."""
    ours, theirs = (event.match_id(click.key) for event in pair)
    if not ours or not theirs or click.bare(ours) == click.bare(theirs):
        return
    code, name = click.code("differs"), pair.browser.platform
    if any(told.code == click.code("modified") for event in pair for told in of_event(event)):
        return
    one, two = click.unwrap(ours), click.unwrap(theirs)
    if one != ours and two != theirs and click.bare(one) == click.bare(two):
        yield finding(
            code,
            "Both sides carry the same click ID with different times of creation.",
            field=click.key,
            reason="time",
            severity=Severity.INFO,
            platform=name,
        )
        return
    reason = "case" if ours.lower() == theirs.lower() else None
    hint = " Only upper and lower case differ." if reason else ""
    text = differing(code, ours, theirs, 60, name) + hint
    yield finding(code, text, field=click.key, reason=reason, platform=name)

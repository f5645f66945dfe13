"""Name and ID: what decides whether a platform takes two events for one."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache

from app.checks.catalogue import finding
from app.checks.pair import Pair
from app.checks.privacy import masked
from app.comparison import same_amount, same_contents, same_cookie
from app.comparison.shortening import short
from app.hashing import NOTHING, same_once_hashed, sha256
from app.model import Event, Finding, Group, Link, LinkKind, Severity
from app.pairing.grouping import has_id
from app.platforms import customer_rules, identifier, platform
from app.platforms.base import Role
from app.platforms.vocabulary import standard_names

_WORDS = frozenset(
    ("undefined", "null", "nan", "none", "nil", "[object object]", "[object promise]", "function", "infinity")
)
_UNSET_PART = re.compile(r"[_.:-](?:undefined|null|nan)\Z")
_PLACEHOLDER = re.compile(
    r"(?:123|1234|test|testing|xxx|example|todo|(?:your[_-]?)?(?:unique[_-]?)?event[_-]?id|unique[_-]?id)\Z"
)
_TEMPLATES = (("{{", "}}"), ("${", "}"), ("{%", "%}"), ("<%", "%>"), ("<?", "?>"), ("%%", "%%"), ("[[", "]]"))
_PLACE_NAME = re.compile(r"\{[A-Za-z_][\w .-]*+\}\Z")
_MARKS = re.compile(r"[{%<\[]")
_HASHED = {
    sha256(text): text for text in (*NOTHING, "123", "1234", "test", "testing", "xxx", "example", "todo", "event_id")
}
"""Texts that are no ID, by the hash that a tag makes of them."""
_LONGEST = 300  # characters; no template that was left in is longer
_BY_SCRIPT = re.compile(r"(ob3|ob|sgwpixel|pcm)_plugin-set_")
_SCRIPTS = {"pcm": "the pixel's click measurement", "sgwpixel": "the Signals Gateway pixel"}
_LOOKED_AT = 200  # events of one side under one ID: a hard-coded ID collects every visitor of a session
_ALLOWED_TOGETHER = 4  # names listed in a message before the rest is only counted


def of_event(event: Event) -> Iterator[Finding]:
    """An ID that is no value, and one that the platform's own script made."""
    event_id = event.event_id
    if event_id is None:
        return
    if "plugin-set_" in event_id:
        made = _BY_SCRIPT.match(event_id)
        if made:
            who = _SCRIPTS.get(made[1], "the pixel's gateway plugin")
            yield finding(
                "event-id-made-by-script",
                f"The ID {shown(event_id)} was made by {who}: the site set none.",
                event=event,
                reason=made[1],
            )
        return
    plain = _HASHED.get(event_id, event_id)
    reason = no_value(plain)
    if reason and not any(flaw.code == "event-id-not-a-value" for flaw in event.flaws):
        yield finding(
            "event-id-not-a-value", _no_value_text(plain, reason, hashed=plain != event_id), event=event, reason=reason
        )


def no_value(event_id: str) -> str | None:
    """Why an event ID is no value (`empty`, `unset`, `template`, `placeholder`); None when it is one."""
    if len(event_id) > 40 and (len(event_id) > _LONGEST or not _MARKS.search(event_id)):
        return None
    return _no_value(event_id)


@lru_cache(maxsize=4096)
def _no_value(event_id: str) -> str | None:
    text = event_id.strip().casefold()
    if not text:
        return "empty"
    if text in _WORDS or _UNSET_PART.search(text):
        return "unset"
    if _PLACEHOLDER.match(text):
        return "placeholder"
    return "template" if _is_template(event_id) else None


def _is_template(text: str) -> bool:
    """Whether a template's marks stand in the text, the closing ones behind the opening."""
    marked = any(0 <= text.find(start) <= text.rfind(end) - len(start) for start, end in _TEMPLATES)
    return marked or bool(_PLACE_NAME.search(text))


def _no_value_text(event_id: str, reason: str, *, hashed: bool) -> str:
    text = f"the hash of {quoted(shown(event_id))}" if hashed else quoted(shown(event_id))
    if hashed and reason == "empty":
        return "The event ID is the hash of an empty text, which every event will share."
    return {
        "empty": "The event ID is empty, so the event counts as having none.",
        "unset": f"The event ID is {text}: a variable was not set when the event was sent.",
        "template": f"The event ID is {text}: a template that was never filled in.",
        "placeholder": f"The event ID is {text}: a placeholder that every event will share.",
    }[reason]


def of_group(group: Group, pair: Pair | None, linked: Mapping[str, Group]) -> Iterator[Finding]:
    """What the group's own events say about its name and its ID; `linked` may hold company of the same ID."""
    if len(group.browser) > 1 or len(group.server) > 1:
        yield from _reused(group)
    if pair and not (has_id(pair.browser) and has_id(pair.server)) and platform(group.platform).dedup.by_id_alone:
        yield from _unidentified(pair)
    if pair:
        yield from one_rule(pair)
    if group.name != group.name.strip() and not any(_is_told(group, link, linked) for link in group.links):
        yield finding("event-name-whitespace", f"The name {quoted(group.name)} has white space around it.")
    if linked:
        yield from _company(group, linked)


def one_rule(pair: Pair) -> Iterator[Finding]:
    """One conversion rule on both sides, where each needs its own."""
    code = platform(pair.browser.platform).dedup.same_rule
    ours, theirs = (set(filter(None, event.rule.split(","))) for event in pair)
    if code and ours & theirs:
        yield finding(
            code,
            f"Both sides name the conversion rule {shown(min(ours & theirs))}.",
            field="rule",
            platform=pair.browser.platform,
        )


def _is_told(group: Group, link: Link, linked: Mapping[str, Group]) -> bool:
    """Whether a suggestion's finding names the white space already."""
    other = linked.get(link.group)
    return other is not None and link.kind is LinkKind.SUGGESTED and other.name.strip() == group.name.strip()


def _unidentified(pair: Pair) -> Iterator[Finding]:
    """A pair that only a secondary key joins: the platform may merge it, but nothing makes it."""
    browser, server = pair
    code, who = "event-id-missing-both", "Neither side sends an event ID"
    if has_id(browser):
        code, who = "event-id-missing-server", "The server's event has no ID"
    elif has_id(server):
        code, who = "event-id-missing-browser", "The browser's event has no ID"
    yield finding(
        code,
        f"{who}; the two are merged by the browser ID or external ID only, and only when the browser comes first.",
        severity=Severity.WARNING,
    )


def _reused(group: Group) -> Iterator[Finding]:
    """One ID on events of one side that can not be the same conversion."""
    if not group.event_id:
        return
    for side in (group.browser, group.server):
        if len(side) < 2:
            continue
        sends = [event for event in side[:_LOOKED_AT] if not event.outcome.lost]
        events = [event for event in sends if event.event_id == sends[0].event_id]  # another key may merge others
        others = [(event, reason) for event in events[1:] if (reason := contradiction(events[0], event))]
        if others:
            yield reuse(events[0].event_id or "", (events[0], *(event for event, _ in others)), others[0][1])


def reuse(event_id: str, events: tuple[Event | None, ...], reason: str) -> Finding:
    """The finding for one ID on different conversions, with the requests it stands in."""
    seen = [event for event in events if event]
    requests = ", ".join(f"#{event.exchange}" for event in seen[:8]) + ("…" if len(seen) > 8 else "")
    return finding(
        "event-id-reused",
        f"The ID {shown(event_id)} stands on {len(seen)} events that differ in {reason}: requests {requests}.",
        side=seen[0].side,
        reason=reason,
        detail=requests,
    )


def contradiction(one: Event, two: Event) -> str | None:
    """What shows that two events under one ID are different conversions; None when nothing does.

    A platform that merges by the ID alone takes two steps of the funnel for one, too.
    """
    if one.side is two.side and one.name != two.name and {one.name, two.name} <= standard_names(one.platform):
        return "event name"
    if one.order_id and two.order_id and one.order_id != two.order_id:
        return "order"
    if one.value and two.value and not same_amount(one.value, two.value):
        return "value"
    if one.contents and two.contents and not same_contents(one.contents, two.contents):
        return "content"
    if one.side is two.side and _other_customer(one, two):
        return "customer"
    return None


def _other_customer(one: Event, two: Event) -> bool:
    """Whether two events of one side are another visitor's: another browser, or another hashed identity."""
    ours, theirs = identifier(one, Role.BROWSER), identifier(two, Role.BROWSER)
    if ours[1] and theirs[1] and ours != theirs:
        return True
    rules = customer_rules(one)
    for key in ("em", "ph", "external_id") if one.user and two.user else ():
        mine = [item.value for item in one.user if item.key == key]
        others = [item.value for item in two.user if item.key == key]
        pairs = [(a, b) for a in mine for b in others]
        if pairs and not any(same_cookie(a, b) or same_once_hashed(key, a, b, rules) for a, b in pairs):
            return True
    return False


def _company(group: Group, linked: Mapping[str, Group]) -> Iterator[Finding]:
    """Groups of the same ID under other names that no link ties to this one."""
    tied = {link.group for link in group.links}
    names = sorted(
        {
            other.name
            for other in linked.values()
            if other.id not in tied and other.event_id == group.event_id and other.name != group.name
        }
    )
    if names and group.event_id:
        yield shared(group.event_id, [group.name, *names])


def shared(event_id: str, names: list[str]) -> Finding:
    """The finding for one ID under several names."""
    more = f" and {len(names) - _ALLOWED_TOGETHER} more" if len(names) > _ALLOWED_TOGETHER else ""
    return finding(
        "event-id-shared-across-names",
        f"The ID {shown(event_id)} is used by {', '.join(names[:_ALLOWED_TOGETHER])}{more}; that is allowed.",
    )


def shown(text: str) -> str:
    """An ID or a name short enough for a sentence; people do use e-mail addresses as IDs, and these stay masked."""
    return short(masked(text))


def quoted(text: str | None) -> str:
    """A text in quotation marks, so that spaces at its ends can be seen."""
    return f"“{text or ''}”"

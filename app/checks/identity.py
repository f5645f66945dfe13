"""Name and ID: what decides whether a platform takes two events for one."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from app.checks.catalogue import finding
from app.checks.pair import Pair, kept, pair_with
from app.checks.privacy import masked
from app.checks.vocabulary import speakers, standard_names
from app.comparison import relate_ids, same_amount, same_contents, same_cookie
from app.comparison.identifiers import short
from app.model import Event, Finding, Group, Link, LinkKind, Severity

_WORDS = frozenset(
    ("undefined", "null", "nan", "none", "nil", "[object object]", "[object promise]", "function", "infinity")
)
_PLACEHOLDER = re.compile(
    r"(?:0|123|1234|test|testing|xxx|abc|id|(?:your[_-]?)?(?:unique[_-]?)?event[_-]?id|unique[_-]?id|example|string|todo)\Z"
)
_TEMPLATE = re.compile(
    r"\{\{.*\}\}|\$\{.*\}|\{%.*%\}|<%.*%>|<\?.*\?>|%%.+%%|\[\[.+\]\]|\{[A-Za-z_][\w .-]*\}\Z", re.DOTALL
)
_BY_SCRIPT = re.compile(r"(ob3|ob|sgwpixel|pcm)_plugin-set_")
_SCRIPTS = {"pcm": "the pixel's click measurement", "sgwpixel": "the Signals Gateway pixel"}
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
    reason = no_value(event_id)
    if reason and not any(flaw.code == "event-id-not-a-value" for flaw in event.flaws):
        yield finding("event-id-not-a-value", _no_value_text(event_id, reason), event=event, reason=reason)


def no_value(event_id: str) -> str | None:
    """Why an event ID is no value (`empty`, `unset`, `template`, `placeholder`); None when it is one."""
    if len(event_id) > 16 and "{" not in event_id and "%" not in event_id and "<" not in event_id:
        return "template" if event_id[:2] == "[[" else None
    text = event_id.strip().casefold()
    if not text:
        return "empty"
    if text in _WORDS:
        return "unset"
    if _PLACEHOLDER.match(text):
        return "placeholder"
    return "template" if _TEMPLATE.search(event_id) else None


def _no_value_text(event_id: str, reason: str) -> str:
    text = _quoted(shown(event_id))
    return {
        "empty": "The event ID is empty, so the event counts as having none.",
        "unset": f"The event ID is {text}: a variable was not set when the event was sent.",
        "template": f"The event ID is {text}: a template that was never filled in.",
        "placeholder": f"The event ID is {text}: a placeholder that every event will share.",
    }[reason]


def of_group(group: Group, pair: Pair | None, linked: Mapping[str, Group]) -> Iterator[Finding]:
    """What the group's own events and its links say about names, IDs and accounts."""
    yield from _reused(group)
    if pair:
        yield from _unidentified(pair)
    for link in group.links:
        other = linked.get(link.group)
        if other:
            yield from _of_link(group, link, other)
    if group.name != group.name.strip() and not any(_tells_of_white_space(group, link, linked) for link in group.links):
        yield finding("event-name-whitespace", f"The name {_quoted(group.name)} has white space around it.")
    if linked:
        yield from _company(group, linked)


def _tells_of_white_space(group: Group, link: Link, linked: Mapping[str, Group]) -> bool:
    """Whether a suggestion's finding has named the white space already."""
    other = linked.get(link.group)
    return other is not None and link.kind is LinkKind.SUGGESTED and other.name.strip() == group.name.strip()


def _of_link(group: Group, link: Link, other: Group) -> Iterator[Finding]:
    match link.kind:
        case LinkKind.SUGGESTED:
            pair = pair_with(group, other)
            if pair:
                yield from _suggested(pair, link)
        case LinkKind.ACCOUNT_DIFFERS:
            yield _account(group, other)
        case LinkKind.DOUBLE_FIRE:
            yield _double_fire(group, other)
        case LinkKind.REFIRED:
            yield _refired(group, other)
        case LinkKind.OUTSIDE_WINDOW:
            one, two = _first(group), _first(other)
            reason = _contradiction(one, two) if one and two else None
            if reason and group.event_id:
                yield _reuse(group.event_id, (one, two), reason)


def _suggested(pair: Pair, link: Link) -> Iterator[Finding]:
    """Why two halves that evidently are one conversion will not be merged."""
    browser, server = pair
    because = _because(link)
    if browser.name != server.name:
        yield _names(pair, because)
    ids = bool(browser.event_id), bool(server.event_id)
    if ids == (True, True):
        if browser.event_id != server.event_id:
            yield _ids(browser.event_id or "", server.event_id or "", because)
    elif ids == (True, False):
        yield finding(
            "event-id-missing-server",
            f"The browser sent the ID {shown(browser.event_id or '')}; the server's event for the same conversion has "
            f"none{because}.",
        )
    elif ids == (False, True):
        yield finding(
            "event-id-missing-browser",
            f"The server sent the ID {shown(server.event_id or '')}; the browser's event for the same conversion has "
            f"none{because}.",
        )
    else:
        yield finding("event-id-missing-both", f"Neither side gives this conversion an ID{because}.")
    if _adds_nothing(pair):
        yield finding(
            "no-added-value",
            "The server's event holds nothing that the browser's did not, and the two are not merged.",
        )


_ID_FIXES = {
    "affix": "Send the ID on both sides without anything added to it.",
    "case": "Leave the ID's case as it was made; change it on neither side.",
    "whitespace": "Trim the ID where it is made, before it goes to either side.",
    "number-format": "Treat the ID as text on both sides, not as a number.",
    "truncated": "Make the field, column or cookie that carries the ID long enough.",
    "encoded": "Decode the ID once before sending it on.",
    "family": "Agree on one of the two, for instance the order number, and send it on both sides.",
    "independent": "Make the ID once, hand it to the other side, and do not make a second one there.",
}


def _ids(browser: str, server: str, because: str) -> Finding:
    relation = relate_ids(browser, server)
    return finding(
        "event-id-differs",
        f"One conversion, two IDs{because}: browser {_quoted(shown(browser))}, server {_quoted(shown(server))}. "
        f"{masked(relation.detail)}",
        reason=relation.reason,
        detail=masked(relation.detail),
        fix=_ID_FIXES.get(relation.reason),
    )


def _names(pair: Pair, because: str) -> Finding:
    one, two = pair.browser.name, pair.server.name
    both = f"browser {_quoted(one)}, server {_quoted(two)}"
    if one.strip() == two.strip():
        return finding("event-name-whitespace", f"Only white space tells the names apart: {both}.")
    if one.strip().casefold() == two.strip().casefold():
        right = next((name for name in (one, two) if name in standard_names(pair.browser.platform)), None)
        fix = f"Write {right} on both sides." if right else None
        return finding("event-name-case", f"The names differ in upper and lower case: {both}.", fix=fix)
    return finding("event-name-differs", f"One conversion under two names{because}: {both}.{_whose(one)}{_whose(two)}")


def _whose(name: str) -> str:
    titles = speakers(name)
    return f" {name} is {_listed(titles)}'s word." if titles else f" {shown(name)} is no platform's standard event."


def _unidentified(pair: Pair) -> Iterator[Finding]:
    """A pair that only a secondary key joins: the platform may merge it, but nothing makes it."""
    browser, server = pair
    if browser.event_id and server.event_id:
        return
    code, who = "event-id-missing-both", "Neither side sends an event ID"
    if browser.event_id:
        code, who = "event-id-missing-server", "The server's event has no ID"
    elif server.event_id:
        code, who = "event-id-missing-browser", "The browser's event has no ID"
    yield finding(
        code,
        f"{who}; the two are merged by the browser ID or external ID only, and only when the browser comes first.",
        severity=Severity.WARNING,
    )


def _account(group: Group, other: Group) -> Finding:
    browser_first = bool(kept(group.browser))
    ours, theirs = (group, other) if browser_first else (other, group)
    return finding(
        "account-differs",
        f"{group.name} with the ID {shown(group.event_id or '')} goes to {ours.account} from the browser and "
        f"to {theirs.account} from the server; these are never merged.",
    )


def _double_fire(group: Group, other: Group) -> Finding:
    one, two = _first(group), _first(other)
    gap = abs(two.at_ms - one.at_ms) if one and two else abs(group.first_ms - other.first_ms)
    ids = [_quoted(shown(each.event_id)) if each.event_id else "no ID" for each in (group, other)]
    return finding(
        "double-fire",
        f"{group.name} fired twice within {gap / 1000:.1f} s with the same content, once with {ids[0]} and once with "
        f"{ids[1]}.",
        side=one.side if one else None,
    )


def _refired(group: Group, other: Group) -> Finding:
    one = _first(group)
    order = shown(one.order_id) if one and one.order_id else "the same order"
    first = "earlier" if other.first_ms <= group.first_ms else "later"
    return finding(
        "refired",
        f"{group.name} for {order} is reported {first} in this session too, under "
        f"{_quoted(shown(other.event_id)) if other.event_id else 'no ID'}.",
        side=one.side if one else None,
    )


def _reused(group: Group) -> Iterator[Finding]:
    """One ID on events of one side that can not be the same conversion."""
    if not group.event_id:
        return
    for events in (group.browser, group.server):
        if len(events) < 2:
            continue
        first = events[0]
        others = [(event, reason) for event in events[1:] if (reason := _contradiction(first, event))]
        if others:
            yield _reuse(group.event_id, (first, *(event for event, _ in others)), others[0][1])


def _reuse(event_id: str, events: tuple[Event | None, ...], reason: str) -> Finding:
    seen = [event for event in events if event]
    requests = ", ".join(f"#{event.exchange}" for event in seen[:8]) + ("…" if len(seen) > 8 else "")
    return finding(
        "event-id-reused",
        f"The ID {shown(event_id)} stands on {len(seen)} events that differ in {reason}: requests {requests}.",
        side=seen[0].side,
        reason=reason,
        detail=requests,
    )


def _contradiction(one: Event, two: Event) -> str | None:
    """What shows that two events under one ID are different conversions; None when nothing does."""
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
    if one.user is two.user or not one.user or not two.user:
        return False
    for key in ("em", "ph", "external_id"):
        ours = [item.value for item in one.user if item.key == key]
        theirs = [item.value for item in two.user if item.key == key]
        if ours and theirs and not any(same_cookie(a, b) for a in ours for b in theirs):
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


def _adds_nothing(pair: Pair) -> bool:
    """Whether everything the server says was said by the browser too."""
    browser, server = pair
    if server.value and not same_amount(browser.value, server.value):
        return False
    if server.order_id and server.order_id != browser.order_id:
        return False
    if server.contents and not same_contents(browser.contents, server.contents):
        return False
    known = {item.key for item in browser.user} | {name for name, _ in browser.match_ids}
    # The address reaches the platform with the browser's request, whatever its parameters say.
    said = {item.key for item in server.user} | {name for name, _ in server.match_ids if name != "ip"}
    return said <= known


_EVIDENCE = {
    "order_id": "order ID",
    "external_id": "external ID",
    "fbp": "browser ID",
    "fbc": "click ID",
    "em": "e-mail",
    "ph": "phone",
    "value": "value",
    "contents": "contents",
    "page": "page",
    "ip": "IP address",
    "user_agent": "device",
}


def _because(link: Link) -> str:
    """What speaks for one conversion, in brackets; names and IDs are what the finding itself is about."""
    words = [_EVIDENCE[item] for item in link.evidence if item in _EVIDENCE][:4]
    return f" (same {_listed(words)})" if words else ""


def _listed(words: tuple[str, ...] | list[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def _first(group: Group) -> Event | None:
    return kept(group.browser) or kept(group.server) or next(iter(group.events), None)


def _quoted(text: str | None) -> str:
    return f"“{text or ''}”"


def shown(text: str) -> str:
    """An ID or a name short enough for a sentence; people do use e-mail addresses as IDs, and these stay masked."""
    return short(masked(text))

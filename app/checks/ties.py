"""What a group's ties to other groups mean: two halves that will not be merged, a second account, a second fire."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache

from app.checks import repeats
from app.checks.catalogue import code_for, finding
from app.checks.identity import contradiction, one_rule, quoted, reuse, shown
from app.checks.pair import Pair, kept, pair_with
from app.checks.privacy import masked
from app.comparison import relate_compared, same_amount, same_contents
from app.model import UNNAMED_ACCOUNT, Event, Finding, Group, Link, LinkKind, Severity, Side
from app.pairing.grouping import has_id
from app.platforms import platform, title_of
from app.platforms.vocabulary import speakers, standard_names


def of_group(group: Group, linked: Mapping[str, Group]) -> Iterator[Finding]:
    """The findings that follow from the group's links; each stands on both ends.

    A group of many conversions, which a junk ID has swallowed, names the first of them.
    """
    for link in group.links[:_MOST]:
        other = linked.get(link.group)
        if other:
            yield from _of_link(group, link, other)


_MOST = 20  # ties of one group that are spelled out


def _of_link(group: Group, link: Link, other: Group) -> Iterator[Finding]:
    match link.kind:
        case LinkKind.SUGGESTED:
            pair = pair_with(group, other)
            if pair:
                yield from _suggested(pair, link)
                if _adds_nothing(group, other):
                    yield _NOTHING_ADDED
        case LinkKind.PROBABLE:
            yield _probable(group, other)
            pair = pair_with(group, other)
            if pair:
                yield from one_rule(pair)
        case LinkKind.ACCOUNT_DIFFERS:
            yield _account(group, other)
        case LinkKind.DOUBLE_FIRE:
            yield _double_fire(group, other)
        case LinkKind.REFIRED:
            yield repeats.under_another_id(group, other)
        case LinkKind.OUTSIDE_WINDOW:
            one, two = _first(group), _first(other)
            reason = contradiction(one, two) if one and two else None
            if reason and group.event_id:
                yield reuse(group.event_id, (one, two), reason)
            yield from repeats.outside_window(group, other)


def _suggested(pair: Pair, link: Link) -> Iterator[Finding]:
    """Why two halves that evidently are one conversion will not be merged."""
    browser, server = pair
    because = _because(link, browser.platform)
    rule = platform(browser.platform).dedup
    if rule.name_form(browser.name) != rule.name_form(server.name):
        yield _names(pair, because)
    ids = has_id(browser), has_id(server)
    if ids == (True, True):
        if rule.id_form(browser.event_id or "") != rule.id_form(server.event_id or ""):
            yield _ids(browser, server, because)
        elif rule.name_form(browser.name) == rule.name_form(server.name):
            yield _apart(pair)
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
            platform=browser.platform,
        )
    else:
        yield _unidentified(because)


def _apart(pair: Pair) -> Finding:
    """One name and one ID, and all the same not merged: by where one of the two happened, or as the platform says."""
    own = pair.browser.platform
    rule = platform(own).dedup
    if rule.apart.isdisjoint((pair.browser.action_source, pair.server.action_source)):
        return finding(code_for("event-name-differs", "kept-apart", own), reason="kept-apart", platform=own)
    side = Side.BROWSER if pair.browser.action_source in rule.apart else Side.SERVER
    source = pair.browser.action_source if side is Side.BROWSER else pair.server.action_source
    return finding(
        "never-merged",
        f"Both sides send {pair.browser.name} under one ID; what happened “{source}” is merged with nothing.",
        side=side,
        platform=own,
    )


_NOTHING_ADDED = finding(
    "no-added-value", "The server's event holds nothing that the browser's did not, and the two are not merged."
)


@lru_cache(maxsize=256)
def _unidentified(because: str) -> Finding:
    """One object for all groups with the same evidence: where no ID is ever sent, every group has it."""
    return finding("event-id-missing-both", f"Neither side gives this conversion an ID{because}.")


_ID_FIXES = {
    "affix": "Send the ID on both sides without anything added to it.",
    "case": "Leave the ID's case as it was made; change it on neither side.",
    "whitespace": "Trim the ID where it is made, before it goes to either side.",
    "number-format": "Treat the ID as text on both sides, not as a number.",
    "truncated": "Make the field, column or cookie that carries the ID long enough.",
    "encoded": "Decode the ID once before sending it on.",
    "hashed": "Hash the ID on neither side, or on both in the same way.",
    "family": "Agree on one of the two, for instance the order number, and send it on both sides.",
}


def _ids(browser: Event, server: Event, because: str) -> Finding:
    ours, theirs = browser.event_id or "", server.event_id or ""
    relation = relate_compared(ours, theirs, platform(browser.platform).dedup.id_form)
    code = code_for("event-id-differs", relation.reason, browser.platform)
    return finding(
        code,
        f"One conversion, two IDs{because}: browser {quoted(shown(ours))}, server {quoted(shown(theirs))}. "
        f"{masked(relation.detail)}",
        reason=relation.reason,
        detail=masked(relation.detail),
        fix=_ID_FIXES.get(relation.reason) if code == "event-id-differs" else None,
        platform=browser.platform,
    )


def _names(pair: Pair, because: str) -> Finding:
    one, two = pair.browser.name, pair.server.name
    both = f"browser {quoted(one)}, server {quoted(two)}"
    if one.strip() == two.strip():
        return finding("event-name-whitespace", f"Only white space tells the names apart: {both}.")
    if one.strip().casefold() == two.strip().casefold():
        right = next((name for name in (one, two) if name in standard_names(pair.browser.platform)), None)
        fix = f"Write {right} on both sides." if right else None
        return finding("event-name-case", f"The names differ in upper and lower case: {both}.", fix=fix)
    return finding(
        "event-name-differs", f"One conversion under two names{because}: {both}.{_whose(one, pair)}{_whose(two, pair)}"
    )


def _whose(name: str, pair: Pair) -> str:
    """Whose word a name is: the platform's own, else that of others, or the site's."""
    own = pair.browser.platform
    if not name.strip():
        return ""
    if name in standard_names(own):
        return f" {name} is a standard event of {title_of(own)}."
    titles = speakers(name)
    return f" {name} is {_listed(titles)}'s word." if titles else f" {shown(name)} is no platform's standard event."


def _account(group: Group, other: Group) -> Finding:
    browser_first = bool(kept(group.browser))
    ours, theirs = (group, other) if browser_first else (other, group)
    if theirs.account == UNNAMED_ACCOUNT:
        return finding(
            "account-differs",
            f"{group.name} with the ID {shown(group.event_id or '')} goes to {ours.account} from the browser; the "
            "server's payload does not say to which account it went, so nobody can tell whether they are merged.",
            reason="not-named",
            severity=Severity.WARNING,
            fix="Name the account beside the payload, or with --account.",
        )
    return finding(
        "account-differs",
        f"{group.name} with the ID {shown(group.event_id or '')} goes to {ours.account} from the browser and "
        f"to {theirs.account} from the server; these are never merged.",
    )


def _probable(group: Group, other: Group) -> Finding:
    ours, theirs = (group, other) if kept(group.browser) else (other, group)
    one, two = _first(ours), _first(theirs)
    kinds = (one.account_kind or "account", two.account_kind or "account") if one and two else ("account", "account")
    return finding(
        "account-unmapped",
        f"The browser's {group.name} went to {kinds[0]} {_home(one, ours)}, the server's with the same key to "
        f"{kinds[1]} {_home(two, theirs)}. If the two are one account to the platform, they are merged.",
        platform=group.platform,
    )


def _home(event: Event | None, group: Group) -> str:
    """The account of a group, or what stands for one where the wire names none."""
    return (event.home if event else "") or group.account


def _double_fire(group: Group, other: Group) -> Finding:
    one, two = _first(group), _first(other)
    gap = abs(two.at_ms - one.at_ms) if one and two else abs(group.first_ms - other.first_ms)
    ids = [quoted(shown(each.event_id)) if each.event_id else "no ID" for each in (group, other)]
    return finding(
        "double-fire",
        f"{group.name} fired twice within {gap / 1000:.1f} s with the same content, once with {ids[0]} and once with "
        f"{ids[1]}.",
        side=one.side if one else None,
        fix=_RUN_TWICE if one and one.side is Side.SERVER else None,
    )


_RUN_TWICE = "Look for a job, a webhook or a queue that runs twice, or for two programs that send the event."


def _adds_nothing(group: Group, other: Group) -> bool:
    """Whether everything that the server says was said by a send of the browser too."""
    ours, theirs = ((*group.side(side), *other.side(side))[:_LOOKED_AT] for side in Side)
    return any(_covers(mine, its) for its in theirs for mine in ours)


_LOOKED_AT = 20  # sends of one side: the rest of a hard-coded ID says nothing new


def _covers(browser: Event, server: Event) -> bool:
    if browser.outcome.lost or server.outcome.lost:
        return False
    if server.order_id and server.order_id != browser.order_id:
        return False
    if server.value and not same_amount(browser.value, server.value):
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
    "em": "e-mail",
    "ph": "phone",
    "value": "value",
    "contents": "contents",
    "page": "page",
    "ip": "IP address",
    "user_agent": "device",
}


def _because(link: Link, name: str) -> str:
    """What speaks for one conversion, in brackets; names and IDs are what the finding itself is about."""
    known = _EVIDENCE | {each.key: each.word for each in platform(name).identifiers}
    words = [known[item] for item in link.evidence if item in known][:4]
    return f" (same {_listed(words)})" if words else ""


def _listed(words: tuple[str, ...] | list[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def _first(group: Group) -> Event | None:
    return kept(group.browser) or kept(group.server) or next(iter(group.events), None)

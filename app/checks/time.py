"""Time: the platform's limits, wrong clocks, and how far the two sides lie apart."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from app.checks.catalogue import finding
from app.checks.context import Context
from app.checks.pair import Pair, pair_with
from app.model import Event, Finding, Group, LinkKind, Provenance, Severity, Side
from app.platforms import merging_rule, platform, rule_of
from app.platforms.base import Survivor, Windows
from app.rules import Rules

_LIVE = frozenset((Provenance.CAPTURED, Provenance.FORWARDED, Provenance.PROXIED, Provenance.PAGE))


def of_event(event: Event, rules: Rules) -> Iterator[Finding]:
    """The event's own time against its receipt, and how long the platform took to answer."""
    answer = event.answer
    if answer and answer.latency_ms is not None and answer.latency_ms > rules.slow_answer_ms and _by_backend(event):
        yield finding("slow-answer", f"The platform took {answer.latency_ms} ms to answer.", event=event)
    seen = event.received_ms if event.received_ms is not None else (answer.date_ms if answer else None)
    if event.own_ms is None or seen is None:
        return
    ahead = event.own_ms - seen
    if event.side is Side.SERVER:
        yield from _of_server(event, ahead, rules)
        return
    date = answer.date_ms if answer else None
    gap = ahead if abs(ahead) > rules.clock_skew_ms or date is None else event.own_ms - date
    if abs(gap) > rules.clock_skew_ms:
        way = "ahead of" if gap > 0 else "behind"
        yield finding("clock-skew", f"The client's time is {span(gap)} {way} the time of receipt.", event=event)


def _by_backend(event: Event) -> bool:
    """Whether a backend waits for the answer; no page waits for its pixel, and nobody for a test of ours."""
    return event.side is Side.SERVER and not event.provenance.ours and event.provenance is not Provenance.PAGE


def _of_server(event: Event, ahead: int, rules: Rules) -> Iterator[Finding]:
    if ahead > rules.future_ms:
        yield finding("event-time-in-future", f"The event's time is {span(ahead)} ahead of its receipt.", event=event)
        return
    at = platform(event.platform)
    if at.oldest is None:
        return
    store = bool(at.oldest.store_ms) and event.action_source == "physical_store"
    limit = at.oldest.store_ms if store else at.oldest.ms
    if -ahead <= limit:
        return
    back, most = span(-ahead), span(limit)
    if at.oldest.refused:
        text = (
            f"The event's time lies {back} back; more than {most} is refused{' for physical stores' if store else ''}."
        )
        yield finding("event-time-too-old", text, event=event)
    else:
        text = f"The event's time lies {back} back; {at.title} counts events of up to {most}."
        yield finding("event-time-too-old", text, event=event, severity=Severity.INFO)


def of_group(group: Group, pair: Pair | None, linked: Mapping[str, Group], context: Context) -> Iterator[Finding]:
    """The gap between the sides, and a twin that came after the platform's window."""
    rules = context.rules
    for link in group.links:
        if link.kind is LinkKind.OUTSIDE_WINDOW:
            yield _outside(group, linked.get(link.group), context.windows)
    gap = group.gap_ms
    if gap is None:
        return
    if pair is not None:
        yield from _dropped(pair, gap)
    by_hand = pair is not None and pair.server.provenance.ours  # sent when the user got round to it
    if gap > rules.slow_server_ms and not by_hand and not _arrived_together(pair, rules):
        yield finding("slow-server", f"The server's event came {span(gap)} after the browser's.")
    elif gap < 0:
        # Servers write whole seconds, so up to a second of lead is only rounding when times stand in for receipts.
        live = pair is not None and all(event.provenance in _LIVE for event in pair)
        if pair and (live or gap <= -1000):
            survivor = platform(group.platform).dedup.survivor
            yield finding("server-first", f"The server's event came {span(gap)} before the browser's. {survivor}")


def _dropped(pair: Pair, gap: int) -> Iterator[Finding]:
    """Which copy of a merged pair the platform lets go, with what only that copy says.

    The merge window is counted from receipts, as far as is known; event times that lie apart are told as such.
    """
    rule = platform(pair.browser.platform).dedup
    shared = (rule.of(key) for key in pair.browser.keys if key in pair.server.keys)
    merge_ms = max((kind.merge_ms for kind in shared if kind), default=rule.keys[0].merge_ms)
    if rule.keeps is Survivor.BROWSER:
        yield finding(
            "copy-dropped",
            f"The server's copy is dropped. {rule.survivor}",
            reason="browser-kept",
            platform=pair.browser.platform,
        )
        return
    if rule.keeps is Survivor.RICHER:
        yield _poorer(pair, gap, rule.survivor)
        return
    own = pair.server.at_ms - pair.browser.at_ms
    if not merge_ms:
        return
    if abs(gap) > merge_ms:
        yield finding(
            "copy-dropped",
            f"The {_later(gap)}'s copy came {span(gap)} later; copies are merged within {span(merge_ms)} only, so what "
            "it alone says is lost.",
            reason="after-merge-window",
        )
    elif abs(own) > merge_ms:
        yield finding(
            "copy-dropped",
            f"By the events' own times the {_later(own)}'s copy is {span(own)} later, though {span(gap)} lie between "
            f"the receipts. Copies are merged within {span(merge_ms)} only; where event times count, what it alone "
            "says is lost.",
            reason="event-times-apart",
        )


def _poorer(pair: Pair, gap: int, survivor: str) -> Finding:
    """Which copy says less, by the number of things it says; of two that say as much, the later one."""
    ours, theirs = map(_richness, pair)
    if ours == theirs:
        text = f"Both copies say {ours} things, and the {_later(gap)}'s came later, so it is the one to go. {survivor}"
        return finding("copy-dropped", text, reason="later")
    loser = "browser" if ours < theirs else "server"
    less, more = sorted((ours, theirs))
    return finding(
        "copy-dropped",
        f"The {loser}'s copy says {less} things and the other {more}, so it is probably the one to go. {survivor}",
        reason="poorer",
    )


def _richness(event: Event) -> int:
    """How many facts and match keys an event carries; a page's address comes with its request."""
    facts = (event.value, event.currency, event.order_id, event.contents, event.page)
    keys = {item.key for item in event.user} | {name for name, value in event.match_ids if value}
    return sum(map(bool, facts)) + len(keys | ({"ip"} if event.side is Side.BROWSER else set()))


def _later(gap: int) -> str:
    return "server" if gap > 0 else "browser"


def _arrived_together(pair: Pair | None, rules: Rules) -> bool:
    """Whether the client's clock makes the gap, so that only the receipts can tell: the clock is a finding already."""
    if pair is None or pair.browser.received_ms is None or pair.server.received_ms is None:
        return False
    skewed = abs(pair.browser.at_ms - pair.browser.received_ms) > rules.clock_skew_ms
    return skewed and pair.server.received_ms - pair.browser.received_ms <= rules.slow_server_ms


def _outside(group: Group, other: Group | None, windows: Windows) -> Finding:
    whose = platform(group.platform)
    if other is None:
        rule = rule_of(whose.name, windows).keys[0]
        return finding(
            "outside-window",
            f"{group.name} with the same {rule.word} was sent again after more than the {rule.within} within which "
            f"{whose.title} merges.",
            standing=rule.standing,
        )
    pair = pair_with(group, other)
    gap = pair.server.at_ms - pair.browser.at_ms if pair else group.first_ms - other.first_ms
    rule = merging_rule(group.events[0], other.events[0], windows)
    return finding(
        "outside-window",
        f"The two sends of {group.name} with the same {rule.word} lie {span(gap)} apart; {whose.title} merges them "
        f"only within {rule.within}.",
        standing=rule.standing,
    )


def span(ms: int) -> str:
    """A duration for people, without its sign: `840 ms`, `12.4 s`, `5 min 3 s`, `49 h 0 min`, `9 days`."""
    ms = abs(ms)
    if ms < 1000:
        return f"{ms} ms"
    seconds = ms // 1000
    if seconds < 60:
        return f"{ms / 1000:.1f} s"
    minutes, rest = divmod(seconds, 60)
    if minutes < 60:
        return f"{minutes} min {rest} s"
    hours, minutes = divmod(minutes, 60)
    if hours < 72:
        return f"{hours} h {minutes} min" + (f" {rest} s" if rest else "")
    return f"{hours // 24} days" + (f" {hours % 24} h" if hours % 24 else "")

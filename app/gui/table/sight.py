"""One row as it is shown: a conversion, and what a tied conversion lends it."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from app.gui.drawing.ink import Tone
from app.gui.drawing.runs import Run
from app.gui.drawing.wire_text import Span, visible
from app.model import Event, Group, Kind, Link, LinkKind, Side, Verdict
from app.platforms.base import NO_WINDOWS, Windows

Runs = tuple[Run, ...]


DASH = (Run("–", Tone.MUTED),)


_HALVES = (LinkKind.SUGGESTED, LinkKind.PROBABLE, LinkKind.OUTSIDE_WINDOW, LinkKind.ACCOUNT_DIFFERS)


_TIES = {
    LinkKind.SUGGESTED: "evidently the same conversion",
    LinkKind.PROBABLE: "the same key at an account of the other kind",
    LinkKind.OUTSIDE_WINDOW: "the same key, too late to be merged",
    LinkKind.ACCOUNT_DIFFERS: "the same key at another account",
    LinkKind.DOUBLE_FIRE: "the same action, fired again",
    LinkKind.REFIRED: "the same order, seen earlier",
}


class Sight(NamedTuple):
    """One row as it is shown: the group, and for each half the send that speaks for it.

    A half the group lacks may be lent by a group it is tied to; `tie` then says why and `twin` is that group.
    """

    group: Group
    browser: Event | None
    server: Event | None
    lent: Side | None
    tie: Link | None
    twin: Group | None
    now_ms: int
    windows: Windows = NO_WINDOWS

    def half(self, side: Side) -> Event | None:
        """The send that speaks for a side."""
        return self.browser if side is Side.BROWSER else self.server


def sight(group: Group, linked: Callable[[str], Group | None], now_ms: int, windows: Windows = NO_WINDOWS) -> Sight:
    """How a group is to be shown at a moment (milliseconds, UTC), by the windows that the user set."""
    browser, server = speaker(group.browser), speaker(group.server)
    missing = Side.BROWSER if browser is None else Side.SERVER if server is None else None
    for link in group.links:
        twin = linked(link.group)
        if twin is None:
            continue
        if missing is None or link.kind not in _HALVES:
            return Sight(group, browser, server, None, link, twin, now_ms, windows)
        lent = speaker(twin.side(missing))
        if lent is not None:
            if missing is Side.BROWSER:
                return Sight(group, lent, server, missing, link, twin, now_ms, windows)
            return Sight(group, browser, lent, missing, link, twin, now_ms, windows)
    return Sight(group, browser, server, None, None, None, now_ms, windows)


def speaker(events: tuple[Event, ...]) -> Event | None:
    """The send that speaks for a half: the first that is not lost."""
    return next((event for event in events if not event.outcome.lost), events[0] if events else None)


def lend(row: Sight, side: Side, runs: Runs) -> Runs:
    """The runs of a half; paler when another row lends it."""
    if row.lent is not side:
        return runs
    return tuple(run if run.marked else run._replace(tone=Tone.MUTED) for run in runs)


def tie_sentence(row: Sight) -> str:
    """What ties the row to another one; empty when nothing does."""
    if row.tie is None or row.twin is None:
        return ""
    evidence = f" Evidence: {', '.join(row.tie.evidence)}." if row.tie.evidence else ""
    sure = f", {row.tie.confidence:.0%} sure" if row.tie.confidence < 1 else ""
    more = sum(link.kind is row.tie.kind is LinkKind.SUGGESTED for link in row.group.links) - 1
    others = f" Tied to {more} more besides: its ID stands on many conversions." if more > 0 else ""
    return (
        f"\n\nTied to another row ({visible(row.twin.name[:60])}, {id_words(row.twin.event_id)}): "
        f"{_TIES[row.tie.kind]}{sure}.{evidence} Ctrl+L goes there.{others}"
    )


def id_words(event_id: str | None) -> str:
    """An event ID in a sentence."""
    return "no event ID" if event_id is None else f"“{visible(event_id[:80])}”"


def marked(text: str, spans: tuple[Span, ...]) -> Runs:
    """A text with its differing parts marked; stray spaces in them are spelled out."""
    runs: list[Run] = []
    at = 0
    for start, end in spans:
        runs += [Run(visible(text[at:start])), mark(text[start:end], False)]
        at = end
    runs.append(Run(visible(text[at:])))
    return tuple(run for run in runs if run.text)


def mark(text: str, mono: bool) -> Run:
    """A text marked as differing."""
    return Run(visible(text), Tone.BAD, mono=mono, marked=True)


def absent(row: Sight, side: Side) -> str:
    """Why a half is empty, in a few words; empty when it is not."""
    if row.half(side) is not None:
        return ""
    match row.group.verdict:
        case Verdict.WAITING:
            return f"waiting for the {side.value} half…"
        case Verdict.NOT_OBSERVED:
            return f"no {side.value} source was connected"
        case Verdict.DUPLICATE:
            return f"nothing on the {side.value} side"
        case Verdict.BROWSER_ONLY | Verdict.SERVER_ONLY:
            return _one_sided(row.group, side)
    return "–"


def _one_sided(group: Group, missing: Side) -> str:
    if any(finding.code == "plan-deviation" for finding in group.findings):
        return "missing: the channel plan expects it here, too"
    if all(event.kind is Kind.AUTOMATIC for event in group.events):
        return "fired by the platform's own script, not expected here"
    if group.links:
        return f"never seen on the {missing.value} side"
    return f"expected on the {missing.other.value} only (channel plan)"

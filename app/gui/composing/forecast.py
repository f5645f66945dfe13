"""What pairing will say of an event before it is sent: the real analysis, asked with the event already in it."""

from __future__ import annotations

from typing import NamedTuple

from app.analysis.engine import Analysis
from app.checks import Context
from app.gui.drawing.ink import Tone
from app.model import Event, Exchange, LinkKind, Verdict
from app.outgoing import Outgoing
from app.platforms import decode, merging_rule, rules_of, title_of
from app.platforms.base import NO_WINDOWS, Windows

_WHY = {
    LinkKind.SUGGESTED: "they describe one conversion, but name or ID are not the same",
    LinkKind.PROBABLE: "same key, at an account of the other kind",
    LinkKind.ACCOUNT_DIFFERS: "same name and ID, but another account",
}


class Forecast(NamedTuple):
    """A sentence, and the tone it is said in."""

    text: str
    tone: Tone


def forecast(browser: Event | None, outgoing: Outgoing, now_ms: int, windows: Windows = NO_WINDOWS) -> Forecast:
    """How the platform would treat what is about to be sent, beside the browser's event. `now_ms` is UTC."""
    exchange = Exchange(outgoing.provenance, outgoing.request, started_ms=now_ms, number=1_000_000_000)
    events = decode(exchange)
    if not events:
        return Forecast("This is no event that a platform would read.", Tone.BAD)
    if browser is None:
        return Forecast("There is no browser event to pair it with: it stands alone.", Tone.MUTED)
    analysis = Analysis(Context(windows=windows), rules_of())
    analysis.add((browser, *events))
    analysis.changes(None)
    mine = next((group for group in analysis.groups() if any(event.id == browser.id for event in group.browser)), None)
    if mine is None:
        return Forecast("The browser's event is none that is paired.", Tone.MUTED)
    if mine.verdict is Verdict.DEDUPLICATED:
        return Forecast(f"✓ Deduplicated: same {_shared(browser, events[0])} as the browser's event.", Tone.GOOD)
    why = _WHY | {LinkKind.OUTSIDE_WINDOW: _too_late(browser, events[0], windows)}
    reason = next((why[link.kind] for link in mine.links if link.kind in why), "")
    if mine.verdict is Verdict.DOUBLE_COUNTED:
        return Forecast(f"✕ Double counted: {reason or 'the platform will not merge the two'}.", Tone.BAD)
    return Forecast(f"✕ Not paired with the browser's event: {reason or 'nothing ties the two together'}.", Tone.BAD)


def _shared(browser: Event, server: Event) -> str:
    named = "account, name" if browser.name == server.name else "account"
    return f"{named} and {merging_rule(browser, server).word}"


def _too_late(browser: Event, server: Event, windows: Windows) -> str:
    rule = merging_rule(browser, server, windows)
    title = title_of(browser.platform)
    return f"same {rule.word}, but too far apart in time, for {title} merges only within {rule.within}"

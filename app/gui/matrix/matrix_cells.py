"""What stands in the matrix: each platform's verdict with its sides and value, and what is wrong between them."""

from __future__ import annotations

from collections.abc import Iterable

from app.gui.detail.findings_view import sorted_findings
from app.gui.drawing.ink import Tone, tone_of
from app.gui.drawing.moments import clock
from app.gui.drawing.runs import Run
from app.gui.drawing.wire_text import shortened, visible
from app.model import Finding, Side
from app.pairing.conversions import Conversion, Share
from app.platforms import account_word, title_of
from app.words import SEVERITY_WORDS, VERDICT_WORDS, in_minor_units

Runs = tuple[Run, ...]
_DASH: Runs = (Run("–", Tone.MUTED),)
_LONGEST = 80  # characters of a name, an ID or a page


def what(conversion: Conversion) -> Runs:
    """What the shopper did, and when."""
    return (Run(visible(conversion.title[:_LONGEST]) or "no name"), Run(f"  {clock(conversion.first_ms)}", Tone.MUTED))


def what_tip(conversion: Conversion) -> str:
    """The names it goes by at its platforms, and the page."""
    names = {group.name: None for group in conversion.groups}
    page = f"\n{visible(conversion.page[:_LONGEST])}" if conversion.page else ""
    return f"{', '.join(visible(name[:_LONGEST]) for name in names)}{page}"


def order(conversion: Conversion) -> Runs:
    """The order, where one is named."""
    number = conversion.order_id
    return (Run(shortened(visible(number), 24, 5), mono=True),) if number else _DASH


def told(share: Share | None, *, missing: bool) -> Runs:
    """What one platform makes of the conversion: its verdict, the sides it came from, and the value."""
    if share is None:
        return (Run("✕ Not told", Tone.BAD, bold=True),) if missing else _DASH
    word = VERDICT_WORDS[share.verdict]
    letters = "+".join(side.value[0].upper() for side in Side if share.side(side))
    value = _value(share)
    rest = f"  {letters}{'  ' if value else ''}{value}"
    return (Run(f"{word.glyph} {word.word}", tone_of(word.role), bold=True), Run(rest, Tone.MUTED))


def told_tip(share: Share | None, platform: str, *, missing: bool) -> str:
    """The same in sentences, with accounts, IDs and consent."""
    title = title_of(platform)
    if share is None:
        due = f"{title} was not told, although it is due by the plan, or is usually told."
        return due if missing else f"{title} was not told of this."
    word = VERDICT_WORDS[share.verdict]
    accounts = ", ".join(sorted({visible(group.account[:_LONGEST]) for group in share.groups}))
    ids = dict.fromkeys(visible(group.event_id[:_LONGEST]) for group in share.groups if group.event_id)
    consent = next((event.consent for event in share.events if event.consent), None)
    lines = (
        f"{title}: {word.word}. {word.help}",
        f"{account_word(platform)} {accounts}",
        f"Event ID {', '.join(ids)}" if ids else "No event ID",
        f"Consent {visible(consent[:_LONGEST])}" if consent else "",
        "B: from the browser, S: from the server. Enter shows its rows.",
    )
    return "\n".join(filter(None, lines))


def _value(share: Share) -> str:
    event = next((event for event in share.events if event.value and not event.outcome.lost), None)
    if event is None or event.value is None:
        return ""
    return visible(f"{in_minor_units(event.value, event.currency)} {event.currency or ''}".strip()[:_LONGEST])


def between(conversion: Conversion) -> Runs:
    """What is wrong between the platforms, in short."""
    found = list(_by_code(conversion.findings))
    if not found:
        return _DASH
    parts = [Run(f"{SEVERITY_WORDS[each.severity].glyph} {each.code.replace('-', ' ')}", _tone(each)) for each in found]
    return tuple(run for place, part in enumerate(parts) for run in ((Run("  "), part) if place else (part,)))


def said(conversion: Conversion) -> str:
    """What is wrong between the platforms and what to do, in sentences; empty when nothing is."""
    return "\n".join(
        f"{SEVERITY_WORDS[each.severity].glyph} {visible(each.message)} {each.fix}"
        for each in sorted_findings(conversion.findings)
    )


def _by_code(findings: tuple[Finding, ...]) -> Iterable[Finding]:
    return {each.code: each for each in reversed(sorted_findings(findings))}.values()


def _tone(finding: Finding) -> Tone:
    return tone_of(SEVERITY_WORDS[finding.severity].role)

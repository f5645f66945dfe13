"""The cells about both halves together: the gap between them, the hashes, the findings."""

from __future__ import annotations

from app.gui.detail.findings_view import sorted_findings
from app.gui.drawing.ink import Tone, tone_of
from app.gui.drawing.moments import gap
from app.gui.drawing.runs import Run
from app.gui.drawing.wire_text import visible
from app.gui.table.sight import DASH, Runs, Sight
from app.words import SEVERITY_WORDS

_REMARKS = ("hash-verified", "hash-unknown")  # no complaints; the column of hashes tells them
HASH_TROUBLE = {
    "raw-personal-data": ("✕ plain", Tone.BAD),
    "hash-wrong-form": ("✕ form", Tone.BAD),
    "hash-of-nothing": ("✕ empty", Tone.BAD),
    "hash-not-normalized": ("✕ not normal", Tone.BAD),
    "hash-differs-between-sides": ("✕ differ", Tone.BAD),
    "hash-different": ("! different", Tone.WARN),
    "hash-convention": ("! other rule", Tone.WARN),
}


def gap_cell(row: Sight) -> Runs:
    """The time between the halves; paler when one is lent."""
    size = row.group.gap_ms
    if size is None and row.lent is not None and row.browser and row.server and row.browser.at_ms and row.server.at_ms:
        live = row.browser.received_ms is not None and row.server.received_ms is not None
        size = (
            row.server.received_ms - row.browser.received_ms
            if live and row.server.received_ms is not None and row.browser.received_ms is not None
            else row.server.at_ms - row.browser.at_ms
        )
        return (Run(short_gap(size), Tone.MUTED),)
    if size is None:
        return DASH
    codes = {finding.code for finding in row.group.findings}
    tone = Tone.BAD if "outside-window" in codes else Tone.WARN if "slow-server" in codes else Tone.PLAIN
    return (Run(short_gap(size), tone),)


def short_gap(size: int) -> str:
    """A signed span in one unit, to fit a narrow column: "+840 ms", "+1.88 s", "+3.3 min", "−47.9 h", "+2.1 d"."""
    for unit, name in ((86_400_000, "d"), (3_600_000, "h"), (60_000, "min")):
        # 48 h stays in hours: it is the window's own measure.
        if abs(size) >= unit * (3 if name == "d" else 1):
            return f"{'−' if size < 0 else '+'}{abs(size) / unit:.1f} {name}"
    return gap(size)


def gap_tip(row: Sight) -> str:
    """How the gap is measured."""
    if row.group.gap_ms is None:
        return "There is no second half to measure to." if row.lent is None else "From the tied row."
    return f"{gap(row.group.gap_ms)}: server minus browser, first live send of each."


def hashes(row: Sight) -> Runs:
    """What is known of the customer's hashes, in a word."""
    hashed = sum(len(event.user) for event in (row.browser, row.server) if event is not None)
    found = [finding.code for finding in row.group.findings]
    trouble = next((word for code, word in HASH_TROUBLE.items() if code in found), None)
    if trouble:
        return (Run(*trouble),)
    if not hashed:
        return DASH
    if "hash-unknown" in found or "hash-verified" not in found:
        return (Run(f"{hashed} untested", Tone.MUTED),)
    return (Run(f"✓ {hashed}", Tone.GOOD),)


def hashes_tip(row: Sight) -> str:
    """What was found of the hashes."""
    texts = [
        visible(finding.message)
        for finding in row.group.findings
        if finding.code in HASH_TROUBLE or finding.code in _REMARKS
    ]
    return "\n".join(texts[:6])


def findings(row: Sight) -> Runs:
    """The gravest finding, and how many others there are."""
    ranked = sorted_findings(item for item in row.group.findings if item.code not in _REMARKS)
    if not ranked:
        return DASH
    first, rest = ranked[0], len({finding.code for finding in ranked}) - 1
    word = SEVERITY_WORDS[first.severity]
    runs = [Run(f"{word.glyph} {first.code.replace('-', ' ')}", tone_of(word.role))]
    if rest:
        runs.append(Run(f" +{rest}", Tone.MUTED))
    return tuple(runs)


def findings_tip(row: Sight) -> str:
    """The gravest findings in full."""
    ranked = sorted_findings(row.group.findings)
    return "\n".join(f"{SEVERITY_WORDS[item.severity].glyph} {visible(item.message[:300])}" for item in ranked[:8])

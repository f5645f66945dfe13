"""The cells that name a conversion: verdict, event name, event ID."""

from __future__ import annotations

from app.comparison import IdRelation, relate_compared
from app.gui.drawing.ink import Tone, tone_of
from app.gui.drawing.runs import Run
from app.gui.drawing.wire_text import Span, differing, shortened, visible
from app.gui.table.sight import Runs, Sight, id_words, marked, tie_sentence
from app.model import Verdict
from app.platforms import account_word, merging_rule, platform, title_of
from app.words import VERDICT_WORDS

_ID_SHOWN = 30  # characters of one ID; the whole is in the tooltip


def verdict(row: Sight) -> Runs:
    """The verdict in glyph, word and colour; with the seconds left while it waits."""
    word = VERDICT_WORDS[row.group.verdict]
    # The table is narrow, and what was not observed can only be the other side.
    text = "Not observed" if row.group.verdict is Verdict.NOT_OBSERVED else word.word
    if row.group.verdict is Verdict.WAITING and row.group.waiting_until_ms is not None:
        text = f"{text} {max(0, -(-(row.group.waiting_until_ms - row.now_ms) // 1000))} s"
    return (Run(f"{word.glyph} {text}", tone_of(word.role), bold=True),)


def verdict_tip(row: Sight) -> str:
    """What the verdict means, and what the row is tied to."""
    word = VERDICT_WORDS[row.group.verdict]
    return f"{word.word} (predicted): {word.help}{_by_rule(row)}{tie_sentence(row)}"


def _by_rule(row: Sight) -> str:
    """By which key the platform merges what the row shows of both sides, and within what time."""
    if row.browser is None or row.server is None or row.group.verdict not in (Verdict.DEDUPLICATED, Verdict.PROBABLE):
        return ""
    rule = merging_rule(row.browser, row.server, row.windows)
    return f" {title_of(row.group.platform)} merges by {rule.word} within {rule.within}."


def ad_platform(row: Sight) -> Runs:
    """Whose event it is."""
    return (Run(visible(title_of(row.group.platform))),)


def ad_platform_tip(row: Sight) -> str:
    """The platform, and the account under its own word."""
    group = row.group
    return f"{visible(title_of(group.platform))}\n{account_word(group.platform)} {visible(group.account[:120])}"


def name(row: Sight) -> Runs:
    """The event's name, or both names where they differ."""
    mine, theirs = row.browser, row.server
    if mine is None or theirs is None or mine.name == theirs.name:
        return (Run(visible(row.group.name[:120]) or "no name", Tone.PLAIN if row.group.name else Tone.MUTED),)
    left, right = differing(mine.name, theirs.name)
    if mine.name.casefold() == theirs.name.casefold():  # one changed letter is easily missed: mark the word
        left, right = ((0, len(mine.name)),), ((0, len(theirs.name)),)
    return (*marked(mine.name, left), Run(" ≠ ", Tone.MUTED), *marked(theirs.name, right))


def name_tip(row: Sight) -> str:
    """Both names, and why they must be equal."""
    mine, theirs = row.browser, row.server
    if mine is None or theirs is None or mine.name == theirs.name:
        return visible(row.group.name)
    why = "upper and lower case count" if mine.name.casefold() == theirs.name.casefold() else "the names must be equal"
    return f"Browser: {visible(mine.name)}\nServer: {visible(theirs.name)}\nNot deduplicated: {why}."


def event_id(row: Sight) -> Runs:
    """The event ID, or both IDs with what differs marked."""
    if row.browser is None or row.server is None or _one_id(row):
        if row.group.event_id is None:
            return (Run("none", Tone.MUTED),)
        text = visible(row.group.event_id)
        return (Run(shortened(text, 24, 5) or "empty", Tone.PLAIN if text else Tone.BAD, mono=True),)
    mine, theirs = row.browser.event_id, row.server.event_id
    unequal = Run(" ≠ ", Tone.MUTED)
    if mine is None or theirs is None:
        none = Run("none", Tone.BAD, marked=True)
        known = Run(shortened(visible(mine or theirs or ""), 16, 5), mono=True)
        return (none, unequal, known) if mine is None else (known, unequal, none)
    relation = _relation(row, mine, theirs)
    return (*_id_half(mine, relation.a_span), unequal, *_id_half(theirs, relation.b_span))


def _one_id(row: Sight) -> bool:
    """Whether both halves have the same ID, or IDs that the platform takes for one."""
    ours, theirs = row.browser and row.browser.event_id, row.server and row.server.event_id
    return ours == theirs or bool(ours and theirs and _relation(row, ours, theirs).reason == "equal")


def _relation(row: Sight, ours: str, theirs: str) -> IdRelation:
    return relate_compared(ours, theirs, platform(row.group.platform).dedup.id_form)


def _id_half(text: str, span: Span) -> Runs:
    start, end = span
    if end - start >= len(text) or end <= start:
        tone, marked = (Tone.BAD, True) if end > start else (Tone.PLAIN, False)
        return (Run(shortened(visible(text), 6, 3), tone, mono=True, marked=marked),)
    head, tail = text[:start], text[end:]
    around = [Run(shortened(visible(part), 9, 5), mono=True) for part in (head, tail)]
    return (around[0], Run(visible(text[start:end][:_ID_SHOWN]), Tone.BAD, mono=True, marked=True), around[1])


def event_id_tip(row: Sight) -> str:
    """Both IDs in full, and how they differ."""
    if row.browser is None or row.server is None or _one_id(row):
        return "No event ID was sent." if row.group.event_id is None else visible(row.group.event_id)
    mine, theirs = row.browser.event_id, row.server.event_id
    lines = f"Browser: {id_words(mine)}\nServer: {id_words(theirs)}"
    why = "\nBoth sides must send the same event ID."
    if mine is not None and theirs is not None:
        why = "\n" + _relation(row, mine, theirs).detail
    return lines + why + tie_sentence(row)

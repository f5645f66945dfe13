"""The compare tab: one conversion's two sides, field beside field."""

from __future__ import annotations

import re
from itertools import groupby

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QLineEdit, QVBoxLayout, QWidget

from app.comparison import Relation, Row, compare
from app.gui.detail.hashes_view import STATUS
from app.gui.drawing.ink import Tone
from app.gui.drawing.runs import Run, as_plain_tooltip, more
from app.gui.drawing.runs_table import Line, RunsModel, RunsTable
from app.gui.drawing.switch import Switch
from app.gui.drawing.wire_text import Span, differing, shared, visible
from app.hashing import check
from app.model import CheckStatus, Customer, Event, HashCheck
from app.platforms import customer_rules

_ORDER = ("event", "custom data", "customer", "click IDs", "page", "consent", "other", "browser", "library")
_MARKS = {
    Relation.DIFFERS: Run("≠", Tone.BAD, mono=True, bold=True),
    Relation.EQUAL_BY_VALUE: Run("≈", Tone.GOOD, mono=True, bold=True),
    Relation.EQUAL: Run("=", Tone.MUTED, mono=True),
    Relation.ONLY_BROWSER: Run("◂", Tone.MUTED),
    Relation.ONLY_SERVER: Run("▸", Tone.MUTED),
}
_WORDS = {
    Relation.DIFFERS: "different",
    Relation.EQUAL_BY_VALUE: "written differently, meaning the same",
    Relation.EQUAL: "equal",
    Relation.ONLY_BROWSER: "only in the browser",
    Relation.ONLY_SERVER: "only on the server",
}
_NOTE_TONES = {Relation.DIFFERS: Tone.BAD, Relation.EQUAL_BY_VALUE: Tone.GOOD}
_CLAUSE = re.compile(r"[;.:](?:\s|$)")
_DIFFERENT = "Different"
_EXPLAINED = (CheckStatus.CONVENTION, CheckStatus.NOT_NORMALIZED)
_NONE = (Run("–", Tone.MUTED),)
_MISSING = (Run("none", Tone.BAD, marked=True, bold=True),)
_ONE_SIDED = (Relation.ONLY_BROWSER, Relation.ONLY_SERVER)
_SHOWN = 1500  # characters of one value that a cell ever looks at
_BEFORE = 60  # of them before the first difference, when that lies far inside


class CompareView(QWidget):
    """Both sides aligned by meaning, with what differs marked inside the values."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._rows: tuple[Row, ...] = ()
        self._both = False
        self._judged: dict[str, HashCheck] = {}
        self.model = RunsModel(("Field", "Browser", "", "Server", "Note"), self)
        self.table = RunsTable(self.model, (0.26, 0.24, 36, 0.24), lines=3, parent=self)
        self.table.setAccessibleName("Browser and server compared")
        self.only_differences = Switch("Only &differences")
        self.only_differences.toggled.connect(self._fill)
        self.wanted = QLineEdit()
        self.wanted.setPlaceholderText("Find a field or value")
        self.wanted.setClearButtonEnabled(True)
        self.wanted.setMaximumWidth(240)
        self.wanted.textChanged.connect(self._fill)
        self.counts = QLabel()
        self.counts.setTextFormat(Qt.TextFormat.PlainText)
        self.bar = QWidget()
        bar = QHBoxLayout(self.bar)
        bar.setContentsMargins(8, 2, 8, 2)
        bar.setSpacing(10)
        bar.addWidget(self.counts)
        bar.addStretch()
        bar.addWidget(self.wanted)
        bar.addWidget(self.only_differences)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.bar)
        column.addWidget(self.table)

    def show_sides(
        self, browser: Event | None, server: Event | None, headings: tuple[str, str], customer: Customer
    ) -> None:
        """Compare two events that have their fields. `headings` say what each side is, or why it is empty."""
        self._judged = _judged(browser, customer) | _judged(server, customer)
        self._both = browser is not None and server is not None
        self._rows = compare(browser, server)
        self.model.name(("Field", headings[0], "", headings[1], "Note"))
        self.counts.setText(summed(self._rows) if self._both else f"{len(self._rows)} fields")
        self.counts.setToolTip(as_plain_tooltip(spelled(self._rows) if self._both else "Only one side was seen"))
        self.only_differences.setEnabled(self._both)
        self._fill()

    @property
    def differing(self) -> int:
        """How many fields stand on both sides with different meanings."""
        return sum(row.relation is Relation.DIFFERS for row in self._rows)

    def _fill(self) -> None:
        rows = self._rows
        if self.only_differences.isChecked() and self._both:
            rows = tuple(row for row in rows if row.relation not in (Relation.EQUAL, Relation.EQUAL_BY_VALUE))
        wanted = self.wanted.text().casefold()
        if wanted:
            rows = tuple(row for row in rows if any(wanted in str(part).casefold() for part in row))
        self.model.show(lines(rows, self._judged, both=self._both))


def summed(rows: tuple[Row, ...]) -> str:
    """How many rows stand in which relation, by its sign."""
    return "   ".join(f"{_MARKS[relation].text} {count}" for relation, count in _counted(rows).items())


def spelled(rows: tuple[Row, ...]) -> str:
    """The same in words."""
    return "\n".join(f"{_MARKS[one].text} {count} {_WORDS[one]}" for one, count in _counted(rows).items())


def _counted(rows: tuple[Row, ...]) -> dict[Relation, int]:
    kinds = [row.relation for row in rows]
    return {relation: kinds.count(relation) for relation in _MARKS if relation in kinds}


def _judged(event: Event | None, customer: Customer) -> dict[str, HashCheck]:
    if event is None:
        return {}
    rules = customer_rules(event)
    return {value.wire: check(value, customer, rules) for value in event.user}


def lines(rows: tuple[Row, ...], judged: dict[str, HashCheck], *, both: bool) -> tuple[Line, ...]:
    """What differs first, then the rest by group; in each, what both sides have before what one side lacks.

    `judged` is what is known of customer values, by wire key.
    """
    ordered = sorted(rows, key=lambda row: (_section(row), row.relation in _ONE_SIDED))
    result: list[Line] = []
    for (_, heading), members in groupby(ordered, key=_section):
        tone = Tone.BAD if heading == _DIFFERENT else Tone.MUTED
        result.append(Line(((Run(heading, tone, bold=True),),), section=True))
        result += [_line(row, judged, both=both) for row in members]
    return tuple(result)


def _section(row: Row) -> tuple[int, str]:
    if row.relation is Relation.DIFFERS:
        return -1, _DIFFERENT
    place = _ORDER.index(row.group) if row.group in _ORDER else len(_ORDER)
    return place, row.group[:1].upper() + row.group[1:] or "Other"


def _line(row: Row, judged: dict[str, HashCheck], *, both: bool) -> Line:
    start = _first_seen(row)
    browser, server = (visible(value[start : start + _SHOWN]) for value in (row.browser_value, row.server_value))
    marks: tuple[tuple[Span, ...], tuple[Span, ...]] = ((), ())
    if row.relation is Relation.DIFFERS:
        marks = differing(browser, server)
    return Line(
        (
            _field(row),
            _value(row.browser_value, browser, marks[0], start) if row.browser_key else _absent(row),
            (_MARKS[row.relation],) if both else (),
            _value(row.server_value, server, marks[1], start) if row.server_key else _absent(row),
            _note(row, judged),
        ),
        (f"{row.label} ({_keys(row)})", row.browser_value, row.relation.value, row.server_value, row.note),
    )


def _first_seen(row: Row) -> int:
    """Where to begin reading: at the start, or shortly before a difference that lies far inside."""
    if row.relation is not Relation.DIFFERS or max(len(row.browser_value), len(row.server_value)) <= _SHOWN:
        return 0
    return max(shared(row.browser_value, row.server_value) - _BEFORE, 0)


def _note(row: Row, judged: dict[str, HashCheck]) -> tuple[Run, ...]:
    text = row.note or (_WORDS[row.relation] if row.relation is Relation.EQUAL_BY_VALUE else "")
    runs = [Run(visible(text[:_SHOWN]), _NOTE_TONES.get(row.relation, Tone.MUTED))] if text else []
    known = [
        (side, judged[key])
        for side, key in (("Browser: ", row.browser_key), ("Server: ", row.server_key))
        if key in judged
    ]
    agreed = len({item for _, item in known}) == 1
    for side, item in known[:1] if agreed else known:
        mark = STATUS[item.status]
        words = _CLAUSE.split(item.explanation, maxsplit=1)[0] if item.status in _EXPLAINED else mark.words
        runs += [
            Run(("\n" if runs else "") + ("" if agreed else side), Tone.MUTED),
            Run(f"{mark.glyph} {visible(words)}", mark.tone),
        ]
    return tuple(runs)


def _keys(row: Row) -> str:
    keys = [key for key in (row.browser_key, row.server_key) if key]
    return " / ".join(dict.fromkeys(visible(key[:120]) for key in keys))


def _field(row: Row) -> tuple[Run, ...]:
    return (Run(visible(row.label[:200])), Run("  "), Run(_keys(row), Tone.MUTED, mono=True))


def _absent(row: Row) -> tuple[Run, ...]:
    """What stands in place of a value that a side does not have: nothing to speak of, or the fault itself."""
    return _MISSING if row.relation is Relation.DIFFERS else _NONE


def _value(whole: str, shown: str, marks: tuple[Span, ...], start: int) -> tuple[Run, ...]:
    if not whole:
        return (Run("empty", Tone.MUTED),)
    before = (Run("… ", Tone.MUTED, hidden=start),) if start else ()
    rest = len(whole) - start - _SHOWN
    return (*before, *_split(shown, marks), *((more(rest),) if rest > 0 else ()))


def _split(text: str, marks: tuple[Span, ...]) -> tuple[Run, ...]:
    runs: list[Run] = []
    at = 0
    for start, end in marks:
        if start > at:
            runs.append(Run(text[at:start], mono=True))
        runs.append(Run(text[start:end], Tone.BAD, mono=True, marked=True, bold=True))
        at = end
    if at < len(text):
        runs.append(Run(text[at:], mono=True))
    return tuple(runs)

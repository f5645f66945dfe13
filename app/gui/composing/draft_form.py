"""A server event as a form: one row for each field, what is wrong with it beside it.

The event stays the JSON text it is. Editing a field changes that member's text and leaves every other byte alone, so
that numbers, unknown members and their order survive.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, NamedTuple

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt, Signal
from PySide6.QtWidgets import QWidget

from app.gui.drawing.ink import Tone
from app.gui.drawing.runs import RUNS, Run, plain
from app.gui.drawing.runs_table import COPIED
from app.gui.drawing.wire_text import visible
from app.platforms.event_form import EventForm
from app.platforms.json_text import elements, members, raw_at, with_text_at, without_at
from app.platforms.server_api import Violation, Weight

Index = QModelIndex | QPersistentModelIndex

_WEIGHTS = {
    Weight.REFUSED: ("✕ ", Tone.BAD),
    Weight.WARNED: ("! ", Tone.WARN),
    Weight.ADVICE: ("i ", Tone.INFO),
}
_SHOWN = 4000


class Entry(NamedTuple):
    """One field: its path in the event, its name for people, its JSON text (empty when absent)."""

    path: str
    label: str
    raw: str

    @property
    def text(self) -> str:
        """What the reader sees and edits: a string without its quotes, anything else as JSON."""
        if self.raw.startswith('"'):
            try:
                return str(json.loads(self.raw))
            except ValueError:
                return self.raw
        return self.raw


def entries(event: str, form: EventForm) -> tuple[Entry, ...]:
    """The fields of an event's JSON text: the usual ones, present or not, then everything else it has."""
    found = dict(_flat(event, form))
    usual = [Entry(field.path, field.label, found.get(field.path, "")) for field in form.fields]
    offered = {entry.path for entry in usual}
    others = [Entry(path, path.rpartition(".")[2], raw) for path, raw in found.items() if path not in offered]
    return (*usual, *others)


def _flat(event: str, form: EventForm, outer: str = "") -> Iterator[tuple[str, str]]:
    """Each member's path and text, the objects that the form opens taken apart, and its lists of objects."""
    for name, raw in members(event) or ():
        path = f"{outer}{name}"
        if f"{path}[]" in form.objects and (listed := elements(raw)) is not None:
            first = {inner: text for each in reversed(listed) for inner, text in _flat(each, form, f"{path}[].")}
            yield from first.items()
            continue
        if path in form.objects and members(raw) is not None:
            yield from _flat(raw, form, f"{path}.")
        else:
            yield path, raw


def with_entry(event: str, path: str, typed: str, form: EventForm) -> str:
    """The event's text with one field as typed; an empty text takes the field away."""
    raw = _raw(raw_at(event, path), path, typed, form)
    return with_text_at(event, path, raw) if raw else without_at(event, path)


def _raw(before: str, path: str, typed: str, form: EventForm) -> str:
    """What was typed as JSON: text stays text, a number stays a number, lists and objects are taken as such."""
    if not typed:
        return ""
    number = form.is_number(path) if not before else not before.startswith('"')
    if (number or typed[0] in "[{") and _is_json(typed):
        return typed
    return json.dumps(typed, ensure_ascii=False)


def _is_json(text: str) -> bool:
    try:
        json.loads(text, parse_constant=_refuse)
    except (ValueError, RecursionError):
        return False
    return True


def _refuse(text: str) -> float:
    raise ValueError(text)  # NaN and Infinity are Python's, not JSON's


class DraftForm(QAbstractTableModel):
    """Rows of field, value, message. Only the value can be edited; `edited` tells the event's new text."""

    edited = Signal(str)

    def __init__(self, form: EventForm, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._form = form
        self._event = "{}"
        self._entries: tuple[Entry, ...] = ()
        self._violations: tuple[Violation, ...] = ()

    def show(self, event: str, violations: tuple[Violation, ...]) -> None:
        """Show an event's text and what is wrong with it; the selection stays while the fields are the same."""
        found = entries(event, self._form)
        known = {entry.path for entry in found}
        found += tuple(
            Entry(path, path.rpartition(".")[2], "")
            for path in dict.fromkeys(item.field for item in violations)
            if path and path not in known and not any(key.startswith(f"{path}.") for key in known)
        )
        same = [entry.path for entry in found] == [entry.path for entry in self._entries]
        if not same:
            self.beginResetModel()
        self._event, self._entries, self._violations = event, found, violations
        if same:
            self.dataChanged.emit(self.index(0, 0), self.index(len(found) - 1, 2))
        else:
            self.endResetModel()

    def use(self, form: EventForm) -> None:
        """Show another platform's fields, from the next `show` on."""
        self._form = form

    @property
    def paths(self) -> tuple[str, ...]:
        """The fields by row."""
        return tuple(entry.path for entry in self._entries)

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008  Qt's own default
        return 0 if parent.isValid() else len(self._entries)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008  Qt's own default
        return 0 if parent.isValid() else 3

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if orientation is Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return ("Field", "Value", "What the platform says to it")[section]
        if orientation is Qt.Orientation.Horizontal and role == Qt.ItemDataRole.TextAlignmentRole:
            return Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        entry = self._entries[index.row()]
        if role == Qt.ItemDataRole.EditRole and index.column() == 1:
            return entry.text
        if role in (RUNS, Qt.ItemDataRole.DisplayRole):
            runs = (self._name, self._value, self._message)[index.column()](entry)
            return runs if role == RUNS else plain(runs)
        if role == COPIED and index.column() == 1:
            return entry.text
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return f"{entry.label}: {plain(self._value(entry))} {plain(self._message(entry))}"
        return None

    def setData(self, index: Index, value: Any, role: int = Qt.ItemDataRole.EditRole) -> bool:
        entry = self._entries[index.row()]
        if role != Qt.ItemDataRole.EditRole or index.column() != 1 or str(value) == entry.text:
            return False
        self.edited.emit(with_entry(self._event, entry.path, str(value), self._form))
        return True

    def flags(self, index: Index) -> Qt.ItemFlag:
        flags = super().flags(index)
        return flags | Qt.ItemFlag.ItemIsEditable if index.column() == 1 else flags

    def _name(self, entry: Entry) -> tuple[Run, ...]:
        return (Run(visible(entry.label[:120])), Run("  "), Run(visible(entry.path[:120]), Tone.MUTED, mono=True))

    def _value(self, entry: Entry) -> tuple[Run, ...]:
        if not entry.raw:
            return (Run("–", Tone.MUTED),)
        return (Run(visible(entry.text[:_SHOWN]) or "empty", Tone.PLAIN if entry.text else Tone.MUTED, mono=True),)

    def _message(self, entry: Entry) -> tuple[Run, ...]:
        runs: list[Run] = []
        for item in self._violations:
            if item.field == entry.path or item.field.startswith(f"{entry.path}."):
                glyph, tone = _WEIGHTS[item.weight]
                runs.append(Run(("\n" if runs else "") + glyph + visible(item.message), tone))
        return tuple(runs)


def counted(violations: tuple[Violation, ...]) -> str:
    """How many rules are broken, by what the platform does about it."""
    weights = [item.weight for item in violations]
    parts = (
        (weights.count(Weight.REFUSED), "✕ {} would be refused"),
        (weights.count(Weight.WARNED), "! {} would be warned about"),
        (weights.count(Weight.ADVICE), "i {} to think about"),
    )
    return "   ".join(text.format(count) for count, text in parts if count) or "✓ Nothing the platform would refuse"

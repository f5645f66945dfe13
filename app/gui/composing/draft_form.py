"""A server event as a form: one row for each field, what is wrong with it beside it.

The event stays the JSON text it is. Editing a field changes that member's text and leaves every other byte alone, so
that numbers, unknown members and their order survive.
"""

from __future__ import annotations

import json
from typing import Any, NamedTuple

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt, Signal
from PySide6.QtWidgets import QWidget

from app.gui.drawing.ink import Tone
from app.gui.drawing.runs import RUNS, Run, plain
from app.gui.drawing.runs_table import COPIED
from app.gui.drawing.wire_text import visible
from app.platforms.meta.call import members, with_member
from app.platforms.meta.requirements import Violation, Weight

Index = QModelIndex | QPersistentModelIndex

_OFFERED = {
    "event_name": "Event name",
    "event_time": "Event time (s)",
    "event_id": "Event ID",
    "action_source": "Action source",
    "event_source_url": "Page",
    "referrer_url": "Referrer",
    "custom_data.value": "Value",
    "custom_data.currency": "Currency",
    "custom_data.order_id": "Order ID",
    "custom_data.content_type": "Content type",
    "custom_data.contents": "Contents",
    "custom_data.content_ids": "Content IDs",
    "custom_data.num_items": "Number of items",
    "user_data.em": "E-mail (SHA-256)",
    "user_data.ph": "Phone (SHA-256)",
    "user_data.fn": "First name (SHA-256)",
    "user_data.ln": "Last name (SHA-256)",
    "user_data.external_id": "External ID",
    "user_data.client_user_agent": "User agent",
    "user_data.client_ip_address": "IP address",
    "user_data.fbp": "Browser ID (fbp)",
    "user_data.fbc": "Click ID (fbc)",
}
_OBJECTS = ("custom_data", "user_data", "app_data", "original_event_data")
_NUMBERS = ("event_time", "custom_data.value", "custom_data.num_items", "custom_data.predicted_ltv")
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


def entries(event: str) -> tuple[Entry, ...]:
    """The fields of an event's JSON text: the usual ones, present or not, then everything else it has."""
    found = _flat(event)
    usual = [Entry(path, label, found.get(path, "")) for path, label in _OFFERED.items()]
    others = [Entry(path, path.rpartition(".")[2], raw) for path, raw in found.items() if path not in _OFFERED]
    return (*usual, *others)


def _flat(event: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, raw in members(event) or ():
        inner = members(raw) if name in _OBJECTS else None
        if inner is None:
            found[name] = raw
        else:
            found |= {f"{name}.{key}": value for key, value in inner}
    return found


def with_entry(event: str, path: str, typed: str) -> str:
    """The event's text with one field as typed; an empty text takes the field away."""
    outer, _, name = path.rpartition(".")
    if outer:
        inside = dict(members(event) or ()).get(outer, "{}")
        inside = inside if members(inside) is not None else "{}"
        return with_member(event, outer, _set(inside, name, _raw(inside, name, path, typed)))
    return _set(event, name, _raw(event, name, path, typed))


def _set(text: str, name: str, raw: str) -> str:
    if raw:
        return with_member(text, name, raw)
    kept = dict(members(text) or ())
    kept.pop(name, None)
    return "{" + ",".join(f"{json.dumps(key, ensure_ascii=False)}:{value}" for key, value in kept.items()) + "}"


def _raw(text: str, name: str, path: str, typed: str) -> str:
    """What was typed as JSON: text stays text, a number stays a number, lists and objects are taken as such."""
    if not typed:
        return ""
    before = dict(members(text) or ()).get(name, "")
    number = path in _NUMBERS if not before else not before.startswith('"')
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

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._event = "{}"
        self._entries: tuple[Entry, ...] = ()
        self._violations: tuple[Violation, ...] = ()

    def show(self, event: str, violations: tuple[Violation, ...]) -> None:
        """Show an event's text and what is wrong with it; the selection stays while the fields are the same."""
        found = entries(event)
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
        self.edited.emit(with_entry(self._event, entry.path, str(value)))
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

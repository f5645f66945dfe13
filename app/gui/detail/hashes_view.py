"""The hashes tab: what is known of each customer value, and which keys each side carries."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from app.gui.detail.coverage_strip import CoverageStrip, Key, Mark
from app.gui.drawing.ink import Tone
from app.gui.drawing.runs import Run
from app.gui.drawing.runs_table import Line, RunsModel, RunsTable
from app.gui.drawing.wire_text import shortened, visible
from app.hashing import check, without_appendix
from app.model import CheckStatus, Customer, Event, Form, HashCheck, UserValue
from app.platforms import customer_rules, platform
from app.platforms.base import Role

TITLES = {
    "em": "E-mail",
    "ph": "Phone",
    "fn": "First name",
    "ln": "Last name",
    "db": "Date of birth",
    "ge": "Gender",
    "ct": "City",
    "st": "State",
    "zp": "Postcode",
    "country": "Country",
    "external_id": "External ID",
}
_DEVICE = {"ip": "IP address", "user_agent": "User agent"}
STATUS = {
    CheckStatus.VERIFIED: Mark("✓", Tone.GOOD, "verified"),
    CheckStatus.CONVENTION: Mark("!", Tone.WARN, "another sender's rule"),
    CheckStatus.NOT_NORMALIZED: Mark("✕", Tone.BAD, "not normalised"),
    CheckStatus.WRONG_FORM: Mark("✕", Tone.BAD, "wrong form"),
    CheckStatus.SENTINEL: Mark("✕", Tone.BAD, "hash of nothing"),
    CheckStatus.PLAIN: Mark("✕", Tone.BAD, "plain text"),
    CheckStatus.DIFFERENT: Mark("≠", Tone.WARN, "not the test customer's"),
    CheckStatus.NOT_TESTED: Mark("?", Tone.INFO, "not tested"),
}
_FORMS = {
    Form.SHA256: "SHA-256",
    Form.SHA256_BASE64: "SHA-256 as base64",
    Form.MD5: "MD5",
    Form.SHA1: "SHA-1",
    Form.UPPER_HEX: "SHA-256 in upper case",
    Form.PLAIN: "plain text",
    Form.EMPTY: "empty",
    Form.OTHER: "other",
}
_ABSENT = Mark("–", Tone.MUTED, "absent")
_PRESENT = Mark("●", Tone.GOOD, "present")


class HashesView(QWidget):
    """One line for each customer key, both sides, and the key coverage above."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.coverage = CoverageStrip(self)
        self.hint = QLabel()
        self.hint.setTextFormat(Qt.TextFormat.PlainText)
        self.hint.setWordWrap(True)
        self.hint.setContentsMargins(8, 4, 8, 4)
        self.model = RunsModel(("Key", "Browser", "", "Server", "What it means"), self)
        self.table = RunsTable(self.model, (0.17, 0.24, 36, 0.24), lines=8, parent=self)
        self.table.setAccessibleName("Customer values checked")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.coverage)
        column.addWidget(self.hint)
        column.addWidget(self.table)

    def show_sides(self, browser: Event | None, server: Event | None, customer: Customer) -> None:
        """Check both sides' customer values against the test customer; an empty one leaves them untested."""
        ours, theirs = _judged(browser, customer), _judged(server, customer)
        self.model.show(lines(ours, theirs))
        self.coverage.show_keys(coverage(browser, server, ours, theirs))
        hint = ""
        if not _keys(ours, theirs):
            hint = "Neither side carries a customer value that would be hashed."
        elif not customer:
            hint = "No test customer is set, so hashes are checked for their form only: not tested is not a pass."
        self.hint.setText(hint)
        self.hint.setVisible(bool(hint))


def troubled(browser: Event | None, server: Event | None, customer: Customer) -> tuple[int, Tone]:
    """How many customer values are not as they should be, with the worst tone: the badge of the tab."""
    tones = [
        STATUS[check(value, customer, customer_rules(event)).status].tone
        for event in (browser, server)
        if event is not None
        for value in event.user
    ]
    bad, odd = tones.count(Tone.BAD), tones.count(Tone.WARN)
    return bad + odd, Tone.BAD if bad else Tone.WARN


class Judged(NamedTuple):
    """A customer value and what it is worth by the rules of its platform and side."""

    value: UserValue
    verdict: HashCheck


JudgedKeys = Mapping[str, tuple[Judged, ...]]
"""One side's values by key."""


def _judged(event: Event | None, customer: Customer) -> JudgedKeys:
    found: dict[str, tuple[Judged, ...]] = {}
    for value in event.user if event else ():
        assert event is not None
        verdict = check(value, customer, customer_rules(event))
        found[value.key] = (*found.get(value.key, ()), Judged(value, verdict))
    return found


def lines(browser: JudgedKeys, server: JudgedKeys) -> tuple[Line, ...]:
    """One line for each customer key that either side carries."""
    return tuple(_line(key, browser.get(key, ()), server.get(key, ())) for key in _keys(browser, server))


def coverage(browser: Event | None, server: Event | None, ours: JudgedKeys, theirs: JudgedKeys) -> tuple[Key, ...]:
    """For every customer key: whether each side carries it, and how good it is."""
    keys = TITLES | _identifiers(browser or server) | _DEVICE
    return tuple(Key(key, title, _mark(browser, key, ours), _mark(server, key, theirs)) for key, title in keys.items())


def _identifiers(event: Event | None) -> dict[str, str]:
    """The titles of the platform's browser and click IDs."""
    known = platform(event.platform).identifiers if event else ()
    return {each.key: f"{each.title[:1].upper()}{each.title[1:]}" for each in known if each.role is not Role.OTHER}


def _mark(event: Event | None, key: str, judged: JudgedKeys) -> Mark:
    if event is None:
        return _ABSENT
    if key not in TITLES:
        return _PRESENT if event.match_id(key) else _ABSENT
    marks = [STATUS[item.verdict.status] for item in judged.get(key, ())]
    order = (Tone.BAD, Tone.WARN, Tone.INFO, Tone.GOOD)
    return min(marks, key=lambda mark: order.index(mark.tone), default=_ABSENT)


def _keys(browser: JudgedKeys, server: JudgedKeys) -> tuple[str, ...]:
    found = {*browser, *server}
    return (*(key for key in TITLES if key in found), *sorted(found - TITLES.keys()))


def _line(key: str, browser: tuple[Judged, ...], server: tuple[Judged, ...]) -> Line:
    wires = " / ".join(dict.fromkeys(visible(item.value.wire[:120]) for item in (*browser, *server)))
    return Line(
        (
            (Run(visible(TITLES.get(key, key)[:120])), Run("  "), Run(wires, Tone.MUTED, mono=True)),
            _values(browser),
            (_relation(browser, server),),
            _values(server),
            _meaning(browser, server),
        ),
        (
            f"{TITLES.get(key, key)} ({wires})",
            "\n".join(item.value.value for item in browser),
            _relation(browser, server).text,
            "\n".join(item.value.value for item in server),
        ),
    )


def _values(values: tuple[Judged, ...]) -> tuple[Run, ...]:
    if not values:
        return (Run("–", Tone.MUTED),)
    runs: list[Run] = []
    for value, verdict in values:
        mark = STATUS[verdict.status]
        shown = shortened(visible(value.value[:600]), 14, 8) or "empty"
        if runs:
            runs.append(Run("\n"))
        runs += [
            Run(shown, Tone.PLAIN if value.value else Tone.MUTED, mono=True),
            Run(f"  {mark.glyph} {mark.words}", mark.tone, bold=mark.tone is not Tone.INFO),
            Run("" if _FORMS[value.form] == mark.words else f"  {_FORMS[value.form]}", Tone.MUTED),
        ]
    return tuple(runs)


def _relation(browser: tuple[Judged, ...], server: tuple[Judged, ...]) -> Run:
    if not browser or not server:
        return Run("")
    same = _bare(browser) & _bare(server)
    return Run("=", Tone.GOOD, mono=True, bold=True) if same else Run("≠", Tone.BAD, mono=True, bold=True)


def _bare(values: tuple[Judged, ...]) -> set[str]:
    return {without_appendix(item.value.value) for item in values}


def _meaning(browser: tuple[Judged, ...], server: tuple[Judged, ...]) -> tuple[Run, ...]:
    said: dict[str, list[str]] = {}
    tones: dict[str, Tone] = {}
    for side, values in (("Browser", browser), ("Server", server)):
        for _, verdict in values:
            text = verdict.explanation or (f"Follows {verdict.convention}." if verdict.convention else "")
            if text:
                said.setdefault(text, []).append(side)
                tones[text] = STATUS[verdict.status].tone
    runs: list[Run] = []
    for text, sides in said.items():
        who = "Both" if len(set(sides)) == 2 else sides[0]
        prefix = "" if not browser or not server else f"{who}: "
        tone = tones[text] if tones[text] in (Tone.BAD, Tone.WARN) else Tone.MUTED
        runs += [Run(("\n" if runs else "") + prefix, Tone.MUTED), Run(visible(text), tone)]
    return tuple(runs)

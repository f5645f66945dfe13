"""The findings tab: what is wrong, why, and what to do about it; the worst first."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from app.checks import CHECKS, Check, check_of
from app.gui.drawing.ink import Tone, tone_of
from app.gui.drawing.prose import Page, Prose
from app.gui.drawing.runs import Run
from app.gui.drawing.wire_text import visible
from app.model import Finding, Group, Link, LinkKind, Severity, Side, Standing
from app.words import SEVERITY_WORDS

_STANDING = {
    Standing.DOCUMENTED: "documented by the platform",
    Standing.OBSERVED: "observed on the wire",
    Standing.FOLKLORE: "widely repeated, not documented",
}
_LINKS = {
    LinkKind.SUGGESTED: "Evidence says that both rows are one conversion",
    LinkKind.PROBABLE: "Same key at an account of the other kind",
    LinkKind.OUTSIDE_WINDOW: "Same key, too far apart to be merged",
    LinkKind.ACCOUNT_DIFFERS: "Same key at another account",
    LinkKind.DOUBLE_FIRE: "One action fired twice",
    LinkKind.REFIRED: "An order seen before",
}
_PLACES = {check.code: place for place, check in enumerate(CHECKS)}
_SHOWN = 4000  # characters of one text


class FindingsView(QWidget):
    """Findings as cards that can be read, selected and copied."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._group: Group | None = None
        self.page = Prose(self)
        self.page.setAccessibleName("Findings")
        self.counts = QLabel()
        self.counts.setTextFormat(Qt.TextFormat.PlainText)
        self.copy = QPushButton("Copy &all")
        self.copy.clicked.connect(self.copy_all)
        self.bar = QWidget()
        bar = QHBoxLayout(self.bar)
        bar.setContentsMargins(8, 2, 8, 2)
        bar.setSpacing(10)
        bar.addWidget(self.counts)
        bar.addStretch()
        bar.addWidget(self.copy)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.bar)
        column.addWidget(self.page)

    def show_group(self, group: Group) -> None:
        """Show a group's findings, sorted."""
        self._group = group
        self.counts.setText(counted(group.findings))
        self.copy.setVisible(bool(group.findings))
        self.page.write(lambda page: _write(page, group))

    def copy_all(self) -> None:
        """Put all findings on the clipboard as text."""
        if self._group is not None:
            QGuiApplication.clipboard().setText(as_text(self._group))


def sorted_findings(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Worst first; among equals in the catalogue's order, which puts what decides the verdict before the rest."""
    return tuple(sorted(findings, key=lambda finding: (finding.severity.rank, _PLACES.get(finding.code, len(_PLACES)))))


def merged(findings: Iterable[Finding]) -> tuple[tuple[Finding, ...], ...]:
    """The findings sorted, those that say the same of several sends together."""
    found: dict[tuple[object, ...], list[Finding]] = {}
    for item in sorted_findings(findings):
        found.setdefault((item.code, item.severity, item.message, item.fix, item.reason, item.detail), []).append(item)
    return tuple(tuple(items) for items in found.values())


def counted(findings: Iterable[Finding]) -> str:
    """How many of each severity, in words."""
    kinds = [finding.severity for finding in findings]
    parts = [
        f"{SEVERITY_WORDS[severity].glyph} {kinds.count(severity)} {SEVERITY_WORDS[severity].word.lower()}"
        + ("s" if kinds.count(severity) > 1 and severity is not Severity.CRITICAL else "")
        for severity in Severity
        if severity in kinds
    ]
    return "   ".join(parts) or "No findings"


def as_text(group: Group) -> str:
    """The findings as plain text to hand on."""
    head = f"{group.name} {group.event_id or '(no event ID)'} · {group.verdict.value}"
    return "\n\n".join([head, *(_finding_text(group, same) for same in merged(group.findings))])


def _finding_text(group: Group, same: tuple[Finding, ...]) -> str:
    finding = same[0]
    check = _check(finding.code, group.platform)
    rows = [
        f"{SEVERITY_WORDS[finding.severity].word.upper()}  {finding.message}",
        f"Where: {_where(group, same)}",
        f"Seen: {finding.detail}" if finding.detail else "",
        f"Cause: {check.cause}" if check and check.cause else "",
        f"Fix: {finding.fix}" if finding.fix else "",
        f"Rule: {_rule(finding, check)}",
    ]
    return "\n".join(row for row in rows if row)


def _write(page: Page, group: Group) -> None:
    if not group.findings:
        page.line(Run("✓ Nothing to report about this conversion.", Tone.MUTED))
    for same in merged(group.findings):
        _card(page, group, same)
    for link in group.links:
        _link_card(page, link)


def _link_card(page: Page, link: Link) -> None:
    def body(inner: Page) -> None:
        sure = f", {link.confidence:.0%} sure" if link.kind is LinkKind.SUGGESTED else ""
        inner.line(Run(f"{_LINKS[link.kind]}{sure}.", bold=True))
        if link.evidence:
            inner.facts([("Evidence", (Run(visible(", ".join(link.evidence))),))], above=2)

    page.card(Tone.INFO, (Run("⇄ Linked row", Tone.INFO, bold=True),), body)


def _card(page: Page, group: Group, same: tuple[Finding, ...]) -> None:
    finding = same[0]
    word = SEVERITY_WORDS[finding.severity]
    tone = tone_of(word.role)
    check = _check(finding.code, group.platform)
    many = f" × {len(same)}" if len(same) > 1 else ""

    def body(inner: Page) -> None:
        inner.line(Run(visible(finding.message[:_SHOWN]), bold=True))
        rows = [
            ("Seen", (Run(visible(finding.detail[:_SHOWN]), mono=True),) if finding.detail else ()),
            ("Cause", (Run(check.cause),) if check and check.cause else ()),
            ("Fix", (Run(visible(finding.fix[:_SHOWN])),) if finding.fix else ()),
            ("Where", (Run(visible(_where(group, same)[:_SHOWN])),)),
            ("Rule", (Run(_rule(finding, check), Tone.MUTED),)),
        ]
        inner.facts([(name, runs) for name, runs in rows if runs], above=2)

    page.card(tone, (Run(f"{word.glyph} {word.word}{many}", tone, bold=True),), body)


def _check(code: str, platform: str) -> Check | None:
    return check_of(code, platform) if code in _PLACES else None


def _rule(finding: Finding, check: Check | None) -> str:
    name = finding.code + (f" ({finding.reason})" if finding.reason else "")
    source = f" · {check.source}" if check and check.source else ""
    return f"{name} · {_STANDING[finding.standing]}{source}"


def _where(group: Group, same: tuple[Finding, ...]) -> str:
    places: list[str] = []
    for side in Side:
        sends = group.side(side)
        blamed = {item.event for item in same if item.event is not None}
        numbers = [str(index + 1) for index, event in enumerate(sends) if event.id in blamed]
        if numbers and len(sends) > 1:
            places.append(f"{side.value} side, {_listed(numbers, len(sends))}")
        elif numbers or any(item.side is side for item in same):
            places.append(f"{side.value} side")
    fields = dict.fromkeys(item.field for item in same if item.field)
    if fields:
        places.append(f"field {', '.join(fields)}")
    return ", ".join(places) or "the whole conversion"


def _listed(numbers: list[str], of: int) -> str:
    if len(numbers) == of:
        return f"all {of} sends"
    return f"send {numbers[0]} of {of}" if len(numbers) == 1 else f"sends {', '.join(numbers)} of {of}"

"""The findings tab: what is wrong, why, and what to do about it; the worst first."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from app.checks import CHECKS, Check
from app.gui.ink import Tone, tone_of
from app.gui.prose import Page, Prose
from app.gui.runs import Run
from app.gui.wire_text import visible
from app.model import Finding, Group, Severity, Side, Standing
from app.words import SEVERITY_WORDS

_STANDING = {
    Standing.DOCUMENTED: "documented by the platform",
    Standing.OBSERVED: "observed on the wire",
    Standing.FOLKLORE: "widely repeated, not documented",
}
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
        self.copy = QPushButton("&Copy all")
        self.copy.clicked.connect(self.copy_all)
        bar = QHBoxLayout()
        bar.setContentsMargins(8, 4, 8, 4)
        bar.addWidget(self.counts)
        bar.addStretch()
        bar.addWidget(self.copy)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(bar)
        column.addWidget(self.page)

    def show_group(self, group: Group) -> None:
        """Show a group's findings, sorted."""
        self._group = group
        findings = sorted_findings(group.findings)
        self.counts.setText(counted(findings))
        self.copy.setVisible(bool(findings))
        self.page.write(lambda page: _write(page, group, findings))

    def copy_all(self) -> None:
        """Put all findings on the clipboard as text."""
        if self._group is not None:
            QGuiApplication.clipboard().setText(as_text(self._group))


def sorted_findings(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Worst first; among equals as the checks found them."""
    return tuple(sorted(findings, key=lambda finding: finding.severity.rank))


def counted(findings: tuple[Finding, ...]) -> str:
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
    return "\n\n".join([head, *(_finding_text(group, finding) for finding in sorted_findings(group.findings))])


def _finding_text(group: Group, finding: Finding) -> str:
    check = _check(finding.code)
    rows = [
        f"{SEVERITY_WORDS[finding.severity].word.upper()}  {finding.message}",
        f"Where: {_where(group, finding)}",
        f"Seen: {finding.detail}" if finding.detail else "",
        f"Cause: {check.cause}" if check and check.cause else "",
        f"Fix: {finding.fix}" if finding.fix else "",
        f"Rule: {_rule(finding, check)}",
    ]
    return "\n".join(row for row in rows if row)


def _write(page: Page, group: Group, findings: tuple[Finding, ...]) -> None:
    if not findings:
        page.line(Run("✓ Nothing to report about this conversion.", Tone.MUTED))
        return
    for finding in findings:
        _card(page, group, finding)


def _card(page: Page, group: Group, finding: Finding) -> None:
    word = SEVERITY_WORDS[finding.severity]
    tone = tone_of(word.role)
    check = _check(finding.code)

    def body(inner: Page) -> None:
        inner.line(Run(visible(finding.message[:_SHOWN]), bold=True))
        rows = [
            ("Seen", (Run(visible(finding.detail[:_SHOWN]), mono=True),) if finding.detail else ()),
            ("Cause", (Run(check.cause),) if check and check.cause else ()),
            ("Fix", (Run(visible(finding.fix[:_SHOWN])),) if finding.fix else ()),
            ("Where", (Run(visible(_where(group, finding)[:_SHOWN])),)),
            ("Rule", (Run(_rule(finding, check), Tone.MUTED),)),
        ]
        inner.facts([(name, runs) for name, runs in rows if runs], above=2)

    page.card(tone, (Run(f"{word.glyph} {word.word}", tone, bold=True),), body)


def _check(code: str) -> Check | None:
    return next((check for check in CHECKS if check.code == code), None)


def _rule(finding: Finding, check: Check | None) -> str:
    name = finding.code + (f" ({finding.reason})" if finding.reason else "")
    source = f" · {check.source}" if check and check.source else ""
    return f"{name} · {_STANDING[finding.standing]}{source}"


def _where(group: Group, finding: Finding) -> str:
    parts: list[str] = []
    if finding.side is not None:
        parts.append(f"{finding.side.value} side")
    for side in Side:
        sends = group.side(side)
        for index, event in enumerate(sends):
            if event.id == finding.event and len(sends) > 1:
                parts.append(f"send {index + 1} of {len(sends)}")
    if finding.field:
        parts.append(f"field {finding.field}")
    return ", ".join(parts) or "the whole conversion"

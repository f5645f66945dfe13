"""Where a send goes: endpoint, account, how it is marked as a test, and API version."""

from __future__ import annotations

from collections.abc import Callable

from msgspec.structs import replace
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QGridLayout, QLabel, QLineEdit, QWidget

from app.gui.composing.endpoint_box import EndpointBox, EndpointRow
from app.gui.composing.mark_of_test import TestChoice
from app.gui.drawing.said_label import SaidLabel
from app.outgoing import Draft
from app.platforms import server_of
from app.platforms.server_api import TestKind
from app.sending.job import Endpoint


class PlaceBar(QWidget):
    """The fields of a call that are not its events'. The first endpoint that can be used is chosen."""

    moved = Signal()
    """Another endpoint was chosen."""
    typed = Signal()
    """A field was edited; more keys may follow."""

    def __init__(
        self,
        draft: Draft,
        endpoints: Callable[[Draft], tuple[Endpoint, ...]],
        start: Callable[[], None] | None = None,
        parent: QWidget | None = None,
    ) -> None:
        """`endpoints` are the places for a draft; `start` starts the sandbox and may raise `DeskError`."""
        super().__init__(parent)
        self._draft = draft
        self.endpoint = EndpointBox(endpoints(draft))
        self.sandbox = EndpointRow(self.endpoint, lambda: endpoints(self.applied(self._draft)), start)
        self.account = QLineEdit(draft.account)
        self.test = TestChoice(server_of(draft.platform).tests, draft.test_code or "")
        self.test_code = self.test.line
        self.version = QLineEdit(draft.api_version or "")
        self.version.setPlaceholderText("newest")
        self.trouble = SaidLabel()
        self._labels = {name: QLabel() for name in ("endpoint", "account", "test", "version")}
        self._arrange()
        self._use(draft.platform)
        self.test.show_draft(draft)
        self.endpoint.currentIndexChanged.connect(self.moved)
        self.sandbox.started.connect(self.moved)
        self.sandbox.refused.connect(self.trouble.complain)
        self.test.changed.connect(self.typed)
        for field in (self.account, self.version):
            field.textChanged.connect(self.typed)

    @property
    def place(self) -> Endpoint | None:
        """The chosen endpoint; None when there is none that can be used."""
        return self.endpoint.place

    def show_draft(self, draft: Draft) -> None:
        """Show another draft's fields; the endpoint stays unless the draft is another platform's."""
        before, self._draft = self._draft, draft
        if draft.platform != before.platform:
            self._use(draft.platform)
        self.test.show_draft(draft)
        for field, text in ((self.account, draft.account), (self.version, draft.api_version or "")):
            field.blockSignals(True)
            field.setText(text)
            field.blockSignals(False)
        if draft.platform != before.platform:
            self.sandbox.offer()

    def applied(self, draft: Draft) -> Draft:
        """The draft with what the fields say."""
        return replace(
            self.test.applied(draft),
            account=self.account.text().strip(),
            api_version=self.version.text().strip() or None,
        )

    def _use(self, platform: str) -> None:
        api = server_of(platform)
        self.account.setPlaceholderText(api.account.example)
        self.account.setToolTip(f"The {api.account.word}.")
        self.test.use(api.tests)
        coded = api.tests.kind is TestKind.CODE
        self._labels["test"].setText("Test e&vent code" if coded else "Test")
        for widget in (self.version, self._labels["version"]):
            widget.setVisible(bool(api.versions))

    def _arrange(self) -> None:
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(10)
        named: tuple[tuple[str, str, QWidget, int], ...] = (
            ("endpoint", "&Endpoint", self.sandbox, 3),
            ("account", "&Account", self.account, 2),
            ("test", "Test e&vent code", self.test, 3),
            ("version", "API versio&n", self.version, 1),
        )
        for column, (name, text, widget, stretch) in enumerate(named):
            label = self._labels[name]
            label.setText(text)
            label.setBuddy(widget)
            grid.addWidget(label, 0, column)
            grid.addWidget(widget, 1, column)
            grid.setColumnStretch(column, stretch)
        grid.addWidget(self.trouble, 2, 0, 1, len(named))

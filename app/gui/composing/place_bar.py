"""Where a send goes: endpoint, account, test event code and API version."""

from __future__ import annotations

from collections.abc import Callable

from msgspec.structs import replace
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QGridLayout, QLabel, QLineEdit, QWidget

from app.gui.composing.endpoint_box import EndpointBox, EndpointRow
from app.gui.composing.send_desk import Endpoint
from app.gui.drawing.said_label import SaidLabel
from app.model import Draft


class PlaceBar(QWidget):
    """The fields of a call that are not its events'. The first endpoint that can be used is chosen."""

    moved = Signal()
    """Another endpoint was chosen."""
    typed = Signal()
    """A field was edited; more keys may follow."""

    def __init__(
        self,
        draft: Draft,
        endpoints: tuple[Endpoint, ...],
        start: Callable[[], tuple[Endpoint, ...]] | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.endpoint = EndpointBox(endpoints)
        self.sandbox = EndpointRow(self.endpoint, start)
        self.account = QLineEdit(draft.account)
        self.test_code = QLineEdit(draft.test_code or "")
        self.test_code.setPlaceholderText("TEST12345, from Events Manager › Test events")
        self.version = QLineEdit(draft.api_version or "")
        self.version.setPlaceholderText("newest")
        self.trouble = SaidLabel()
        self._arrange()
        self.endpoint.currentIndexChanged.connect(self.moved)
        self.sandbox.started.connect(self.moved)
        self.sandbox.refused.connect(self.trouble.complain)
        for field in (self.account, self.test_code, self.version):
            field.textChanged.connect(self.typed)

    @property
    def place(self) -> Endpoint | None:
        """The chosen endpoint; None when there is none that can be used."""
        return self.endpoint.place

    def show_draft(self, draft: Draft) -> None:
        """Show another draft's account, code and version; the endpoint stays."""
        for field, text in (
            (self.account, draft.account),
            (self.test_code, draft.test_code or ""),
            (self.version, draft.api_version or ""),
        ):
            field.blockSignals(True)
            field.setText(text)
            field.blockSignals(False)

    def applied(self, draft: Draft) -> Draft:
        """The draft with what the fields say."""
        return replace(
            draft,
            account=self.account.text().strip(),
            test_code=self.test_code.text().strip() or None,
            api_version=self.version.text().strip() or None,
        )

    def _arrange(self) -> None:
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(10)
        named: tuple[tuple[str, QWidget, int], ...] = (
            ("&Endpoint", self.sandbox, 3),
            ("&Account", self.account, 2),
            ("Test e&vent code", self.test_code, 3),
            ("API versio&n", self.version, 1),
        )
        for column, (text, widget, stretch) in enumerate(named):
            label = QLabel(text)
            label.setBuddy(widget)
            grid.addWidget(label, 0, column)
            grid.addWidget(widget, 1, column)
            grid.setColumnStretch(column, stretch)
        grid.addWidget(self.trouble, 2, 0, 1, len(named))

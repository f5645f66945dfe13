"""The choice of an endpoint: sandbox, live, or one of the user's own; and the button that starts the sandbox."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QPushButton, QWidget

from app.gui.desk import DeskError
from app.sending.job import Endpoint

_FLAGS = Qt.ItemDataRole.UserRole - 1  # where Qt keeps an item's flags


class EndpointBox(QComboBox):
    """Endpoints by name; one that can not be used says why and can not be chosen."""

    def __init__(self, endpoints: tuple[Endpoint, ...], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("Endpoint")
        self.setPlaceholderText("None can be used yet")
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(22)
        self._endpoints: tuple[Endpoint, ...] = ()
        self.offer(endpoints)

    def offer(self, endpoints: tuple[Endpoint, ...]) -> None:
        """Offer these instead. The first that can be used is chosen, which is the sandbox where there is one."""
        self.blockSignals(True)
        self._endpoints = endpoints
        self.clear()
        for index, place in enumerate(endpoints):
            self.addItem(place.title + (f" ({place.unavailable})" if place.unavailable else ""))
            if place.unavailable:
                self.model().setData(self.model().index(index, 0), 0, _FLAGS)
        usable = (index for index, place in enumerate(endpoints) if not place.unavailable)
        self.setCurrentIndex(next(usable, -1))
        self.blockSignals(False)

    @property
    def sandbox_waits(self) -> bool:
        """Whether there is a sandbox that would only have to be started."""
        return any(place.startable for place in self._endpoints)

    @property
    def place(self) -> Endpoint | None:
        """The chosen endpoint; None when there is none that can be used."""
        index = self.currentIndex()
        place = self._endpoints[index] if 0 <= index < len(self._endpoints) else None
        return None if place is None or place.unavailable else place

    def choose_local(self) -> None:
        """Choose the first endpoint that is on this machine and can be used."""
        usable = (index for index, place in enumerate(self._endpoints) if not (place.live or place.unavailable))
        self.setCurrentIndex(next(usable, self.currentIndex()))


class EndpointRow(QWidget):
    """The box, and beside it a button that starts the sandbox where it is not running yet.

    `start` starts it and may raise `DeskError`, whose text is `refused`; `endpoints` are those there are then.
    """

    started = Signal()
    """The sandbox runs, and is chosen."""
    refused = Signal(str)

    def __init__(
        self, box: EndpointBox, endpoints: Callable[[], tuple[Endpoint, ...]], start: Callable[[], None] | None
    ) -> None:
        super().__init__()
        self._box, self._endpoints, self._start = box, endpoints, start
        self.button = QPushButton("Start the sand&box")
        self.button.setToolTip("It answers on this machine as the platform would. Nothing leaves it.")
        self.button.setAutoDefault(False)
        self.button.clicked.connect(self._begin)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(box, 1)
        row.addWidget(self.button)
        self.setFocusProxy(box)
        self._show_button()

    def offer(self) -> None:
        """Offer the endpoints there are now, and the button where it is of use."""
        self._box.offer(self._endpoints())
        self._show_button()

    def _show_button(self) -> None:
        self.button.setVisible(self._start is not None and self._box.sandbox_waits)

    def _begin(self) -> None:
        if self._start is None:
            return
        try:
            self._start()
        except DeskError as error:
            self.refused.emit(str(error))
            return
        self._box.setFocus()  # before the button goes, and the focus with it
        self.offer()
        self._box.choose_local()
        self.started.emit()

"""The choice of an endpoint: sandbox, live, or one of the user's own."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QWidget

from app.sending.job import Endpoint

_FLAGS = Qt.ItemDataRole.UserRole - 1  # where Qt keeps an item's flags


class EndpointBox(QComboBox):
    """Endpoints by name; one that can not be used says why and can not be chosen."""

    def __init__(self, endpoints: tuple[Endpoint, ...], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("Endpoint")
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
    def place(self) -> Endpoint | None:
        """The chosen endpoint; None when there is none that can be used."""
        index = self.currentIndex()
        place = self._endpoints[index] if 0 <= index < len(self._endpoints) else None
        return None if place is None or place.unavailable else place

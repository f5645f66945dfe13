"""The choice of a standard event and an action source to start a draft from."""

from __future__ import annotations

from PySide6.QtWidgets import QComboBox, QDialog, QDialogButtonBox, QFormLayout, QLabel, QWidget

from app.platforms import senders, server_of


class TemplateDialog(QDialog):
    """Any name may be typed; the standard ones are offered with what they usually carry."""

    def __init__(self, platform: str, parent: QWidget | None = None) -> None:
        """`platform` is offered first; the others can be chosen where there are any."""
        super().__init__(parent)
        self.setWindowTitle("Draft from a template")
        self._names = tuple(each.name for each in senders())
        self.platforms = QComboBox()
        self.platforms.addItems([each.title for each in senders()])
        self.platforms.setCurrentIndex(self._names.index(platform))
        self.events = QComboBox()
        self.events.setEditable(True)
        self.sources = QComboBox()
        self._fill()
        self.platforms.currentIndexChanged.connect(self._fill)
        note = QLabel("The test customer is hashed into it; without one it names an external ID of its own.")
        note.setWordWrap(True)
        note.setProperty("muted", True)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        form = QFormLayout(self)
        form.setContentsMargins(16, 16, 16, 16)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        form.addRow("&Platform", self.platforms)
        form.setRowVisible(self.platforms, len(self._names) > 1)
        form.addRow("&Event", self.events)
        form.addRow("&Action source", self.sources)
        form.addRow(note)
        form.addRow(buttons)
        self.resize(440, 0)

    def _fill(self) -> None:
        templates = server_of(self.platform).templates
        self.events.clear()
        self.events.addItems(templates.names())
        self.events.setCurrentText(templates.first)
        self.sources.clear()
        self.sources.addItems(templates.sources())

    @property
    def platform(self) -> str:
        """Whose event it is."""
        return self._names[self.platforms.currentIndex()]

    @property
    def name(self) -> str:
        """The event's name."""
        return self.events.currentText().strip()

    @property
    def action_source(self) -> str:
        """Where the event is to have happened."""
        return self.sources.currentText()

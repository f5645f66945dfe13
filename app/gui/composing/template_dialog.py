"""The choice of a standard event and an action source to start a draft from."""

from __future__ import annotations

from PySide6.QtWidgets import QComboBox, QDialog, QDialogButtonBox, QFormLayout, QLabel, QWidget

from app.platforms.meta.templates import action_sources, names


class TemplateDialog(QDialog):
    """Any name may be typed; the standard ones are offered with what they usually carry."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Draft from a template")
        self.events = QComboBox()
        self.events.setEditable(True)
        self.events.addItems(names())
        self.sources = QComboBox()
        self.sources.addItems(action_sources())
        self.events.setCurrentText("Purchase")
        note = QLabel("The test customer is hashed into it; without one it names an external ID of its own.")
        note.setWordWrap(True)
        note.setProperty("muted", True)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        form = QFormLayout(self)
        form.setContentsMargins(16, 16, 16, 16)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        form.addRow("&Event", self.events)
        form.addRow("&Action source", self.sources)
        form.addRow(note)
        form.addRow(buttons)
        self.resize(440, 0)

    @property
    def name(self) -> str:
        """The event's name."""
        return self.events.currentText().strip()

    @property
    def action_source(self) -> str:
        """Where the event is to have happened."""
        return self.sources.currentText()

"""The test customer as a form: the person whose values are hashed into drafts and recomputed in findings."""

from __future__ import annotations

from PySide6.QtWidgets import QCheckBox, QFormLayout, QLabel, QLineEdit, QWidget

from app.model import Customer

FIELDS = (
    ("em", "&E-mail"),
    ("ph", "&Phone, with country code"),
    ("fn", "&First name"),
    ("ln", "&Last name"),
    ("db", "&Date of birth"),
    ("ge", "&Gender"),
    ("ct", "&City"),
    ("st", "&State"),
    ("zp", "Post c&ode"),
    ("country", "Co&untry"),
    ("external_id", "E&xternal ID"),
)


class CustomerForm(QWidget):
    """Several values of one kind are separated by commas."""

    def __init__(self, customer: Customer, kept: bool, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.lines = {key: QLineEdit() for key, _ in FIELDS}
        self.keep = QCheckBox("&Remember this person in the system's keyring")
        self.keep.setChecked(kept)
        form = QFormLayout(self)
        form.setContentsMargins(16, 16, 16, 16)
        form.setVerticalSpacing(7)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        note = QLabel(
            "The person you test with. Their values are hashed into drafts, and hashes are recomputed from them. "
            "They stay in memory; only the keyring may hold them longer, never a file of ours."
        )
        note.setWordWrap(True)
        note.setProperty("muted", True)
        form.addRow(note)
        for key, title in FIELDS:
            self.lines[key].setAccessibleName(title.replace("&", ""))
            form.addRow(title, self.lines[key])
        form.addRow(self.keep)
        self.show_customer(customer)

    def show_customer(self, customer: Customer) -> None:
        """Fill the form."""
        for key, line in self.lines.items():
            line.setText(", ".join(customer.of(key)))

    @property
    def customer(self) -> Customer:
        """The person as typed."""
        found = ((key, _listed(line.text())) for key, line in self.lines.items())
        return Customer(tuple((key, values) for key, values in found if values))


def _listed(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(part.strip() for part in text.split(",") if part.strip()))

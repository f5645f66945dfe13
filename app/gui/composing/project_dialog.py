"""Project, tokens and test customer: everything a send needs besides the event, none of it secret in a file."""

from __future__ import annotations

from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from app.gui.composing.customer_form import CustomerForm
from app.gui.composing.project import CUSTOM, LIVE, SANDBOX, Project, Projects, mistake
from app.gui.composing.send_desk import Endpoint
from app.gui.composing.token_page import TokenDesk, TokenPage
from app.gui.drawing.said_label import SaidLabel
from app.model import Customer
from app.sending.tokens import TokenError

_TO = ((SANDBOX, "Sandbox, on this machine"), (LIVE, "Live, graph.facebook.com"), (CUSTOM, "Custom, below"))


class ProjectDialog(QDialog):
    """Edits the project in use, or another. `projects` and `customer` hold what was accepted."""

    def __init__(
        self,
        projects: Projects,
        customer: Customer,
        tokens: TokenDesk,
        endpoints: tuple[Endpoint, ...],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle("Project, tokens and test customer")
        self.resize(680, 560)
        self.projects, self.customer = projects, customer
        self._store = tokens.store
        self.name = QComboBox()
        self.name.setEditable(True)
        self.name.addItems([project.name for project in projects.known])
        self.name.setCurrentText(projects.current)
        self.delete = QPushButton("De&lete project")
        self.accounts = QLineEdit()
        self.accounts.setPlaceholderText("1111111111111111, 2222222222222222")
        self.test_code = QLineEdit()
        self.test_code.setPlaceholderText("TEST12345; empty: as in the settings")
        self.version = QLineEdit()
        self.version.setPlaceholderText("the newest documented one")
        self.to = QComboBox()
        self.to.addItems([words for _, words in _TO])
        self.endpoint = QLineEdit()
        self.endpoint.setPlaceholderText("https://capig.shop.example")
        self.wrong = SaidLabel()
        self.person = CustomerForm(customer, projects.used.keep_customer)
        self.tokens = TokenPage(tokens, endpoints)
        self.tabs = QTabWidget()
        self._arrange()
        self.name.activated.connect(lambda _: self._choose())
        self.accounts.textChanged.connect(lambda _: self.tokens.offer_accounts(self.typed.accounts))
        self.delete.clicked.connect(self._delete)
        self._fill(projects.used)

    @property
    def typed(self) -> Project:
        """The project as typed."""
        return Project(
            name=self.name.currentText().strip(),
            accounts=_listed(self.accounts.text()),
            test_code=self.test_code.text().strip(),
            api_version=self.version.text().strip(),
            to=_TO[self.to.currentIndex()][0],
            endpoint=self.endpoint.text().strip().rstrip("/"),
            keep_customer=self.person.keep.isChecked(),
        )

    def accept(self) -> None:
        """Keep what was typed, unless something in it can not be."""
        wrong = mistake(self.typed)
        self.wrong.complain(f"✕ {wrong}" if wrong else "")
        if wrong:
            self.tabs.setCurrentIndex(0)
            return
        self.projects, self.customer = self.projects.using(self.typed), self.person.customer
        super().accept()

    def _fill(self, project: Project) -> None:
        self.accounts.setText(", ".join(project.accounts))
        self.test_code.setText(project.test_code)
        self.version.setText(project.api_version)
        self.to.setCurrentIndex([to for to, _ in _TO].index(project.to) if project.to in dict(_TO) else 0)
        self.endpoint.setText(project.endpoint)
        self.person.keep.setChecked(project.keep_customer)
        self.tokens.offer_accounts(project.accounts)
        if project.keep_customer and project.name != self.projects.current:
            self._show_kept(project.name)
        self.delete.setEnabled(len(self.projects.known) > 1)

    def _show_kept(self, name: str) -> None:
        try:
            self.person.show_customer(self._store.customer(name))
        except TokenError as error:
            self.wrong.complain(str(error))

    def _choose(self) -> None:
        """Another project was chosen; a name that is new keeps what is typed."""
        found = self.projects.named(self.name.currentText().strip())
        if found is not None:
            self._fill(found)

    def _delete(self) -> None:
        self.projects = self.projects.without(self.name.currentText().strip())
        self.name.clear()
        self.name.addItems([project.name for project in self.projects.known])
        self.name.setCurrentText(self.projects.current)
        self._fill(self.projects.used)

    def _arrange(self) -> None:
        page = QWidget()
        form = QFormLayout(page)
        form.setContentsMargins(16, 16, 16, 16)
        form.setVerticalSpacing(10)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        row = QHBoxLayout()
        row.addWidget(self.name, 1)
        row.addWidget(self.delete)
        label = QLabel("&Project")
        label.setBuddy(self.name)
        form.addRow(label, row)
        for title, field, help_text in (
            (
                "&Dataset or pixel IDs",
                self.accounts,
                "The first is for events from scratch. Each has a token of its own.",
            ),
            ("Test &event code", self.test_code, "From Test Events. Without one an event that is sent live counts."),
            ("Graph API &version", self.version, "Empty: the newest documented one."),
            ("&Send to", self.to, "Chosen when the send dialog opens. Live and custom say so in red."),
            (
                "&Custom endpoint",
                self.endpoint,
                "A gateway, or a stand-in of your own, that takes the Graph API's calls.",
            ),
        ):
            field.setAccessibleName(title.replace("&", ""))
            field.setAccessibleDescription(help_text)
            note = QLabel(help_text)
            note.setProperty("muted", True)
            both = QVBoxLayout()
            both.setSpacing(2)
            both.addWidget(field)
            both.addWidget(note)
            label = QLabel(title)
            label.setBuddy(field)
            form.addRow(label, both)
        self.tabs.addTab(page, "Pro&ject")
        self.tabs.addTab(self.tokens, "&Tokens")
        self.tabs.addTab(self.person, "Test c&ustomer")
        self.delete.setAutoDefault(False)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        self.wrong.complain("")
        column = QVBoxLayout(self)
        column.addWidget(self.tabs, 1)
        column.addWidget(self.wrong)
        column.addWidget(buttons)


def _listed(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(part.strip() for part in text.split(",") if part.strip()))

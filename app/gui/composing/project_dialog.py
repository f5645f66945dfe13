"""Project, tokens and test customer: everything a send needs besides the event, none of it secret in a file."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLayout,
    QLineEdit,
    QPushButton,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from app.gui.composing.customer_form import CustomerForm
from app.gui.composing.project import CUSTOM, LIVE, SANDBOX, Project, Projects, Target, first_sender, mistake
from app.gui.composing.token_page import TokenDesk, TokenPage
from app.gui.drawing.said_label import SaidLabel
from app.model import Customer
from app.platforms import senders, server_of
from app.platforms.server_api import TestKind
from app.sending.job import Endpoint
from app.sending.tokens import TokenError

_TO = ((SANDBOX, "Sandbox, on this machine"), (LIVE, "Live, {}"), (CUSTOM, "Custom, below"))


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
        self._names = tuple(each.name for each in senders())
        self._edited = projects.used  # the parts of the platforms that are not shown are in it
        self._shown = first_sender()
        self.which = QComboBox()
        self.which.addItems([each.title for each in senders()])
        self.accounts = QLineEdit()
        self.test_code = QLineEdit()
        self.version = QLineEdit()
        self.version.setPlaceholderText("the newest documented one")
        self.to = QComboBox()
        hosts = ", ".join(each.server.host for each in senders() if each.server)
        self.to.addItems([words.format(hosts) for _, words in _TO])
        self.endpoint = QLineEdit()
        self.endpoint.setPlaceholderText("https://capig.shop.example")
        self.one_account = QLineEdit()
        self.one_account.setPlaceholderText("2613999999999 = 549755000001")
        self.wrong = SaidLabel()
        self.person = CustomerForm(customer, projects.used.keep_customer)
        self.tokens = TokenPage(tokens, endpoints)
        self.tabs = QTabWidget()
        self._arrange()
        self.name.activated.connect(lambda _: self._choose())
        self.which.currentIndexChanged.connect(self._switch)
        self.accounts.textChanged.connect(self._offer_accounts)
        self.tokens.which.currentIndexChanged.connect(self._offer_accounts)
        self.delete.clicked.connect(self._delete)
        self._fill(projects.used)

    @property
    def typed(self) -> Project:
        """The project as typed."""
        return replace(
            self._edited.aimed(self._target),
            name=self.name.currentText().strip(),
            to=_TO[self.to.currentIndex()][0],
            endpoint=self.endpoint.text().strip().rstrip("/"),
            keep_customer=self.person.keep.isChecked(),
            one_account=_listed(self.one_account.text()),
        )

    @property
    def _target(self) -> Target:
        """The shown platform's part as typed."""
        return Target(
            self._shown,
            _listed(self.accounts.text()),
            self.test_code.text().strip(),
            self.version.text().strip(),
        )

    def _switch(self) -> None:
        """Show another platform's part; what was typed into this one's stays."""
        self._edited = self._edited.aimed(self._target)
        self._show_target(self._names[self.which.currentIndex()])

    def _show_target(self, platform: str) -> None:
        self._shown = platform
        target, api = self._edited.target(platform), server_of(platform)
        self.accounts.setText(", ".join(target.accounts))
        self.accounts.setPlaceholderText(api.account.example)
        self.test_code.setText(target.test_code)
        self.version.setText(target.api_version)
        self.test_code.setPlaceholderText(api.tests.example)
        self._form.setRowVisible(self._rows[self.test_code], api.tests.kind is TestKind.CODE)
        self._form.setRowVisible(self._rows[self.version], bool(api.versions))
        self._titles[self.accounts].setText(f"&{api.account.word[0].upper()}{api.account.word[1:]}s")

    def _offer_accounts(self) -> None:
        self.tokens.offer_accounts(self.typed.target(self.tokens.platform).accounts)

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
        self._edited = project
        self._show_target(self._shown)
        self.to.setCurrentIndex([to for to, _ in _TO].index(project.to) if project.to in dict(_TO) else 0)
        self.endpoint.setText(project.endpoint)
        self.one_account.setText(", ".join(project.one_account))
        self.person.keep.setChecked(project.keep_customer)
        self._offer_accounts()
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
        self._form = form
        self._rows: dict[QWidget, QLayout] = {}
        self._titles: dict[QWidget, QLabel] = {}
        form.addRow("P&latform", self.which)
        form.setRowVisible(self.which, len(self._names) > 1)
        for title, field, help_text in (
            (
                "&Dataset or pixel IDs",
                self.accounts,
                "The first is for events from scratch. Each has a token of its own.",
            ),
            ("Test &event code", self.test_code, "From Test Events. Without one an event that is sent live counts."),
            ("API &version", self.version, "Empty: the newest documented one."),
            ("&Send to", self.to, "Chosen when the send dialog opens. Live and custom say so in red."),
            (
                "&Custom endpoint",
                self.endpoint,
                "A gateway, or a stand-in of your own, that takes the server API's calls.",
            ),
            (
                "Accounts that are &one",
                self.one_account,
                "A pixel and an ad account, say, with = between them: what both sides send to them is merged.",
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
            self._rows[field], self._titles[field] = both, label
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

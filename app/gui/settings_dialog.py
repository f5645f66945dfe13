"""The settings, as a form: what is wrong is said beside the field, and nothing is kept until it is right."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QPushButton,
    QSizePolicy,
    QSpinBox,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from app.gui.drawing.theme import THEMES
from app.pairing.plan import due_mistake, example_of_due
from app.pairing.windows import example, settable, window_mistake
from app.platforms import senders, server_hosts
from app.settings import Settings, one_account_mistake

_SENDING, _CAPTURE, _PLAN = range(3)

_ENDPOINTS = (
    "Own addresses that take pixel traffic, one a line. TLS hides paths, so all of such a host is decrypted, its "
    "checkout too; only what goes to the endpoint is recorded."
)


class SettingsDialog(QDialog):
    """Edits settings. `result_settings` holds what was accepted. Projects and the test customer are kept elsewhere."""

    def __init__(self, settings: Settings, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Settings")
        self._before = settings
        self.result_settings = settings
        self.live = QCheckBox("&Live: requests go to the real platforms")
        self.live.setChecked(settings.live)
        self.forward_port = _port(settings.forward_port)
        self.forwarding_port = _port(settings.forwarding_port)
        self.upstream = _line(settings.upstream_proxy, "http://proxy.example:3128")
        self.extra_ca = _line(settings.extra_ca, "a PEM file")
        self.endpoints = _lines(settings.endpoints, "shop.example/fp/tr")
        self.browser = _line(settings.browser, "the first found")
        self.domains = _lines(settings.allowed_domains, "shop.example")
        self.browser_only = _line(", ".join(settings.browser_only), "PageView, ViewContent")
        self.server_only = _line(", ".join(settings.server_only), "order_paid")
        self.due = _lines(settings.due, example_of_due())
        self.one_account = _lines(settings.one_account, "2613999999999 = 549755000001")
        self.windows = _lines(settings.windows, example())
        self.waiting = _number(settings.waiting_ms // 1000, 1, 3600, " s")
        self.target = _number(round(settings.overlap_target * 100), 1, 100, " %")
        self.account = _line(settings.account, "1111111111111111")
        self.test_code = _line(settings.test_code, "TEST12345")
        self.api_version = _line(settings.api_version, "the newest")
        self.theme = QComboBox()
        self.theme.addItems([name.capitalize() for name in THEMES])
        self.theme.setCurrentIndex(THEMES.index(settings.theme) if settings.theme in THEMES else 0)
        self.wrong = QLabel()
        self.wrong.setWordWrap(True)
        self.wrong.setObjectName("wrong")
        self.wrong.setTextFormat(Qt.TextFormat.PlainText)
        self.tabs = QTabWidget()
        self._arrange()
        self.resize(640, max(560, self.heightForWidth(640)))  # or wrapped help would lie over its field

    def accept(self) -> None:
        """Keep what was typed, unless something in it can not be."""
        page, wrong = self._mistake()
        self.wrong.setText(f"✕ {wrong}" if wrong else "")
        if wrong:
            self.tabs.setCurrentIndex(page)
            return
        self.result_settings = replace(
            self._before,
            live=self.live.isChecked(),
            forward_port=self.forward_port.value(),
            forwarding_port=self.forwarding_port.value(),
            upstream_proxy=self.upstream.text().strip(),
            extra_ca=self.extra_ca.text().strip(),
            endpoints=_listed(self.endpoints.toPlainText()),
            browser=self.browser.text().strip(),
            allowed_domains=_listed(self.domains.toPlainText()),
            browser_only=_listed(self.browser_only.text()),
            server_only=_listed(self.server_only.text()),
            due=_whole_lines(self.due.toPlainText()),
            one_account=_listed(self.one_account.toPlainText()),
            windows=_whole_lines(self.windows.toPlainText()),
            waiting_ms=self.waiting.value() * 1000,
            overlap_target=self.target.value() / 100,
            account=self.account.text().strip(),
            test_code=self.test_code.text().strip(),
            api_version=self.api_version.text().strip(),
            theme=THEMES[self.theme.currentIndex()],
        )
        super().accept()

    def _mistake(self) -> tuple[int, str]:
        """What can not be kept, and the page it stands on; an empty text when all is well."""
        upstream = self.upstream.text().strip()
        if upstream and (urlsplit(upstream).scheme not in ("http", "https") or not urlsplit(upstream).hostname):
            return _CAPTURE, "The upstream proxy is written as http://host:port."
        extra = self.extra_ca.text().strip()
        if extra and not Path(extra).is_file():
            return _CAPTURE, f"There is no file {extra}. Choose the PEM file with the certificates to trust."
        if self.forward_port.value() == self.forwarding_port.value():
            return _CAPTURE, "The proxy and the listener need different ports."
        both = set(_listed(self.browser_only.text())) & set(_listed(self.server_only.text()))
        if both:
            names = ", ".join(sorted(both))
            return _PLAN, f"{names} can not be expected on the browser side only and on the server side only."
        for line in _whole_lines(self.due.toPlainText()):
            if wrong := due_mistake(line):
                return _PLAN, wrong
        for line in _listed(self.one_account.toPlainText()):
            if wrong := one_account_mistake(line):
                return _PLAN, wrong
        for line in _whole_lines(self.windows.toPlainText()):
            if wrong := window_mistake(line):
                return _PLAN, wrong
        first = next(iter(senders()), None)
        accounts = _listed(self.account.text())
        wrong = first.server.account.mistake(*accounts) if first and first.server else ""
        return (_SENDING, wrong) if wrong else (0, "")

    def _arrange(self) -> None:
        self.tabs.addTab(
            _form(
                (
                    "",
                    self.live,
                    "Off: the sandbox. The proxy answers ad platforms itself; nothing leaves this machine.",
                ),
                (
                    "&Test event code",
                    self.test_code,
                    "From Test Events. Without one an event that is sent live counts.",
                ),
                ("Dataset or pixel ID", self.account, "For events composed from scratch."),
                ("API version", self.api_version, "Empty: the newest documented one."),
                ("", QLabel("Projects, tokens and the test customer: Event › Project (Ctrl+P)."), ""),
            ),
            "&Sending",
        )
        choose = QPushButton("Choose…")
        choose.clicked.connect(self._choose_ca)
        ca = QWidget()
        row = QHBoxLayout(ca)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.extra_ca, 1)
        row.addWidget(choose)
        self.tabs.addTab(
            _form(
                ("Bro&wser", self.browser, "By name, such as Chromium, Edge or Firefox, or by path."),
                ("&Proxy port", self.forward_port, "Another is picked when it is taken."),
                ("&Listener port", self.forwarding_port, _stands_for(self._before.forwarding_port)),
                ("&Upstream proxy", self.upstream, "When this network needs one to get out."),
                ("Extra &certificates", ca, "Trusted besides the public roots when we connect out."),
                (
                    "First-party &endpoints",
                    self.endpoints,
                    _ENDPOINTS,
                ),
            ),
            "&Capture",
        )
        self.tabs.addTab(
            _form(
                ("&Browser only", self.browser_only, "Event names expected on the browser side only."),
                ("&Server only", self.server_only, "Event names expected on the server side only."),
                (
                    "&Wait for the other half",
                    self.waiting,
                    "Then the row is called one-sided; it heals if the half comes.",
                ),
                (
                    "&Platforms due",
                    self.due,
                    "Which are to be told of an event, an event a line. Empty: those that usually are.",
                ),
                (
                    "Accounts that are &one",
                    self.one_account,
                    (
                        "A pixel and an ad account, say, with = between them, one set a line. What is sent to both "
                        "is merged; until then it is called probable."
                    ),
                ),
                (
                    "Merge wi&ndows",
                    self.windows,
                    f"How long a platform merges that publishes no window: one a line. Assumed: {settable()}.",
                ),
                ("&Overlap target", self.target, "Deduplicated among all that are expected on both sides."),
                ("Allowed &domains", self.domains, "Pages that may send events, one a line. Empty: any."),
            ),
            "C&hannel plan",
        )
        self.tabs.addTab(_form(("&Theme", self.theme, "")), "&Look")
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.addWidget(self.tabs, 1)
        column.addWidget(self.wrong)
        column.addWidget(buttons)

    def _choose_ca(self) -> None:
        path, _ = QFileDialog.getOpenFileName(
            self, "Certificates to trust", "", "PEM files (*.pem *.crt);;All files (*)"
        )
        if path:
            self.extra_ca.setText(path)


def _stands_for(port: int) -> str:
    """What a backend puts the listener's addresses in place of."""
    first, *others = server_hosts() or ("",)
    listener = f"http://127.0.0.1:{port}"
    rest = f"; {listener}/HOST in place of https://HOST, where HOST is {' or '.join(others)}" if others else ""
    return f"For backends: {listener} in place of https://{first}{rest}."


def _form(*rows: tuple[str, QWidget, str]) -> QWidget:
    page = QWidget()
    form = QFormLayout(page)
    form.setContentsMargins(16, 16, 16, 16)
    form.setVerticalSpacing(10)
    form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
    for title, field, help_text in rows:
        if not help_text:
            form.addRow(title, field)
            continue
        both = QWidget()
        column = QVBoxLayout(both)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        column.addWidget(field)
        words = QLabel(help_text)
        words.setWordWrap(True)
        words.setProperty("muted", True)
        column.addWidget(words)
        both.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        label = QLabel(title)
        label.setBuddy(field)
        field.setAccessibleName(title.replace("&", ""))
        field.setAccessibleDescription(help_text)
        form.addRow(label, both)
    return page


def _whole_lines(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(line.strip() for line in text.splitlines() if line.strip()))


def _listed(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(part.strip() for part in text.replace("\n", ",").split(",") if part.strip()))


def _line(text: str, example: str) -> QLineEdit:
    line = QLineEdit(text)
    line.setPlaceholderText(example)
    return line


def _lines(values: tuple[str, ...], example: str) -> QPlainTextEdit:
    lines = QPlainTextEdit("\n".join(values))
    lines.setPlaceholderText(example)
    lines.setTabChangesFocus(True)
    lines.setFixedHeight(56)
    return lines


def _port(value: int) -> QSpinBox:
    return _number(value, 1024, 65535, "")


def _number(value: int, least: int, most: int, suffix: str) -> QSpinBox:
    box = QSpinBox()
    box.setRange(least, most)
    box.setValue(value)
    box.setSuffix(suffix)
    return box

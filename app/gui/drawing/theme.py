"""Light and dark: the palette, the stylesheet, and following the system. Colours by meaning are in `ink`."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QGuiApplication, QPainter, QPalette, QPen
from PySide6.QtWidgets import QApplication, QProxyStyle, QStyle, QStyleOption, QWidget

from app.gui.drawing.ink import Ink, Tone, ink_of

THEMES = ("system", "light", "dark")
ACCENT = {False: "#2459d6", True: "#2f6bf0"}
LIVE = "#c2181b"


def apply_theme(application: QApplication, choice: str) -> None:
    """Give the whole application a theme: "light", "dark", or the system's."""
    dark = choice == "dark" or (choice == "system" and system_is_dark())
    palette = _palette(dark)
    application.setPalette(palette)
    application.setStyleSheet(_stylesheet(ink_of(palette)))


def system_is_dark() -> bool:
    """Whether the desktop asks for dark windows; light when it does not say."""
    return QGuiApplication.styleHints().colorScheme() == Qt.ColorScheme.Dark


def base_font(application: QApplication) -> QFont:
    """The system's font, not smaller than can be read at length."""
    font = application.font()
    if 0 < font.pointSizeF() < 9:
        font.setPointSizeF(9)
    return font


class Looks(QProxyStyle):
    """Fusion, but with check boxes that can be seen on a dark ground."""

    def drawPrimitive(
        self,
        element: QStyle.PrimitiveElement,
        option: QStyleOption,
        painter: QPainter,
        widget: QWidget | None = None,
    ) -> None:
        if element is not QStyle.PrimitiveElement.PE_IndicatorCheckBox:
            super().drawPrimitive(element, option, painter, widget)
            return
        ink = ink_of(option.palette)
        ticked = bool(option.state & QStyle.StateFlag.State_On)
        box = QRectF(option.rect).adjusted(1.5, 1.5, -1.5, -1.5)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(ACCENT[ink.dark]) if ticked else ink.muted, 1))
        painter.setBrush(QColor(ACCENT[ink.dark]) if ticked else ink.base)
        painter.drawRoundedRect(box, 2.5, 2.5)
        if ticked:
            painter.setPen(QPen(QColor("#ffffff"), 1.6))
            middle = box.center() + QPointF(-0.6, 2.6)
            painter.drawPolyline([box.center() + QPointF(-3, 0.2), middle, box.center() + QPointF(3.2, -2.4)])
        painter.restore()


def _palette(dark: bool) -> QPalette:
    seed = QPalette()
    seed.setColor(QPalette.ColorRole.Base, QColor("#000" if dark else "#fff"))
    ink = ink_of(seed)
    role = QPalette.ColorRole
    palette = QPalette()
    for name, colour in (
        (role.Window, ink.raised),
        (role.WindowText, ink.text),
        (role.Base, ink.base),
        (role.AlternateBase, ink.raised),
        (role.Text, ink.text),
        (role.Button, ink.base),
        (role.ButtonText, ink.text),
        (role.BrightText, ink.bad),
        (role.ToolTipBase, ink.base),
        (role.ToolTipText, ink.text),
        (role.PlaceholderText, ink.muted),
        (role.Highlight, QColor(ACCENT[dark])),
        (role.HighlightedText, QColor("#ffffff")),
        (role.Link, ink.info),
        (role.LinkVisited, ink.info),
        (role.Light, ink.line),
        (role.Midlight, ink.line),
        (role.Mid, ink.line),
        (role.Dark, ink.line),
        (role.Accent, QColor(ACCENT[dark])),
    ):
        palette.setColor(name, colour)
    for name in (role.Text, role.WindowText, role.ButtonText):
        palette.setColor(QPalette.ColorGroup.Disabled, name, QColor("#6b7280" if dark else "#9aa1ae"))
    return palette


def _stylesheet(ink: Ink) -> str:
    c = {name: getattr(ink, name).name() for name in ("text", "muted", "base", "raised", "line", "info", "selected")}
    bad = ink.of(Tone.BAD).name()
    accent = ACCENT[ink.dark]
    hover = "#2a2f3a" if ink.dark else "#eceff5"
    grip = "#4a5160" if ink.dark else "#c3c8d2"
    faint = "#6b7280" if ink.dark else "#9aa1ae"
    return f"""
    QToolTip {{ background: {c["base"]}; color: {c["text"]}; border: 1px solid {c["line"]}; padding: 4px; }}
    QMenuBar {{ background: {c["raised"]}; padding: 1px 6px; }}
    QMenuBar::item {{ padding: 4px 9px; border-radius: 4px; background: transparent; }}
    QMenuBar::item:selected {{ background: {hover}; }}
    QMenu {{ background: {c["base"]}; border: 1px solid {c["line"]}; padding: 4px; }}
    QMenu::item {{ padding: 5px 26px 5px 22px; border-radius: 4px; }}
    QMenu::item:selected {{ background: {c["selected"]}; color: {c["text"]}; }}
    QMenu::item:disabled {{ color: {faint}; }}
    QMenu::separator {{ height: 1px; background: {c["line"]}; margin: 4px 6px; }}
    QMenu::indicator {{ left: 5px; }}
    QPushButton, QToolButton#tool {{
        background: {c["base"]}; color: {c["text"]}; border: 1px solid {c["line"]};
        border-radius: 6px; padding: 5px 12px; }}
    QPushButton:hover, QToolButton#tool:hover {{ background: {hover}; }}
    QPushButton:disabled, QToolButton#tool:disabled {{ color: {faint}; background: transparent; }}
    QPushButton:focus, QToolButton#tool:focus {{ border: 1px solid {c["info"]}; }}
    QPushButton:default, QPushButton[primary="true"], QToolButton#tool[primary="true"] {{
        background: {accent}; color: #ffffff; border: 1px solid {accent}; }}
    QPushButton[primary="true"]:focus, QToolButton#tool[primary="true"]:focus {{ border: 2px solid {c["text"]};
        padding: 4px 11px; }}
    QToolButton#chip {{
        background: {c["base"]}; color: {c["text"]}; border: 1px solid {c["line"]};
        border-radius: 11px; padding: 3px 10px; }}
    QToolButton#chip:hover {{ background: {hover}; }}
    QToolButton#chip:focus {{ border: 1px solid {c["info"]}; }}
    QToolButton#chip:checked {{ background: {accent}; color: #ffffff; border: 1px solid {accent}; }}
    QToolButton#chip::menu-indicator {{ image: none; width: 0; }}
    QDialogButtonBox {{ dialogbuttonbox-buttons-have-icons: 0; }}
    QToolButton#tool[danger="true"] {{ background: {bad}; color: {c["base"]}; border: 1px solid {bad}; }}
    QToolButton#tool::menu-indicator {{ image: none; width: 0; }}
    QLineEdit, QPlainTextEdit {{
        background: {c["base"]}; color: {c["text"]}; border: 1px solid {c["line"]};
        border-radius: 6px; padding: 4px 8px; selection-background-color: {accent}; }}
    QComboBox, QSpinBox {{ min-height: 24px; }}
    QLineEdit:focus, QPlainTextEdit:focus {{ border: 1px solid {c["info"]}; }}
    QLineEdit[wrong="true"] {{ border: 1px solid {bad}; }}
    QWidget#bar, QWidget#strip, QWidget#filters, QStatusBar {{ background: {c["raised"]}; }}
    QWidget#strip {{ border-top: 1px solid {c["line"]}; border-bottom: 1px solid {c["line"]}; }}
    QStatusBar {{ border-top: 1px solid {c["line"]}; }}
    QStatusBar::item {{ border: none; }}
    QLabel[muted="true"] {{ color: {c["muted"]}; }}
    QLabel#sandbox {{ color: {c["info"]}; border: 1px solid {c["info"]}; border-radius: 11px; padding: 3px 12px; }}
    QLabel#live {{ color: #ffffff; background: {LIVE}; border-radius: 11px; padding: 4px 12px; font-weight: bold; }}
    QFrame#alarm {{ background: {LIVE}; border: none; }}
    QFrame#notice {{ border: none; border-bottom: 1px solid {c["line"]}; }}
    {_notices(ink)}
    QTableView {{ border: none; gridline-color: {c["line"]}; background: {c["base"]}; }}
    QHeaderView {{ background: {c["raised"]}; border: none; }}
    QHeaderView::section {{ background: {c["raised"]}; color: {c["muted"]}; border: none;
        border-bottom: 1px solid {c["line"]}; padding: 4px 8px; }}
    QTableCornerButton::section {{ background: {c["raised"]}; border: none; }}
    QListView#completions {{ background: {c["base"]}; border: 1px solid {c["line"]}; }}
    QListView#completions::item {{ padding: 4px 8px; border-radius: 4px; }}
    QListView#completions::item:selected {{ background: {c["selected"]}; color: {c["text"]}; }}
    QLabel#wrong, QLabel#complaint {{ color: {bad}; }}
    QScrollBar {{ background: transparent; border: none; margin: 0; }}
    QScrollBar:vertical {{ width: 11px; }}
    QScrollBar:horizontal {{ height: 11px; }}
    QScrollBar::handle {{ background: {grip}; border-radius: 4px; margin: 2px; }}
    QScrollBar::handle:vertical {{ min-height: 28px; }}
    QScrollBar::handle:horizontal {{ min-width: 28px; }}
    QScrollBar::handle:hover {{ background: {faint}; }}
    QScrollBar::add-line, QScrollBar::sub-line {{ width: 0; height: 0; }}
    QScrollBar::add-page, QScrollBar::sub-page {{ background: transparent; }}
    QSplitter::handle {{ background: {c["line"]}; }}
    QSplitter::handle:vertical {{ height: 3px; }}
    QSplitter::handle:hover {{ background: {c["info"]}; }}
    QTabWidget::pane {{ border: none; border-top: 1px solid {c["line"]}; }}
    QTabBar {{ background: {c["raised"]}; }}
    QTabBar::tab {{ padding: 6px 12px; border: none; border-bottom: 2px solid transparent; color: {c["muted"]};
        background: transparent; }}
    QTabBar::tab:hover {{ color: {c["text"]}; }}
    QTabBar::tab:selected {{ color: {c["text"]}; border-bottom: 2px solid {accent}; }}
    QTabBar::tab:focus {{ color: {c["info"]}; }}
    """


def _notices(ink: Ink) -> str:
    return "".join(
        f"""
    QFrame#notice[tone="{tone.value}"] {{ background: {ink.tint(tone).name()};
        border-left: 4px solid {ink.of(tone).name()}; }}
    QFrame#notice[tone="{tone.value}"] QLabel#glyph {{ color: {ink.of(tone).name()}; font-weight: bold; }}"""
        for tone in (Tone.GOOD, Tone.BAD, Tone.WARN, Tone.INFO)
    )

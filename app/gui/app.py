"""Starts the window: the application, its theme and font, and one main window on a desk."""

from __future__ import annotations

import logging
import signal
import sys
import threading
from pathlib import Path
from types import TracebackType

from PySide6.QtCore import QSettings, Qt, QTimer
from PySide6.QtGui import QColor, QGuiApplication, QIcon, QPainter, QPen, QPixmap
from PySide6.QtWidgets import QApplication

from app.gui.desk import Desk
from app.gui.drawing.theme import Looks, apply_theme, base_font
from app.gui.garbage import GarbageCollection
from app.gui.main_window import MainWindow
from app.gui.workdesk import WorkDesk
from app.settings import Settings, config_dir
from app.workbench.mistakes import start_log

_WAKE_MS = 250
# Many a call into Qt gives Python's lock away, and a thread that analyses then keeps it for this long. Measured on a
# paint of the table beside such a thread: 204 ms with the default of 5 ms, 90 with 0.5, 54 with 0.1, 47 without one.
_SWITCH_S = 0.0001

logger = logging.getLogger(__name__)


def run(settings: Settings, session: Path | None, *, demo: bool = False) -> int:
    """Show the window until it is closed; the process's exit status.

    `session` is a file to open, None for a fresh one. `demo` opens the demo shop too, and leaves the settings alone.
    """
    application = make_application(settings.theme)
    desk: Desk = WorkDesk(settings, keep=not demo)
    window = MainWindow(desk, session, demo=demo, layout=_layout())
    _report_mistakes(window)
    for name in ("SIGINT", "SIGTERM", "SIGHUP"):  # else the browser would outlive us
        if name in signal.Signals.__members__:
            signal.signal(signal.Signals[name], lambda *_: window.close())
    # Python looks at signals between its own instructions only, and Qt's loop has none.
    wake = QTimer(application, interval=_WAKE_MS)
    wake.timeout.connect(lambda: None)
    wake.start()
    QGuiApplication.styleHints().colorSchemeChanged.connect(lambda _: apply_theme(application, desk.settings.theme))
    window.show()
    return application.exec()


def make_application(theme: str) -> QApplication:
    """The application with our looks; the one that runs already when there is one."""
    present = QApplication.instance()
    application = present if isinstance(present, QApplication) else QApplication(sys.argv[:1])
    sys.setswitchinterval(_SWITCH_S)
    application.setApplicationName("pixelpair")
    application.setApplicationDisplayName("Pixelpair")
    application.setDesktopFileName("pixelpair")
    application.setWindowIcon(icon())
    application.setStyle(Looks("Fusion"))
    application.setFont(base_font(application))
    apply_theme(application, theme)
    if application.findChild(GarbageCollection) is None:
        GarbageCollection(application)
    return application


def icon() -> QIcon:
    """Two overlapping rings, one a browser's and one a server's."""
    drawn = QIcon()
    for size in (16, 32, 64, 128, 256):
        picture = QPixmap(size, size)
        picture.fill(Qt.GlobalColor.transparent)
        painter = QPainter(picture)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        stroke = size * 0.13
        ring = size * 0.5
        for x, colour in ((size * 0.1, "#2f6bf0"), (size * 0.4, "#16a35a")):
            painter.setPen(QPen(QColor(colour), stroke))
            painter.drawEllipse(round(x), round((size - ring) / 2), round(ring), round(ring))
        painter.end()
        drawn.addPixmap(picture)
    return drawn


def _layout() -> QSettings:
    return QSettings(str(config_dir() / "window.ini"), QSettings.Format.IniFormat)


def _report_mistakes(window: MainWindow) -> None:
    """A mistake of ours anywhere is logged and shown; the window and the record go on."""
    start_log()

    def show(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        logger.error("Unexpected", exc_info=(kind, error, trace))
        window.inbox.put(lambda: window.report_mistake(error))

    sys.excepthook = show
    threading.excepthook = lambda args: (
        show(args.exc_type, args.exc_value, args.exc_traceback) if args.exc_value is not None else None
    )
    sys.unraisablehook = lambda args: (
        show(args.exc_type, args.exc_value, args.exc_traceback) if args.exc_value is not None else None
    )

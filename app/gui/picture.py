"""A photograph of the window on a session: `python -m app.gui.picture SESSION PNG [WIDTH HEIGHT THEME]`.

It is the real window on the real file, drawn without a display.
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

from PySide6.QtWidgets import QApplication

from app.gui.app import make_application
from app.gui.main_window import MainWindow
from app.gui.workdesk import WorkDesk
from app.model import Group, Verdict
from app.reports.private import keep_private
from app.settings import Settings

LONGEST_S = 30
SETTLED_S = 0.8


def main(session: Path, picture: Path, width: int, height: int, theme: str) -> int:
    """Open the session, choose a telling row, and save what the window shows."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    application = make_application(theme)
    window = MainWindow(WorkDesk(Settings(theme=theme), keep=False), session)
    window.resize(width, height)
    window.show()
    deadline = time.monotonic() + LONGEST_S
    while not window.area.model.total and time.monotonic() < deadline:
        _let_pass(application, 0.05)
    _let_pass(application, SETTLED_S)
    window.area.show_only("-event:PageView")
    telling = max(window.area.model.groups(), key=_telling, default=None)
    if telling is not None:
        window.area.table.select_group(telling.id)
    _let_pass(application, SETTLED_S)
    keep_private(picture)  # Qt keeps the mode of what is there
    saved = window.grab().save(str(picture))
    window.close()
    return 0 if saved else 1


def _let_pass(application: QApplication, seconds: float) -> None:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        application.processEvents()
        time.sleep(0.02)


def _telling(group: Group) -> tuple[bool, bool, int]:
    """A double counted Purchase whose IDs nearly agree shows best what the window is for."""
    affix = any(finding.reason == "affix" for finding in group.findings)
    return affix, group.verdict is Verdict.DOUBLE_COUNTED, len(group.browser)


if __name__ == "__main__":
    found, place, *rest = sys.argv[1:]
    width, height, theme = (*rest, *("1280", "800", "light")[len(rest) :])
    sys.exit(main(Path(found), Path(place), int(width), int(height), theme))

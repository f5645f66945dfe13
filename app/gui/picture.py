"""`python -m app.gui.picture SESSION FILE.png [light|dark]`: photographs the window on a session, with no display."""

from __future__ import annotations

import sys
import time
from pathlib import Path

from PySide6.QtWidgets import QApplication

from app.gui.app import make_application
from app.gui.main_window import MainWindow
from app.gui.workdesk import WorkDesk
from app.settings import Settings

_SIZE = (1600, 1000)
_PATIENCE_S = 30.0
_STILL_S = 0.8  # without news for so long, the session is taken to be read


def main(session: Path, picture: Path, theme: str = "light") -> int:
    """Open a session, choose the first conversion that is counted wrongly, and write the picture."""
    application = make_application(theme)
    window = MainWindow(WorkDesk(Settings(theme=theme), keep=False), session)
    window.resize(*_SIZE)
    window.show()
    _until_still(application, window)
    window.area.table.select_mismatch(1)
    _until_still(application, window)
    written = window.grab().save(str(picture))
    troubles = window.notices.sentences if window.area.model.total == 0 else ()
    window.close()
    for sentence in troubles:
        print(sentence, file=sys.stderr)  # noqa: T201 # a command's own output
    return 0 if written and not troubles else 1


def _until_still(application: QApplication, window: MainWindow) -> None:
    """Let the window work until nothing has changed for a while."""
    end = time.monotonic() + _PATIENCE_S
    seen, since = -1, time.monotonic()
    while time.monotonic() < end:
        application.processEvents()
        time.sleep(0.01)
        if window.area.model.total != seen:
            seen, since = window.area.model.total, time.monotonic()
        if time.monotonic() - since > _STILL_S and (seen or window.notices.sentences):
            return


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2]), *sys.argv[3:4]))

"""Mistakes of ours: each is written to one log file with its traceback, and told in one sentence that names the file.

The file lies in the platform's folder for logs and is for the user alone (mode 0600). Secrets are masked in it.
"""

from __future__ import annotations

import logging
import os
import threading
from io import TextIOWrapper
from logging.handlers import RotatingFileHandler
from pathlib import Path

import platformdirs

from app.settings import APP

logger = logging.getLogger(__name__)

_LARGEST = 1_000_000  # bytes, after which the file is begun anew and the old one kept beside it
_LONGEST = 160  # characters of an error's own words that are told


def log_file() -> Path:
    """Where mistakes are logged; the folder need not be there yet."""
    return platformdirs.user_log_path(APP, appauthor=False) / f"{APP}.log"


def start_log() -> None:
    """Send what our code logs from warnings on, and what ends a thread, to the log file rather than to the terminal.

    Calling it again does nothing.
    """
    root = logging.getLogger()
    if not any(isinstance(handler, _LogFile) for handler in root.handlers):
        root.addHandler(_LogFile())
    if threading.excepthook is threading.__excepthook__:
        threading.excepthook = _log_thread


def _log_thread(ended: threading.ExceptHookArgs) -> None:
    if ended.exc_value is not None and not isinstance(ended.exc_value, SystemExit):
        logger.error("A thread ended", exc_info=(ended.exc_type, ended.exc_value, ended.exc_traceback))


def told(error: BaseException) -> str:
    """One sentence on a mistake that was logged just now: what it is, and where the rest is to be read."""
    path = log_file()
    where = f"{path} says more" if path.exists() else f"its details could not be written to {path}"
    return f"Something went wrong inside Pixelpair ({_about(error)}): a mistake of ours, and nothing of yours; {where}."


def _about(error: BaseException) -> str:
    words = " ".join(_masked(str(error)).split())[:_LONGEST]
    return f"{type(error).__name__}: {words}" if words else type(error).__name__


def _masked(text: str) -> str:
    from app.redaction import mask_text  # heavy, and nearly never wanted

    return mask_text(text.encode("utf-8", "replace").decode())


class _LogFile(RotatingFileHandler):
    """The log file, made when there is something to write. A file that can not be written stops nothing."""

    def __init__(self) -> None:
        super().__init__(log_file(), maxBytes=_LARGEST, backupCount=1, encoding="utf-8", delay=True)
        self.setLevel(logging.WARNING)
        self.setFormatter(_Masked("%(asctime)s %(process)d %(threadName)s %(levelname)s %(name)s: %(message)s"))

    def _open(self) -> TextIOWrapper:
        path = Path(self.baseFilename)
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        return open(path, "a", encoding="utf-8", errors="backslashreplace", opener=_private)

    def emit(self, record: logging.LogRecord) -> None:
        """Write a record and let go of the file, which other windows write to as well, and which may be moved away."""
        super().emit(record)
        if self.stream is not None:
            self.stream.close()
            self.stream = None

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - the base class's name
        """Say nothing: whoever tells of the mistake tells that it could not be logged."""


class _Masked(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        return _masked(super().format(record))


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)

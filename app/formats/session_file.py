"""Session files as a source: their exchanges keep provenance and times, and get new numbers where they are read."""

from __future__ import annotations

from pathlib import Path

from msgspec.structs import replace

from app.formats.errors import FormatError
from app.model import Exchange
from app.session.file import Integrity, Session, SessionError


def read(path: Path) -> tuple[tuple[Exchange, ...], tuple[str, ...], Integrity]:
    """Every exchange of a session, in order, without its number; what is to be said of it; whether it is sound.

    The file is not changed.
    """
    try:
        session = Session.read(path)
        try:
            found = tuple(replace(exchange, number=0) for exchange in session.exchanges())
            return found, session.remarks, session.integrity
        finally:
            session.close()
    except SessionError as error:
        raise FormatError(str(error)) from error

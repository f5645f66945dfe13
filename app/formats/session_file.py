"""Session files as a source: their exchanges keep provenance and times, and get new numbers where they are read."""

from __future__ import annotations

from pathlib import Path

from msgspec.structs import replace

from app.formats.errors import FormatError
from app.model import Exchange
from app.session.file import Session, SessionError


def read(path: Path) -> tuple[Exchange, ...]:
    """Every exchange of a session, in order, without its number. The file is not changed."""
    try:
        session = Session.read(path)
        try:
            return tuple(replace(exchange, number=0) for exchange in session.exchanges())
        finally:
            session.close()
    except SessionError as error:
        raise FormatError(str(error)) from error

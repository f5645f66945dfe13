"""Whom a session belongs to: a project, whose test customer tests its hashes, or the demo with its invented customer.

The session file keeps the project's name, or that it is the demo's, and nothing of a person: a real test customer is
in memory or in the system's keyring, under the project's name, and the demo's is part of the program.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from app.model import Customer
from app.session.file import Session, SessionError

_PROJECT, _DEMO = "project", "demo"  # the session's facts


@dataclass(frozen=True, slots=True)
class Belonging:
    """`project` is empty when none was in use; `demo` says that the demo shop's customer bought here."""

    project: str = ""
    demo: bool = False


def belonging_of(session: Session) -> Belonging:
    """What an open session says of itself."""
    project, demo = session.fact(_PROJECT, ""), session.fact(_DEMO, False)
    return Belonging(project if isinstance(project, str) else "", demo is True)


def keep_belonging(session: Session, whose: Belonging) -> None:
    """Have the session remember. Raises `SessionError` when it can not be written."""
    session.set_fact(_PROJECT, whose.project)
    session.set_fact(_DEMO, whose.demo)


def whose_session(path: Path) -> Belonging:
    """What a session file says of itself; nothing when it can not be read, which whoever opens it will tell."""
    if not path.is_file():  # a pipe can be read only once, and may block
        return Belonging()
    try:
        with Session.read(path) as session:
            return belonging_of(session)
    except SessionError:
        return Belonging()


def invented_customer(paths: Iterable[Path]) -> Customer:
    """The demo's customer when all of these files are sessions of the demo; else nobody."""
    from app.shop import demo_customer

    whose = [whose_session(path) for path in paths]
    return demo_customer() if whose and all(one.demo for one in whose) else Customer()

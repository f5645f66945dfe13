"""What the window asks of the rest of the program: one protocol, so that it owns no logic and imports nothing heavy.

Whatever may take longer than a frame answers with a `Future`. A future that fails with `DeskError` carries a sentence
for the user; any other exception is a mistake of ours.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from app.model import Customer, Event, Exchange
from app.numbers import Recorded
from app.pairing.conversions import Conversion
from app.settings import Settings


class DeskError(Exception):
    """Something outside the program failed; the text says what, and what to do next."""


def _ignore(_done: int, _total: int) -> None:
    """Nobody wants to know."""


@dataclass(frozen=True, slots=True)
class News:
    """Where the desk reports what happens by itself; each may be called from any thread."""

    recorded: Callable[[Recorded], None]
    noticed: Callable[[str], None]  # a sentence for the user
    died: Callable[[str], None]  # the capture ended by itself, and why
    progressed: Callable[[int, int], None] = _ignore  # how many exchanges of how many have been read
    moved: Callable[[Path], None] = lambda _: None  # the session goes on in another file, of which a notice tells


@dataclass(frozen=True, slots=True)
class Opened:
    """A session that is open now. `recovered` says how it was found, when its last writer had died.

    `read` is done when all that the file held has been told as news; None where there is nothing to read.
    """

    path: Path
    recovered: str | None = None
    read: Future[int] | None = None


@dataclass(frozen=True, slots=True)
class Listeners:
    """Where the capture listens. `relayed_to` are the hosts behind `forwarding_url`, each but the first reached by its
    name there; `bundle` is what a backend must trust.

    `hosts` are the only domains whose encryption is opened. In the sandbox nothing is relayed: it answers by itself.
    """

    forward_port: int
    forwarding_url: str
    relayed_to: tuple[str, ...]
    bundle: Path
    hosts: tuple[str, ...]
    sandbox: bool = False

    def base(self, host: str) -> str:
        """The address that stands for a platform's host; the first needs no name behind it."""
        return self.forwarding_url if host in self.relayed_to[:1] else f"{self.forwarding_url}/{host}"

    @property
    def environment(self) -> str:
        """What a backend is started with, to go through the proxy and to trust it."""
        return (
            f"HTTPS_PROXY=http://127.0.0.1:{self.forward_port} SSL_CERT_FILE='{self.bundle}' "
            f"REQUESTS_CA_BUNDLE='{self.bundle}'"
        )


class Desk(Protocol):
    """One open session with all that is attached to it. Called from the window's thread only."""

    @property
    def settings(self) -> Settings: ...

    @property
    def customer(self) -> Customer: ...

    def open(self, path: Path | None, news: News) -> Future[Opened]:
        """Open a session file, or a fresh one; a session that was open is closed first."""
        ...

    def start_capture(self) -> Future[Listeners]: ...

    def stop_capture(self) -> Future[None]: ...

    def browsers(self) -> Future[tuple[str, ...]]:
        """Names of the browsers found on this machine, the most suitable first."""
        ...

    def launch_browser(self, name: str | None) -> Future[None]:
        """Start an isolated browser through the proxy; the first found when no name is given."""
        ...

    def launch_shop(self) -> Future[str]:
        """Start the demo shop and a browser on it; the shop's address."""
        ...

    def exchange(self, number: int) -> Future[Exchange]: ...

    def conversions(self) -> Future[tuple[Conversion, ...]]:
        """What was sent to several platforms, each thing once; empty where only one was told of anything."""
        ...

    def refresh(self) -> None:
        """Have waiting conversions judged again; what changes comes as news."""
        ...

    def export(self, path: Path) -> Future[str]:
        """Write the evidence: HTML or JSON by the file's suffix, redacted; a sentence on what came of it."""
        ...

    def save_copy(self, path: Path) -> Future[None]:
        """Copy the session file as it stands."""
        ...

    def import_files(self, paths: Sequence[Path]) -> Future[str]:
        """Read files into the session; a sentence on what was read and what was skipped."""
        ...

    def import_orders(self, path: Path) -> Future[str]:
        """Compare the purchases with the backend's orders in a file; a sentence on what it held."""
        ...

    def forget_orders(self) -> Future[None]: ...

    def send(self, event: Event, parent: object) -> None:
        """Let the user look over the server twin of a browser event, or a server event again, and send it."""
        ...

    def send_new(self, parent: object) -> None:
        """Let the user compose a test event from scratch, from a template or from something pasted."""
        ...

    def send_many(self, scopes: Sequence[tuple[str, tuple[Event, ...]]], parent: object) -> None:
        """Let the user send many events again in order and pace; each scope is a choice of events under a name."""
        ...

    def edit_project(self, parent: object) -> Future[bool] | None:
        """Let the user edit project, tokens and test customer; answers as `apply` does, None when nothing was kept."""
        ...

    def cancel(self) -> None:
        """End the reading or the export that is under way; what was read of a session stays."""
        ...

    def apply(self, settings: Settings, customer: Customer) -> Future[bool]:
        """Keep new settings. True when they take effect only once the capture is started again."""
        ...

    def close(self) -> None:
        """Shut down in order; blocks until everything recorded is on disk."""
        ...

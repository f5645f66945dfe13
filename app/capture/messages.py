"""What the window's side and the proxy's child process say to each other: options, news and commands, all picklable."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from app.model import Exchange
from app.platforms import server_hosts
from app.platforms.base import Watched
from app.platforms.sandbox import Faults


class ProxyError(Exception):
    """The proxy can not run; the text is fit to show."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProxyOptions:
    """What to listen on and what to open.

    `watched` are the platforms' hosts whose TLS is opened, `endpoints` the user's first-party addresses
    ("shop.example/fp/tr", port optional), whose hosts are opened too; everything else is tunnelled untouched. A port
    of 0 means any free one. `forwarding_target` is what the forwarding listener stands in for where a request names no
    host, `server_hosts` which hosts a request may name.
    """

    confdir: Path  # ours alone; the certificate authority lives here
    watched: tuple[Watched, ...]
    endpoints: tuple[str, ...] = ()
    forward_port: int = 8080
    forwarding_port: int = 8081
    sandbox: bool = True  # answer the platforms' hosts here; nothing is sent to them
    upstream_proxy: str = field(default="", repr=False)  # "http://user:password@proxy.example:3128"
    extra_ca: str = ""  # a PEM file of authorities to trust besides the public roots
    forwarding_target: str = field(default_factory=lambda: f"https://{server_hosts()[0]}")
    server_hosts: tuple[str, ...] = field(default_factory=server_hosts)
    journal: Path | None = None  # what a run of the journal begins with; None: exchanges come through the pipe alone


@dataclass(frozen=True, slots=True)
class Listening:
    """Where the engine listens, all on 127.0.0.1, and how it may be trusted.

    `bundle_file` holds the public roots and our authority, for backends; `spki` is our authority's key fingerprint,
    for the browser. `taken` has a sentence for each wished port that was in use.
    """

    forward_port: int
    forwarding_port: int
    sandbox_port: int
    ca_file: Path
    bundle_file: Path
    spki: str
    taken: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Refused:
    """The child's last word when it can not start."""

    text: str


@dataclass(frozen=True, slots=True)
class News:
    """What happened in the child since its last word. With a journal, `exchanges` are those it could not take."""

    exchanges: tuple[Exchange, ...] = ()
    kept: int = 0  # the newest exchange in the journal, by its number there
    silenced: tuple[str, ...] = ()  # hosts in whose place the sandbox answered when a page wanted their script
    notices: tuple[str, ...] = ()  # sentences for the user
    distrusted: tuple[str, ...] = ()  # hosts for which a client refused our certificate
    refused: tuple[str, ...] = ()  # origins of web pages that were turned away from the backends' listeners
    misnamed: tuple[str, ...] = ()  # names other than this machine's by which those listeners were addressed
    passed: tuple[tuple[str, int], ...] = ()  # hosts, and how many requests were opened and are nobody's
    troubles: tuple[str, ...] = ()  # errors the engine logged: our bugs, with their traceback
    learnt: tuple[bytes, ...] = field(default=(), repr=False)  # secrets that showed themselves; for no file


@dataclass(frozen=True, slots=True)
class Stop:
    """The command to close the listeners, hand over what is left, and end."""


@dataclass(frozen=True, slots=True)
class Misbehave:
    """The command that gives the sandbox's server endpoint faults, or None to behave again."""

    faults: Faults | None


@dataclass(frozen=True, slots=True)
class MoveJournal:
    """The command to keep the journal elsewhere from now on, because the session is elsewhere."""

    run: Path


@dataclass(frozen=True, slots=True)
class ClearUp:
    """The command to end the browser of a profile and remove the profile, should we be killed before we can."""

    profile: Path

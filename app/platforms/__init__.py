"""What the wire means: one package per ad platform, all of them in one explicit table."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable, Mapping
from functools import lru_cache

from msgspec.structs import replace

from app.hashing import CustomerRules
from app.model import Event, Exchange, Flaw, Kind, Request, Side
from app.platforms.base import (
    NO_WINDOWS,
    DedupRule,
    KeyRule,
    Platform,
    Role,
    Secrets,
    Watched,
    Windows,
    with_windows,
)
from app.platforms.linkedin.platform import LINKEDIN
from app.platforms.local_address import resolved
from app.platforms.meta.platform import META
from app.platforms.microsoft.platform import MICROSOFT
from app.platforms.pinterest.platform import PINTEREST
from app.platforms.reading import is_method
from app.platforms.reddit.platform import REDDIT
from app.platforms.server_api import ComposeError, ServerApi
from app.platforms.snapchat.platform import SNAPCHAT
from app.platforms.tiktok.platform import TIKTOK
from app.platforms.x.platform import X

PLATFORMS: tuple[Platform, ...] = (META, TIKTOK, SNAPCHAT, LINKEDIN, PINTEREST, REDDIT, MICROSOFT, X)

_LONGEST = 300  # characters of a URL up to its path that are remembered; a host has 253 at most
_HOST = re.compile(r"[a-z][a-z0-9+.-]*://(?:[^/?#@]*@)?([^/:?#]*[^/:?#.])", re.IGNORECASE)

logger = logging.getLogger(__name__)


def platform(name: str) -> Platform:
    """The platform of that name. Raises `KeyError` for a name that is not in the table."""
    for each in PLATFORMS:
        if each.name == name:
            return each
    raise KeyError(name)


def name_of(word: str) -> str:
    """The name of the platform that a user's word means, by its name or title; empty when it means none."""
    plain = word.strip().casefold()
    return next((each.name for each in PLATFORMS if plain in (each.name, each.title.casefold())), "")


def title_of(name: str) -> str:
    """What a platform calls itself; the name as it is when there is none of it."""
    return next((each.title for each in PLATFORMS if each.name == name), name)


def account_word(name: str) -> str:
    """The platform's own word for an account ("Pixel code"); a plain one when there is no platform of that name."""
    return next((each.account_word for each in PLATFORMS if each.name == name), "Account")


def customer_rules(event: Event) -> CustomerRules:
    """What the event's platform wants of customer values on the event's side."""
    return platform(event.platform).customer[event.side]


def identifier(event: Event, role: Role) -> tuple[str, str]:
    """The key and the bare value of an event's identifier of a role; both empty when it has none."""
    for each in platform(event.platform).identifiers:
        if each.role is role and (value := event.match_id(each.key)):
            return each.key, each.bare(value)
    return "", ""


def merging_rule(one: Event, other: Event, windows: Windows = NO_WINDOWS) -> KeyRule:
    """By what two events of one platform are merged: the strongest key they share, else the platform's strongest."""
    dedup = rule_of(one.platform, windows)
    return next((rule for key in one.keys if key in other.keys and (rule := dedup.of(key))), dedup.keys[0])


def senders() -> tuple[Platform, ...]:
    """The platforms that test events can be sent to, in the table's order."""
    return tuple(each for each in PLATFORMS if each.server is not None)


def no_server(name: str) -> str:
    """Why nothing can be sent to the platform of that name, in a sentence; empty when it can."""
    try:
        server_of(name)
    except ComposeError as error:
        return str(error)
    return ""


def server_of(name: str) -> ServerApi:
    """The server API of the platform of that name. Raises `ComposeError` with a sentence where there is none."""
    found = next((each for each in PLATFORMS if each.name == name), None)
    if found is not None and found.server is not None:
        return found.server
    title = found.title if found else name
    others = ", ".join(each.title for each in senders())
    raise ComposeError(f"{title} takes no server events from here, so nothing can be sent to it. There is: {others}.")


def server_hosts() -> tuple[str, ...]:
    """Every host of a server API, the first platform's first: what the local listeners stand for."""
    return tuple(dict.fromkeys(host for each in PLATFORMS if each.server for host in each.server.hosts))


def local_base(base_url: str, name: str) -> str:
    """What to use on a listener of ours in place of a platform's base URL; the first platform needs no host in it."""
    host = server_of(name).host
    return base_url if host == server_hosts()[0] else f"{base_url.rstrip('/')}/{host}"


def platform_of(request: Request, endpoints: tuple[str, ...] = ()) -> Platform | None:
    """Whose a request is: the platform that owns its host, else the first that claims it; None when none does.

    Where several own a host, it is the one that claims it, or takes it for a call to its server API.
    """
    owners = _owners(request.url)
    for each in owners or PLATFORMS:
        if each.claims(request, endpoints) or (each.server is not None and each.server.serves(request)):
            return each
    return owners[0] if owners else None


def _owners(url: str) -> tuple[Platform, ...]:
    """The platforms that own the host of a URL."""
    end = url.find("/", url.find("//") + 2)
    head = url if end < 0 else url[:end]
    return _remembered(head, PLATFORMS) if len(head) <= _LONGEST else _owners_of(head, PLATFORMS)


def _owners_of(head: str, table: tuple[Platform, ...]) -> tuple[Platform, ...]:
    found = _HOST.match(head)
    host = f".{found[1].lower()}" if found else ""
    return tuple([each for each in table if host.endswith(_dotted(each.hosts))])


_remembered = lru_cache(maxsize=256)(_owners_of)  # a session's requests go to a handful of hosts


@lru_cache(maxsize=64)
def _dotted(hosts: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(f".{host}" for host in hosts)


def claims(request: Request, endpoints: tuple[str, ...] = ()) -> bool:
    """Whether any platform has a use for a request: an event, a configuration, a library. Never raises.

    What nobody claims is somebody's private traffic, a login or a card form, and is never kept. What a platform trips
    over is kept where the host is its own, for `decode` to say so.
    """
    url = request.url
    if not url[:8].lower().startswith(("http://", "https://")):
        return False
    if url.startswith("http:"):
        request = replace(request, url=resolved(url, server_hosts()))
    owners = _owners(request.url)
    try:
        return any(each.claims(request, endpoints) for each in owners or PLATFORMS)
    except Exception:
        logger.exception("A platform tripped over a request that may be its own")
        return bool(owners)


def decode(exchange: Exchange, endpoints: tuple[str, ...] = ()) -> tuple[Event, ...]:
    """The events in an exchange, from the first platform that finds any; empty when none does. Never raises.

    `endpoints` are first-party places the user named as taking pixel traffic ("shop.example", "shop.example/fp/tr").
    A host that a platform owns is read by no other. An address on this machine is read as the one it stands for. An
    event's ID is its exchange's number and its place in it: "e12.0".
    """
    url = exchange.request.url
    if url.startswith("http:"):
        url = resolved(url, server_hosts())
        exchange = replace(exchange, request=replace(exchange.request, url=url))
    for each in _owners(url) or PLATFORMS:
        try:
            events = each.decode(exchange, endpoints)
        except Exception:
            # A decoder that trips is our bug. It is logged as one, and costs the user this exchange's reading only.
            logger.exception("The decoder of %s tripped over exchange %d", each.title, exchange.number)
            return (_undecoded(exchange, each.name),)
        if events:
            return events if is_method(exchange.request.method) else _with_method(events, exchange.request.method)
    return ()


def _with_method(events: tuple[Event, ...], method: str) -> tuple[Event, ...]:
    """Events of a request that no client could have sent, the first of them saying so."""
    first, *others = events
    flaw = Flaw("malformed-request", None, "method", method[:100])
    return (replace(first, flaws=(*first.flaws, flaw)), *others)


def watched() -> tuple[Watched, ...]:
    """Every platform's hosts whose TLS is opened, and what of them may be recorded."""
    return tuple(dict.fromkeys(host for each in PLATFORMS for host in each.watched))


def _undecoded(exchange: Exchange, name: str) -> Event:
    return Event(
        id=f"e{exchange.number}.0",
        exchange=exchange.number,
        platform=name,
        side=Side.BROWSER,
        provenance=exchange.provenance,
        kind=Kind.OTHER,
        account="",
        name="",
        event_id=None,
        own_ms=None,
        received_ms=exchange.started_ms,
        flaws=(Flaw("malformed-request", None, "decoder-failed"),),
    )


def rules_of(windows: Windows = NO_WINDOWS) -> Mapping[str, DedupRule]:
    """Every platform's rule for merging the two sides, by the platform's name."""
    return with_windows({each.name: each.dedup for each in PLATFORMS}, windows)


def rule_of(name: str, windows: Windows = NO_WINDOWS) -> DedupRule:
    """One platform's rule for merging the two sides. Raises `KeyError` for a name that is not in the table."""
    dedup = platform(name).dedup
    return dedup.with_window(windows[name]) if name in windows else dedup


def decrypted_hosts(extra: Iterable[str] = ()) -> tuple[str, ...]:
    """The hosts whose TLS is opened, to show: every platform's, and those of first-party endpoints in `extra`.

    `*.gateway.example` means a host and its sub-domains.
    """
    hosts = [f"*.{each.host}" if each.below else each.host for each in watched()]
    hosts += [endpoint.rpartition("://")[2].partition("/")[0] for endpoint in extra]
    bare = (host.partition(":")[0].strip().lower() for host in hosts)
    return tuple(dict.fromkeys(host for host in bare if host))


__all__ = [
    "PLATFORMS",
    "DedupRule",
    "Platform",
    "Secrets",
    "Watched",
    "account_word",
    "claims",
    "customer_rules",
    "decode",
    "decrypted_hosts",
    "identifier",
    "local_base",
    "merging_rule",
    "name_of",
    "no_server",
    "platform",
    "platform_of",
    "rule_of",
    "rules_of",
    "senders",
    "server_hosts",
    "server_of",
    "title_of",
    "watched",
]

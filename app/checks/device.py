"""The shopper's address and program: whether the address is one at all and theirs, and who calls itself what.

Both are looked at by their neutral names among an event's match IDs, `ip` and `user_agent`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from ipaddress import ip_address, ip_network

from app.checks.catalogue import finding
from app.checks.privacy import masked
from app.comparison.shortening import short
from app.comparison.values import parse_ip
from app.hashing import form_of, is_nothing, without_appendix
from app.model import Event, Finding, Form, Side

_OWN_NETWORKS = tuple(
    map(
        ip_network,
        (
            "10.0.0.0/8",
            "172.16.0.0/12",
            "192.168.0.0/16",
            "127.0.0.0/8",
            "169.254.0.0/16",
            "100.64.0.0/10",
            "0.0.0.0/8",
            "::1/128",
            "::/128",
            "fc00::/7",
            "fe80::/10",
        ),
    )
)
_OWN_STARTS = frozenset(str(network.network_address).partition(".")[0] for network in _OWN_NETWORKS)
_LONGEST_ADDRESS = 100  # characters; no text around one address is longer
_READ = 600  # characters of a user agent that are looked at; browsers' have some 100 to 300
_HIDDEN = ("*", "…", "_removed_", "redacted", "person-")  # taken out where it was captured
_PORT = re.compile(r"(?:[0-9]{1,3}(?:\.[0-9]{1,3}){3}|\[[0-9A-Fa-f:.]+\]):[0-9]{1,5}\Z")
_LEADING_ZERO = re.compile(r"(?:0[0-9]|[0-9]{1,3}\.(?:[0-9]{1,3}\.){0,2}0[0-9])[0-9.]*\Z")
_HOST = re.compile(r"[A-Za-z0-9_-]{1,63}(?:\.[A-Za-z0-9_-]{1,63}){0,8}\.?\Z")
_LAST_PART = re.compile(r"((?:[0-9]{1,3}\.){3}|(?:[0-9A-Fa-f]{0,4}:){2,7})[0-9A-Fa-f]{1,4}")
_MALFORMED = {
    "empty": "The IP address is empty.",
    "unset": "The IP address is {shown}: a variable was not set.",
    "list": "The IP address is a list ({shown}); the one address of the shopper is due.",
    "port": "The IP address {shown} has a port behind it.",
    "brackets": "The IP address {shown} stands in brackets, as in a URL.",
    "zone": "The IP address {shown} has a zone behind it, which means something on one machine only.",
    "network": "{shown} is a whole network and not one address.",
    "leading-zeros": "The IP address {shown} is written with leading zeros.",
    "white-space": "The IP address {shown} has white space around it.",
    "host-name": "{shown} is a host's name and no IP address.",
    "other": "{shown} is no IP address.",
}


def of_event(event: Event) -> Iterator[Finding]:
    """The address and the user agent of one event."""
    addresses = 0
    for name, value in event.match_ids:
        if name == "ip":
            addresses += 1
            yield from _address(event, value)
        elif name == "user_agent":
            yield from _program(event, value)
    if addresses > 1:
        text = f"The event carries {addresses} IP addresses; the one address of the shopper is due."
        yield finding("ip-malformed", text, event=event, field="ip", reason="list", fix=_fix(event))


# -- the address ----------------------------------------------------------------------------------------------------


def _address(event: Event, text: str) -> Iterator[Finding]:
    reason = _malformed(text) if len(text) <= _LONGEST_ADDRESS else "list" if "," in text else "other"
    if reason and not _is_hidden(text):
        sentence = _MALFORMED[reason].replace("{shown}", f"“{_shown(text, reason)}”")
        yield finding("ip-malformed", sentence, event=event, field="ip", reason=reason, fix=_fix(event))
    if _may_be_own(text) and len(text) <= _LONGEST_ADDRESS and _is_own(text):
        yield finding(
            "ip-private",
            f"{short(text, 45)} is a private or loopback address.",
            event=event,
            field="client_ip_address",
            fix=_fix(event),
        )


def _fix(event: Event) -> str | None:
    """What to do where the page itself sends an address; what a server has to do is the code's own fix."""
    if event.side is Side.SERVER:
        return None
    return "Leave the address out of the page's event: the platform sees the shopper's own with the request."


@lru_cache(maxsize=8192)
def _malformed(text: str) -> str | None:
    """Why a text is no IP address; None when it is one, or a digest, which is told as such."""
    bare = without_appendix(text)
    try:
        ip_address(bare)
    except ValueError:
        return _why(bare) if _is_plain(text) or not text.strip() else None
    return "zone" if "%" in bare else None


def _why(text: str) -> str:
    trimmed = text.strip()
    if not trimmed:
        return "empty"
    if is_nothing(trimmed):
        return "unset"
    if trimmed != text and parse_ip(trimmed):
        return "white-space"
    if re.search(r"[,;|]|\s", trimmed):
        return "list"
    if _PORT.match(trimmed):
        return "port"
    if trimmed.startswith("["):
        return "brackets"
    if "%" in trimmed:
        return "zone"
    if "/" in trimmed:
        return "network" if parse_ip(trimmed.partition("/")[0]) else "other"
    if _LEADING_ZERO.match(trimmed):
        return "leading-zeros"
    return "host-name" if any(map(str.isalpha, trimmed)) and _HOST.match(trimmed) else "other"


def _shown(text: str, reason: str) -> str:
    """What was sent, without the end of any address in it, which may be a shopper's."""
    text = text.strip()[:300]
    return short(masked(text) if reason in ("unset", "host-name") else _LAST_PART.sub(r"\1…", text), 60)


@lru_cache(maxsize=8192)
def _is_own(text: str) -> bool:
    address = parse_ip(text)
    return address is not None and any(
        address in network for network in _OWN_NETWORKS if network.version == address.version
    )


def _may_be_own(text: str) -> bool:
    """A quick no for most public addresses of IPv4, which hardly ever come twice."""
    return ":" in text or text.strip().lstrip("[").partition(".")[0] in _OWN_STARTS


# -- the program ----------------------------------------------------------------------------------------------------


def _program(event: Event, text: str) -> Iterator[Finding]:
    """What calls itself the shopper's browser; an app or a till that sends of itself may use one word."""
    read = text[:_READ]
    crawler, words = _crawler(read), len(read.split(maxsplit=1))
    if crawler:
        yield finding("crawler-traffic", _crawlers_text(event, read), event=event, field="user_agent", reason=crawler)
    if words > 1 or (words == 1 and (event.off_page or not _is_plain(read) or _is_hidden(read))):
        return
    what = f"the one word “{short(masked(read.strip()), 60)}”; a browser's says more of itself" if words else "empty"
    yield finding(
        "user-agent-malformed",
        f"The user agent is {what}.",
        event=event,
        field="user_agent",
        reason="empty" if not words else "unset" if is_nothing(read) else "one-word",
        fix=_NO_BROWSER if event.side is Side.BROWSER else None,
    )


_NO_BROWSER = "Look for what sends it: a program of yours, a test or a link checker, and no shopper's browser."


def _is_plain(text: str) -> bool:
    return form_of(text) in (Form.PLAIN, Form.OTHER)


def _crawlers_text(event: Event, text: str) -> str:
    what = f"The user agent “{short(masked(text.strip()), 80)}” is a known crawler's or program's, and no shopper's"
    if event.side is Side.SERVER:
        return f"{what}: the server reports its visits as well."
    return f"{what}: it runs the page's scripts."


@lru_cache(maxsize=2048)
def _crawler(text: str) -> str | None:
    """What kind of crawler a user agent belongs to ("search-engine"); None for browsers, also those that tests drive.

    The list is read when a first user agent is looked at.
    """
    import crawleruseragents

    if not crawleruseragents.is_crawler(text):
        return None
    for known in crawleruseragents.CRAWLER_USER_AGENTS_DATA:
        tags: list[str] = known.get("tags", [])
        if "browser-automation" not in tags and re.search(known["pattern"], text):
            return tags[0] if tags else "crawler"
    return None


def _is_hidden(text: str) -> bool:
    return any(mark in text[:_READ] for mark in _HIDDEN)

"""Addresses on this machine that stand for a platform's: `http://127.0.0.1:8081/<host>/<path>` for `https://<host>/<path>`.

The forwarding listener, the sandbox and its endpoint in a terminal all read them here. Without a host in it an address
stands for the first platform's. Only hosts from the table are ever named, letter for letter, so nothing that listens
can be made to reach another.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from urllib.parse import unquote

MISDIRECTED = 421

_SHOWN = 80  # characters of an unknown host that are repeated
_LOCAL = re.compile(r"http://(?:127(?:\.\d{1,3}){3}|localhost|\[::1\])(?::\d*)?(?=[/?#]|$)", re.ASCII | re.IGNORECASE)
_FIRST = re.compile(r"/*([^/?#]*)([^?#]*)(.*)", re.DOTALL)
_END = re.compile(r"[/\\?#\s\x00-\x1f\x7f]")
# What somebody meant for a host: it has a top-level domain, a number of four parts, a port, a scheme or a user.
_HOST_LIKE = re.compile(
    r"(?:[^.\s]+\.)+[^\W\d_][\w-]+\.?(?::\d*)?|\d+(?:\.\d+){3}(?::\d*)?|localhost(?::\d*)?|\[.*|.*@.*|.*:\d*", re.DOTALL
)


class UnservedError(Exception):
    """A path names a host that nothing here stands for; the text says which there are."""


def divided(path: str, hosts: Sequence[str]) -> tuple[str, str]:
    """The host that the path of a request names, and the path less it; "" and the path as it stands when it names none.

    Raises `UnservedError` for a host that is not among `hosts`.
    """
    found = _FIRST.fullmatch(path)
    first, rest, query = found.groups() if found else ("", path, "")
    named = first.lower().removesuffix(":443")
    if named in hosts:
        return named, (rest or "/") + query
    plain = _END.split(unquote(unquote(first)).strip(), maxsplit=1)[0]
    if not _HOST_LIKE.fullmatch(plain):
        return "", path
    shown = "".join(each for each in plain[:_SHOWN] if each.isprintable())
    raise UnservedError(
        f"{shown} is no server host of an ad platform, so nothing is relayed to it. The first part of the path may be: "
        f"{', '.join(hosts)}. Without one, {hosts[0] if hosts else 'nothing'} is meant."
    )


def resolved(url: str, hosts: Sequence[str], first: str = "") -> str:
    """The platform's own address for one on this machine; any other URL as it stands.

    `first` is the host meant where none is named; without it such a URL stays as it is, too.
    """
    found = _LOCAL.match(url)
    if not found:
        return url
    try:
        host, path = divided(url[found.end() :] or "/", hosts)
    except UnservedError:
        return url
    return f"https://{host or first}{path}" if host or first else url

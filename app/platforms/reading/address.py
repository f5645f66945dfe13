"""A URL taken apart, by every platform's reader in the same way. Junk gives an address of empty parts."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

_BASE = re.compile(
    r"(?P<scheme>[a-z][a-z0-9+.-]{0,20})://(?:[^/?#@]*@)?(?P<host>\[[^\]]*\]|[^/:?#]*)(?P<port>:\d*)?", re.IGNORECASE
)
_HERE = frozenset({"localhost", "127.0.0.1", "[::1]", "::1", ""})


class Address(NamedTuple):
    """Host in lower case, path without the query, and the query as it stands. A fragment never travels."""

    host: str
    path: str
    query: str
    plain_http: bool  # without encryption, and over a network

    def under(self, domain: str) -> bool:
        """Whether the host is this domain or below it."""
        return self.host == domain or self.host.endswith("." + domain)


def address_of(url: str) -> Address:
    """The parts of a URL."""
    base, _, query = url.partition("?")
    if "#" in base:
        base, query = base.partition("#")[0], ""
    host, path, plain = _place(base) if len(base) > 300 else _known(base)
    return Address(host, path, query.partition("#")[0] if "#" in query else query, plain)


def _place(base: str) -> tuple[str, str, bool]:
    found = _BASE.match(base)
    if not found:
        return "", "", False
    host = found["host"].lower().rstrip(".")
    return host, base[found.end() :], found["scheme"].lower() == "http" and host not in _HERE


_known = lru_cache(maxsize=4096)(_place)


def names(endpoints: tuple[str, ...], address: Address) -> bool:
    """Whether the user listed this place as one that takes pixel traffic: "shop.example" or "shop.example/fp/tr"."""
    here = address.path.strip("/")
    for endpoint in endpoints:
        host, _, path = endpoint.rpartition("://")[2].strip().partition("/")
        path = path.strip("/")
        if address.host == host.partition(":")[0].lower() and (not path or here == path or here.startswith(path + "/")):
            return True
    return False

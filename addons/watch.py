"""Which hosts concern us: the ad platforms' and the user's own endpoints, and no other."""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A first-party address that takes platform traffic; no port means any, an empty path means every path."""

    host: str
    port: int | None
    path: str

    @classmethod
    def parse(cls, text: str) -> Endpoint:
        """From "shop.example/fp/tr", "https://shop.example:8443/fp" and the like."""
        bare = re.sub(r"^[a-z]+://", "", text.strip(), flags=re.IGNORECASE)
        authority, slash, path = bare.partition("/")
        host, _, port = authority.partition(":")
        return cls(host.lower(), int(port) if port.isdigit() else None, (slash + path).rstrip("/"))

    def covers(self, host: str, port: int, path: str) -> bool:
        """Whether a request goes there, or to something below it."""
        below = path == self.path or path.startswith((f"{self.path}/", f"{self.path}?"))
        return host == self.host and self.port in (None, port) and below


@dataclass(frozen=True, slots=True)
class Watch:
    """The hosts whose traffic is opened: domain suffixes, and endpoints."""

    hosts: tuple[str, ...]
    endpoints: tuple[Endpoint, ...] = ()

    @classmethod
    def of(cls, hosts: tuple[str, ...], endpoints: tuple[str, ...] = ()) -> Watch:
        """From the settings' own words."""
        return cls(tuple(host.lower().strip(".") for host in hosts), tuple(map(Endpoint.parse, endpoints)))

    @property
    def places(self) -> tuple[str, ...]:
        """The endpoints in the settings' own words, as a platform's reader wants them."""
        return tuple(f"{item.host}{item.path}" for item in self.endpoints)

    def is_platform(self, host: str) -> bool:
        """Whether a host is an ad platform's."""
        host = host.lower()
        return any(host == suffix or host.endswith(f".{suffix}") for suffix in self.hosts)

    def names(self, host: str) -> bool:
        """Whether TLS to that host is opened."""
        return self.is_platform(host) or any(host.lower() == endpoint.host for endpoint in self.endpoints)

    def covers(self, host: str, port: int, path: str) -> bool:
        """Whether a request is to be recorded; an endpoint's host has other paths that are none of our business."""
        return self.is_platform(host) or any(endpoint.covers(host.lower(), port, path) for endpoint in self.endpoints)

    def patterns(self) -> list[str]:
        """Regular expressions over "host:port" for mitmproxy's `allow_hosts`, anchored on both sides."""
        platforms = [rf"(^|\.){re.escape(suffix)}:\d+$" for suffix in self.hosts]
        own = [rf"^{re.escape(item.host)}:{item.port or r'\d+'}$" for item in self.endpoints]
        return platforms + own

"""Which hosts concern us: the ad platforms' and the user's own endpoints, and no other."""

from __future__ import annotations

import re
from dataclasses import dataclass

from app.platforms.base import Watched


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
    """The hosts whose traffic is opened, and what of it may be recorded: the platforms' places, and endpoints."""

    platforms: tuple[Watched, ...]
    endpoints: tuple[Endpoint, ...] = ()

    @classmethod
    def of(cls, platforms: tuple[Watched, ...], endpoints: tuple[str, ...] = ()) -> Watch:
        """With endpoints in the settings' own words."""
        return cls(platforms, tuple(map(Endpoint.parse, endpoints)))

    @property
    def places(self) -> tuple[str, ...]:
        """The endpoints in the settings' own words, as a platform's reader wants them."""
        return tuple(f"{item.host}{item.path}" for item in self.endpoints)

    def is_platform(self, host: str) -> bool:
        """Whether a host is an ad platform's."""
        host = host.lower()
        return any(each.names(host) for each in self.platforms)

    def names(self, host: str) -> bool:
        """Whether TLS to that host is opened."""
        return self.is_platform(host) or any(host.lower() == endpoint.host for endpoint in self.endpoints)

    def answers(self, host: str, port: int, path: str) -> bool:
        """Whether the sandbox stands in: for all of a platform's host, and for no more than the user's endpoints."""
        return self.is_platform(host) or self._is_endpoint(host.lower(), port, path)

    def covers(self, host: str, port: int, path: str) -> bool:
        """Whether a request may be recorded; the hosts have other paths that are none of our business."""
        host = host.lower()
        return any(each.covers(host, path) for each in self.platforms) or self._is_endpoint(host, port, path)

    def _is_endpoint(self, host: str, port: int, path: str) -> bool:
        return any(endpoint.covers(host, port, path) for endpoint in self.endpoints)

    def patterns(self) -> list[str]:
        """Regular expressions over "host:port" for mitmproxy's `allow_hosts`, anchored on both sides."""
        platforms = [rf"{'(^|\\.)' if each.below else '^'}{re.escape(each.host)}:\d+$" for each in self.platforms]
        own = [rf"^{re.escape(item.host)}:{item.port or r'\d+'}$" for item in self.endpoints]
        return platforms + own

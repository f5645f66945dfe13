"""Sends what leaves through the user's own proxy, when there is one."""

from __future__ import annotations

import base64
import ipaddress
import re
from dataclasses import dataclass
from typing import Literal
from urllib.parse import unquote, urlsplit

from mitmproxy import http
from mitmproxy.net.server_spec import ServerSpec
from mitmproxy.proxy import layer, layers
from mitmproxy.proxy.layers.http import HTTPMode
from mitmproxy.proxy.mode_specs import UpstreamMode

_CONNECT = re.compile(rb"CONNECT (\S+):\d+ ")


@dataclass(frozen=True, slots=True)
class UpstreamProxy:
    """Where the user's proxy is, and the credentials it wants ("" for none)."""

    scheme: Literal["http", "https"]
    host: str
    port: int
    credentials: str = ""

    @classmethod
    def parse(cls, text: str) -> UpstreamProxy:
        """From "http://user:password@proxy.example:3128"; the scheme may be left out. Raises `ValueError`."""
        parts = urlsplit(text if "://" in text else f"http://{text}")
        scheme: Literal["http", "https"] = "https" if parts.scheme == "https" else "http"
        if parts.scheme != scheme or not parts.hostname:
            raise ValueError(text)
        given = f"{unquote(parts.username)}:{unquote(parts.password or '')}" if parts.username else ""
        return cls(scheme, parts.hostname, parts.port or (443 if parts.scheme == "https" else 8080), given)

    @property
    def mode(self) -> str:
        """mitmproxy's mode for a listener that sends everything there."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"upstream:{self.scheme}://{host}:{self.port}"


class Upstream:
    """Sets the way out of each request.

    mitmproxy's own upstream mode does not know reverse listeners, sends loopback addresses out as well, and its
    authentication addon would hand the proxy's password to the platform behind a reverse listener.
    """

    def __init__(self, proxy: UpstreamProxy) -> None:
        self._via: ServerSpec = (proxy.scheme, (proxy.host, proxy.port))
        token = base64.b64encode(proxy.credentials.encode()).decode("ascii")
        self._authorization = f"Basic {token}" if proxy.credentials else ""

    def next_layer(self, following: layer.NextLayer) -> None:
        """A tunnel's way is decided before its request is seen, so its first bytes must tell where it goes."""
        asked = _CONNECT.match(following.data_client())
        if len(following.context.layers) == 1 and asked and is_loopback(asked[1].decode("latin-1")):
            following.layer = layers.HttpLayer(following.context, HTTPMode.regular)

    def requestheaders(self, flow: http.HTTPFlow) -> None:
        request = flow.request
        if is_loopback(request.host):
            flow.server_conn.via = None
            if not request.is_http2:
                request.authority = ""  # "GET /path", as servers expect; only proxies are asked "GET http://host/path"
            return
        flow.server_conn.via = self._via
        if request.scheme == "http" and self._authorization and not self._tunnels(flow):
            request.headers["Proxy-Authorization"] = self._authorization

    @staticmethod
    def _tunnels(flow: http.HTTPFlow) -> bool:
        """Whether mitmproxy asks for a tunnel even over HTTP; then only the CONNECT may carry the password."""
        return not isinstance(flow.client_conn.proxy_mode, UpstreamMode)

    def http_connect_upstream(self, flow: http.HTTPFlow) -> None:
        if self._authorization:
            flow.request.headers["Proxy-Authorization"] = self._authorization


def is_loopback(host: str) -> bool:
    """Whether a host name or address means this machine."""
    name = host.lower().rstrip(".")
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False

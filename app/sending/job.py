"""Sending, for window and terminal alike: where to, with which token, and the recorded answer.

What is a platform's own comes from its `ServerApi`; what is the user's is handed in.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path

from msgspec.structs import replace

from app.model import Exchange
from app.outgoing import Draft, Outgoing
from app.platforms import local_base, server_of
from app.platforms.server_api import ComposeError
from app.sending.drafts import outgoing
from app.sending.sender import Sender, is_local
from app.sending.tokens import TokenError, TokenStore, variable

SANDBOX_TOKEN = "SANDBOX-TOKEN-THAT-OPENS-NOTHING"  # noqa: S105 # a sandbox takes any


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A place to send to. `unavailable` says why it can not be chosen now ("no token"); empty when it can.

    `own` is one of the user's, of which we do not know what it does. `startable` is our sandbox while it is not
    running.
    """

    title: str
    base_url: str
    live: bool = False
    unavailable: str = ""
    own: bool = False
    startable: bool = False


def sandbox_endpoint(platform: str, sandbox_url: str) -> Endpoint:
    """The stand-in on this machine; `sandbox_url` is empty while it does not run."""
    title = "Sandbox – answered on this machine"
    if not sandbox_url:
        return Endpoint(title, "", unavailable="not running", startable=True)
    return Endpoint(title, local_base(sandbox_url, platform))


def live_endpoint(platform: str, account: str, store: TokenStore) -> Endpoint:
    """The platform itself; it can not be chosen without a token for the account."""
    api = server_of(platform)
    return Endpoint(f"Live – {api.host}", api.base_url, live=True, unavailable=missing_token(platform, account, store))


def missing_token(platform: str, account: str, store: TokenStore) -> str:
    """Why nothing can be sent live for an account, in a few words; empty when there is a token."""
    try:
        there = store.token(account, platform)
    except TokenError as error:
        return str(error)
    return "" if there else f"no token in the keyring or in {variable(platform=platform)}"


class DraftSender:
    """Finds the token, carries the request, and hands every attempt's exchange to `record`, from whichever thread.

    `base_url` on this machine needs no token. Methods may be called from any thread; each may raise `SenderError` and
    `TokenError` before anything is sent.
    """

    def __init__(
        self,
        record: Callable[[Exchange], None],
        store: TokenStore | None = None,
        *,
        upstream_proxy: str = "",
        extra_ca: str = "",
    ) -> None:
        self._store = store or TokenStore()
        self._sender = Sender(record, upstream_proxy=upstream_proxy, extra_ca=Path(extra_ca) if extra_ca else None)

    def send(self, draft: Draft, base_url: str, *, confirmed: bool, stop: threading.Event | None = None) -> Exchange:
        """Send a draft now, retrying where that is safe. Raises `ComposeError`, too."""
        ready = outgoing(draft, base_url)
        return self._sender.send(ready, self._secret(ready), confirmed=confirmed, stop=stop)

    def submit(self, ready: Outgoing, *, confirmed: bool) -> Future[Exchange]:
        """Send in the background."""
        return self._sender.submit(ready, self._secret(ready), confirmed=confirmed).exchange

    def ask_token(
        self, platform: str, account: str, typed: str, base_url: str, api_version: str | None
    ) -> Future[Exchange]:
        """Ask the platform whether a token works: the typed one, else the account's. Raises `ComposeError`, too."""
        api = server_of(platform)
        if api.token_question is None:
            raise ComposeError("This platform has no harmless question that would tell whether a token works.")
        question = api.token_question(base_url, account, api_version)
        secret = typed or self._secret(replace(question, platform=platform, account=account))
        return self._sender.submit(question, secret).exchange

    def close(self) -> None:
        """Give up what is queued; what is on the wire is seen through."""
        self._sender.close()

    def _secret(self, ready: Outgoing) -> str:
        if is_local(ready.request.url):
            return SANDBOX_TOKEN
        return self._store.token(ready.account, ready.platform) or ""

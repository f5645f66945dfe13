"""Server payloads as a backend logged them, without a request around them: whose they are, which call they were."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from msgspec.structs import replace

from app.model import UNNAMED_ACCOUNT, Request

_JSON = (("Content-Type", "application/json"),)


class Shape(StrEnum):
    """What a logged JSON value is."""

    EVENT = "event"  # one event, or a list of them
    CALL = "call"  # a whole call's body


@dataclass(frozen=True, slots=True, kw_only=True)
class LoggedPayloads:
    """How one platform's payloads are known and read.

    `shape(value)` says what a JSON value is; None when nothing in it is this platform's alone. `call(text, value,
    account)` makes the request that a payload was, or would have been; it takes a value that nobody knows as well. The
    account is `UNNAMED_ACCOUNT` where nobody names it: `unnamed` finds such a request again, and `moved` gives it an
    account. `accounts` are the members beside a payload that name its account. `status` is the HTTP status that an
    answer's body came with, where a log wrote down the body alone; None for one that is not this platform's.
    """

    shape: Callable[[object], Shape | None]
    call: Callable[[str, object, str], Request]
    unnamed: Callable[[Request], bool]
    moved: Callable[[Request, str], Request]
    status: Callable[[Mapping[str, object]], int | None]
    accounts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class InAddress:
    """Calls whose account stands in the address alone, which `address` makes of it."""

    address: Callable[[str], str]

    def call(self, body: str, account: str) -> Request:
        """The call of a body; of nobody's account when that is empty."""
        return logged_call(self.address(account or UNNAMED_ACCOUNT), body)

    def unnamed(self, request: Request) -> bool:
        """Whether it is such a call and nobody named its account."""
        return request.url == self.address(UNNAMED_ACCOUNT)

    def moved(self, request: Request, account: str) -> Request:
        """The call at another account."""
        return replace(request, url=self.address(account))


def logged_call(url: str, body: str) -> Request:
    """The request around a logged body."""
    return Request("POST", url, _JSON, body.encode("utf-8", "replace"))


def in_data(text: str, value: object, *, event: bool) -> str:
    """A payload as a call's body: events, or the one `event`, stand under `data`; a whole call stays as it is."""
    if isinstance(value, list):
        return f'{{"data":{text}}}'
    return f'{{"data":[{text}]}}' if event else text

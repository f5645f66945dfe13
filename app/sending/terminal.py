"""Sending in a terminal: where to, with which code and customer, spoilt how, recorded where, and what came of it.

Unless told otherwise a send goes to a sandbox of its own that ends with the job: nothing leaves the machine.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

from msgspec.structs import replace

from app.model import Customer, Event, Exchange
from app.outgoing import Draft
from app.platforms import decode, local_base, senders, server_of
from app.platforms.fault_lab import RecipeError
from app.platforms.server_api import ComposeError, Terms
from app.redaction import mask
from app.sending.batches import Progress, deliver
from app.sending.copy_as import curl
from app.sending.drafts import draft_again, now_ms, outgoing
from app.sending.faults import recipe
from app.sending.job import DraftSender
from app.sending.sandbox import SandboxServer, SandboxServerError
from app.sending.sender import SenderError
from app.sending.tokens import TokenError
from app.session.file import Session, SessionError
from app.settings import Settings

SANDBOX, LIVE = "sandbox", "live"


class SendJobError(Exception):
    """The job can not be run; the text says why and what to do, and is fit to show."""


@dataclass(frozen=True, slots=True)
class SendOptions:
    """What the user decides about a send. `to` is `SANDBOX`, `LIVE` or the base URL of an endpoint."""

    to: str = SANDBOX
    test_code: str | None = None
    api_version: str | None = None
    faults: tuple[str, ...] = ()
    customer: Customer = field(default_factory=Customer)
    session: Path | None = None
    confirmed: bool = False
    as_test: bool = True  # where a platform has a switch for tests
    settings: Settings = field(default_factory=Settings)  # of the first platform: code and version unless given


@dataclass(frozen=True, slots=True)
class SendResult:
    """What came of one call, in words and numbers, decoded as any captured answer is."""

    send: str | None
    events: int
    outcome: str
    status: int | None
    error: str | None
    code: str | None = None
    subcode: str | None = None
    title: str | None = None
    message: str | None = None
    field: str | None = None
    messages: tuple[str, ...] = ()
    trace_id: str | None = None
    name: str = ""  # of the event, and its ID, where the call holds just one

    @property
    def accepted(self) -> bool:
        return self.outcome == "accepted"

    def sentence(self) -> str:
        """The same on one line."""
        codes = "/".join(part for part in (self.code, self.subcode) if part)
        title = f"{self.title} ({codes})" if self.title and codes else self.title or codes
        told = self.message or self.error or ""
        field = f"It points at {self.field}" if self.field and self.field not in told else ""
        trace = f"Trace {self.trace_id}" if self.trace_id else ""
        parts = dict.fromkeys((title, told, field, *self.messages, trace))
        count = "" if self.events == 1 else f", {self.events} events"
        said = ": ".join(filter(None, (self.name, f"{self.outcome}{count}")))
        return f"{' – '.join([said, *(part.strip().rstrip('.') for part in parts if part)])}."


class SendJob:
    """One run of sends on the same options; use it in a `with`. Every method may raise `SendJobError`.

    `say` gets progress and advice, a sentence at a time.
    """

    def __init__(self, options: SendOptions, say: Callable[[str], None] = lambda sentence: None) -> None:
        self._options = options
        self._say = say
        self._session: Session | None = None
        self._sender: DraftSender | None = None
        self._server: SandboxServer | None = None

    def __enter__(self) -> Self:
        if self._options.session is not None:
            try:
                self._session = Session.open(self._options.session)
            except SessionError as error:  # before anything is sent that could not be recorded
                raise SendJobError(str(error)) from error
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._sender is not None:
            self._sender.close()
        if self._server is not None:
            self._server.stop()
        if self._session is not None:
            self._session.close()

    def again(self, event: Event, exchange: Exchange, *, keep_time: bool) -> Draft:
        """A recorded server event as it was, or a browser event's server twin."""
        try:
            terms = Terms(now_ms=now_ms(), customer=self._options.customer, keep_time=keep_time)
            return draft_again(event, exchange, terms)
        except ComposeError as error:
            raise SendJobError(f"{event.name} {event.event_id or '(no event ID)'}: {error}") from error

    def prepared(self, draft: Draft) -> Draft:
        """The draft on our options: with test code and version, and spoilt as asked for. Says what it breaks."""
        options = self._options
        usual = options.settings if draft.platform == senders()[0].name else Settings()
        draft = replace(
            draft,
            test_code=options.test_code or usual.test_code or draft.test_code,
            api_version=options.api_version or usual.api_version or draft.api_version,
            as_test=options.as_test,
        )
        try:
            api = server_of(draft.platform)
            for name in options.faults:
                draft = recipe(name, draft.platform).apply(draft, options.customer)
        except (ComposeError, RecipeError) as error:
            raise SendJobError(str(error)) from error
        for violation in api.validate(draft, now_ms()):
            self._say(f"{violation.weight}: {violation.blamed}: {violation.message}")
        return draft

    def rehearse(self, draft: Draft) -> str:
        """The exact request as a cURL command, its token a placeholder. Sends nothing."""
        try:
            base = server_of(draft.platform).base_url if self._options.to in (SANDBOX, LIVE) else self._options.to
            ready = outgoing(self.prepared(draft), base)
            return curl(ready.request, ready.auth)
        except ComposeError as error:
            raise SendJobError(str(error)) from error

    def run(self, draft: Draft) -> Iterator[SendResult]:
        """Send a draft, and tell of each call as it ends; a refused call is taken apart down to the guilty event."""
        try:
            for progress in deliver(self.prepared(draft), self._send):
                if progress.total > 1:
                    self._say(f"{progress.done} of {progress.total} events")
                if progress.settled:
                    yield _told(progress)
        except (ComposeError, SenderError, SessionError, TokenError, SandboxServerError) as error:
            raise SendJobError(str(error)) from error

    def _send(self, draft: Draft) -> Exchange:
        self._sender = self._sender or DraftSender(self._record)
        return self._sender.send(draft, self._base(draft.platform), confirmed=self._options.confirmed)

    def _base(self, platform: str) -> str:
        if self._options.to == SANDBOX:
            if self._server is None:
                self._server = SandboxServer()
                self._server.start()
            return local_base(self._server.url, platform)
        if self._options.to == LIVE:
            return server_of(platform).base_url
        return local_base(self._options.to, platform) if _is_ours(self._options.to) else self._options.to

    def _record(self, exchange: Exchange) -> None:
        if self._session is not None:
            self._session.append([mask(exchange)])


def _is_ours(url: str) -> bool:
    """Whether it is the bare address of a listener or sandbox on this machine, which serves every platform's host."""
    parts = urlsplit(url)
    return parts.hostname in ("127.0.0.1", "localhost", "::1") and parts.path in ("", "/")


def _told(progress: Progress) -> SendResult:
    exchange = progress.exchange
    decoded = decode(exchange)
    status = exchange.response.status if exchange.response else None
    outcome = decoded[0].outcome.value if decoded else "unknown"
    only = decoded[0] if len(decoded) == 1 else None
    name = f"{only.name} {only.event_id or '(no event ID)'}" if only else ""
    found = SendResult(exchange.send, len(progress.draft.events), outcome, status, exchange.error, name=name)
    answer = decoded[0].answer if decoded else None
    if answer is None:
        return found
    return dataclasses.replace(
        found,
        code=answer.code,
        subcode=answer.subcode,
        title=answer.title,
        message=answer.message,
        field=answer.blamed,
        messages=answer.messages,
        trace_id=answer.trace_id,
    )


def as_document(found: list[SendResult]) -> dict[str, object]:
    """The machine-readable result: `pixelpair.send/1`."""
    return {"schema": "pixelpair.send/1", "calls": [asdict(call) for call in found]}

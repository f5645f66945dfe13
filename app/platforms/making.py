"""How a server event is made, in the steps that are every platform's: first refusals, time, draft, call.

What an event holds is its platform's own; what these steps turn on says its `EventMaker`. Nothing here knows a token.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from msgspec.structs import replace

from app.model import Event, Exchange, Kind, Provenance, Request, Side
from app.outgoing import Auth, Draft, Outgoing
from app.platforms.event_form import TimeForm
from app.platforms.json_text import compact, complaint, loaded, text_at, with_member
from app.platforms.server_api import AccountForm, ComposeError, Terms, TestKind, Violation

_BEARER = Auth()


class Age(NamedTuple):
    """How old an event may be that keeps its time. `words` follow "older than": "Reddit takes (7 days)"."""

    most_ms: int
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EventMaker:
    """What making server events turns on at one platform. Paths are those of the event (`metadata.conversion_id`)."""

    name: str
    title: str
    request: Callable[[Draft, str], Request]
    """The call of a draft to a base URL; its events need not be any."""
    violations: Callable[[object, int, int], Iterable[Violation]]
    """What a decoded event breaks at a moment, by its place in the call."""
    account: AccountForm
    max_events: int
    tests: TestKind
    event_id: str
    times: tuple[tuple[str, TimeForm], ...]
    """Where an event may have its time: the first, unless one of the others stands there alone."""
    auth: Auth = _BEARER
    oldest: Age | None = None
    """None: the platform names no age, or its own rules look at it."""
    account_advice: str = ""
    """Said besides of an account that is none."""
    crowded: str = ""
    """The platform's own words for a call of too many events."""

    # -- a twin -------------------------------------------------------------------------------------------------------

    def check_twin(self, browser: Event, *, counted: bool | None = None) -> None:
        """Raise `ComposeError` for what can have no twin. `counted`: whether it is an event of its own here."""
        if browser.platform != self.name:
            raise ComposeError(f"This is an event of {browser.platform}, not of {self.title}'s.")
        if browser.side is not Side.BROWSER:
            raise ComposeError("This is a server event already. Replay it instead.")
        if not (browser.kind is Kind.EVENT if counted is None else counted):
            raise ComposeError("This is not an event of its own, so it has no twin. Choose the event it belongs to.")

    def twin(self, browser: Event, event: Mapping[str, object], terms: Terms, account: str | None = None) -> Draft:
        """The draft of a browser event's twin, for the browser event's account unless another is named."""
        where = browser.account if account is None else account
        return self._draft(compact(event), where, terms, Provenance.SENT, browser.id)

    def scratch(self, event: Mapping[str, object], account: str, terms: Terms) -> Draft:
        """The draft of an event from scratch."""
        return self._draft(compact(event), account, terms)

    # -- a replay -----------------------------------------------------------------------------------------------------

    def replay(
        self,
        event: Event,
        exchange: Exchange,
        terms: Terms,
        texts: tuple[str, ...],
        alike: Callable[[str], bool],
        same: Callable[[str], bool] | None = None,
    ) -> Draft:
        """The draft of one of a call's events, as `payload` finds it. Raises `ComposeError`."""
        self.check_replay(event)
        return self.replayed(event, self.payload(event, exchange, texts, alike, same), terms)

    def check_replay(self, event: Event) -> None:
        """Raise `ComposeError` for what is none of the platform's server events."""
        if event.platform != self.name or event.side is not Side.SERVER:
            raise ComposeError(
                f"Only a server event sent to {self.title} can be replayed. Compose a twin for a browser event."
            )

    def payload(
        self,
        event: Event,
        exchange: Exchange,
        texts: tuple[str, ...],
        alike: Callable[[str], bool],
        same: Callable[[str], bool] | None = None,
    ) -> str:
        """The text of one event of a call: by its place, or by its ID should the place hold one that is not `alike`.

        `same` says which has the event's ID; unless given, the ID has to be the same letter by letter.
        """
        named = [text for text in texts if alike(text)]
        place = event.id.rpartition(".")[2]
        if place.isascii() and place.isdigit() and int(place) < len(texts) and texts[int(place)] in named:
            return texts[int(place)]
        found = [text for text in named if (same or self._has_id(event))(text)]
        if found:
            return found[0]
        cut = " It was cut off when it was captured." if exchange.request.truncated else ""
        raise ComposeError(f"The payload of this event is not in the recorded request.{cut}")

    def replayed(self, event: Event, text: str, terms: Terms, account: str | None = None) -> Draft:
        """The draft of an event's text, its time refreshed unless it is to be kept. Raises `ComposeError`."""
        where = event.account if account is None else account
        if not terms.keep_time:
            path, form = next((time for time in self.times if text_at(text, time[0])), self.times[0])
            text = with_member(text, path, form.written(terms.now_ms))
        elif self.oldest and event.own_ms is not None and terms.now_ms - event.own_ms > self.oldest.most_ms:
            raise self.too_old(self.oldest.words)
        return self._draft(text, where, terms, Provenance.REPLAYED, event.id)

    def too_old(self, words: str) -> ComposeError:
        """What to raise for an event that can not keep its time."""
        return ComposeError(f"This event is older than {words}. Refresh its time to replay it.")

    def _has_id(self, event: Event) -> Callable[[str], bool]:
        return lambda text: text_at(text, self.event_id) == (event.event_id or "")

    def _draft(
        self,
        text: str,
        account: str,
        terms: Terms,
        provenance: Provenance = Provenance.SENT,
        origin: str | None = None,
    ) -> Draft:
        code = terms.test_code if self.tests is TestKind.CODE else None
        return Draft(self.name, account, (text,), code or None, terms.api_version or None, provenance, origin)

    # -- the call -----------------------------------------------------------------------------------------------------

    def validate(self, draft: Draft, now_ms: int) -> tuple[Violation, ...]:
        """Everything a draft breaks, the call's first, from the very rules the sandbox refuses by."""
        return (*self._of_the_call(draft), *self._of_the_events(draft, now_ms))

    def outgoing(self, draft: Draft, base_url: str, *, repeatable: bool = True) -> Outgoing:
        """The request that carries a draft to `base_url`, token left out; each is a send of its own.

        Raises `ComposeError` for a draft that is no request at all: by its number of events, its account, its JSON. It
        may be repeated only where every event has an ID.
        """
        if not draft.events or len(draft.events) > self.max_events:
            raise ComposeError(f"One call takes 1 to {self.max_events} events; this draft has {len(draft.events)}.")
        if not self.account.fits(draft.account):
            raise ComposeError(self.account.sentence)
        for text in draft.events:
            if not isinstance(loaded(text), dict):
                raise ComposeError(_no_object(text))
        return Outgoing(
            self.request(draft, base_url),
            draft.provenance,
            uuid.uuid4().hex,
            len(draft.events),
            draft.test_code if self.tests is TestKind.CODE else None,
            repeatable and all(text_at(text, self.event_id) for text in draft.events),
            self.name,
            draft.account,
            self.auth,
            self._switched and draft.as_test,
        )

    def empty_call(
        self, base_url: str, account: str, api_version: str | None, test_code: str | None = None
    ) -> Outgoing:
        """A call without any event, which shows what becomes of a token; nothing in it could count."""
        draft = Draft(self.name, account, (), test_code, api_version)
        return replace(self.question(self.request(draft, base_url), account), test_code=test_code)

    def question(self, request: Request, account: str) -> Outgoing:
        """A request that holds no event, only to see what becomes of its token."""
        send = uuid.uuid4().hex
        return Outgoing(request, Provenance.SENT, send, 0, None, True, self.name, account, self.auth, self._switched)

    @property
    def _switched(self) -> bool:
        return self.tests in (TestKind.FLAG, TestKind.VALIDATE)

    def _of_the_call(self, draft: Draft) -> Iterator[Violation]:
        if len(draft.events) > self.max_events:
            yield Violation("data", self.crowded or f"One call takes at most {self.max_events} events.")
        if not draft.events:
            yield Violation("data", "There is no event to send.")
        if not self.account.fits(draft.account):
            yield Violation("account", f"{self.account.sentence} {self.account_advice}".strip())

    def _of_the_events(self, draft: Draft, now_ms: int) -> Iterator[Violation]:
        for index, text in enumerate(draft.events):
            event = loaded(text)
            if isinstance(event, dict):
                yield from self.violations(event, now_ms, index)
            else:
                yield Violation("", _no_object(text), event=index)


def filled(values: Mapping[str, object]) -> dict[str, object]:
    """The members that say something: neither null nor empty. False and zero say something."""
    return {key: value for key, value in values.items() if value not in (None, "", {}, [])}


def check_source(source: str, sources: tuple[str, ...], word: str = "event source") -> None:
    """Raise `ComposeError` for a place where an event may have happened that there is none of."""
    if source not in sources:
        verb = "are" if len(sources) > 1 else "is"
        raise ComposeError(f"There is no {word} {source}. There {verb}: {', '.join(sources)}.")


def json_call(url: str, body: str, *headers: tuple[str, str]) -> Request:
    """A POST of JSON as our programs send it."""
    ours = (("Content-Type", "application/json"), *headers, ("User-Agent", "pixelpair"))
    return Request("POST", url, ours, body.encode("utf-8", "replace"))


def _no_object(text: str) -> str:
    return f"The event is not a JSON object: {complaint(text)}"

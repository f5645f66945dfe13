"""What a platform's server API is: how test events are made for it, checked, sent and answered.

`ServerApi` is data and pure functions: values in, a request out. Nothing here sends, and nothing here knows a token;
`Outgoing.auth` only says where one goes. Times are milliseconds, UTC.

A second platform states one `ServerApi` in its own package. What it can not do it leaves out, and window and terminal
leave it out, too.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar, NamedTuple, Protocol
from urllib.parse import urlsplit

from app.model import Customer, Event, Exchange, Request, Standing
from app.outgoing import Auth, Draft, Outgoing
from app.platforms.event_form import EventForm
from app.platforms.fault_lab import Recipe

_NOBODY = Customer()


class ComposeError(Exception):
    """No server event can be made from what was given; the text is fit to show."""


class Weight(StrEnum):
    """What the platform does about a violation."""

    REFUSED = "refused"  # the event, or the whole call, fails
    WARNED = "warned"  # taken, with a word in the answer
    ADVICE = "advice"  # no word from the platform; only we say so


@dataclass(frozen=True, slots=True)
class Violation:
    """One rule a draft breaks. `field` is the path in the event ("user_data.em"); empty: the whole event.

    "account" and "data" are of the call, not of one event. `subcode` is the platform's number where one is known.
    `message` is ours, fit to stand beside the field. `event` is the event's place in its call. `reason` says what kind
    of thing is wrong; None: something is missing.
    """

    field: str
    message: str
    weight: Weight = Weight.REFUSED
    title: str = "Invalid parameter"
    subcode: int | None = None
    standing: Standing = Standing.DOCUMENTED
    event: int = 0
    reason: str | None = None

    @property
    def refused(self) -> bool:
        return self.weight is Weight.REFUSED

    @property
    def blamed(self) -> str:
        """The field within its call: `data[0][user_data][em]`."""
        parts = self.field.split(".") if self.field else []
        return "".join([f"data[{self.event}]", *(f"[{part.removesuffix('[]')}]" for part in parts)])


@dataclass(frozen=True, slots=True)
class AccountForm:
    """What an account of the server API looks like. `pattern` is a regular expression for the whole of it.

    `word` is the platform's name for it ("dataset or pixel ID"), `made_of` what it consists of ("digits only").
    """

    word: str
    pattern: str
    made_of: str
    example: str = ""

    def fits(self, text: str) -> bool:
        """Whether a text can be an account."""
        return re.fullmatch(self.pattern, text, re.ASCII) is not None

    @property
    def sentence(self) -> str:
        """What to say of one that is of another form."""
        return f"The {self.word} must be {self.made_of}."

    def mistake(self, *accounts: str) -> str:
        """What is wrong with any of these, in a sentence; empty when nothing is."""
        if all(map(self.fits, accounts)):
            return ""
        return f"{'An' if self.word[0] in 'aeiou' else 'A'} {self.word} has {self.made_of}."


class TestKind(StrEnum):
    """How a send is marked as a test."""

    __test__ = False  # pytest takes every class of such a name for one of its own

    CODE = "code"  # a text from the platform's test panel, in `Draft.test_code`
    FLAG = "flag"  # a switch in query or body: `Draft.as_test`
    VALIDATE = "validate"  # an endpoint or a switch that only validates: `Draft.as_test`
    NONE = "none"  # there is no test: whatever is sent live counts


@dataclass(frozen=True, slots=True)
class TestMode:
    """What a test send is here. `label` names the switch; `means` says what becomes of a test send, in a sentence.

    `without` says what a live send is that is no test; `example` is how a test code looks.
    """

    __test__: ClassVar[bool] = False

    kind: TestKind
    label: str
    means: str
    without: str
    example: str = ""

    def counts(self, draft: Draft) -> bool:
        """Whether a draft counts at the platform when it is sent live."""
        match self.kind:
            case TestKind.CODE:
                return not draft.test_code
            case TestKind.FLAG | TestKind.VALIDATE:
                return not draft.as_test
        return True


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """On what terms a server event is made. `now_ms` is its time unless `keep_time` asks for the original's own.

    `user_agent` is the browser request's header, `client_ip` the person's address where known; a replay and an event
    from scratch have no use for them. No `test_code` or `api_version`: the platform's usual way.
    """

    now_ms: int
    customer: Customer = _NOBODY
    user_agent: str = ""
    client_ip: str = ""
    keep_time: bool = False
    test_code: str | None = None
    api_version: str | None = None

    def moment(self, own_ms: int | None) -> int:
        """The time of an event whose original was at `own_ms`."""
        return own_ms if self.keep_time and own_ms is not None else self.now_ms


class FromScratch(Protocol):
    """A complete test event of a name, with what its source asks for. Raises `ComposeError`."""

    def __call__(self, name: str, terms: Terms, *, account: str, source: str) -> Draft: ...


@dataclass(frozen=True, slots=True)
class Templates:
    """Events to start from, `first` offered first; any other name will do, too.

    `sources` say where an event happened ("website", "app"); a platform that does not ask has just one.
    """

    names: Callable[[], tuple[str, ...]]
    sources: Callable[[], tuple[str, ...]]
    from_scratch: FromScratch
    first: str = "Purchase"


type Compose = Callable[[Event, Terms], Draft]
"""The server event that a backend should have sent beside a browser event. Raises `ComposeError`."""

type Replay = Callable[[Event, Exchange, Terms], Draft]
"""A captured or imported server event as it was sent, its text untouched but for its time. Raises `ComposeError`."""


class TokenAnswer(NamedTuple):
    """What the answer to a token question says. `works` is None where it does not tell; `text` is fit to show."""

    works: bool | None
    text: str


class Snippet(NamedTuple):
    """A draft as text for somebody else's tools; empty where it can not be written so. `title` may have a mnemonic."""

    title: str
    write: Callable[[Draft], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerApi:
    """How server events are sent to one platform.

    Request side: `outgoing(draft, base_url)` makes the request, its token left out; it raises `ComposeError` for a
    draft that is no request at all. `validate(draft, now_ms)` says everything a draft breaks, by the rules that the
    sandbox refuses by. `auth` is where the token goes, on the wire only.
    """

    base_url: str
    """Where it is sent live, without a path: "https://api.platform.example"."""
    account: AccountForm
    auth: Auth
    max_events: int
    """Events that one call takes."""
    tests: TestMode
    form: EventForm
    templates: Templates
    compose: Compose
    replay: Replay
    validate: Callable[[Draft, int], tuple[Violation, ...]]
    outgoing: Callable[[Draft, str], Outgoing]
    take_apart: Callable[[Exchange], bool]
    """Whether a call of several events was refused whole for something in one of them, so that its halves may be sent:
    nothing of it was taken, and no token, limit or network is to blame."""
    serves: Callable[[Request], bool]
    """Whether a request is for the server API; the browser's may go to the same host. Its paths are looked at, too,
    for a gateway of anybody's may serve them."""
    read_pasted: Callable[[Request], Draft | None]
    """The draft in a pasted request, whose URL is empty for bare JSON; None when it is none of this platform's. The
    account is empty where the text names none."""
    headers: tuple[str, ...] = ()
    """Headers of its own that a call needs besides its token's: they belong into a copy of a request."""
    other_hosts: tuple[str, ...] = ()
    """Further hosts of the server API, to be relayed to as well."""
    versions: tuple[str, ...] = ()
    """API versions in the path, the newest first; empty when there is none to choose."""
    recipes: tuple[Recipe, ...] = ()
    """The fault lab."""
    snippets: tuple[Snippet, ...] = ()
    """Copy as: browser call and SDK call. JSON, cURL and httpx are written for every platform alike."""
    token_question: Callable[[str, str, str | None], Outgoing] | None = None
    """Base URL, account and API version to a harmless request that tells whether a token works; None: there is none."""
    token_answer: Callable[[Exchange], TokenAnswer] | None = None
    token_advice: str = ""
    """Which kind of token to use, and how long one lasts."""

    @property
    def host(self) -> str:
        """The host of `base_url`."""
        return urlsplit(self.base_url).netloc

    @property
    def hosts(self) -> tuple[str, ...]:
        """Every host of the server API, that of `base_url` first."""
        return (self.host, *self.other_hosts)

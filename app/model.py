"""The vocabulary: what every room of the house hands to the next.

Everything here is frozen, so it may cross threads and processes freely. It refers to nothing younger than itself, so
no cycle can come of it and the garbage collector is told not to look (`gc=False`): a session holds millions of these.
Times are milliseconds since the Unix epoch, UTC, in fields that end in `_ms`. Amounts and identifiers are text exactly
as they stood on the wire.

The road is one way: an `Exchange` is decoded into `Event`s, events are put into `Group`s with a `Verdict`, and both are
given `Finding`s.
"""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct


class Side(StrEnum):
    """Which kind of endpoint an event was addressed to: the browser's door or the server's."""

    BROWSER = "browser"
    SERVER = "server"

    @property
    def other(self) -> Side:
        return Side.SERVER if self is Side.BROWSER else Side.BROWSER


class Provenance(StrEnum):
    """How an exchange reached us; a different fact from its side."""

    CAPTURED = "captured"  # sent by the browser through our forward listener
    FORWARDED = "forwarded"  # sent by a backend to our forwarding listener, relayed unchanged
    PROXIED = "proxied"  # sent by a backend that runs with HTTPS_PROXY at us
    PAGE = "page"  # a server-side call made by the page itself
    SENT = "sent"  # composed here and sent as a test event
    REPLAYED = "replayed"  # a captured or imported server event sent again
    IMPORTED = "imported"  # read from a file

    def __init__(self, text: str) -> None:
        self.ours = text in ("sent", "replayed")
        """Whether we sent it ourselves: a test is no traffic, so it is shown and never counted."""


class Kind(StrEnum):
    """What an event is to counting: only `EVENT` and `AUTOMATIC` are ever paired."""

    EVENT = "event"
    AUTOMATIC = "automatic"  # fired by the platform's own script (button clicks and the like)
    MIRROR = "mirror"  # the same event by another transport; never counted
    CONFIGURATION = "configuration"
    ENRICHMENT = "enrichment"  # adds to an event counted before; never counted itself
    OTHER = "other"


class Verdict(StrEnum):
    """What the platform will do with a group; a prediction, since only the platform decides."""

    DEDUPLICATED = "deduplicated"
    PROBABLE = "probable"  # one by every key, sent to two accounts that nobody has said to be one
    DOUBLE_COUNTED = "double-counted"
    WAITING = "waiting"
    BROWSER_ONLY = "browser-only"
    SERVER_ONLY = "server-only"
    NOT_OBSERVED = "not-observed"
    NOT_COUNTED = "not-counted"
    DUPLICATE = "duplicate"


class Severity(StrEnum):
    """How much a finding matters, worst first."""

    CRITICAL = "critical"
    ERROR = "error"
    WARNING = "warning"
    INFO = "info"

    @property
    def rank(self) -> int:
        """0 for the worst."""
        return _RANKS[self]


_RANKS = {severity: rank for rank, severity in enumerate(Severity)}


class Standing(StrEnum):
    """What a rule rests on."""

    DOCUMENTED = "documented"
    OBSERVED = "observed"
    FOLKLORE = "folklore"


class Outcome(StrEnum):
    """What became of one send, read from its response."""

    ACCEPTED = "accepted"  # the platform said it took the event
    UNKNOWN = "unknown"  # answered without a word on the event (every browser pixel), or no answer was seen
    REJECTED = "rejected"  # refused: a 4xx, or an error in the body
    FAILED = "failed"  # 5xx, timeout, connection refused, blocked

    def __init__(self, text: str) -> None:
        self.lost = text in ("rejected", "failed")
        """Whether this send can not count. Worked out once, since it is asked many times of every event."""


class Form(StrEnum):
    """The outer form of a customer value, before anybody knows what was hashed."""

    SHA256 = "sha256"
    SHA256_BASE64 = "sha256-base64"
    MD5 = "md5"
    SHA1 = "sha1"
    UPPER_HEX = "upper-hex"
    PLAIN = "plain"
    EMPTY = "empty"
    OTHER = "other"


UNNAMED_ACCOUNT = "0"
"""The account of an imported payload that names none. A number, as every real account is, but no real one."""

Headers = tuple[tuple[str, str], ...]


class Request(Struct, frozen=True, gc=False):
    """An HTTP request as it stood on the wire; `body` has its content encoding removed."""

    method: str
    url: str
    headers: Headers = ()
    body: bytes = b""
    truncated: bool = False  # the body was cut at the capture limit

    def header(self, name: str) -> str:
        """The first value of a header, whatever its case; empty when absent."""
        return _header(self.headers, name)


class Response(Struct, frozen=True, gc=False):
    """An HTTP response; `body` has its content encoding removed."""

    status: int
    headers: Headers = ()
    body: bytes = b""
    truncated: bool = False

    def header(self, name: str) -> str:
        """The first value of a header, whatever its case; empty when absent."""
        return _header(self.headers, name)


def _header(headers: Headers, name: str) -> str:
    lowered, size = name.lower(), len(name)
    for key, value in headers:
        if len(key) == size and key.lower() == lowered:
            return value
    return ""


class Exchange(Struct, frozen=True, gc=False):
    """One finished HTTP request with its response or its error.

    `number` is 0 until the inspector records it, then 1, 2, 3… in order of arrival. `started_ms` is None when the
    source had no time for it (a file of payloads). `send` ties the attempts of one send together. `source` says where
    it came from in words for a reader: a file's name, a listener's address.
    """

    provenance: Provenance
    request: Request
    response: Response | None = None
    error: str | None = None
    started_ms: int | None = None
    finished_ms: int | None = None
    source: str = ""
    send: str | None = None
    number: int = 0


class Field(Struct, frozen=True, gc=False):
    """One parameter as the wire had it: `key` is the wire's, `label` and `group` are for people."""

    key: str
    value: str
    label: str
    group: str  # "event", "custom data", "customer", "click IDs", "page", "browser", "consent", "library", "other"
    origin: str  # "query", "body", "path", "header"


class UserValue(Struct, frozen=True, gc=False):
    """One customer value: `key` is the platform-neutral one (`em`), `wire` where it stood (`ud[em]`)."""

    key: str
    value: str
    form: Form
    wire: str


class Content(Struct, frozen=True, gc=False):
    """One line of a basket; absent parts are empty."""

    id: str
    quantity: str = ""
    price: str = ""


class Flaw(Struct, frozen=True, gc=False):
    """Something a decoder stumbled over; the checks turn it into a `Finding` by its `code`."""

    code: str
    field: str | None = None
    reason: str | None = None
    detail: str = ""  # what was seen, safe to show


class Answer(Struct, frozen=True, gc=False):
    """What the platform said to a send, decoded. `accepted` is None where the platform never says."""

    status: int | None  # None: no answer was seen
    accepted: bool | None = None
    code: str | None = None
    subcode: str | None = None
    title: str | None = None
    message: str | None = None
    trace_id: str | None = None
    received: int | None = None  # events the platform says it took
    sent: int | None = None  # events the call held, where the platform counts them
    messages: tuple[str, ...] = ()  # warnings in an otherwise good answer
    blamed: str | None = None  # the wire key the platform points at
    transient: bool = False
    latency_ms: int | None = None
    date_ms: int | None = None  # the answer's Date header


class Copy(Struct, frozen=True, gc=False):
    """One of several copies of one firing, as a library sends them to several hosts.

    `firing` is what the copies share, `rank` the order the platform has them in, best first. `by_moment`: only the
    moment tells the firing, so two copies at one place are two fires. `older`: a form that says nothing new where the
    same page load, `load`, sent one of a newer form.
    """

    firing: str
    rank: int
    by_moment: bool = False
    load: str = ""
    older: bool = False


class Event(Struct, frozen=True, gc=False):
    """One signal inside an exchange, in platform-neutral words, with its raw fields beside them.

    `fields` is dropped once the event has been checked (`thin`), because decoding again is cheap and a session may
    hold a million events. `keys` carries the platform's deduplication rule: opaque, canonical, strongest first;
    events that share one are merged inside its rule's window (`DedupRule.of`). A key without a rule *may* merge them.
    `own_ms` is the event's own time, brought to milliseconds; `received_ms` is when its exchange started.
    """

    id: str  # "e12.0": exchange number and index within it
    exchange: int
    platform: str
    side: Side
    provenance: Provenance
    kind: Kind
    account: str
    name: str
    event_id: str | None  # exactly as sent; None when the parameter was absent
    own_ms: int | None
    received_ms: int | None
    keys: tuple[str, ...] = ()
    id_by_script: bool = False  # the platform's script made the event ID, so to its server the event has none
    account_kind: str = ""  # where a platform has two kinds ("tag", "ad account"): which one
    rule: str = ""  # the conversion rule it is for, where rules and not names say what is counted; several with commas
    merged_as: str = ""  # the account it is merged under, where the user named several as one
    page: str | None = None
    referrer: str | None = None
    value: str | None = None
    currency: str | None = None
    order_id: str | None = None
    content_type: str | None = None
    contents: tuple[Content, ...] = ()
    user: tuple[UserValue, ...] = ()
    match_ids: tuple[tuple[str, str], ...] = ()  # cookies, click IDs, ip, user_agent: never hashed
    consent: str | None = None
    action_source: str | None = None
    off_page: bool = False  # it says that it happened in a shop, on the phone, in an app: no browser has a half of it
    test_code: str | None = None
    transport: str = ""
    emitter: str = ""  # who made it: agent, partner agent, SDK
    mirror_of: str | None = None  # the event this one is a twin of
    copy: Copy | None = None  # where its library sends each firing to several hosts
    outcome: Outcome = Outcome.UNKNOWN
    answer: Answer | None = None
    send: str | None = None
    fingerprint: str = ""  # of the payload, to recognise a retry of an event without an ID
    flaws: tuple[Flaw, ...] = ()
    fields: tuple[Field, ...] = ()

    @property
    def at_ms(self) -> int:
        """The event's place in time: its own time, or when it was received, or 0 when neither is known."""
        return self.own_ms if self.own_ms is not None else (self.received_ms or 0)

    @property
    def place(self) -> str:
        """Where it was sent: its account, or its rule where the wire names no account."""
        return self.account or self.rule

    @property
    def home(self) -> str:
        """The account it is merged under: where it was sent, unless the user named several as one."""
        return self.merged_as or self.account or self.rule

    def match_id(self, name: str) -> str | None:
        for key, value in self.match_ids:
            if key == name:
                return value
        return None

    def user_values(self, key: str) -> tuple[UserValue, ...]:
        return tuple(item for item in self.user if item.key == key)


class LinkKind(StrEnum):
    """Why two groups are shown as belonging together although the platform keeps them apart."""

    SUGGESTED = "suggested"  # evidence says one conversion; the IDs or names say otherwise
    OUTSIDE_WINDOW = "outside-window"  # same key, too far apart
    PROBABLE = "probable"  # same key at an account of the other kind, which may be the same to the platform
    ACCOUNT_DIFFERS = "account-differs"  # same name and ID at another account
    DOUBLE_FIRE = "double-fire"  # one action fired twice on one side
    REFIRED = "refired"  # an order seen before on the same side under another ID


class Link(Struct, frozen=True, gc=False):
    """A group's tie to another group. `evidence` names what speaks for it, strongest first."""

    kind: LinkKind
    group: str
    confidence: float = 1.0
    evidence: tuple[str, ...] = ()


class Finding(Struct, frozen=True, gc=False):
    """Something noticed about an event or a group. `event` is None when it concerns the whole group."""

    code: str
    severity: Severity
    message: str
    fix: str
    standing: Standing
    event: str | None = None
    side: Side | None = None
    field: str | None = None
    reason: str | None = None
    detail: str = ""


class Group(Struct, frozen=True, gc=False):
    """Everything the platform will treat as one conversion. Events are in order of time on each side.

    `browser` and `server` hold every send, lost ones included; a lost send is no side of the pair.
    `waiting_until_ms` is set while the verdict is `WAITING`.
    """

    id: str
    platform: str
    account: str
    name: str
    event_id: str | None
    browser: tuple[Event, ...]
    server: tuple[Event, ...]
    verdict: Verdict
    links: tuple[Link, ...] = ()
    findings: tuple[Finding, ...] = ()
    gap_ms: int | None = None  # server minus browser, first live send of each
    waiting_until_ms: int | None = None
    first_ms: int = 0

    @property
    def events(self) -> tuple[Event, ...]:
        return self.browser + self.server

    @property
    def home(self) -> str:
        """The account it is counted for, as far as the wire or the user names one (`Event.home`)."""
        return next((event.home for event in self.events), self.account)

    def side(self, side: Side) -> tuple[Event, ...]:
        return self.browser if side is Side.BROWSER else self.server

    @property
    def severity(self) -> Severity | None:
        """The worst severity among the findings."""
        return min((finding.severity for finding in self.findings), key=lambda s: s.rank, default=None)


class Observed(Struct, frozen=True, gc=False):
    """Which sides had a source connected; a side that had none is never judged."""

    browser: bool = False
    server: bool = False

    def side(self, side: Side) -> bool:
        return self.browser if side is Side.BROWSER else self.server


class Customer(Struct, frozen=True, gc=False):
    """The test customer in plain text: the person whose hashes are to be recomputed. Never stored by us.

    Keys are `em ph fn ln db ge ct st zp country external_id`; a key may have several values.
    """

    values: tuple[tuple[str, tuple[str, ...]], ...] = ()

    def of(self, key: str) -> tuple[str, ...]:
        return next((texts for name, texts in self.values if name == key), ())

    def __bool__(self) -> bool:
        return bool(self.values)


class CheckStatus(StrEnum):
    """What is known of one customer value; see report.md's `check.status`."""

    VERIFIED = "verified"
    CONVENTION = "convention"
    NOT_NORMALIZED = "not-normalized"
    WRONG_FORM = "wrong-form"
    SENTINEL = "sentinel"
    PLAIN = "plain"
    DIFFERENT = "different"
    NOT_TESTED = "not-tested"


class HashCheck(Struct, frozen=True, gc=False):
    """The verdict on one customer value. `convention` names the rule or the wrong form it follows.

    `senders` are the libraries that send this very value for the customer's text; `due` is what the platform takes
    instead, where the value can never match.
    """

    status: CheckStatus
    convention: str | None = None
    explanation: str = ""
    senders: tuple[str, ...] = ()
    due: str = ""

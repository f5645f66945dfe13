"""What a platform is: data plus pure functions. Bytes in, events out; values in, request out."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from types import MappingProxyType
from typing import NamedTuple, Protocol

from app.hashing import CustomerRules
from app.model import Event, Exchange, Request, Side, Standing
from app.platforms.check import Check
from app.platforms.logged_payloads import LoggedPayloads
from app.platforms.sandbox import Sandbox
from app.platforms.server_api import ServerApi

EVENT_ID = "id"
"""The name of the rule for keys made of the event ID."""
DAY_MS = 24 * 3600 * 1000

type Windows = Mapping[str, int]
"""The windows that the user set, in ms, by the platform's name."""
NO_WINDOWS: Windows = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Watched:
    """A host whose TLS is opened, and what of it may be recorded.

    `below` says whether its sub-domains are meant too. A path stands for itself and all below it; none means all.
    """

    host: str
    below: bool = False
    paths: tuple[str, ...] = ()

    def names(self, host: str) -> bool:
        """Whether a host name in lower case is this one."""
        return host == self.host or (self.below and host.endswith(f".{self.host}"))

    def covers(self, host: str, path: str) -> bool:
        """Whether a request may be of interest; `path` may have a query."""
        if not self.names(host):
            return False
        bare = f"/{path.partition('?')[0].lstrip('/')}"
        return not self.paths or any(bare == each or bare.startswith(f"{each}/") for each in self.paths)


class WindowBy(StrEnum):
    """Who says how long a window is."""

    PLATFORM = "platform"  # it is published
    NOBODY = "nobody"  # the platform publishes none: ours is a guess
    USER = "user"  # the platform publishes none, and the user set one

    @property
    def words(self) -> str:
        """What to say of it beside the window; empty for one that is published."""
        if self is WindowBy.PLATFORM:
            return ""
        return f"{'assumed' if self is WindowBy.NOBODY else 'set by the user'}, published by nobody"


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyRule:
    """How events that share one kind of key are merged.

    `name` is what stands before the first bar of such keys in `Event.keys`. `window_ms` is counted from the first event
    under the key; `window_by` is who says so, and only a window that nobody publishes can be set by the user. Copies of
    the two sides that come within `merge_ms` of each other are merged, parameter by parameter; a later one, still
    inside the window, is dropped with what only it says. `same_side` says whether repeats of one side are merged as
    well. `names` are the event names the key is for, empty for all.
    """

    name: str
    word: str
    window_ms: int
    source: str
    standing: Standing
    window_by: WindowBy = WindowBy.PLATFORM
    merge_ms: int = 0
    same_side: bool = True
    names: frozenset[str] = frozenset()

    @property
    def within(self) -> str:
        """The window in words: "48 h", "24 h (assumed, published by nobody)"."""
        return window_words(self.window_ms, self.window_by)


def window_words(window_ms: int, by: WindowBy = WindowBy.PLATFORM) -> str:
    """A window in the unit people use, marked where no platform published it: "48 h", "30 days", "5 min"."""
    mark = f" ({by.words})" if by.words else ""
    for unit_ms, word, least in ((DAY_MS, "days", 3), (DAY_MS // 24, "h", 1), (60_000, "min", 1)):
        if window_ms >= least * unit_ms:
            return f"{window_ms / unit_ms:g} {word}{mark}"
    return f"{window_ms / 1000:g} s{mark}"


class Survivor(StrEnum):
    """Which of two copies the platform keeps."""

    FIRST = "first"  # the one it received first
    BROWSER = "browser"  # the browser's, whenever it comes
    RICHER = "richer"  # the one that says more
    MERGED = "merged"  # both, made one


def as_it_is(value: str) -> str:
    """The value itself."""
    return value


@dataclass(frozen=True, slots=True, kw_only=True)
class DedupRule:
    """How a platform merges the two sides: by any key that two events share, strongest kind first.

    `survivor` is a sentence for the reader. `secondary` names what it *may* merge events by that lack an ID, the
    browser's coming first: match IDs and customer keys; `secondary_ms` within what time, 0 for the window. `never` says
    why events of names that no key is for are counted once for each side; empty where every name has a key.
    `account_kinds` are the words for two kinds of account that the two sides may be sent to ("tag", "ad account"):
    which of them are one, only the user can say. `same_rule` is the finding where both sides name one conversion rule,
    though each needs one of its own. `apart` are the action sources whose events are merged with nothing, whatever
    their IDs. `id_form` and `name_form` bring an event ID and an event name into the form in which the platform
    compares them.
    """

    keys: tuple[KeyRule, ...]
    keeps: Survivor
    survivor: str
    secondary: tuple[str, ...] = ()
    secondary_ms: int = 0
    never: str = ""
    same_rule: str = ""
    account_kinds: tuple[str, ...] = ()
    apart: frozenset[str] = frozenset()
    id_form: Callable[[str], str] = as_it_is
    name_form: Callable[[str], str] = as_it_is

    @property
    def window_ms(self) -> int:
        """The window of the strongest key."""
        return self.keys[0].window_ms

    @property
    def unpublished(self) -> tuple[KeyRule, ...]:
        """The keys whose window the platform does not publish."""
        return tuple(rule for rule in self.keys if rule.window_by is not WindowBy.PLATFORM)

    def with_window(self, window_ms: int) -> DedupRule:
        """With the user's window in place of those that nobody publishes; one that is published stays."""
        mine = {rule: replace(rule, window_ms=window_ms, window_by=WindowBy.USER) for rule in self.unpublished}
        return replace(self, keys=tuple(mine.get(rule, rule) for rule in self.keys))

    @property
    def by_id_alone(self) -> bool:
        """Whether nothing but an event ID merges for certain."""
        return len(self.keys) == 1 and self.keys[0].name == EVENT_ID

    @property
    def spelt_out(self) -> bool:
        """Whether an event's keys say no more than its account, its name and its ID as they stand."""
        return self.by_id_alone and self.id_form is as_it_is and self.name_form is as_it_is

    def of(self, key: str) -> KeyRule | None:
        """The rule of one key; None for one that merges nothing for certain."""
        name = key.partition("|")[0]
        return next((rule for rule in self.keys if rule.name == name), None)

    def merges(self, name: str) -> bool:
        """Whether events of this name are ever merged."""
        return any(not rule.names or name in rule.names for rule in self.keys)


def with_windows(rules: Mapping[str, DedupRule], windows: Windows) -> Mapping[str, DedupRule]:
    """Rules by the platform's name, with the windows that the user set."""
    if not windows:
        return rules
    return {name: rule.with_window(windows[name]) if name in windows else rule for name, rule in rules.items()}


def event_key(rule: str, account: str, *parts: str) -> str:
    """A key for `Event.keys`: the rule's name, then the account, then what else has to be the same.

    Lengths stand before all parts but the last, so that different events never spell the same key.
    """
    *most, last = account, *parts
    return "|".join((rule, *(f"{len(part)}:{part}" for part in most), last))


def key_at(key: str, account: str) -> str:
    """The key as it would be at another account; one that `event_key` did not make is left as it is."""
    rule, _, rest = key.partition("|")
    size, colon, rest = rest.partition(":")
    if not colon or not size.isdecimal() or len(rest) < int(size):
        return key
    return f"{rule}|{len(account)}:{account}{rest[int(size) :]}"


class Role(StrEnum):
    """What an identifier names."""

    BROWSER = "browser"  # a visitor's browser, by a cookie of the platform's
    CLICK = "click"  # the click on an ad that brought the visitor
    OTHER = "other"  # a session, an install, a page view


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentifierForm:
    """How a well-formed value looks: all of `pattern`, in words "one word of letters and digits".

    A group `ms` or `s` of the pattern is the time of creation, since 1970; `max_age_ms` is how long it is good from
    then on, None for ever.
    """

    pattern: re.Pattern[str]
    words: str
    max_age_ms: int | None = None

    def fits(self, value: str) -> re.Match[str] | None:
        """The match of a value; None when it is malformed."""
        return self.pattern.fullmatch(value)

    @staticmethod
    def created_ms(found: re.Match[str]) -> int | None:
        """When the value was made, ms since 1970 UTC; None when it does not say."""
        parts = found.groupdict()
        if parts.get("ms"):
            return int(parts["ms"])
        return int(parts["s"]) * 1000 if parts.get("s") else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Identifier:
    """A cookie or a click ID of the platform's: `key` is its name among an event's match IDs.

    `cookie` and `parameter` say where the site has it from: a cookie's name, a parameter of the landing page's address.
    `unwrap` takes the click's ID out of a value that is built around it; `bare` gives the value without what a library
    may hang on it, so that two spellings of one value compare as equal. `spelling` is how the library writes the
    address's click ID into its cookie; what begins with `tail` in it may be left out. A click ID in an address that is
    longer than `longest` characters is none. `candidates` is the match ID with further clicks that the visitor came by.

    `stem` begins its finding codes where they are the platform's own ("stem-malformed"); they are among its `checks`.
    """

    key: str
    role: Role
    title: str
    cookie: str = ""
    parameter: str = ""
    unwrap: Callable[[str], str] = as_it_is
    bare: Callable[[str], str] = as_it_is
    spelling: Callable[[str], str] = as_it_is
    tail: str = ""
    longest: int = 500
    candidates: str = ""
    form: IdentifierForm | None = None
    stem: str = ""

    @property
    def word(self) -> str:
        """What it is called in a sentence."""
        return self.title if self.role is Role.OTHER else f"{self.role} ID"

    def code(self, what: str) -> str:
        """The code of a finding on it: "malformed", "modified" or "differs"."""
        return f"{self.stem or f'{self.role}-id'}-{what}"


class Oldest(NamedTuple):
    """How old a server event may be, in ms. An older one is refused, or else is taken and not counted.

    `store_ms` is for what happened in a shop, where that may be older.
    """

    ms: int
    refused: bool = True
    store_ms: int = 0


class Sense(StrEnum):
    """What kind of thing a parameter is, which decides when two values of it are the same."""

    ACCOUNT = "account"
    NAME = "name"
    EVENT_ID = "event ID"
    TIME = "time"
    PAGE = "page"
    AMOUNT = "amount"
    CURRENCY = "currency"
    IDS = "list of IDs"
    IDENTIFIER = "identifier"
    IP = "IP address"
    USER_AGENT = "user agent"
    CUSTOMER = "customer value"
    CONSENT = "consent"
    OTHER = "other"


class Meaning(NamedTuple):
    """What a wire key means: one name for both sides, its sense, and for a customer value the neutral key."""

    name: str
    sense: Sense = Sense.OTHER
    key: str = ""


class Secrets(NamedTuple):
    """Where a platform's secrets stand and what they look like, for whoever masks them.

    `names` are those of headers, parameters and members, of which case, `-`, `_` and `.` are no part: `access_token` is
    also `accessToken` and `Access-Token`, and the end of a longer name. `shapes` are regular expressions (RE2) of
    secrets known on sight: a beginning, then a run of letters, digits, `_` and `-`. `mixed` are those that are certain
    only where capital letters, small letters and digits are all in it. `cookies` are patterns of the names of
    cookies that hold no secret: identifiers, which evidence needs. `marks` are patterns of how identifiers begin that
    look like secrets.
    """

    names: tuple[str, ...] = ()
    shapes: tuple[str, ...] = ()
    mixed: tuple[str, ...] = ()
    cookies: tuple[str, ...] = ()
    marks: tuple[str, ...] = ()


NO_SECRETS = Secrets()


class Explanation(NamedTuple):
    """What a refusal means and what to do. `source` says what we know it from."""

    code: str
    subcode: str
    title: str
    cause: str
    fix: str
    source: str


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Vocabulary:
    """The platform's event names.

    `steps` gives each standard name, as the wire spells it, the step of the funnel it stands for in neutral words
    ("purchase", "page_view", "add_to_cart"), which the other platforms' names share. `valued` are the names that must
    say a value and its currency; `bare` are the sides whose wire has no place for a currency. `coded`: any other name
    is the number or the tag of a rule, and tells no step.
    """

    steps: Mapping[str, str]
    valued: frozenset[str] = frozenset()
    bare: frozenset[Side] = frozenset()
    coded: bool = False

    @property
    def names(self) -> frozenset[str]:
        """The standard names."""
        return frozenset(self.steps)


class Claim(Protocol):
    """Whether a request is this platform's. `endpoints` are first-party places the user named ("shop.example/tr")."""

    def __call__(self, request: Request, endpoints: tuple[str, ...] = ()) -> bool: ...


class Decode(Protocol):
    """The events in an exchange; empty when it holds none. Bad traffic becomes events with flaws."""

    def __call__(self, exchange: Exchange, endpoints: tuple[str, ...] = ()) -> tuple[Event, ...]: ...


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Platform:
    """One ad platform. `hosts` are domain suffixes of its own; `watched` are those whose TLS is opened, and what of it.

    Without `server` nothing is sent to it; without `sandbox` a page's requests get an empty answer there.
    """

    name: str
    title: str
    account_word: str
    hosts: tuple[str, ...]
    watched: tuple[Watched, ...] = ()
    dedup: DedupRule
    vocabulary: Vocabulary
    claims: Claim
    decode: Decode
    explain: Callable[[str | None, str | None], Explanation | None]
    """An answer's code and subcode to what the refusal means; None for one that nobody has written about."""
    token_start: str = ""
    """The letters that every access token begins with; empty where they have nothing in common."""
    meaning: Callable[[str], Meaning]
    """A parameter's wire key, of either side, to what it means."""
    customer: Mapping[Side, CustomerRules]
    """What is wanted of customer values, by side."""
    identifiers: tuple[Identifier, ...] = ()
    plain: Mapping[str, str] = field(default_factory=dict)
    """Further match IDs that a server must not hash, each with what it is called."""
    checks: tuple[Check, ...] = ()
    """Finding codes of its own, and its wording of the catalogue's."""
    sources: Mapping[str, str] = field(default_factory=dict)
    """The document that a rule of the catalogue rests on here, by `Topic`."""
    too_little: tuple[frozenset[str], ...] = ()
    """Sets of customer keys and match IDs; a server event known by nothing outside one of them is refused."""
    overlap_asked: str = ""
    """Who at the platform asks for the coverage goal of the rules; empty where nobody does."""
    oldest: Oldest | None = None
    """How old a server event may be; None where that is not known."""
    server: ServerApi | None = None
    sandbox: Sandbox | None = None
    secrets: Secrets = NO_SECRETS
    logged: LoggedPayloads | None = None
    """Payloads without a request around them; None where a bare one is never taken for this platform's."""

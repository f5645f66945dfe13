"""Customer data: hashes, cookies, click IDs, addresses; one event at a time and between the sides."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from ipaddress import ip_network
from urllib.parse import unquote, urlsplit

from app.checks.catalogue import finding
from app.checks.context import Context
from app.checks.pair import Pair, side_of
from app.checks.privacy import leaks_in, masked_text
from app.comparison.identifiers import short
from app.comparison.values import parse_ip
from app.hashing import check, explain, sha256, without_appendix
from app.model import CheckStatus, Customer, Event, Finding, Form, Group, HashCheck, Severity, Side, UserValue

_HASHED = frozenset(("em", "ph", "fn", "ln", "db", "ge", "ct", "st", "zp", "country"))
_KINDS = {"em": "e-mail address", "ph": "phone number", "fn": "first name", "ln": "last name", "db": "date of birth"}
_PLAIN = {"ip": "IP address", "user_agent": "user agent", "fbp": "browser ID", "fbc": "click ID"} | dict.fromkeys(
    ("ctwa_clid", "ttclid", "gclid", "sccid", "li_fat_id"), "click ID"
)
_FBP = re.compile(r"fb\.[0-9]\.([0-9]{13})\.[0-9]{1,25}\Z")
_FBC = re.compile(r"fb\.[0-9]\.([0-9]{13})\.(\S+)\Z", re.DOTALL)
_CLICK_IDS = {"meta": ("fbclid", "fbc"), "tiktok": ("ttclid", "ttclid"), "snap": ("ScCid", "sccid")} | {
    "linkedin": ("li_fat_id", "li_fat_id"),
    "google_ads": ("gclid", "gclid"),
}
_DIGEST = re.compile(r"(?:[0-9A-Fa-f]{64}|[0-9A-Fa-f]{40}|[0-9A-Fa-f]{32}|[A-Za-z0-9+/]{43}=)\Z")
_MAX_CLICK_ID = 500  # characters; the pixel ignores longer ones
_OWN_NETWORKS = tuple(
    map(
        ip_network,
        (
            "10.0.0.0/8",
            "172.16.0.0/12",
            "192.168.0.0/16",
            "127.0.0.0/8",
            "169.254.0.0/16",
            "100.64.0.0/10",
            "0.0.0.0/8",
            "::1/128",
            "::/128",
            "fc00::/7",
            "fe80::/10",
        ),
    )
)
# Meta refuses an event known by nothing more than one of these sets (Conversions API, best practices).
_TOO_LITTLE = tuple(
    frozenset(keys.split()) for keys in ("ct country st zp ge user_agent ip", "db user_agent", "fn ge", "ln ge")
)
_GOOD = (CheckStatus.VERIFIED, CheckStatus.CONVENTION)


def of_event(event: Event, context: Context) -> Iterator[Finding]:
    """Every customer value of one event, its cookies and its click ID."""
    if event.user:
        yield from _values(event, context.customer)
    for name, value in event.match_ids:
        if name == "fbp":
            yield from _cookie(event, name, value, _FBP, context)
        elif name == "fbc":
            yield from _cookie(event, name, value, _FBC, context)
        elif name == "ip":
            yield from _ip(event, value)
        if _DIGEST.match(value) and name in _PLAIN:
            yield finding("hashed-must-be-plain", f"The {_PLAIN[name]} is hashed.", event=event, field=name)
    yield from _own_click(event)


def _values(event: Event, customer: Customer) -> Iterator[Finding]:
    known = []
    for value in event.user:
        result = check(value, customer)
        status = result.status
        if status is CheckStatus.NOT_TESTED:
            continue
        known.append((value, result))
        if status is CheckStatus.VERIFIED:
            continue
        yield from _judged(event, value, result)
    if customer.values and known:
        yield from _mixed(event, known)


def _judged(event: Event, value: UserValue, result: HashCheck) -> Iterator[Finding]:
    """The finding for one value that is neither verified nor untested."""
    text = f"{value.wire}: {result.explanation}"
    match result.status:
        case CheckStatus.SENTINEL:
            yield finding("hash-of-nothing", text, event=event, field=value.wire, reason=result.convention)
        case CheckStatus.NOT_NORMALIZED:
            yield finding("hash-not-normalized", text, event=event, field=value.wire, reason=result.convention)
        case CheckStatus.WRONG_FORM if value.key in _HASHED:
            yield finding("hash-wrong-form", text, event=event, field=value.wire, reason=result.convention)
        case CheckStatus.PLAIN:
            yield from _plain(event, value)
        case CheckStatus.CONVENTION if not _by_design(value, result):
            yield finding("hash-convention", text, event=event, field=value.wire, reason=result.convention)
        case CheckStatus.DIFFERENT if not value.wire.startswith("aud"):
            yield finding("hash-different", text, event=event, field=value.wire)


def _by_design(value: UserValue, result: HashCheck) -> bool:
    """The pixel sends the older rule's hash beside the newer one's on purpose."""
    return value.wire.startswith("aud") and result.convention in ("pixel-old", "pixel")


def _plain(event: Event, value: UserValue) -> Iterator[Finding]:
    if value.key in _HASHED:
        kind = _KINDS.get(value.key, "customer value")
    else:
        leak = next(leaks_in(value.wire, value.value), None)
        if leak is None:
            return
        kind = leak.kind
    # A value masked where it was captured is still plain, and still no hash.
    hidden = "*" in value.value or "…" in value.value
    shown = value.value[:20] if hidden else masked_text(value.value)
    yield finding(
        "raw-personal-data",
        f"{value.wire} holds a plain {kind} ({shown}); a SHA-256 hash is due.",
        event=event,
        field=value.wire,
        reason=value.key,
        fix="Hash the value before it is sent.",
    )


def _mixed(event: Event, known: list[tuple[UserValue, HashCheck]]) -> Iterator[Finding]:
    """Some of the values are the test customer's, others are somebody else's."""
    own = [value.key for value, result in known if _is_customers(result)]
    strange = sorted({value.key for value, result in known if result.status is CheckStatus.DIFFERENT} - set(own))
    if own and strange:
        yield finding(
            "stale-identity",
            f"{', '.join(sorted(set(own)))} is the test customer's, but {', '.join(strange)} is not.",
            event=event,
            field=strange[0],
        )


def _is_customers(result: HashCheck) -> bool:
    """Whether a hash was recognised as the test customer's, in whatever form; a gender or country proves nobody."""
    return result.status in (*_GOOD, CheckStatus.NOT_NORMALIZED)


def _cookie(event: Event, name: str, value: str, form: re.Pattern[str], context: Context) -> Iterator[Finding]:
    code = f"{name}-malformed"
    found = form.match(value) or form.match(without_appendix(value))
    if not found:
        if _DIGEST.match(value):
            return
        yield finding(
            code, f"“{short(value, 60)}” is not of the form fb.1.<milliseconds>.<value>.", event=event, field=name
        )
        return
    created = int(found[1])
    now = event.received_ms if event.received_ms is not None else event.own_ms
    if now is None:
        return
    if created > now + context.rules.future_ms:
        yield finding(
            code, f"The time in {short(value, 40)} is in the future.", event=event, field=name, reason="future"
        )
    elif name == "fbc" and now - created > context.rules.fbc_old_ms:
        yield finding(
            code,
            "The click is older than the 90 days for which the cookie lives.",
            event=event,
            field=name,
            reason="old",
            severity=Severity.WARNING,
        )


@lru_cache(maxsize=8192)
def _is_own(text: str) -> bool:
    address = parse_ip(text)
    return address is not None and any(
        address in network for network in _OWN_NETWORKS if network.version == address.version
    )


def _ip(event: Event, text: str) -> Iterator[Finding]:
    if _is_own(text):
        yield finding(
            "ip-private", f"{short(text, 45)} is a private or loopback address.", event=event, field="client_ip_address"
        )


def landed_with(page: str | None, platform: str) -> str | None:
    """The platform's click ID in a page's address, decoded once; None when there is none.

    Source: the pixel library decodes the fbclid once and ignores one of more than 500 characters.
    """
    name = _CLICK_IDS.get(platform, ("", ""))[0]
    if not page or not name or f"{name}=" not in page:
        return None
    try:
        query = urlsplit(page).query
    except ValueError:
        return None
    for part in query.split("&"):
        key, _, text = part.partition("=")
        if key == name and text and text != "_removed_" and len(text) <= _MAX_CLICK_ID:
            return unquote(text)
    return None


def click_of(event: Event) -> str | None:
    """The click ID an event carries, without the cookie around it; None when it carries none."""
    value = event.match_id(_CLICK_IDS.get(event.platform, ("", ""))[1])
    if not value:
        return None
    if event.platform != "meta":
        return value
    parts = value.split(".", 3)
    return parts[3] if len(parts) == 4 else value


def _own_click(event: Event) -> Iterator[Finding]:
    """The click ID against the event's own page."""
    landed = landed_with(event.page, event.platform)
    if landed is None:
        return
    carried = click_of(event)
    if carried is None:
        name = _CLICK_IDS[event.platform][0]
        yield finding("click-id-lost", f"The page's address has {name}, the event carries no click ID.", event=event)
    else:
        yield from _modified(landed, carried, event, event.side)


def _modified(landed: str, carried: str, event: Event | None, side: Side) -> Iterator[Finding]:
    ours, theirs = (text.replace(".", "__DOT__") for text in (landed, without_appendix(carried)))
    if theirs in (ours, ours.partition("_aem_")[0]) or carried == landed or theirs.partition("_aem_")[0] == ours:
        return
    if ours.lower() == theirs.lower():
        reason, how = "case", "upper and lower case were changed"
    elif ours.startswith(theirs):
        reason, how = "truncated", "it was cut"
    elif unquote(ours) == theirs or unquote(theirs) == ours:
        reason, how = "encoded", "it was encoded or decoded once more"
    else:
        reason, how = "other", "it is another click"
        if event and event.match_id("fbcs"):  # several candidates: the newest need not be this page's
            return
    yield finding(
        "fbc-modified",
        f"The click ID in fbc ({short(carried)}) is not the page's fbclid ({short(landed)}): {how}.",
        event=event,
        side=side,
        field="fbc",
        reason=reason,
    )


def of_group(group: Group, pair: Pair | None, context: Context) -> Iterator[Finding]:
    """Hashes between the sides, lost click IDs, and whether a server event can find anybody."""
    if pair:
        if pair.browser.user and pair.server.user:
            yield from _between(pair, context.customer)
        yield from _passed_on(pair)
    elif side_of(group) is Side.SERVER:
        yield from _hard(group)
    yield from _tested(group, context.customer)


def _between(pair: Pair, customer: Customer) -> Iterator[Finding]:
    ours, theirs = _by_key(pair.browser), _by_key(pair.server)
    strange: list[str] = []
    for key, mine in ours.items():
        others = theirs.get(key)
        if not others or _meet(key, mine, others):
            continue
        if key == "external_id":
            yield _external(mine, others)
            continue
        results = check(mine[0], customer), check(others[0], customer)
        if CheckStatus.DIFFERENT in (results[0].status, results[1].status) and any(map(_is_customers, results)):
            strange.append(key)
        yield finding(
            "hash-differs-between-sides",
            f"{mine[0].wire} and {others[0].wire} differ. {explain(key, *results)}",
            field=key,
            reason=_reason(*results),
        )
    if strange:
        yield finding(
            "stale-identity",
            f"One side carries the test customer's {', '.join(strange)}, the other somebody else's.",
            field=strange[0],
        )


def _reason(ours: HashCheck, theirs: HashCheck) -> str | None:
    return "convention" if ours.status in _GOOD and theirs.status in _GOOD else None


def _by_key(event: Event) -> dict[str, list[UserValue]]:
    found: dict[str, list[UserValue]] = {}
    for item in event.user:
        found.setdefault(item.key, []).append(item)
    return found


def _meet(key: str, ours: list[UserValue], theirs: list[UserValue]) -> bool:
    """Whether any value of one side is one of the other's; several phones in another order are no difference."""
    if ours[0].value == theirs[0].value:
        return True
    mine = {_bare(key, item.value) for item in ours}
    return any(_bare(key, item.value) in mine for item in theirs)


def _bare(key: str, text: str) -> str:
    text = without_appendix(text.strip())
    return text if key == "external_id" else text.lower()


def _external(ours: list[UserValue], theirs: list[UserValue]) -> Finding:
    hashed = [{form for item in side for form in _external_forms(item.value)} for side in (ours, theirs)]
    if hashed[0] & hashed[1]:
        return finding(
            "external-id-differs",
            "Both sides mean the same external ID, one in plain text and one hashed.",
            field="external_id",
            reason="form",
        )
    return finding(
        "external-id-differs",
        f"Browser {short(ours[0].value)}, server {short(theirs[0].value)}.",
        field="external_id",
        severity=Severity.ERROR,
    )


def _external_forms(text: str) -> tuple[str, str, str]:
    return text, sha256(text), sha256(text.strip().lower())


def _passed_on(pair: Pair) -> Iterator[Finding]:
    """The browser's click ID against the server's; the page's against either was looked at event by event."""
    if click_of(pair.server) is None:
        if click_of(pair.browser) and not landed_with(pair.server.page, pair.server.platform):
            yield finding(
                "click-id-lost",
                "The browser's event carries a click ID, the server's does not.",
                side=Side.SERVER,
                severity=Severity.WARNING,
            )
    elif not landed_with(pair.server.page, pair.server.platform):
        landed = landed_with(pair.browser.page, pair.browser.platform)
        carried = click_of(pair.server)
        if landed and carried:
            yield from _modified(landed, carried, None, Side.SERVER)


def _hard(group: Group) -> Iterator[Finding]:
    keys: set[str] = set()
    for event in group.server:
        keys.update(item.key for item in event.user if item.form is not Form.EMPTY and not _is_nothing(item))
        keys.update(name for name, value in event.match_ids if value)
    if any(keys <= little for little in _TOO_LITTLE):
        listed = ", ".join(sorted(keys)) or "nothing"
        yield finding("hard-to-attribute", f"No browser event stands beside it, and it carries {listed} only.")


def _is_nothing(item: UserValue) -> bool:
    return check(item, _NOBODY).status is CheckStatus.SENTINEL


_NOBODY = Customer()


def _tested(group: Group, customer: Customer) -> Iterator[Finding]:
    """One remark for the whole group on which keys were verified and which could not be tested."""
    verified: set[str] = set()
    untested: set[str] = set()
    for event in group.events:
        for value in event.user:
            if not customer.values:
                if value.form is Form.SHA256:
                    untested.add(value.key)
                continue
            status = check(value, customer).status
            if status is CheckStatus.VERIFIED:
                verified.add(value.key)
            elif status is CheckStatus.NOT_TESTED:
                untested.add(value.key)
    if verified:
        yield _remark("hash-verified", tuple(sorted(verified)))
    if untested - verified:
        yield _remark("hash-unknown", tuple(sorted(untested - verified)))


@lru_cache(maxsize=1024)
def _remark(code: str, keys: tuple[str, ...]) -> Finding:
    """One object for all groups with the same keys: a session of a million would otherwise hold a million copies."""
    words = ", ".join(keys)
    if code == "hash-verified":
        return finding(code, f"Recomputed from the test customer and equal: {words}.", field=keys[0])
    return finding(
        code, f"Well formed, but not tested: {words}. There is no test customer to compare with.", field=keys[0]
    )

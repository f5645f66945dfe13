"""Cookies and click IDs by themselves: their form, their age, and that nobody hashed them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from app.checks.catalogue import finding
from app.checks.privacy import masked
from app.comparison.shortening import short
from app.model import Event, Finding, Severity, Side
from app.platforms import platform
from app.platforms.base import DAY_MS, Identifier, IdentifierForm, Platform, Role
from app.rules import Rules

_EVERYBODYS = {"ip": "IP address", "user_agent": "user agent"}
_DIGEST = re.compile(r"[0-9A-Fa-f]{64}|[0-9A-Fa-f]{40}|[0-9A-Fa-f]{32}|[A-Za-z0-9+/]{43}=")
_DIGEST_SIZES = frozenset((32, 40, 44, 64))
_SHA256_SIZE = 64


def of_event(event: Event, rules: Rules) -> Iterator[Finding]:
    """The identifiers of one event, by its platform's table."""
    own = platform(event.platform)
    for name, value in event.match_ids:
        identifier = _named(own, name)
        if len(value) in _DIGEST_SIZES and _DIGEST.fullmatch(value) and not _well_formed(identifier, value):
            what = _must_be_plain(own, name, identifier, event.side, len(value))
            if what:
                yield finding("hashed-must-be-plain", f"The {what} is hashed.", event=event, field=name)
                continue
        if identifier is not None and identifier.form is not None and identifier.role is not Role.OTHER:
            yield from _form(event, identifier, identifier.form, value, rules)


def _named(own: Platform, name: str) -> Identifier | None:
    for each in own.identifiers:
        if each.key == name:
            return each
    return None


def _well_formed(identifier: Identifier | None, value: str) -> bool:
    """Whether a value shorter than SHA-256's is just what the platform makes: some click IDs are 32 hex digits."""
    form = identifier.form if identifier is not None and len(value) < _SHA256_SIZE else None
    return form is not None and form.fits(value) is not None


def _must_be_plain(own: Platform, name: str, identifier: Identifier | None, side: Side, size: int) -> str:
    """What a value that looks like a digest is called, where it must not be one; else empty.

    Pages and logins have IDs that may be shorter hex themselves, and the browser's library hashes some of its own
    accord: these are judged at the server, by SHA-256 alone.
    """
    if identifier is not None and identifier.role is not Role.OTHER:
        return identifier.word
    if name in _EVERYBODYS:
        return _EVERYBODYS[name]
    if size != _SHA256_SIZE or side is not Side.SERVER:
        return ""
    return identifier.word if identifier is not None else own.plain.get(name, "")


def _form(event: Event, identifier: Identifier, form: IdentifierForm, value: str, rules: Rules) -> Iterator[Finding]:
    code = identifier.code("malformed")
    found = form.fits(value) or form.fits(identifier.bare(value))
    if not found:
        text = f"“{short(masked(value), 60)}” is not {form.words}."
        yield finding(code, text, event=event, field=identifier.key, fix=_own_cookie(event, identifier))
        return
    created = form.created_ms(found)
    now = event.received_ms if event.received_ms is not None else event.own_ms
    if now is None or created is None:
        return
    if created > now + rules.future_ms:
        yield finding(
            code,
            f"The time in {short(value, 40)} is in the future.",
            event=event,
            field=identifier.key,
            reason="future",
            fix=_own_cookie(event, identifier),
        )
    elif form.max_age_ms is not None and now - created > form.max_age_ms:
        yield finding(
            code,
            _outdated(identifier, form.max_age_ms),
            event=event,
            field=identifier.key,
            reason="old",
            severity=Severity.WARNING,
        )


def _outdated(identifier: Identifier, max_age_ms: int) -> str:
    what = "click" if identifier.role is Role.CLICK else identifier.word
    counts = "the cookie lives" if identifier.cookie else "it counts"
    return f"The {what} is older than the {max_age_ms // DAY_MS} days for which {counts}."


def _own_cookie(event: Event, identifier: Identifier) -> str | None:
    """What to do where the platform's own script reads its cookie; a server passes it on, which the code's fix says."""
    if event.side is Side.SERVER or not identifier.cookie:
        return None
    return "Leave the cookie to the platform's script; look for what else on the site writes it, in another form."

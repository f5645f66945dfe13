"""Delivery: what the platform said, what never arrived, and what should not have been sent at all."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from urllib.parse import urlsplit

from app.checks.catalogue import finding
from app.checks.context import Context
from app.checks.pair import kept
from app.checks.privacy import masked
from app.comparison.shortening import short
from app.hashing import is_nothing
from app.model import Answer, Event, Finding, Group, Kind, Outcome, Severity, Side
from app.platforms import platform


def of_event(event: Event, context: Context) -> Iterator[Finding]:
    """A good answer with complaints, a test code, a blocked pixel, a page that is not on the list."""
    answer = event.answer
    if answer and answer.messages and not event.outcome.lost:
        what = "took the event" if event.outcome is Outcome.ACCEPTED else "does not say whether it took the event"
        yield finding("partially-accepted", f"The platform {what} and says: {_listed(answer.messages)}", event=event)
    if event.test_code and event.side is Side.SERVER and not event.provenance.ours:
        yield _left_in(event, short(masked(event.test_code)))
    if event.side is Side.BROWSER and event.outcome is Outcome.FAILED and (answer is None or answer.status is None):
        yield finding(
            "blocked",
            _blocked_text(event),
            event=event,
            fix="Look for an ad blocker, a content security policy, a missing consent or a network that filters.",
        )
    if event.side is Side.BROWSER and event.page and "access_token=" in event.page:
        yield from _token_in_address(event, event.page)
    if context.allowed_domains and event.page and event.kind is not Kind.CONFIGURATION:
        host = _host(event.page)
        if host and len(host) <= 253 and not _allowed(host, context.allowed_domains):
            fix = _NOT_SENT_FOR if event.side is Side.SERVER else None
            text = f"{host} is not on the list of domains."
            yield finding("unexpected-domain", text, event=event, field="page", fix=fix)


_NOT_SENT_FOR = "Add the domain to the list, or send no events for that site."
_SHOWN = 5  # of the platform's messages; the rest is only counted


def _listed(messages: tuple[str, ...]) -> str:
    """The platform's own words, as far as there is room."""
    words = list(dict.fromkeys(short(masked(text.strip()), 300) for text in messages if text.strip()))
    return "; ".join(words[:_SHOWN]) + (f"; and {len(words) - _SHOWN} more" if len(words) > _SHOWN else "")


def _left_in(event: Event, mark: str) -> Finding:
    """A test's mark in traffic that is none of ours: a code, or the platform's switch for tests."""
    where = next((field.key for field in event.fields if event.test_code in (field.key, field.value)), None)
    told = f"The captured event is marked as a test: {mark}."
    return finding("test-code-in-production", told, event=event, field=where)


def _own_words(*messages: str | None) -> str:
    """The platform's own words as a sentence of their own; empty when it said nothing fit to read."""
    said = _listed(tuple(text for text in messages if text and not text.lstrip().startswith("<")))
    return f" It says: “{said}”." if said else ""


_TOKEN = re.compile(r"[?&#;]access_token=([^&#;\s]+)")


def _token_in_address(event: Event, page: str) -> Iterator[Finding]:
    """An access token in the page's address: the platform's own, or that of anything else a page signs in to."""
    tokens = [text for text in _TOKEN.findall(page) if text != "_removed_" and not is_nothing(text)]
    if not tokens:
        return
    at = platform(event.platform)
    if at.token_start and any(token.startswith(at.token_start) for token in tokens):
        message = f"The page's address holds one of {at.title}'s access tokens."
        fix = "Revoke the token, and take it out of the address before the pixel runs."
    else:
        message = f"The page's address holds an access token that is not {at.title}'s, and the pixel sends it along."
        fix = "Take the token out of the address before the pixel runs."
    yield finding("token-exposed", message, event=event, field="page", reason="address", fix=fix)


def _blocked_text(event: Event) -> str:
    what = "The pixel's script" if event.kind in (Kind.CONFIGURATION, Kind.OTHER) else "The pixel's request"
    why = event.answer.message if event.answer and event.answer.message else ""
    return f"{what} did not get through{f': {short(masked(why), 120)}' if why else ''}."


@lru_cache(maxsize=4096)
def _allowed(host: str, domains: tuple[str, ...]) -> bool:
    """Whether a host is one of the domains or below one."""
    bare = [domain.strip().lower().removeprefix("*.").removeprefix("www.").rstrip(".") for domain in domains]
    return any(host == domain or host.endswith(f".{domain}") for domain in bare if domain)


def _host(page: str) -> str:
    try:
        return (urlsplit(page).hostname or "").rstrip(".")
    except ValueError:
        return ""


def of_group(group: Group) -> Iterator[Finding]:
    """Refused and failed sends; the attempts of one send are one finding."""
    for events in (group.browser, group.server):
        lost = [event for event in events if event.outcome.lost]
        if lost:
            yield from _of_side(lost, kept(events))
    if group.server:
        yield from _received(group)


def _of_side(lost: list[Event], good: Event | None) -> Iterator[Finding]:
    refused = [event for event in lost if event.outcome is Outcome.REJECTED]
    failed = [event for event in lost if event.outcome is Outcome.FAILED and not _is_blocked(event)]
    by_cause: dict[tuple[str | None, str | None, int | None], list[Event]] = {}
    for event in refused:
        answer = event.answer
        cause = (answer.code, answer.subcode, answer.status) if answer else (None, None, None)
        by_cause.setdefault(cause, []).append(event)
    for events in by_cause.values():
        yield _refused(events, good)
    if failed:
        yield _failed(failed, good)


def _is_blocked(event: Event) -> bool:
    return event.side is Side.BROWSER and (event.answer is None or event.answer.status is None)


def _refused(events: list[Event], good: Event | None) -> Finding:
    last = events[-1]
    answer = last.answer or Answer(None)
    known = platform(last.platform).explain(answer.code, answer.subcode)
    code = "/".join(part for part in (answer.code, answer.subcode) if part) or f"HTTP {answer.status}"
    title = known.title if known else answer.title
    said = f"{code}{f', “{masked(title)}”' if title else ''}"
    cause = known.cause if known else short(masked(answer.message or ""), 300)
    words = _own_words(answer.message if known else None, *answer.messages)
    what = "took none of the call's events" if answer.received == 0 else "refused the event"
    trace = f" Trace {answer.trace_id}." if answer.trace_id else ""
    blamed = f" It points at {answer.blamed}." if answer.blamed else ""
    times = f" {len(events)} times" if len(events) > 1 else ""
    after = " A later send was taken." if good else ""
    return finding(
        "send-rejected",
        f"The platform {what}{times} ({said}).{_sentence(cause)}{words}{blamed}{trace}{after}",
        event=last,
        field=answer.blamed,
        reason=code,
        severity=Severity.WARNING if good else None,
        fix=known.fix if known and known.fix else _NOT_BY_THE_PLATFORM if last.side is Side.BROWSER else None,
    )


_NOT_BY_THE_PLATFORM = (
    "Look for what answers in the platform's place: a filter, a proxy or a first-party endpoint. The pixel does not "
    "send the event again; the server's event stands in for it."
)


def _sentence(text: str) -> str:
    if not text:
        return ""
    return f" {text}" if text.endswith((".", "!", "?", "…")) else f" {text}."


def _failed(events: list[Event], good: Event | None) -> Finding:
    last = events[-1]
    answer = last.answer
    why = f"HTTP {answer.status}" if answer and answer.status else short(masked((answer and answer.message) or ""), 120)
    attempts = f"{len(events)} attempts" if len(events) > 1 else "one attempt"
    after = "; a later attempt was taken." if good else "."
    words = _own_words(answer.message if answer.status else None, *answer.messages) if answer else ""
    return finding(
        "send-failed",
        f"The event did not get through in {attempts}{f' ({why})' if why else ''}{after}{words}",
        event=last,
        reason="http" if answer and answer.status else "network",
        severity=Severity.INFO if good else None,
        fix=_LOST_ON_THE_PAGE if last.side is Side.BROWSER else None,
    )


_LOST_ON_THE_PAGE = "Let the server send the event too, with the same event ID: the pixel does not send it again."


def _received(group: Group) -> Iterator[Finding]:
    """Fewer events taken than were sent, as far as the events of one call within the group show."""
    calls: dict[int, list[Event]] = {}
    for event in group.server:
        if event.outcome is Outcome.ACCEPTED and event.answer and event.answer.received is not None:
            calls.setdefault(event.exchange, []).append(event)
    for events in calls.values():
        answer = events[0].answer
        if answer and answer.received is not None and answer.sent is not None and answer.received < answer.sent:
            yield finding(
                "partially-accepted",
                f"The platform took {answer.received} of the call's {answer.sent}.{_own_words(*answer.messages)}",
                event=events[0],
                reason="fewer",
            )

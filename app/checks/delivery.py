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
from app.comparison.identifiers import short
from app.hashing import is_nothing
from app.model import Answer, Event, Finding, Group, Kind, Outcome, Severity, Side
from app.platforms import platform


def of_event(event: Event, context: Context) -> Iterator[Finding]:
    """A good answer with complaints, a test code, a blocked pixel, a page that is not on the list."""
    answer = event.answer
    if answer and event.outcome is Outcome.ACCEPTED and answer.messages:
        shown = "; ".join(short(masked(text), 160) for text in answer.messages[:3])
        yield finding("partially-accepted", f"The platform took the event and says: {shown}", event=event)
    if event.test_code and event.side is Side.SERVER and not event.provenance.ours:
        yield finding(
            "test-code-in-production",
            f"The captured event carries the test event code {short(event.test_code)}.",
            event=event,
            field="test_event_code",
        )
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
            yield finding("unexpected-domain", f"{host} is not on the list of domains.", event=event, field="page")


_TOKEN = re.compile(r"[?&#;]access_token=([^&#;\s]+)")


def _token_in_address(event: Event, page: str) -> Iterator[Finding]:
    """An access token in the page's address: the platform's own, or that of anything else a page signs in to."""
    tokens = [text for text in _TOKEN.findall(page) if text != "_removed_" and not is_nothing(text)]
    if not tokens:
        return
    at = platform(event.platform)
    if at.token_start and any(token.startswith(at.token_start) for token in tokens):
        message, fix = f"The page's address holds one of {at.title}'s access tokens.", None
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
    cause = known.cause if known else short(masked(answer.message or ""), 200)
    trace = f" Trace {answer.trace_id}." if answer.trace_id else ""
    blamed = f" It points at {answer.blamed}." if answer.blamed else ""
    times = f" {len(events)} times" if len(events) > 1 else ""
    after = " A later send was taken." if good else ""
    return finding(
        "send-rejected",
        f"The platform refused the event{times} ({said}).{_sentence(cause)}{blamed}{trace}{after}",
        event=last,
        field=answer.blamed,
        reason=code,
        severity=Severity.WARNING if good else None,
        fix=known.fix if known and known.fix else None,
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
    return finding(
        "send-failed",
        f"The event did not get through in {attempts}{f' ({why})' if why else ''}{after}",
        event=last,
        reason="http" if answer and answer.status else "network",
        severity=Severity.INFO if good else None,
    )


def _received(group: Group) -> Iterator[Finding]:
    """Fewer events taken than were sent, as far as the events of one call within the group show."""
    calls: dict[int, list[Event]] = {}
    for event in group.server:
        if event.outcome is Outcome.ACCEPTED and event.answer and event.answer.received is not None:
            calls.setdefault(event.exchange, []).append(event)
    for events in calls.values():
        answer = events[0].answer
        received, sent = (answer.received, answer.sent) if answer else (None, None)
        if received is not None and sent is not None and received < sent:
            yield finding(
                "partially-accepted",
                f"The platform took {received} of the call's {sent}.",
                event=events[0],
                reason="fewer",
            )

"""What the decoders stumbled over, put into sentences."""

from __future__ import annotations

from collections.abc import Iterator

from app.checks.catalogue import BY_CODE, check_of, finding
from app.checks.privacy import masked
from app.comparison.shortening import short
from app.model import Event, Finding, Flaw, Severity

_SENTENCES = {
    ("event-id-not-a-value", "list"): "The event ID is a list ({detail}); platforms read a single text only.",
    ("event-id-not-a-value", "object"): "The event ID is an object ({detail}); platforms read a single text only.",
    ("event-id-not-a-value", "boolean"): "The event ID is a truth value ({detail}).",
    ("event-id-not-a-value", "blank"): "The event ID consists of white space only.",
    (
        "event-id-misplaced",
        "custom-data",
    ): "The ID {detail} stands in the custom data ({field}), where nobody looks for it.",
    (
        "event-id-misplaced",
        "user-data",
    ): "The ID {detail} stands in the customer data ({field}), where nobody looks for it.",
    ("event-id-misplaced", "header"): "The ID {detail} stands in the header {field}, where nobody looks for it.",
    ("event-id-misplaced", "spelling"): "The ID {detail} stands under {field}; the platform reads another spelling.",
    (
        "event-id-misplaced",
        "third-argument",
    ): "The ID {detail} stands in the third argument of the call; the fourth is due.",
    ("event-time-unit", "milliseconds"): "The time {detail} is in milliseconds; seconds are due in {field}.",
    ("event-time-unit", "seconds"): "The time {detail} is in seconds; milliseconds are due in {field}.",
    ("event-time-unit", "microseconds"): "The time {detail} is in microseconds.",
    ("event-time-unit", "number"): "The time {detail} is a number; a date and time as ISO 8601 is due in {field}.",
    ("event-time-unit", "text"): "The time {detail} is a date in words; a number is due in {field}.",
    ("contents-malformed", "not-json"): "{field} is no JSON.",
    ("contents-malformed", "too-deep"): "{field} is nested too deeply to be read.",
    ("contents-malformed", "too-large"): "{field} is too large to be read.",
    ("contents-malformed", "not-a-list"): "{field} is no list.",
    ("contents-malformed", "not-an-object"): "A line of {field} is no object.",
    ("contents-malformed", "no-id"): "A line of {field} has no id.",
    ("token-exposed", "pixel"): "The pixel's request carries an access token; every visitor can read it.",
    (
        "token-exposed",
        "server-call",
    ): "The page itself calls the server API with an access token; every visitor can read it.",
    (
        "config-blocks-event",
        "events-stopped",
    ): "The pixel's configuration ({field}) keeps these events from being sent: {detail}.",
    ("config-blocks-event", "parameters-removed"): "The pixel removed parameters before sending ({field}): {detail}.",
    ("required-parameter-missing", None): "{field} is missing: the event has no name.",
    ("platform-diagnosis", "invalid"): "The platform's own script calls {field} invalid: {detail}.",
    ("insecure-transport", None): "The event was sent to {detail} over plain http.",
    ("malformed-request", "not-a-time"): "The time in {field} can not be read: {detail}.",
    ("malformed-request", "body-incomplete"): "The body is incomplete: it was cut at the capture limit.",
    ("malformed-request", "not-json"): "The body is no JSON.",
    ("malformed-request", "not-an-object"): "The body is no JSON object.",
    ("malformed-request", "parameter-not-json"): "{field} is no JSON object.",
    ("malformed-request", "not-a-list"): "{field} is no list.",
    ("malformed-request", "not-a-text"): "{field} is no single text: {detail}.",
    ("malformed-request", "no-boundary"): "The body is in parts, but its header names no boundary between them.",
    ("malformed-request", "too-deep"): "The body is nested too deeply to be read.",
    ("malformed-request", "too-large"): "The body is too large to be read.",
    ("malformed-request", "too-many-events"): "The call holds more events than were read ({detail}).",
    ("malformed-request", "too-many-parameters"): "The request holds more parameters than were read.",
    ("malformed-request", "repeated-parameter"): "{field} is there more than once, with different values.",
    ("malformed-request", "not-an-event"): "What stands at {field} is no event.",
    ("malformed-request", "data-missing"): "The call has no list of events under {field}.",
    ("malformed-request", "empty"): "The list of events under {field} is empty: the call sends nothing.",
    ("malformed-request", "numbered"): "{field} is an object with numbers as names where a list is due.",
    ("malformed-request", "inside-event"): "{field} does nothing inside an event; it belongs beside data.",
    ("malformed-request", "still-compressed"): "The body is still compressed in a way that is not read here.",
    ("malformed-request", "tokens-differ"): "The call carries different access tokens in different places.",
    ("malformed-request", "method"): "{detail} is no method of HTTP; no client could have sent the request so.",
    ("malformed-request", "decoder-failed"): "Our decoder tripped over this request; the raw request is shown.",
}
# What the platform's requirements say in their own words: the sentence, the severity when it is not the table's, and
# what to do.
_IN_ITS_WORDS: dict[tuple[str, str | None], tuple[str, Severity | None, str | None]] = {
    ("required-parameter-missing", "required"): ("{detail}", None, "Send {field} with the event."),
    ("required-parameter-missing", "expected"): ("{detail}", Severity.WARNING, "Send {field} with the event."),
    ("unknown-parameter", None): ("{detail} It stands at {field}.", None, None),
    ("malformed-request", "unknown-action-source"): ("{detail}", None, "Write website for what happens on a site."),
    ("malformed-request", "lead-id"): ("{detail}", None, "Send the ID that the platform gave the lead, as it is."),
    ("malformed-request", "messaging-event"): ("{detail}", None, "Send the event under one of these names."),
    ("malformed-request", "processing-options"): ("{detail}", None, "Send one of the two."),
}


def of_event(event: Event) -> Iterator[Finding]:
    """One finding for each flaw, in the decoder's order."""
    for flaw in event.flaws:
        if (flaw.code, flaw.reason) in _IN_ITS_WORDS and flaw.detail:
            yield _in_its_words(event, flaw)
            continue
        yield finding(
            flaw.code if flaw.code in BY_CODE else "malformed-request",
            _sentence(flaw, event.platform),
            event=event,
            field=flaw.field,
            reason=flaw.reason,
            detail="" if flaw.code == "token-exposed" else masked(flaw.detail),
        )


def _in_its_words(event: Event, flaw: Flaw) -> Finding:
    sentence, severity, fix = _IN_ITS_WORDS[flaw.code, flaw.reason]
    field = short(masked(flaw.field or "the event"), 60)
    return finding(
        flaw.code,
        sentence.replace("{field}", field).replace("{detail}", masked(flaw.detail)),
        event=event,
        field=flaw.field,
        reason=flaw.reason,
        severity=severity,
        fix=fix and fix.replace("{field}", field),
    )


def _sentence(flaw: Flaw, platform: str) -> str:
    pattern = _SENTENCES.get((flaw.code, flaw.reason)) or _SENTENCES.get((flaw.code, None))
    detail = short(masked(flaw.detail.strip()), 60)
    if pattern and ("{detail}" not in pattern or detail):
        return pattern.replace("{field}", flaw.field or "the body").replace("{detail}", detail)
    if flaw.code not in BY_CODE:
        return f"The request can not be read: {flaw.code}."
    cause = check_of(flaw.code, platform).cause
    said = flaw.reason or detail
    return f"{cause.removesuffix('.')} ({said})." if said else cause

"""What a captured server event lacks: the requirements of the composer and the sandbox, told as flaws."""

from __future__ import annotations

from typing import Any

import pytest

from app.platforms.meta.requirements import violations
from app.platforms.meta.shortcomings import MAX_UNKNOWN
from tests.platforms.meta.test_traps import server

NOW = 1795318292000
EXTINFO = ["i2", "com.shop", "1.0", "1.0", "18.1", *[""] * 11]
WHOLE: dict[str, Any] = {
    "event_name": "Purchase",
    "event_time": 1795318292,
    "event_id": "o-1",
    "action_source": "website",
    "event_source_url": "https://shop.example/thanks",
    "user_data": {"client_user_agent": "Mozilla/5.0", "fbp": "fb.1.1795319006639.447908042"},
    "custom_data": {"value": 1, "currency": "EUR"},
}


def told(**changes: Any) -> list[tuple[str, str | None, str | None]]:
    (event,) = server({key: value for key, value in (WHOLE | changes).items() if value is not ...})
    return [(flaw.code, flaw.field, flaw.reason) for flaw in event.flaws]


def user(**more: Any) -> dict[str, Any]:
    return {"user_data": WHOLE["user_data"] | more}


def missing(field: str, reason: str = "required") -> list[tuple[str, str, str]]:
    return [("required-parameter-missing", field, reason)]


@pytest.mark.parametrize(
    ("changes", "flaws"),
    [
        ({"event_time": ...}, missing("event_time")),
        ({"action_source": ...}, missing("action_source")),
        ({"action_source": "web"}, [("malformed-request", "action_source", "unknown-action-source")]),
        ({"event_source_url": ...}, missing("event_source_url", "expected")),
        ({"user_data": {"fbp": "fb.1.1795319006639.4"}}, missing("user_data.client_user_agent", "expected")),
        ({"action_source": "app"}, missing("app_data.extinfo")),
        ({"action_source": "app", "app_data": {"extinfo": ["i2"]}}, missing("app_data.extinfo")),
        ({"action_source": "app", "app_data": {"extinfo": [*EXTINFO[:4], *[""] * 12]}}, missing("app_data.extinfo")),
        ({"action_source": "business_messaging"}, missing("messaging_channel")),
        (
            {"action_source": "business_messaging", "messaging_channel": "whatsapp", "event_name": "Lead"},
            [("malformed-request", "event_name", "messaging-event")],
        ),
        (user(lead_id=12), [("malformed-request", "user_data.lead_id", "lead-id")]),
        (
            {"data_processing_options": ["CCPA"]},
            [("malformed-request", "data_processing_options", "processing-options")],
        ),
        (user(email="x"), [("unknown-parameter", "user_data.email", None)]),
        ({"even_id": "x"}, [("unknown-parameter", "even_id", None)]),
    ],
)
def test_a_shortcoming_is_told_and_is_one_for_the_composer_too(
    changes: dict[str, Any], flaws: list[tuple[str, str | None, str | None]]
) -> None:
    assert told(**changes) == flaws
    event = {key: value for key, value in (WHOLE | changes).items() if value is not ...}
    assert flaws[0][1] in {violation.field for violation in violations(event, NOW)}


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"action_source": "app", "app_data": {"extinfo": EXTINFO}, "event_source_url": ...},
        {"action_source": "business_messaging", "messaging_channel": "whatsapp"},
        {"action_source": "physical_store", "contents": [{"id": "1"}], "event_source_url": ...},
        {"data_processing_options": []},
        {"data_processing_options": '["LDU"]'},
        {"opt_out": False, "app_data": None, "namespace": None},
        {"user_data": '{"client_user_agent": "Mozilla/5.0", "em": "0"}'},
        user(lead_id=123456789012345),
        user(lead_id="0" * 64),
        user(f5first="0" * 64, madid="x", page_id=None, partner=None),
    ],
)
def test_what_is_complete_and_known_has_no_flaw(changes: dict[str, Any]) -> None:
    assert told(**changes) == []


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        (user(email="x"), "em is probably meant"),
        (user(ip="x"), "client_ip_address is probably meant"),
        (user(externalId="x"), "external_id is probably meant"),
        ({"even_id": "x"}, "event_id is probably meant"),
        ({"eventSourceUrl": "x"}, "event_source_url is probably meant"),
        ({"action_source": "web"}, "not “web”"),
        ({"value": 3}, "belongs in custom_data"),
        ({"em": "x"}, "belongs in user_data"),
        (user(action_source="website"), "belongs beside user_data"),
        ({"shop_region": "north"}, "may be misspelt"),
    ],
)
def test_what_is_unknown_is_told_with_what_it_was_probably_meant_to_be(changes: dict[str, Any], words: str) -> None:
    (event,) = server(WHOLE | changes)
    (flaw,) = event.flaws
    assert words in flaw.detail


def test_an_id_in_the_wrong_place_is_told_once() -> None:
    assert told(event_id=..., eventID="o-1") == [("event-id-misplaced", "eventID", "spelling")]
    assert told(eventID="o-1") == [("unknown-parameter", "eventID", None)]
    assert told(test_event_code="TEST1") == [("malformed-request", "test_event_code", "inside-event")]


def test_an_event_full_of_unknown_keys_does_not_fill_the_session_with_flaws() -> None:
    assert len(told(**{f"own_{number}": 1 for number in range(MAX_UNKNOWN + 20)})) == MAX_UNKNOWN


@pytest.mark.parametrize(
    ("source", "off_page"),
    [("physical_store", True), ("app", True), ("other", True), ("website", False), ("Website", False), (..., False)],
)
def test_only_a_source_that_meta_knows_says_that_no_page_was_there(source: object, off_page: bool) -> None:
    (event,) = server({key: value for key, value in (WHOLE | {"action_source": source}).items() if value is not ...})
    assert event.off_page is off_page

"""The stand-in for the Graph endpoint: what it takes, what it refuses, and with which words."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.model import Request, Response
from app.platforms.meta.contract import MAX_EVENTS, TOKENS, answer
from app.platforms.meta.requirements import DAY_MS, violations
from app.platforms.sandbox import Fault, Faults
from app.platforms.server_api import Weight

NOW_MS = 1_795_318_292_000
HASH = "62a14e44f765419d10fea99367361a727c12365e2520f32218d505ed9aa0f62f"
URL = "https://graph.facebook.com/v26.0/1111111111111111/events"
FORM = "application/x-www-form-urlencoded"


def purchase(**changes: object) -> dict[str, Any]:
    event: dict[str, Any] = {
        "event_name": "Purchase",
        "event_time": NOW_MS // 1000,
        "event_id": "o-1",
        "action_source": "website",
        "event_source_url": "https://shop.example/thanks",
        "user_data": {"em": [HASH], "client_user_agent": "Mozilla/5.0"},
        "custom_data": {"value": 142.52, "currency": "USD"},
    }
    return {key: value for key, value in (event | changes).items() if value is not None}


def ask(body: object, url: str = URL, kind: str = "application/json", **headers: str) -> Response:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    named = (("Content-Type", kind), *((name.replace("_", "-"), value) for name, value in headers.items()))
    return answer(Request("POST", url, named, content), NOW_MS)


def said(response: Response) -> Any:
    return json.loads(response.body)


def error_of(response: Response) -> tuple[int, int, int | None, str | None, list[list[str]]]:
    error = said(response)["error"]
    blamed = error.get("error_data", {}).get("blame_field_specs", [])
    return response.status, error["code"], error.get("error_subcode"), error.get("error_user_title"), blamed


def event_error(**changes: object) -> tuple[int, int, int | None, str | None, list[list[str]]]:
    return error_of(ask({"data": [purchase(**changes)], "access_token": "t"}))


def multipart(fields: dict[str, str]) -> bytes:
    parts = "".join(
        f'--XX\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{text}\r\n' for name, text in fields.items()
    )
    return f"{parts}--XX--\r\n".encode()


def test_a_good_event_is_received_and_traced() -> None:
    response = ask({"data": [purchase()], "access_token": "t", "test_event_code": "TEST12345"})

    trace = said(response)["fbtrace_id"]
    assert (response.status, said(response)) == (200, {"events_received": 1, "messages": [], "fbtrace_id": trace})
    assert trace.startswith("A")


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ({"data": [purchase()], "access_token": "t"}, "application/json"),
        ({"data": purchase(), "access_token": "t"}, "application/json"),
        ({"data": json.dumps([purchase()]), "access_token": "t"}, "application/json"),
        ({"data": [json.dumps(purchase())], "access_token": "t"}, "text/plain;charset=UTF-8"),
        (urlencode({"data": json.dumps([purchase()]), "access_token": "t"}).encode(), FORM),
        (urlencode({"data": json.dumps([json.dumps(purchase())]), "access_token": "t"}).encode(), FORM),
        (multipart({"data": json.dumps([purchase()]), "access_token": "t"}), "multipart/form-data; boundary=XX"),
    ],
    ids=["json", "one object", "json text", "json strings", "form", "form of json strings", "multipart"],
)
def test_every_body_form_is_read(body: object, kind: str) -> None:
    assert said(ask(body, kind=kind))["events_received"] == 1


def test_the_token_is_taken_from_query_body_or_header() -> None:
    call = {"data": [purchase()]}

    assert [
        ask(call, f"{URL}?access_token=t").status,
        ask(call | {"access_token": "t"}).status,
        ask(call, Authorization="Bearer t").status,
        ask(call).status,
    ] == [200, 200, 200, 401]


@pytest.mark.parametrize(
    ("token", "expected"),
    [
        ("sandbox-invalid", (401, 190, None)),
        ("sandbox-password-changed", (401, 190, 460)),
        ("sandbox-expired", (401, 190, 463)),
        ("sandbox-no-permission", (403, 200, None)),
        ("sandbox-app-not-permitted", (403, 10, None)),
        ("sandbox-wrong-account", (400, 100, 33)),
    ],
)
def test_named_tokens_are_refused_as_real_ones_are(token: str, expected: tuple[int, int, int | None]) -> None:
    assert error_of(ask({"data": [purchase()], "access_token": token}))[:3] == expected
    assert token in TOKENS


@pytest.mark.parametrize(
    "path", ["/1111111111111111/events", "/v26.0/1111111111111111/events/", "//v20.0/1111111111111111/events"]
)
def test_the_version_may_be_left_out_and_slashes_doubled(path: str) -> None:
    assert ask({"data": [purchase()], "access_token": "t"}, f"https://graph.facebook.com{path}").status == 200


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/v99.0/1111111111111111/events", (400, 2500)),
        ("/v26.0/1111111111111111/event", (400, 2500)),
        ("/v26.0", (400, 2500)),
        ("/v26.0/act_1/events", (400, 100)),
    ],
)
def test_unknown_paths_are_refused(path: str, expected: tuple[int, int]) -> None:
    assert (
        error_of(ask({"data": [purchase()], "access_token": "t"}, f"https://graph.facebook.com{path}"))[:2] == expected
    )


def test_events_can_not_be_read_back() -> None:
    response = answer(Request("GET", f"{URL}?access_token=t"), NOW_MS)

    assert error_of(response)[:3] == (400, 100, 33)


def test_a_token_can_be_checked_without_sending_anything() -> None:
    good = answer(Request("GET", "https://graph.facebook.com/v26.0/me?access_token=t"), NOW_MS)
    bad = answer(Request("GET", "https://graph.facebook.com/v26.0/me?access_token=sandbox-expired"), NOW_MS)

    assert (good.status, said(good)["name"]) == (200, "Sandbox system user")
    assert error_of(bad)[:3] == (401, 190, 463)


@pytest.mark.parametrize(
    ("changes", "subcode", "title", "field"),
    [
        ({"event_time": NOW_MS // 1000 - 7 * 86_400 - 1}, 2804003, "Event Timestamp Too Old", "[event_time]"),
        ({"event_time": NOW_MS}, None, "Invalid parameter", "[event_time]"),
        ({"event_time": "2026-11-22"}, None, "Invalid parameter", "[event_time]"),
        ({"event_time": None}, None, "Invalid parameter", "[event_time]"),
        ({"event_name": ""}, None, "Invalid parameter", "[event_name]"),
        ({"user_data": None}, None, "Invalid parameter", "[user_data]"),
        ({"action_source": "web"}, None, "Invalid parameter", "[action_source]"),
        ({"custom_data": {"currency": "USD"}}, 2804009, "Missing Value for Purchase Event", "[custom_data][value]"),
        (
            {"custom_data": {"value": "1,5", "currency": "USD"}},
            2804009,
            "Missing Value for Purchase Event",
            "[custom_data][value]",
        ),
        ({"custom_data": {"value": 1}}, 2804009, "Missing Value for Purchase Event", "[custom_data][currency]"),
        ({"user_data": {"em": "jane@example.com"}}, 2804016, "User Parameter Not Hashed", "[user_data][em]"),
        ({"user_data": {"em": [HASH, "jane@example.com"]}}, 2804016, "User Parameter Not Hashed", "[user_data][em]"),
        ({"user_data": {"ct": HASH, "country": HASH}}, 2804050, "Not Enough Customer Information", "[user_data]"),
        ({"user_data": {}}, 2804050, "Not Enough Customer Information", "[user_data]"),
        ({"user_data": {"em": [HASH], "lead_id": 123}}, 2804036, "Invalid Lead ID", "[user_data][lead_id]"),
        (
            {"action_source": "app", "app_data": {"extinfo": ["a2", "", "", "", *[""] * 12]}},
            2804043,
            "Missing OS Version",
            "[app_data][extinfo]",
        ),
        (
            {"action_source": "business_messaging", "messaging_channel": "whatsapp", "event_name": "Lead"},
            2804066,
            "Messaging Event Invalid Event Type",
            "[event_name]",
        ),
    ],
)
def test_an_invalid_event_is_refused_by_code_title_and_field(
    changes: dict[str, object], subcode: int | None, title: str, field: str
) -> None:
    assert event_error(**changes) == (400, 100, subcode, title, [[f"data[0]{field}"]])


@pytest.mark.parametrize(
    "user",
    [
        {"em": HASH.upper()},
        {"em": f"{HASH}.AQQCAQMC"},
        {"em": f"{HASH}.AQ"},
        {"external_id": ["User_123"]},
        {"fbp": "fb.1.1795319006639.447908042"},
        {"ct": HASH, "ph": [HASH]},
    ],
)
def test_customer_values_that_identify_are_taken(user: dict[str, object]) -> None:
    assert ask({"data": [purchase(user_data=user)], "access_token": "t"}).status == 200


def test_seven_days_and_for_a_shop_sixty_two_are_the_oldest_taken() -> None:
    def taken(age_ms: int, source: str) -> bool:
        event = purchase(event_time=(NOW_MS - age_ms) // 1000, action_source=source)
        return ask({"data": [event], "access_token": "t"}).status == 200

    assert [
        taken(7 * DAY_MS, "website"),
        taken(7 * DAY_MS + 1000, "website"),
        taken(62 * DAY_MS, "physical_store"),
        taken(62 * DAY_MS + 1000, "physical_store"),
    ] == [True, False, True, False]


def test_one_bad_event_refuses_the_whole_call_and_is_named() -> None:
    call = [purchase(event_id=f"o-{number}") for number in range(MAX_EVENTS)]
    call[700]["event_time"] = 1_600_000_000

    refused = ask({"data": call, "access_token": "t"})

    assert error_of(refused)[2:] == (2804003, "Event Timestamp Too Old", [["data[700][event_time]"]])


def test_one_error_names_every_field_that_breaks_its_rule_and_no_other() -> None:
    call = [
        purchase(action_source="web", event_name=""),
        purchase(action_source="web"),
        purchase(event_time=1),
    ]

    blamed = [["data[0][event_name]"]]
    assert error_of(ask({"data": call, "access_token": "t"})) == (400, 100, None, "Invalid parameter", blamed)
    blamed = [["data[0][action_source]"]]
    assert error_of(ask({"data": call[1:], "access_token": "t"})) == (400, 100, None, "Invalid parameter", blamed)


def test_a_thousand_events_are_the_most() -> None:
    thousand = [purchase()] * MAX_EVENTS

    assert said(ask({"data": thousand, "access_token": "t"}))["events_received"] == 1000
    assert ask({"data": [*thousand, purchase()], "access_token": "t"}).status == 400


def test_a_website_event_without_page_and_agent_is_taken_with_a_word() -> None:
    response = ask({"data": [purchase(event_source_url=None, user_data={"em": [HASH]})], "access_token": "t"})

    assert response.status == 200
    assert said(response)["messages"] == [
        "data[0][event_source_url]: A website event should name its page (event_source_url).",
        (
            "data[0][user_data][client_user_agent]: "
            "A website event should carry the browser's user agent (client_user_agent)."
        ),
    ]


def test_what_no_document_forbids_is_advice_and_never_answered() -> None:
    event = purchase(
        even_id="o-1", event_id=None, user_data={"em": [HASH], "email": "x", "fbp": HASH, "client_user_agent": "x"}
    )

    assert {(item.field, item.weight) for item in violations(event, NOW_MS)} == {
        ("even_id", Weight.ADVICE),
        ("event_id", Weight.ADVICE),
        ("user_data.email", Weight.ADVICE),
        ("user_data.fbp", Weight.ADVICE),
    }
    assert said(ask({"data": [event], "access_token": "t"}))["messages"] == []


def test_nulls_are_as_good_as_absent() -> None:
    event = purchase() | {"referrer_url": None, "data_processing_options": None, "app_data": None}

    assert violations(event, NOW_MS) == ()


def test_a_batch_answers_each_request_on_its_own() -> None:
    def operation(event: dict[str, Any]) -> dict[str, str]:
        body = urlencode({"data": json.dumps([event])})
        return {"method": "POST", "relative_url": "v26.0/1111111111111111/events", "body": body}

    batch = json.dumps([operation(purchase()), None, operation(purchase(event_time=1)), 7])
    response = ask(urlencode({"batch": batch, "access_token": "t"}).encode(), "https://graph.facebook.com/v26.0", FORM)

    first, second, third, fourth = said(response)
    assert (first["code"], json.loads(first["body"])["events_received"]) == (200, 1)
    assert second is None
    assert (third["code"], json.loads(third["body"])["error"]["error_subcode"]) == (400, 2804003)
    assert (fourth["code"], json.loads(fourth["body"])["error"]["code"]) == (400, 2500)


@pytest.mark.parametrize(
    ("fault", "status", "code"),
    [(Fault.UNKNOWN_ERROR, 500, 1), (Fault.UNAVAILABLE, 503, 2), (Fault.RATE_LIMITED, 429, 4)],
)
def test_faults_answer_as_the_platform_in_trouble_does(fault: Fault, status: int, code: int) -> None:
    request = Request("POST", f"{URL}?access_token=t", (), json.dumps({"data": [purchase()]}).encode())
    response = answer(request, NOW_MS, Faults(fault))

    assert (response.status, said(response)["error"]["code"], said(response)["error"]["is_transient"]) == (
        status,
        code,
        True,
    )
    assert response.header("Retry-After") == ("1" if fault is Fault.RATE_LIMITED else "")


def test_a_gateway_in_trouble_answers_a_page() -> None:
    response = answer(Request("POST", URL), NOW_MS, Faults(Fault.HTML))

    assert (response.status, response.header("content-type")) == (502, "text/html; charset=utf-8")


def test_a_page_may_ask_before_it_posts() -> None:
    response = answer(Request("OPTIONS", URL), NOW_MS)

    assert (response.status, response.header("Access-Control-Allow-Origin")) == (200, "*")


_junk = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text() | st.sampled_from(sorted(purchase())), inner),
    max_leaves=12,
)


@given(
    event=_junk
    | st.builds(lambda changes: purchase() | changes, st.dictionaries(st.sampled_from(sorted(purchase())), _junk)),
    body=st.binary(),
    url=st.text() | st.just(URL),
    kind=st.sampled_from(
        ["application/json", FORM, "multipart/form-data; boundary=XX", "multipart/form-data", "é\r\n"]
    ),
)
@settings(max_examples=150, deadline=None)
def test_junk_is_answered_and_never_raises(event: object, body: bytes, url: str, kind: str) -> None:
    calls = [
        body,
        json.dumps({"data": [event], "access_token": "t"}).encode(),
        json.dumps({"batch": event, "access_token": "t"}).encode(),
    ]
    for content in calls:
        response = answer(Request("POST", url, (("Content-Type", kind),), content), NOW_MS)
        assert isinstance(json.loads(response.body), dict | list)
        assert 200 <= response.status < 600


@pytest.mark.parametrize(
    ("fault", "status", "code"),
    [
        (Fault.TOKEN_INVALID, 401, 190),
        (Fault.TOKEN_EXPIRED, 401, 190),
        (Fault.NO_PERMISSION, 403, 200),
        (Fault.RATE_LIMITED, 429, 4),
    ],
)
def test_the_endpoint_refuses_a_good_call_when_it_is_told_to(fault: Fault, status: int, code: int) -> None:
    refused = answer(Request("GET", "https://graph.facebook.com/me?access_token=t"), NOW_MS, Faults(fault))
    assert (refused.status, json.loads(refused.body)["error"]["code"]) == (status, code)


def test_the_endpoint_takes_all_but_one_when_it_is_told_to() -> None:
    event = {"event_name": "Lead", "event_time": NOW_MS // 1000, "action_source": "chat", "user_data": {"em": [HASH]}}
    body = json.dumps({"data": [event, event], "access_token": "t"}).encode()
    taken = answer(Request("POST", URL, (), body), NOW_MS, Faults(Fault.PARTIAL))
    assert json.loads(taken.body)["events_received"] == 1

"""Server payloads in every shape a backend logs them; one bad line costs one line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from app.formats import FormatError, jsonl, read
from app.formats.jsonl import UNKNOWN
from app.model import Exchange, Provenance, Request, Response
from app.session.file import Skipped
from tests.formats.traffic import NOON_MS, lines, put

JSON = (("Content-Type", "application/json"),)


def graph(account: str, body: str, started_ms: int | None = None) -> Exchange:
    request = Request("POST", f"https://graph.facebook.com/{account}/events", JSON, body.encode())
    return Exchange(Provenance.IMPORTED, request, started_ms=started_ms, source="a.jsonl")


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ('{"data": [{"event_name": "Lead"}]}', graph(UNKNOWN, '{"data": [{"event_name": "Lead"}]}')),
        ('{"event_name": "Lead", "id": 5}', graph(UNKNOWN, '{"data":[{"event_name": "Lead", "id": 5}]}')),
        ('{"event_name": "Lead", "pixel_id": 5}', graph("5", '{"data":[{"event_name": "Lead", "pixel_id": 5}]}')),
        ('[{"event_name": "Lead"}]', graph(UNKNOWN, '{"data":[{"event_name": "Lead"}]}')),
        ('{"id": "5", "data": []}', graph("5", '{"id": "5", "data": []}')),
        ('{"pixel_id": "5", "payload": {"data": []}}', graph("5", '{"data": []}')),
        ('{"dataset_id": 5, "payload": {"event_name": "A"}}', graph("5", '{"data":[{"event_name": "A"}]}')),
        ('{"id": 5, "payload": [{"event_name": "A"}]}', graph("5", '{"data":[{"event_name": "A"}]}')),
        ('{"id": 5, "payload": "{\\"data\\": []}"}', graph("5", '{"data": []}')),
        ('{"pixel_id": 5, "event": {"pixel_id": 6, "event_name": "A"}}', None),
        ('{"id": 5, "time": "2026-11-22T12:00:00Z", "payload": {"data": []}}', graph("5", '{"data": []}', NOON_MS)),
        ('"{\\"event_name\\": \\"A\\"}"', graph(UNKNOWN, '{"data":[{"event_name": "A"}]}')),
        ('{"id": "a/b?c", "data": []}', graph(UNKNOWN, '{"id": "a/b?c", "data": []}')),
    ],
)
def test_a_payload_becomes_the_call_it_would_have_been(tmp_path: Path, line: str, expected: Exchange | None) -> None:
    if expected is None:  # the nearer account wins
        expected = graph("6", '{"data":[{"pixel_id": 6, "event_name": "A"}]}')
    assert read(put(tmp_path, "a.jsonl", line)).exchanges == (expected,)


def test_numbers_keep_the_spelling_they_came_with(tmp_path: Path) -> None:
    data = '{"value": 142.520, "n": 1e21, "lead": 12345678901234567890}'
    text = f'[{{"id": 1, "payload": {{"event_name": "A", "custom_data": {data}}}}}]'
    assert data.encode() in read(put(tmp_path, "a.json", text)).exchanges[0].request.body


def test_a_written_down_request_is_taken_as_it_was(tmp_path: Path) -> None:
    line = json.dumps(
        {
            "note": "from the log",
            "url": "https://graph.facebook.com/v26.0/5/events",
            "headers": {"X-A": "1"},
            "content_type": "application/json",
            "body": {"data": []},
            "started_ms": NOON_MS,
            "response": {"status": 400, "headers": [["B", "2"]], "body": {"error": {"code": 100}}},
        }
    )
    assert read(put(tmp_path, "a.jsonl", line)).exchanges == (
        Exchange(
            Provenance.IMPORTED,
            Request(
                "POST",
                "https://graph.facebook.com/v26.0/5/events",
                (("X-A", "1"), ("Content-Type", "application/json")),
                b'{"data": []}',
            ),
            Response(400, (("B", "2"),), b'{"error": {"code": 100}}'),
            started_ms=NOON_MS,
            source="a.jsonl",
        ),
    )


@pytest.mark.parametrize(
    ("line", "request_"),
    [
        ('{"method": "get", "url": "https://a/?x=1"}', Request("GET", "https://a/?x=1")),
        ('{"url": "https://a/", "body": "x=1"}', Request("POST", "https://a/", (), b"x=1")),
        ('{"url": "https://a/", "body": "AP8=", "encoding": "base64"}', Request("POST", "https://a/", (), b"\x00\xff")),
        (
            '{"request": {"url": "https://a/", "headers": [{"name": "H", "value": 1}]}, "status": 200}',
            Request("GET", "https://a/", (("H", "1"),)),
        ),
        (
            '{"request": {"method": "POST", "url": "https://a/", "postData": {"params": [{"name": "a"}]}}}',
            Request("POST", "https://a/", (), b"a="),
        ),
        (
            '{"url": "https://a/", "data": [{"event_name": "A"}], "body": null}',
            Request("GET", "https://a/"),
        ),
    ],
)
def test_a_request_may_be_sparse(line: str, request_: Request) -> None:
    exchanges, _ = jsonl.read(line, "a.jsonl")
    assert [item.request for item in exchanges] == [request_]


@pytest.mark.parametrize("account", ["a/b?c", "\ud800", "١٢٣"])
def test_an_account_that_can_be_none_costs_no_event(tmp_path: Path, account: str) -> None:
    path = put(tmp_path, "a.jsonl", lines({"pixel_id": account, "event_name": "A"}, {"event_name": "B"}))
    found = read(path)
    assert (len(found.exchanges), found.skipped) == (2, ())


def test_the_account_of_last_resort_is_the_callers(tmp_path: Path) -> None:
    path = put(tmp_path, "a.jsonl", lines({"event_name": "A"}, {"pixel_id": "7", "payload": {"event_name": "B"}}))
    assert [item.request.url for item in read(path, account="42").exchanges] == [
        "https://graph.facebook.com/42/events",
        "https://graph.facebook.com/7/events",
    ]


def test_a_bad_line_is_named_and_nothing_else_lost(tmp_path: Path) -> None:
    text = lines({"event_name": "A"}, "{oops", "", "7", '{"x": 1}', '{"a":1} {"b":2}', {"event_name": "B"}, '{"event_n')
    found = read(put(tmp_path, "a.jsonl", text))
    assert len(found.exchanges) == 2
    assert found.skipped == (
        Skipped(1, "no JSON at line 2, column 2: expecting property name enclosed in double quotes"),
        Skipped(3, "no JSON at line 4, column 1: a bare number or word is no payload"),
        Skipped(4, "it has neither a URL nor data, event_name or payload"),
        Skipped(5, "no JSON at line 6, column 8: something follows the first value"),
        Skipped(7, "no JSON at line 8, column 2: the text breaks off here"),
    )


def test_a_first_line_may_be_the_bad_one(tmp_path: Path) -> None:
    found = read(put(tmp_path, "a.jsonl", '{oops\n{"event_name": "A"}\n'))
    assert (len(found.exchanges), [item.index for item in found.skipped]) == (1, [0])


def test_a_list_that_breaks_off_gives_what_stood_before(tmp_path: Path) -> None:
    found = read(put(tmp_path, "a.json", '[{"event_name": "A"},\n {"event_name": "B"},\n {"event_na'))
    assert len(found.exchanges) == 2
    assert found.skipped == (Skipped(2, "no JSON at line 3, column 3: the text breaks off here"),)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('{\n "data": [\n  {"event_name": "A"}\n', "no JSON at line 4, column 1: the text breaks off here"),
        ("hello", "no JSON at line 1, column 1: expecting value"),
        ("[]", "the list in it is empty"),
        ('{"x": 1}\n{"y": 2}', "entry 0: it has neither a URL nor data, event_name or payload"),
        ("[" * 100_000, "no JSON at line 1, column 2: nested too deeply to be read"),
        ('{"data": ' + "9" * 5000 + "}", "no JSON at line 1, column 1: exceeds the limit (4300 digits) for integer"),
        ('{"request": {"method": "GET"}}', "its request has no URL"),
        ('{"url": "https://a/", "body": "?", "encoding": "base64"}', "its body is no base64"),
        ('{"payload": "7"}', "its text is neither an object nor a list"),
        ('{"payload": "{"}', "its text is no JSON at line 1, column 2: the text breaks off here"),
        ('{"payload": 7}', "it has neither a URL nor data, event_name or payload"),
    ],
)
def test_what_holds_nothing_is_refused_with_place_and_reason(tmp_path: Path, text: str, reason: str) -> None:
    with pytest.raises(FormatError) as caught:
        read(put(tmp_path, "a.json", text))
    message = str(caught.value)
    assert message.startswith(f"a.json holds nothing Pixelpair can read ({reason}")
    assert message.endswith(
        "It reads HAR files, mitmproxy's flow files, server payloads as JSON or JSON Lines, cURL commands, and its own "
        "session files."
    )
    assert len(message) < 400


@pytest.mark.parametrize(
    ("entry", "status", "body"),
    [
        ({"response": {"status": 400, "body": {"error": {"code": 190}}}}, 400, '{"error": {"code": 190}}'),
        ({"response": {"status_code": 200, "body": "text"}}, 200, "text"),
        ({"status": 503, "response_body": "down"}, 503, "down"),
        ({"statusCode": 200, "response": '{"events_received":1}'}, 200, '{"events_received":1}'),
        ({"response": {"error": {"code": 190}}}, 400, '{"error": {"code": 190}}'),
        ({"response": {"events_received": 1}}, 200, '{"events_received": 1}'),
    ],
)
@pytest.mark.parametrize("around", ["payload", "data"])
def test_an_answer_beside_a_payload_is_its_answer(
    tmp_path: Path, around: str, entry: dict[str, object], status: int, body: str
) -> None:
    payload: object = [{"event_name": "A"}] if around == "data" else {"event_name": "A"}
    (found,) = read(put(tmp_path, "a.jsonl", lines({around: payload, **entry}))).exchanges
    assert found.response == Response(status, body=body.encode())


def test_a_payload_without_an_answer_has_none(tmp_path: Path) -> None:
    (found,) = read(put(tmp_path, "a.jsonl", lines({"payload": {"event_name": "A"}, "status": "queued"}))).exchanges
    assert found.response is None


@pytest.mark.parametrize("key", ["json", "request_body", "requestBody", "data"])
def test_a_body_goes_by_the_names_that_clients_give_it(tmp_path: Path, key: str) -> None:
    url = "https://graph.facebook.com/v24.0/1/events"
    body = {"data": [{"event_name": "A"}]}
    (found,) = read(put(tmp_path, "a.jsonl", lines({"url": url, key: body}))).exchanges
    assert found.request == Request("POST", url, (), b'{"data": [{"event_name": "A"}]}')


def test_values_over_several_lines_may_follow_each_other(tmp_path: Path) -> None:
    text = json.dumps({"event_name": "A"}, indent=2) + "\n" + json.dumps({"event_name": "B"}, indent=2) + "\n{"
    found = read(put(tmp_path, "a.log", text))
    assert len(found.exchanges) == 2
    assert found.skipped == (Skipped(2, "no JSON at line 7, column 2: the text breaks off here"),)

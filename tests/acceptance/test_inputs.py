"""Every shape in which a stranger hands traffic over is paired, and nobody has to name an account."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from tests.acceptance.judged import check
from tests.acceptance.traffic import OTHER_PIXEL, PIXEL, START, Json, call, entry, event, fired, har, lines, refusal

URL = f"https://graph.facebook.com/v24.0/{PIXEL}/events"
one: Json = event()
whole: Json = {"data": [one]}
text = json.dumps

PAIRED: dict[str, str] = {
    "a bare event to a line": lines(one),
    "a bare list": text([one]),
    "a whole call": text(whole),
    "a whole call, printed for people": text(whole, indent=2),
    "one object as data": text({"data": one}),
    "data as text": text({"data": text([one])}),
    "data of texts": text({"data": [text(one)]}),
    "a list of calls": text([whole], indent=1),
    "the account beside a payload": lines({"pixel_id": PIXEL, "payload": one}),
    "the account as a number": lines({"pixel_id": int(PIXEL), "payload": whole}),
    "a dataset": lines({"dataset_id": PIXEL, "data": [one]}),
    "a payload as text": lines({"payload": text(whole)}),
    "events": lines({"events": [one]}),
    "a body as text": lines({"body": text(whole)}),
    "a request without its address": lines({"request": {"body": whole}}),
    "a logger's line": lines({"level": "info", "msg": "capi", "payload": whole, "time": "2026-11-22T03:24:24Z"}),
    "a request with its answer": lines(call(one)),
    "a request inside an entry": lines({"request": {"method": "POST", "url": URL, "body": text(whole)}}),
    "a request as an HTTP client takes it": lines({"url": URL, "json": whole}),
    "a request as another client takes it": lines({"url": URL, "data": whole}),
    "its events right beside the address": lines({"url": URL, "data": [one]}),
    "lines of texts": lines(text(whole)),
    "Windows line ends": lines(one).replace("\n", "\r\n"),
    "a byte order mark": "\ufeff" + lines(one),
    "empty lines": "\n\n" + lines(one) + "\n\n",
    "values over several lines": text(whole, indent=2) + "\n" + text({"data": []}, indent=2),
    "a token in the payload": text({**whole, "access_token": "EAAB1234567890abcdefghijkl"}),
    "a cURL command": f"curl -X POST '{URL}' -H 'Content-Type: application/json' -d '{text(whole)}'",
    "a cURL form": f"$ curl -i \\\n  -F 'data={text([one])}' \\\n  -F 'access_token=EAAB' \\\n  {URL}",
    "a HAR file": har(
        {
            "startedDateTime": "2026-11-22T03:24:23.200Z",
            "time": 90,
            "request": {"method": "POST", "url": URL, "headers": [], "postData": {"mimeType": "", "text": text(whole)}},
            "response": {"status": 200, "headers": [], "content": {"text": '{"events_received":1}'}},
        }
    ),
}


@pytest.mark.parametrize("server", PAIRED.values(), ids=PAIRED)
def test_it_pairs(tmp_path: Path, server: str) -> None:
    found = check(tmp_path, {"browser.har": har(fired()), "server.txt": server})
    assert found.verdicts == ["deduplicated"]
    assert found.report["pairs"][0]["account"] == PIXEL


@pytest.mark.parametrize(
    "entry",
    [
        {"pixel_id": PIXEL, "payload": whole, "response": {"status": 400, "body": refusal()}},
        {"pixel_id": PIXEL, "payload": whole, "status": 400, "response_body": refusal()},
        {"payload": whole, "response": refusal()},
        {**whole, "response": {"status": 400, "body": refusal()}},
    ],
)
def test_a_refusal_logged_beside_a_payload_is_believed(tmp_path: Path, entry: Json) -> None:
    found = check(tmp_path, {"browser.har": har(fired()), "server.jsonl": lines(entry)})
    assert found.verdicts == ["browser-only"]
    assert [finding["reason"] for finding in found.findings("send-rejected")] == ["100/2804003"]


ACCOUNTS: list[tuple[str, list[Json], Any, list[str], dict[str, list[str]]]] = [
    ("the only one there is", [fired()], one, [], {PIXEL: ["deduplicated"]}),
    (
        "the one that saw the ID",
        [fired(), fired("PageView", "pv", 5, id=OTHER_PIXEL)],
        one,
        [],
        {PIXEL: ["deduplicated"], OTHER_PIXEL: ["browser-only"]},
    ),
    (
        "the one that is named",
        [fired(), fired(id=OTHER_PIXEL)],
        one,
        ["--account", OTHER_PIXEL],
        {PIXEL: ["browser-only"], OTHER_PIXEL: ["deduplicated"]},
    ),
    (
        "none, when two saw the ID",
        [fired(), fired(id=OTHER_PIXEL)],
        one,
        [],
        {PIXEL: ["browser-only"], OTHER_PIXEL: ["browser-only"], "0": ["server-only"]},
    ),
    (
        "its own, whatever the others are",
        [fired()],
        {"pixel_id": OTHER_PIXEL, "payload": one},
        [],
        {PIXEL: ["browser-only"], OTHER_PIXEL: ["server-only"]},
    ),
]


@pytest.mark.parametrize(
    ("browser", "line", "options", "expected"), [case[1:] for case in ACCOUNTS], ids=[case[0] for case in ACCOUNTS]
)
def test_whose_a_payload_without_account_is(
    tmp_path: Path, browser: list[Json], line: Any, options: list[str], expected: dict[str, list[str]]
) -> None:
    found = check(tmp_path, {"browser.har": har(*browser), "server.jsonl": lines(line)}, *options)
    accounts: dict[str, list[str]] = {}
    for pair in found.report["pairs"]:
        accounts.setdefault(pair["account"], []).append(pair["verdict"])
    assert accounts == expected


def test_bad_lines_are_named_and_the_good_ones_count(tmp_path: Path) -> None:
    found = check(tmp_path, {"browser.har": har(fired()), "server.jsonl": "# started\n" + lines(one) + '{"data": ['})
    assert found.verdicts == ["deduplicated"]
    assert [part["index"] for part in found.report["inputs"][1]["skipped"]] == [0, 2]


REFUSED = {
    "empty": "",
    "blank": "\n\n",
    "a web page": "<html></html>",
    "other JSON": '{"a": 1}',
    "a cut HAR": har()[:30],
}


@pytest.mark.parametrize("content", REFUSED.values(), ids=REFUSED)
def test_what_can_not_be_read_ends_the_check_with_its_name(tmp_path: Path, content: str) -> None:
    found = check(tmp_path, {"browser.har": har(fired()), "server.jsonl": content})
    assert (found.status, found.stdout) == (2, "")
    assert "server.jsonl" in found.stderr


def _firefox(entry: Json) -> Json:
    """A form post as Firefox writes it: the parts' own headers in front of the text."""
    post = entry["request"]["postData"]
    post["text"] = "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 9\r\n\r\n" + post["text"]
    return entry


def _parameters(entry: Json) -> Json:
    """A form post as Charles writes it: only its parameters."""
    post = entry["request"]["postData"]
    pairs = (pair.partition("=") for pair in post.pop("text").split("&"))
    post["params"] = [{"name": name, "value": value} for name, _, value in pairs]
    return entry


def _without_answer(entry: Json) -> Json:
    entry["response"] = {"status": 0, "statusText": "", "headers": [], "content": {}}
    return entry


def _local_time(entry: Json) -> Json:
    entry["startedDateTime"] = "2026-11-22T05:24:22.020+02:00"
    return entry


DIALECTS: dict[str, Callable[[], Json]] = {
    "a picture": fired,
    "a form": lambda: fired(form=True),
    "a form of Firefox": lambda: _firefox(fired(form=True)),
    "a form of Charles": lambda: _parameters(fired(form=True)),
    "a beacon whose answer nobody saw": lambda: _without_answer(fired()),
    "a local time": lambda: _local_time(fired()),
    "no content": lambda: fired(status=204),
    "a picture without a slash": lambda: fired(url="https://www.facebook.com/tr"),
    "a first-party endpoint": lambda: fired(url="https://shop.example/fp/tr"),
    "Instagram": lambda: fired(url="https://www.instagram.com/tr/"),
}


@pytest.mark.parametrize("make", DIALECTS.values(), ids=DIALECTS)
def test_a_browsers_file_may_be_any_tools(tmp_path: Path, make: Callable[[], Json]) -> None:
    found = check(tmp_path, {"browser.har": har(make()), "server.jsonl": lines(call(one))})
    assert (found.verdicts, found.report["pairs"][0]["gap_ms"]) == (["deduplicated"], 1000)
    assert found.codes("critical", "error", "warning") == set()


def test_what_an_app_reports_is_shown_by_name_and_is_neither_counted_nor_a_side(tmp_path: Path) -> None:
    reported = [{"_eventName": "fb_mobile_purchase", "_logTime": START, "_valueToSum": 142.52, "fb_currency": "USD"}]
    form = {"event": "CUSTOM_APP_EVENTS", "advertiser_id": "0-1", "custom_events": json.dumps(reported)}
    app = entry(
        "POST",
        "https://graph.facebook.com/v24.0/1234567890/activities",
        1,
        body=("application/x-www-form-urlencoded", urlencode(form)),
        answer='{"success":true}',
    )
    found = check(tmp_path, {"browser.har": har(fired(), app)})
    (shown,) = found.events(kind="other")
    assert (shown["name"], shown["account"], shown["value"]) == ("fb_mobile_purchase", "1234567890", "142.52")
    assert found.verdicts == ["not-observed"], "an app's report is no sign of a server that sends"
    assert (found.summary["server_events"], found.summary["browser_events"]) == (0, 1)


def test_activities_of_somebody_else_are_not_taken_for_an_apps(tmp_path: Path) -> None:
    body = ("application/json", '{"text": "went for a run"}')
    other = entry("POST", "https://api.fitness.example/v3.1/1234567890/activities", 1, body=body)
    assert check(tmp_path, {"browser.har": har(fired(), other)}).report["events"][1:] == []

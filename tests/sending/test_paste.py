"""What people paste: commands from documents, from browsers and from our own copies; payloads from logs."""

from __future__ import annotations

import json

import pytest

from app.formats.curl import request_of
from app.outgoing import Draft
from app.platforms.meta.compose import outgoing
from app.sending.copy_as import curl, payload
from app.sending.paste import PasteError, draft_of

EVENT = '{"event_name":"Purchase","event_id":"o-1\'s","event_time":1795318292,"custom_data":{"value":142.520}}'
DRAFT = Draft("meta", "1111111111111111", (EVENT,), "TEST1", "v26.0")


def test_our_own_curl_command_comes_back_as_the_draft_it_was_made_from() -> None:
    assert draft_of(curl(outgoing(DRAFT, "https://graph.facebook.com").request)) == DRAFT


def test_our_own_json_comes_back_as_the_draft_it_was_made_from() -> None:
    draft = draft_of(payload(DRAFT), "1111111111111111")

    assert (draft.account, draft.test_code, [json.loads(text) for text in draft.events]) == (
        "1111111111111111",
        "TEST1",
        [json.loads(EVENT)],
    )


@pytest.mark.parametrize(
    "text",
    [
        EVENT,
        f"[{EVENT}]",
        f'{{"data":[{EVENT}],"access_token":"EAAsecret"}}',
        json.dumps({"data": f"[{EVENT}]"}),
        json.dumps({"data": [EVENT]}),
    ],
    ids=["an event", "a list", "a call", "json in json", "json strings"],
)
def test_json_of_an_event_a_list_or_a_call_is_a_draft(text: str) -> None:
    assert draft_of(text, "7") == Draft("meta", "7", (EVENT,))


DOCUMENTED = """curl -X POST \\
  -F 'data=[{"event_name":"Purchase","event_time":1795318292}]' \\
  -F 'access_token=EAAsecret' \\
  https://graph.facebook.com/v25.0/1111111111111111/events"""


def test_the_command_of_metas_documents_is_a_draft_without_its_token() -> None:
    draft = draft_of(DOCUMENTED)

    assert draft == Draft(
        "meta", "1111111111111111", ('{"event_name":"Purchase","event_time":1795318292}',), None, "v25.0"
    )


@pytest.mark.parametrize(
    ("text", "method", "url", "body"),
    [
        ("curl example.com/1/events -d a=1 -d b=2", "POST", "https://example.com/1/events", b"a=1&b=2"),
        ("curl -XPUT --url=http://x/ --data-raw '@literal'", "PUT", "http://x/", b"@literal"),
        ("curl -sS http://x/ --json '{}'", "POST", "http://x/", b"{}"),
        ("curl -G http://x/ --data-urlencode 'q=a b&c'", "GET", "http://x/?q=a%20b%26c", b""),
        ("$ curl 'http://x/' \\\n --data-binary $'it\\'s\\u0021'", "POST", "http://x/", b"it's!"),
        ("curl http://x/ ^\r\n -d a=1", "POST", "http://x/", b"a=1"),
        ("curl -H 'A: b: c' http://x/", "GET", "http://x/", b""),
    ],
)
def test_curl_options_mean_what_they_mean_to_curl(text: str, method: str, url: str, body: bytes) -> None:
    request = request_of(text)

    assert (request.method, request.url, request.body) == (method, url, body)


def test_headers_keep_their_colons_and_json_says_so() -> None:
    assert request_of("curl -H 'A: b: c' http://x/").headers == (("A", "b: c"),)
    assert request_of("curl --json '{}' http://x/").header("content-type") == "application/json"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "Paste a cURL command"),
        ("hello", "Paste a cURL command"),
        ("42", "Paste a cURL command"),
        ('{"a":1}', "no server event in this text"),
        ("curl http://x/ -d 'a", "never closed"),
        ("curl -d a=1", "names no address"),
        ("curl http://x/1/events -d @payload.json", "reads its data from a file"),
        ("curl http://x/1/events -F 'data=<payload.json'", "reads its data from a file"),
        ("curl http://x/1/events", "no server event in this text"),
    ],
)
def test_what_is_no_draft_is_refused_with_what_was_expected(text: str, words: str) -> None:
    with pytest.raises(PasteError, match=words):
        draft_of(text)

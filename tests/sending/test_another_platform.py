"""Sending to a platform that is known by its `Platform` value alone: its token's place, its flag, its answers."""

from __future__ import annotations

import json
import shutil
import subprocess
import threading
import time
from collections.abc import Iterator
from dataclasses import replace as changed
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx
import pytest
from msgspec.structs import replace

from app.analysis.engine import Analysis
from app.checks import Context
from app.model import Customer, Exchange, Outcome, Provenance, Request
from app.outgoing import Auth, Carrier, Draft, Outgoing
from app.platforms import decode, local_base, no_server, rules_of, server_hosts
from app.platforms.fault_lab import Recipe
from app.platforms.sandbox import Fault, Faults
from app.platforms.server_api import ComposeError, Terms
from app.sending.batches import deliver
from app.sending.copy_as import curl, httpx_call, payload
from app.sending.drafts import draft_again, now_ms, outgoing, shown
from app.sending.faults import recipe
from app.sending.job import SANDBOX_TOKEN, DraftSender
from app.sending.paste import PasteError, draft_of
from app.sending.sandbox import SandboxServer
from app.sending.sender import SenderError
from app.sending.tokens import TokenStore, variable
from tests.keyrings import InMemory
from tests.platforms.parcel import ACCOUNT, API, HOST, LISTENING, PARCEL, TOKEN, call, hit, in_the_table, signal

NOW = time.time_ns() // 1_000_000
MARY = Customer((("em", ("mary@example.com",)),))


@pytest.fixture(autouse=True)
def _table() -> Iterator[None]:
    with in_the_table(PARCEL, LISTENING):
        yield


@pytest.fixture
def server() -> Iterator[SandboxServer]:
    served = SandboxServer()
    served.start()
    yield served
    served.stop()


@pytest.fixture
def sender(sent: list[Exchange]) -> Iterator[DraftSender]:
    made = DraftSender(sent.append, TokenStore({}, InMemory()))
    yield made
    made.close()


@pytest.fixture
def sent() -> list[Exchange]:
    return []


def twin(at_ms: int = NOW) -> Draft:
    (event,) = decode(hit(at_ms=at_ms - 1000, number=1))
    return draft_again(event, hit(), Terms(now_ms=now_ms(), customer=MARY, keep_time=False))


def test_a_twin_is_sent_to_the_sandbox_under_its_host_and_read_back(
    server: SandboxServer, sender: DraftSender, sent: list[Exchange]
) -> None:
    exchange = sender.send(twin(), local_base(server.url, "parcel"), confirmed=False)

    assert exchange.request.url == f"{server.url}/{HOST}/v7/shops/{ACCOUNT}/signals"
    (event,) = decode(replace(exchange, number=2))
    assert (event.platform, event.account, event.event_id, event.outcome) == (
        "parcel",
        ACCOUNT,
        "o-1",
        Outcome.ACCEPTED,
    )
    assert sent == [exchange]


def test_a_refusal_with_http_200_is_taken_apart_to_the_guilty_signal(
    server: SandboxServer, sender: DraftSender
) -> None:
    texts = tuple(json.dumps(signal(f"o-{number}", NOW if number != 2 else 1)) for number in range(5))
    base = local_base(server.url, "parcel")

    found = list(deliver(Draft("parcel", ACCOUNT, texts), lambda draft: sender.send(draft, base, confirmed=False)))

    assert [(len(each.draft.events), each.settled) for each in found] == [
        (2, True),
        (2, False),
        (1, True),
        (1, True),
        (1, True),
    ]
    outcomes = [decode(replace(each.exchange, number=1))[0].outcome for each in found if each.settled]
    assert outcomes == [Outcome.ACCEPTED, Outcome.REJECTED, Outcome.ACCEPTED, Outcome.ACCEPTED]


def test_a_server_event_is_replayed_with_its_text_and_a_new_time() -> None:
    exchange = call(signal("o-1", 5), signal("o-2", 6), number=3)
    second = decode(exchange)[1]

    fresh = draft_again(second, exchange, Terms(now_ms=now_ms(), customer=MARY, keep_time=False))
    kept = draft_again(second, exchange, Terms(now_ms=now_ms(), customer=MARY, keep_time=True))

    assert (fresh.provenance, json.loads(kept.events[0])) == (Provenance.REPLAYED, signal("o-2", 6))
    assert json.loads(fresh.events[0])["at"] >= NOW


# -- the token --------------------------------------------------------------------------------------------------------


class Listening:
    """A server that notes what it gets."""

    def __init__(self) -> None:
        self.received: list[Request] = []
        received = self.received

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                received.append(Request("POST", self.path, tuple(self.headers.items()), body))
                self.send_response(200)
                self.end_headers()
                self.wfile.write(b'{"code":0,"taken":1}')

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


@pytest.fixture
def listening() -> Iterator[Listening]:
    made = Listening()
    yield made
    made.close()


def test_the_token_is_in_its_header_on_the_wire_and_nowhere_else(
    listening: Listening, sender: DraftSender, sent: list[Exchange]
) -> None:
    sender.send(twin(), listening.url, confirmed=False)

    (received,) = listening.received
    assert received.header("X-Parcel-Key") == SANDBOX_TOKEN
    assert received.header("Authorization") == ""
    assert json.loads(received.body)["rehearsal"] is True
    assert SANDBOX_TOKEN not in repr(sent)


def test_what_is_no_rehearsal_has_to_be_confirmed_in_the_platforms_own_words(sender: DraftSender) -> None:
    store = TokenStore({"PIXELPAIR_TOKEN_PARCEL": TOKEN}, InMemory())
    live = DraftSender(lambda exchange: None, store)
    try:
        with pytest.raises(SenderError, match=r"It is no rehearsal: THIS SIGNAL COUNTS\. Confirm the send"):
            live.send(replace(twin(), as_test=False), API.base_url, confirmed=False)
        with pytest.raises(SenderError, match="or in PIXELPAIR_TOKEN_PARCEL_PX_AbC1"):
            sender.send(twin(), API.base_url, confirmed=False)
    finally:
        live.close()


def test_tokens_of_other_platforms_have_names_of_their_own() -> None:
    keyring = InMemory()
    store = TokenStore({"PIXELPAIR_TOKEN": "metas", "PIXELPAIR_TOKEN_PARCEL_PX_1_b": "own"}, keyring)
    store.keep("PX-1", "kept", "parcel")

    assert (store.token("PX-1-b", "parcel"), store.token("PX-1", "parcel"), store.token("PX-2", "parcel")) == (
        "own",
        "kept",
        None,
    )
    assert (store.token("7"), store.token("7", "meta")) == ("metas", "metas")
    assert variable("8a6f-1c2e.x", "parcel") == "PIXELPAIR_TOKEN_PARCEL_8a6f_1c2e_x"
    store.forget("PX-1", "parcel")
    assert store.token("PX-1", "parcel") is None


def test_whether_a_key_works_is_asked_in_the_platforms_way(server: SandboxServer, sender: DraftSender) -> None:
    asked = sender.ask_token("parcel", ACCOUNT, "", local_base(server.url, "parcel"), None).result(20)
    assert API.token_answer is not None
    assert API.token_answer(asked) == (True, "The key opens the shop.")


# -- paste and copy ---------------------------------------------------------------------------------------------------


@pytest.mark.skipif(not (shutil.which("curl") and shutil.which("sh")), reason="needs curl and a POSIX shell")
def test_a_curl_command_runs_with_the_token_in_its_header(listening: Listening) -> None:
    ready = outgoing(twin(), f"{listening.url}/{HOST}")
    text = curl(ready.request)
    done = subprocess.run(
        ["sh", "-c", text], env={"ACCESS_TOKEN": TOKEN, "PATH": "/usr/bin:/bin"}, capture_output=True, check=False
    )

    assert done.returncode == 0, done.stderr
    assert [one.header("X-Parcel-Key") for one in listening.received] == [TOKEN]


def test_a_recorded_call_is_copied_without_the_token_it_had() -> None:
    recorded = call(signal("o-1", NOW)).request
    for text in (curl(recorded), httpx_call(recorded)):
        assert TOKEN not in text
        assert "ACCESS_TOKEN" in text
        assert "X-Parcel-Key" in text
    assert "ACCESS_TOKEN" not in curl(hit().request)


def test_json_and_curl_come_back_as_the_drafts_they_were_made_from() -> None:
    draft = replace(twin(), origin=None)

    assert draft_of(curl(outgoing(draft, API.base_url).request)) == draft
    assert draft_of(payload(draft), ACCOUNT, "parcel").account == ACCOUNT
    assert json.loads(draft_of(draft.events[0], ACCOUNT, "parcel").events[0]) == json.loads(draft.events[0])
    assert draft_of(draft.events[0]).platform == "parcel"  # it is nothing of the first platform's


def test_bare_json_of_two_platforms_is_the_preferred_ones() -> None:
    both = '{"event_name":"Lead","what":"Visit"}'
    assert [draft_of(both, "7", name).platform for name in ("", "meta", "parcel")] == ["parcel", "meta", "parcel"]
    with pytest.raises(PasteError, match="no server event"):
        draft_of(f'curl https://{HOST}/v7/shops/{ACCOUNT}/signals -d \'{{"event_name":"Lead"}}\'')


# -- the fault lab ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("each", API.recipes, ids=lambda each: each.name)
def test_a_recipe_changes_the_draft_and_leaves_the_rest_alone(each: Recipe) -> None:
    draft = replace(twin(), events=(twin().events[0].replace("59.9", "59.90"),))
    spoilt = each.apply(draft, MARY)

    before, after = json.loads(draft.events[0]), json.loads(spoilt.events[-1])
    changed_members = {key for key in before | after if before.get(key) != after.get(key)}
    assert (spoilt.account, spoilt.events) != (draft.account, draft.events)
    assert len(changed_members) == (0 if each.name == "other-account" else 1)
    assert each.name == "cent-off" or "59.90" in spoilt.events[-1]


def test_an_account_of_letters_becomes_another_of_its_form() -> None:
    assert recipe("other-account", "parcel").apply(twin(), MARY).account == "PX-AbC2"
    letters = replace(twin(), account="PX-AbZ")
    assert recipe("other-account", "parcel").apply(letters, MARY).account == "PX-AbA"
    assert API.account.fits(recipe("other-account", "parcel").apply(letters, MARY).account)


@pytest.mark.parametrize(
    ("name", "codes"),
    [
        ("no-event-id", {"event-id-missing-server"}),
        ("event-id-suffix", {"event-id-differs"}),
        ("other-account", {"account-differs"}),
        ("late", {"outside-window"}),
        ("md5", {"hash-wrong-form"}),
        ("cent-off", {"value-differs"}),
    ],
)
def test_a_fault_that_was_sent_is_found(server: SandboxServer, sender: DraftSender, name: str, codes: set[str]) -> None:
    spoilt = recipe(name, "parcel").apply(twin(), MARY)
    exchange = sender.send(spoilt, local_base(server.url, "parcel"), confirmed=False)

    analysis = Analysis(Context(customer=MARY), rules_of())
    analysis.add(decode(hit(at_ms=NOW - 1000, number=1)))
    analysis.add(decode(replace(exchange, provenance=Provenance.FORWARDED, number=2)))
    found = {finding.code for group in analysis.groups() for finding in group.findings}
    assert codes <= found


# -- the stand-in -----------------------------------------------------------------------------------------------------


def test_one_sandbox_serves_every_platform_with_the_same_faults() -> None:
    faults = [Faults(), Faults(), Faults(Fault.RATE_LIMITED), Faults(Fault.RATE_LIMITED), Faults(Fault.TOKEN_EXPIRED)]
    served = SandboxServer(faults=faults)
    served.start()
    try:

        def post(host: str) -> httpx.Response:
            return httpx.post(f"{served.url}{host}", json={"signals": [signal("o-1", NOW)]}, trust_env=False)

        parcel, meta = f"/{HOST}/v7/shops/{ACCOUNT}/signals", "/v26.0/1/events"
        answers = [post(where) for where in (parcel, meta, parcel, meta, parcel)]
    finally:
        served.stop()
    assert [one.status_code for one in answers] == [200, 401, 200, 429, 200]
    assert [one.json().get("code") for one in answers] == [4010, None, 4290, None, 4010]


@pytest.mark.parametrize(
    "path",
    [
        "/evil.example/x",
        "/evil%2Eexample/x",
        "/user@api.parcel.example/x",
        "/api.parcel.example:81/x",
        "//evil.example/",
    ],
)
def test_the_sandbox_says_which_hosts_it_stands_for(server: SandboxServer, path: str) -> None:
    refused = httpx.get(f"{server.url}{path}", trust_env=False)

    assert refused.status_code == 421
    assert f"{', '.join(server_hosts())}. Without one" in refused.text
    assert {"graph.facebook.com", HOST} <= set(server_hosts())


def test_silence_ends_with_the_server() -> None:
    served = SandboxServer(faults=[Faults(Fault.TIMEOUT)])
    served.start()
    with pytest.raises(httpx.ReadTimeout):
        httpx.post(f"{served.url}/v26.0/1/events", json={}, trust_env=False, timeout=0.2)
    served.stop()


def test_a_platform_without_a_server_api_says_so() -> None:
    (event,) = (replace(one, platform="mute") for one in decode(hit(number=1)))

    assert no_server("mute").startswith("Mute takes no server events from here, so nothing can be sent to it.")
    assert no_server("parcel") == ""
    with pytest.raises(ComposeError, match="Mute takes no server events"):
        draft_again(event, hit(), Terms(now_ms=now_ms(), customer=MARY, keep_time=False))


# -- where a token can stand ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("auth", "seen"),
    [
        (Auth(Carrier.BEARER), "Authorization: Bearer ••••••••"),
        (Auth(Carrier.HEADER, "Access-Token"), "Access-Token: ••••••••"),
        (Auth(Carrier.QUERY, "api_secret"), "api_secret=••••••••"),
        (Auth(Carrier.BODY, "key"), '"key":"••••••••"'),
        (Auth(Carrier.OAUTH1), "Authorization: OAuth ••••••••"),
    ],
    ids=lambda value: value.carrier.value if isinstance(value, Auth) else "",
)
def test_a_token_goes_where_the_platform_wants_it_and_is_never_recorded(
    listening: Listening, auth: Auth, seen: str
) -> None:
    def made(draft: Draft, base_url: str) -> Outgoing:
        return replace(API.outgoing(draft, base_url), auth=auth, platform="moved")

    moved = changed(PARCEL, name="moved", server=changed(API, auth=auth, outgoing=made))
    draft = replace(twin(), platform="moved")
    recorded: list[Exchange] = []
    with in_the_table(moved):
        ready = outgoing(draft, listening.url)
        sender = DraftSender(recorded.append, TokenStore({}, InMemory()))
        sender.send(draft, listening.url, confirmed=False)
        sender.close()
    (received,) = listening.received
    wire = " ".join((received.url, received.body.decode(), *(f"{name}: {value}" for name, value in received.headers)))
    assert SANDBOX_TOKEN in wire
    assert SANDBOX_TOKEN not in repr(recorded)
    request = shown(ready)
    lines = (request.url, request.body.decode(), *(f"{name}: {value}" for name, value in request.headers))
    assert any(seen in line for line in lines)
    assert "ACCESS_TOKEN" in curl(ready.request, auth)

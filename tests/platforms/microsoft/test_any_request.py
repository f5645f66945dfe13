"""Whatever arrives at Microsoft's places, reading it gives events: no exception, and every invariant kept."""

from __future__ import annotations

import json

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.model import Exchange, Kind, Provenance, Request, Response
from app.platforms import decode
from app.platforms.microsoft.contract import answer
from app.platforms.microsoft.logged import LOGGED
from app.platforms.microsoft.server_api import SERVER
from app.platforms.sandbox import Faults
from tests.fuzz.test_decoders import JSON, invariants
from tests.platforms.microsoft.halves import API, HIT, TAG, element

PLACES = (
    HIT,
    "https://bat.bing.com/actionp/0",
    "https://commerce.bing.com/cst/0",
    "https://c.bing.com/c.gif",
    "https://bat.bing.com/bat.js",
    f"https://bat.bing.com/p/action/{TAG}.js",
    "https://shop.example/action/0",
    API,
    "https://capi.uet.microsoft.com/v1//events",
)
_KEYS = """
    ti evt ea ec gv gc event_id eventId transaction_id prodid items items.0.id items.9999.price pid msclkid vid sid asc
    p r mid rn Red3 BACID_ uet_msclkid ecomm_totalvalue
"""
_VALUES = """
    custom pageLoad page consent pid pageHide 97654321 N -1 _uet % %ZZ + em%3D%26ph=1 [{}] {} [1] id=a,id=,b= G D
"""
_MEMBERS = """
    data eventType eventName eventId eventTime userData customData em ph msclkid items itemIds transactionId value index
    continueOnValidationError error details propertyName errorMessage isWarning eventsReceived code traceId
"""
KEYS, MEMBERS = st.sampled_from(_KEYS.split()), st.sampled_from(_MEMBERS.split())
VALUES = st.sampled_from(_VALUES.split()) | st.text(max_size=12)
QUERY = st.lists(st.tuples(KEYS, VALUES), max_size=12).map(lambda pairs: "&".join(f"{k}={v}" for k, v in pairs))
NESTED = st.recursive(
    JSON | st.sampled_from(["custom", "pageLoad", True, 1_795_169_730, "N"]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(MEMBERS, inner, max_size=8),
    max_leaves=20,
)
BODY = (
    st.binary(max_size=80)
    | QUERY.map(str.encode)
    | NESTED.map(lambda value: json.dumps(value).encode())
    | NESTED.map(lambda value: json.dumps({"data": [value, element(1) | {"customData": value}]}).encode())
)
METHODS = st.sampled_from(["GET", "POST", "HEAD", "OPTIONS"])
QUICK = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)


@QUICK
@given(
    st.sampled_from(PLACES),
    QUERY,
    METHODS,
    BODY,
    st.none() | BODY,
    st.data(),
)
def test_any_request_and_any_answer_is_read(
    place: str, query: str, method: str, body: bytes, said: bytes | None, data: st.DataObject
) -> None:
    status = data.draw(st.sampled_from([0, 200, 204, 400, 401, 429, 500]))
    agent = data.draw(st.sampled_from(["", "Mozilla/5.0", "python-httpx/0.28"]))
    request = Request(method, f"{place}?{query}", (("User-Agent", agent),), body, truncated=data.draw(st.booleans()))
    response = None if said is None else Response(status, (), said)
    via = data.draw(st.sampled_from(Provenance))
    events = decode(Exchange(via, request, response, number=1), ("shop.example",))
    invariants(events)
    counted = [event for event in events if event.platform == "microsoft" and event.kind is Kind.EVENT]
    assert all(event.name or event.flaws for event in counted)


@QUICK
@given(NESTED)
def test_any_payload_is_answered_judged_and_known(value: object) -> None:
    text = json.dumps({"data": [value], "continueOnValidationError": value})
    request = Request("POST", API, (("Authorization", "Bearer any"),), text.encode())
    response = answer(request, 1_795_169_730_000, Faults())
    invariants(decode(Exchange(Provenance.FORWARDED, request, response, number=1)))
    SERVER.read_pasted(Request("POST", "", (), json.dumps(value).encode()))
    if LOGGED.shape(value):
        assert LOGGED.unnamed(LOGGED.call(json.dumps(value), value, ""))

"""Refusals in words: every one we know has a cause and a fix, and none is made up."""

from __future__ import annotations

import json

import pytest

from app.model import Exchange, Outcome, Provenance, Request, Response
from app.platforms import decode
from app.platforms.explained import explanations
from app.platforms.meta.answer import TABLE, explain


def test_every_known_refusal_says_what_it_is_why_and_what_to_do() -> None:
    for (code, subcode), known in explanations(TABLE).items():
        assert (known.code, known.subcode) == (code, subcode)
        assert f"{code}{subcode}".isdigit()
        assert known.title
        assert (known.cause[-1:], known.fix[-1:]) == (".", "."), (code, subcode)
        assert known.source in ("documented", "observed", "common")


@pytest.mark.parametrize(
    ("code", "subcode", "title"),
    [
        ("100", "2804003", "Event time too old"),
        ("100", "2804009", "Purchase without value or currency"),
        ("100", "2804016", "Customer value not hashed"),
        ("100", "2804050", "Not enough customer information"),
        ("100", "2804048", "Event refused (subcode 2804048)"),
        ("368", None, "Blocked for a policy"),
        ("190", "463", "Access token expired"),
        ("190", "99", "Access token not valid"),  # an unknown subcode falls back to its code
        ("100", None, "Invalid parameter"),
    ],
)
def test_a_refusal_is_explained_by_its_numbers(code: str, subcode: str | None, title: str) -> None:
    known = explain(code, subcode)
    assert known is not None
    assert known.title == title


def test_an_unknown_refusal_is_not_explained() -> None:
    assert explain("424242", "1") is None
    assert explain(None, None) is None


@pytest.mark.parametrize("nothing", [None, "", {}, []])
def test_an_error_that_says_nothing_is_none(nothing: object) -> None:
    assert _of_call({"events_received": 1, "error": nothing}) is Outcome.ACCEPTED


@pytest.mark.parametrize("error", [{"code": 100}, "Forbidden", {"message": ""}])
def test_an_error_that_says_something_is_a_refusal_whatever_stands_beside_it(error: object) -> None:
    assert _of_call({"events_received": 1, "error": error}) is Outcome.REJECTED


def _of_call(said: dict[str, object]) -> Outcome:
    request = Request("POST", "https://graph.facebook.com/v26.0/1/events", (), b'{"data":[{"event_name":"Lead"}]}')
    response = Response(200, (), json.dumps(said).encode())
    (event,) = decode(Exchange(Provenance.FORWARDED, request, response, number=1))
    return event.outcome


@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        ("net::ERR_BLOCKED_BY_CLIENT", Outcome.FAILED),
        ("net::ERR_INTERNET_DISCONNECTED", Outcome.FAILED),
        ("net::ERR_CERT_AUTHORITY_INVALID", Outcome.FAILED),
        ("net::ERR_PROXY_CONNECTION_FAILED", Outcome.FAILED),
        ("net::ERR_TUNNEL_CONNECTION_FAILED", Outcome.FAILED),
        ("NS_ERROR_UNKNOWN_HOST", Outcome.FAILED),
        ("NS_ERROR_OFFLINE", Outcome.FAILED),
        ("csp", Outcome.FAILED),
        ("net::ERR_ABORTED", Outcome.UNKNOWN),  # the page went away after sending
        ("Client disconnected.", Outcome.UNKNOWN),
        ("", Outcome.UNKNOWN),
    ],
)
def test_an_error_before_the_wire_is_a_loss_and_one_behind_it_is_not(error: str, outcome: Outcome) -> None:
    request = Request("GET", "https://www.facebook.com/tr/?id=1&ev=Lead")
    (event,) = decode(Exchange(Provenance.CAPTURED, request, None, error, number=1))
    assert event.outcome is outcome

"""Golden cases: a request as it stood on the wire, and beside it everything that decoding it must give.

`<case>.request.json` is written by hand and says in `behaviour` what it shows. `<case>.expected.json` is written by
`pytest tests/platforms --update-goldens` and then read by eye: every attribute of every event that is not left plain.
"""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

from msgspec.structs import asdict, astuple, fields

from app.model import Answer, Content, Event, Exchange, Field, Flaw, Provenance, Request, Response, UserValue

FOLDER = Path(__file__).parent.parent / "fixtures" / "meta"
SAMPLES = Path(__file__).parent.parent / "fixtures" / "samples"


def cases(folder: Path = FOLDER) -> list[str]:
    """The names of all cases in a folder."""
    return sorted(path.name.removesuffix(".request.json") for path in folder.glob("*.request.json"))


def exchange_of(case: dict[str, Any], number: int = 1) -> Exchange:
    """The exchange that a case describes."""
    response = case.get("response")
    return Exchange(
        provenance=Provenance(case.get("provenance", "imported")),
        request=Request(
            case["request"].get("method", "GET"),
            case["request"]["url"],
            _headers(case["request"]),
            _body(case["request"]),
            truncated=case["request"].get("truncated", False),
        ),
        response=response and Response(response["status"], _headers(response), _body(response)),
        error=case.get("error"),
        started_ms=case.get("started_ms"),
        finished_ms=case.get("finished_ms"),
        number=number,
    )


def _headers(part: dict[str, Any]) -> tuple[tuple[str, str], ...]:
    return tuple((name, value) for name, value in part.get("headers", {}).items())


def _body(part: dict[str, Any]) -> bytes:
    if "base64" in part:
        return base64.b64decode(part["base64"])
    body = part.get("body", "")
    return (body if isinstance(body, str) else json.dumps(body, ensure_ascii=False)).encode()


def har_exchanges(path: Path) -> list[Exchange]:
    """The exchanges of a HAR sample, read with no more than this: decoding must not depend on our own reader."""
    entries = json.loads(path.read_text("utf-8"))["log"]["entries"]
    return [_har_exchange(entry, number) for number, entry in enumerate(entries, 1)]


def _har_exchange(entry: dict[str, Any], number: int) -> Exchange:
    request, response = entry["request"], entry["response"]
    content = response.get("content", {})
    text = content.get("text", "")
    return Exchange(
        Provenance.IMPORTED,
        Request(
            request["method"],
            request["url"],
            tuple((item["name"], item["value"]) for item in request["headers"]),
            request.get("postData", {}).get("text", "").encode(),
        ),
        Response(
            response["status"],
            tuple((item["name"], item["value"]) for item in response["headers"]),
            base64.b64decode(text) if content.get("encoding") == "base64" else text.encode(),
        ),
        number=number,
    )


def plain(events: tuple[Event, ...]) -> list[dict[str, Any]]:
    """Events as JSON, attributes at their defaults left out so that a case shows what it is about."""
    return [_event(event) for event in events]


def _event(event: Event) -> dict[str, Any]:
    shown: dict[str, Any] = {}
    for item in fields(Event):
        value = getattr(event, item.name)
        if item.name in ("exchange", "platform") or value in (None, "", ()) or value is False:
            continue
        shown[item.name] = _value(value)
    return shown


def _plain(part: Any) -> bool:
    return part is None or part is False or part == ()


def _value(value: Any) -> Any:
    if isinstance(value, Field):
        return f"{value.origin} · {value.group} · {value.label} · {value.key} = {value.value}"
    if isinstance(value, UserValue):
        return f"{value.key} · {value.form.value} · {value.wire} = {value.value}"
    if isinstance(value, Flaw):
        return {name: part for name, part in asdict(value).items() if part}
    if isinstance(value, Answer):
        answer = asdict(value)
        return {name: part for name, part in answer.items() if name == "accepted" or not _plain(part)}
    if isinstance(value, Content):
        return list(astuple(value))
    if isinstance(value, tuple):
        return [_value(part) for part in value]
    return value

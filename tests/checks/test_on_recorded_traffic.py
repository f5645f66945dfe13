"""The checks on what the decoders make of real requests: every golden case and every recorded sample."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

import pytest

from app.checks import Context, check_event
from app.checks.catalogue import BY_CODE
from app.model import Event, Finding
from app.platforms import decode
from app.redaction import mask
from tests.platforms.goldens import FOLDER, cases, exchange_of


def _events() -> Iterator[Event]:
    for name in cases():
        yield from decode(exchange_of(json.loads((FOLDER / f"{name}.request.json").read_text("utf-8"))))


@pytest.fixture(scope="module")
def found() -> list[Finding]:
    return [item for event in _events() for item in check_event(event, Context())]


def test_every_decoders_complaint_becomes_a_finding_of_a_known_code() -> None:
    for event in _events():
        told = [(item.code, item.reason) for item in check_event(event, Context())]
        assert [flaw for flaw in event.flaws if (flaw.code, flaw.reason) not in told] == []
        assert [flaw.code for flaw in event.flaws if flaw.code not in BY_CODE] == []


def test_every_decoders_complaint_has_a_sentence_of_its_own(found: list[Finding]) -> None:
    assert [item for item in found if item.reason and item.message.endswith(f"({item.reason}).")] == []


def test_no_message_about_recorded_traffic_is_unfinished(found: list[Finding]) -> None:
    assert len(found) > 100
    assert [item.message for item in found if "{" in item.message and "{detail}" in item.message] == []
    assert [item.message for item in found if "None" in item.message] == []


def test_masking_secrets_changes_no_finding() -> None:
    for name in cases():
        # The goldens' tokens of four letters leave their masks too short to tell two apart; real ones are long.
        text = (FOLDER / f"{name}.request.json").read_text("utf-8")
        exchange = exchange_of(json.loads(re.sub(r"EAA(?=[a-z]\b)", "EAA" + "0" * 40, text)))
        told = [
            [(item.code, item.reason, item.field) for event in decode(seen) for item in check_event(event, Context())]
            for seen in (exchange, mask(exchange))
        ]
        assert told[0] == told[1], name

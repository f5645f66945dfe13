"""However a file is damaged: what is read is true, what is not is said, and nothing but `FormatError` is raised."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.formats import FormatError, Import, read
from app.model import Exchange
from app.platforms import decode
from app.redaction import mask
from tests.formats.traffic import call, har, lines, pixel, put, server_event

HAR = har(*(pixel("Lead", f"l-{number}", after_s=number) for number in range(5)))
LINES = lines(*(call(server_event("Lead", f"l-{number}", after_s=number)) for number in range(5)))
KEYS = frozenset(
    ("request", "response", "url", "method", "headers", "postData", "params", "name", "value", "text", "status", "time")
).union(("content", "encoding", "mimeType", "startedDateTime", "data", "payload", "id", "event_name", "body"))
junk = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.just("https://a/?ev=A&id=1"),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(sorted(KEYS)),
            inner,
            max_size=6,
        )
    ),
    max_leaves=20,
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("damage")


def attempt(folder: Path, data: str | bytes) -> Import | None:
    """Read it, decode what came of it, and keep the refusal to its form."""
    path, found, refusal = put(folder, "thing.json", data), None, "thing.json ."
    try:
        found = read(path)
    except FormatError as error:
        refusal = str(error)
    assert (refusal[:11], refusal[-1]) == ("thing.json ", ".")
    for exchange in found.exchanges if found else ():
        decode(mask(exchange))
    return found


def whole(folder: Path, text: str) -> tuple[Exchange, ...]:
    return read(put(folder, "thing.json", text)).exchanges


@given(cut=st.integers(0, len(HAR)))
@settings(max_examples=150, deadline=None)
def test_a_har_file_cut_anywhere_gives_what_stood_before(folder: Path, cut: int) -> None:
    found = attempt(folder, HAR[:cut])
    if found is not None:
        assert found.exchanges == whole(folder, HAR)[: len(found.exchanges)]
        assert found.skipped or len(found.exchanges) == 5


@given(cut=st.integers(0, len(LINES)))
@settings(max_examples=150, deadline=None)
def test_lines_cut_anywhere_lose_the_last_only(folder: Path, cut: int) -> None:
    found = attempt(folder, LINES[:cut])
    complete = LINES[:cut].count("\n")
    assert (found.exchanges if found else ())[:complete] == whole(folder, LINES)[:complete]


@given(at=st.integers(0, len(HAR.encode()) - 1), byte=st.binary(min_size=1, max_size=3))
@settings(max_examples=150, deadline=None)
def test_flipped_bytes_are_survived(folder: Path, at: int, byte: bytes) -> None:
    data = HAR.encode()
    attempt(folder, data[:at] + byte + data[at + 1 :])
    data = LINES.encode()
    attempt(folder, data[:at] + byte + data[at + 1 :])


@given(entry=junk)
@settings(max_examples=300, deadline=None)
def test_any_json_is_read_or_refused(folder: Path, entry: Any) -> None:
    attempt(folder, json.dumps(entry))
    found = attempt(folder, har(entry, pixel("Lead", "l-0")))
    assert found is not None
    assert len(found.exchanges) + len(found.skipped) + found.ignored == 2
    assert found.exchanges[-1] == whole(folder, har(pixel("Lead", "l-0")))[0]


@given(data=st.binary(max_size=200))
@settings(max_examples=150, deadline=None)
def test_any_bytes_are_read_or_refused(folder: Path, data: bytes) -> None:
    attempt(folder, data)
    attempt(folder, b"SQLite format 3\x00" + data)

"""cURL commands in a file."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.formats import FormatError, read
from app.model import Exchange, Provenance, Request
from app.session.file import Skipped
from tests.formats.traffic import put

GRAPH = "https://graph.facebook.com/v24.0/1/events"
TWO = f"""# how the shop sends
curl -X POST '{GRAPH}' \\
  -H 'Content-Type: application/json' \\
  -d '{{"data":[{{"event_name":"Purchase"}}]}}'

# and the way the documentation does
$ curl -F 'data=[{{"event_name":"Lead"}}]' {GRAPH}
"""


def test_each_command_is_the_request_it_sends(tmp_path: Path) -> None:
    found = read(put(tmp_path, "send.sh", TWO))
    form = (("Content-Type", "application/x-www-form-urlencoded"),)
    json = (("Content-Type", "application/json"),)
    assert found.exchanges == (
        Exchange(
            Provenance.IMPORTED,
            Request("POST", GRAPH, json, b'{"data":[{"event_name":"Purchase"}]}'),
            source="send.sh",
        ),
        Exchange(
            Provenance.IMPORTED,
            Request("POST", GRAPH, form, b"data=%5B%7B%22event_name%22%3A%22Lead%22%7D%5D"),
            source="send.sh",
        ),
    )
    assert found.skipped == ()


def test_a_command_of_no_use_is_named_and_nothing_else_lost(tmp_path: Path) -> None:
    found = read(put(tmp_path, "send.txt", f"curl -d '{{}}\ncurl -d a=b {GRAPH}\n"))
    assert len(found.exchanges) == 1
    assert found.skipped == (Skipped(0, "A quote in the cURL command is never closed."),)


@pytest.mark.parametrize("text", ["curl -X POST", "curl -d @payload.json https://graph.facebook.com/v24.0/1/events"])
def test_a_file_without_a_useful_command_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(FormatError, match=r"a\.sh holds no cURL command Pixelpair can read"):
        read(put(tmp_path, "a.sh", text))

"""What is printed: a terminal obeys some characters, and events may hold any."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from app.reports.printable import plain, printable_json
from tests.cli.test_commands import LINE, pixelpair
from tests.formats.traffic import call, har, lines, pixel, put, server_event

OBEYED = set("\x1b\x07\x9b\u202e\x7f\r\u2066")
ESCAPES = "\x1b]0;title\x07\x1b[31m\x9b31m\u202e\x7f\r\u2066"


def test_a_report_holds_no_character_that_a_terminal_obeys(tmp_path: Path) -> None:
    (event,) = LINE["data"]
    for field in ("event_name", "event_id", "event_source_url", "action_source"):
        spoilt = {**event, field: f"[bold]{event[field]}{ESCAPES}"}
        (tmp_path / f"{field}.jsonl").write_text(json.dumps({"data": [spoilt]}), "utf-8")
    files = sorted(tmp_path.iterdir())
    table = pixelpair("check", *files, "--raw").stdout
    assert OBEYED.isdisjoint(table)
    assert "⟨U+009B⟩31m" in table
    assert "[bold]" in table
    document = pixelpair("check", *files, "--raw", "--json").stdout
    assert OBEYED.isdisjoint(document)
    assert f"[bold]Purchase{ESCAPES}" in {event["name"] for event in json.loads(document)["events"]}


@pytest.mark.parametrize("text", ["Käufe ✓", "東京", "a b", ""])
def test_ordinary_text_stays_as_it_is(text: str) -> None:
    assert (plain(text), json.loads(printable_json([text]))) == (text, [text])
    assert text in printable_json([text])


def test_the_keys_of_names_that_both_sides_sent_are_printed(tmp_path: Path) -> None:
    browser = put(tmp_path, "b.har", har(pixel("Purchase", "o-1"), pixel("Lead", "l-1"), pixel("PageView")))
    server = put(tmp_path, "s.jsonl", lines(call(server_event("Purchase", "o-1"), server_event("Lead", "l-2"))))
    table = pixelpair("check", browser, server).stdout.partition("Browser / server / shared")[2]
    assert [line.split("  ")[0] for line in table.splitlines()[1:]] == ["Lead", "Purchase"]
    assert "100% / 100% / 0%" in table.splitlines()[1]
    assert "100% / 100% / 100%" in table.splitlines()[2]
    assert "Browser / server" not in pixelpair("check", browser).stdout


def test_output_that_lacks_our_letters_still_gets_the_report(tmp_path: Path) -> None:
    file = tmp_path / "server.jsonl"
    file.write_text(json.dumps({"data": [{**LINE["data"][0], "event_name": "Käufe 東京"}]}), "utf-8")
    environment = {**os.environ, "PYTHONIOENCODING": "cp1252", "PYTHONUTF8": "0"}
    command = [sys.executable, "-m", "app", "check", str(file)]
    table, document = (
        subprocess.run([*command, *more], env=environment, capture_output=True, check=False, timeout=60)
        for more in ([], ["--json"])
    )
    assert (table.stderr, document.stderr) == (b"", b"")
    assert "Käufe ??" in table.stdout.decode("cp1252")
    assert [event["name"] for event in json.loads(document.stdout.decode("cp1252"))["events"]] == ["Käufe 東京"]

"""Numbers that options take, what a broken file leaves out, and where `--to` leads."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from app.cli import main
from app.sending.sandbox import SandboxServer
from tests.formats.traffic import har, pixel, put


@pytest.mark.parametrize(
    "arguments",
    [
        ("capture", "--seconds", "nan"),
        ("capture", "--seconds", "-1"),
        ("capture", "--seconds", "inf"),
        ("replay", "a.har", "--pace", "-1"),
        ("replay", "a.har", "--pace", "nan"),
        ("sandbox", "--port", "99999"),
        ("sandbox", "--port", "-1"),
    ],
    ids=" ".join,
)
def test_a_number_out_of_range_is_refused_by_its_options_name(arguments: tuple[str, ...]) -> None:
    done = CliRunner().invoke(main, arguments)
    assert done.exit_code == 2
    assert arguments[-2] in done.stderr
    assert "mistake of ours" not in done.stderr


def test_what_is_left_out_of_a_broken_file_is_said(tmp_path: Path) -> None:
    whole = har(*(pixel("Lead", f"l-{number}") for number in range(4)))
    half = put(tmp_path, "half.har", whole[: len(whole) * 3 // 4])
    done = CliRunner().invoke(main, ["check", str(half)])
    assert "half.har" in done.stderr
    assert "broken from here on" in done.stderr
    assert "l-0" in done.stdout


@pytest.mark.parametrize(("platform", "account"), [("meta", "1111111111111111"), ("tiktok", "CQ7EXAMPLE0PIXELCODE")])
def test_the_bare_address_of_a_sandbox_serves_each_platform(platform: str, account: str) -> None:
    server = SandboxServer()
    server.start()
    try:
        send = ["send", "--platform", platform, "--template", "Purchase", "--account", account, "--to", server.url]
        done = CliRunner().invoke(main, send)
    finally:
        server.stop()
    assert "accepted" in done.output, done.output


def test_the_same_file_twice_is_read_once(tmp_path: Path) -> None:
    source = put(tmp_path, "a.har", har(pixel("Lead", "l-1")))
    once = CliRunner().invoke(main, ["check", str(source)])
    twice = CliRunner().invoke(main, ["check", str(source), str(source)])
    assert twice.stdout == once.stdout
    assert "read once" in twice.stderr


def test_a_browser_that_is_not_there_leaves_no_session_behind(tmp_path: Path) -> None:
    session = tmp_path / "a.pixelpair"
    done = CliRunner().invoke(main, ["capture", "--browser", "nosuch", "--session", str(session)])
    assert done.exit_code == 2
    assert "nosuch" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_platforms_due_are_refused_by_name_where_there_is_none(tmp_path: Path) -> None:
    source = put(tmp_path, "a.har", har(pixel("Lead", "l-1")))
    done = CliRunner().invoke(main, ["check", str(source), "--due", "Purchase=meta,nosuch"])
    assert done.exit_code == 2
    assert "“nosuch” is no platform. There is: meta" in done.stderr

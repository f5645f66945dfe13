"""What kind of file it is, is seen from what is in it."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from app.formats import FormatError, Import, read
from app.model import Exchange, Provenance, Request
from app.session.file import Session
from tests.formats.traffic import har, lines, pixel, put, server_event

CAPTURED = Exchange(Provenance.CAPTURED, Request("GET", "https://www.facebook.com/tr/?id=1&ev=A"), started_ms=5)
IMPORTED = Exchange(Provenance.IMPORTED, Request("GET", "https://www.facebook.com/tr/?id=1&ev=B"), source="b.har")


def test_names_do_not_matter(tmp_path: Path) -> None:
    assert len(read(put(tmp_path, "a.txt", har(pixel("Lead")))).exchanges) == 1
    assert len(read(put(tmp_path, "b.har", lines(server_event("Lead")))).exchanges) == 1


def test_a_session_file_is_read_as_it_was_recorded_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "a.pixelpair"
    with Session.open(path) as session:
        session.append([CAPTURED, IMPORTED])
    before = path.read_bytes()
    assert read(path) == Import("a.pixelpair", hashlib.sha256(before).hexdigest(), (CAPTURED, IMPORTED))
    assert path.read_bytes() == before
    assert [item.name for item in tmp_path.iterdir()] == ["a.pixelpair"]


def test_a_session_that_is_being_written_can_be_read(tmp_path: Path) -> None:
    path = tmp_path / "a.pixelpair"
    with Session.open(path) as session:
        session.append([CAPTURED])
        assert read(path).exchanges == (CAPTURED,)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "is empty. Export it again."),
        (b" \n", "is empty. Export it again."),
        (b"\x89PNG\r\n", "is no text file (byte 0 is not utf-8). Pixelpair reads HAR, JSON, JSON Lines"),
        (b"SQLite format 3\x00" + bytes(200), "is not a Pixelpair session (it is another program's database)."),
    ],
)
def test_other_files_are_refused_by_name(tmp_path: Path, data: bytes, reason: str) -> None:
    with pytest.raises(FormatError) as caught:
        read(put(tmp_path, "thing.bin", data))
    assert str(caught.value).startswith(f"thing.bin {reason}")


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match=r"^none\.har can not be read \(No such file or directory\)"):
        read(tmp_path / "none.har")

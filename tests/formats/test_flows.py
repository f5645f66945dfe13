"""mitmproxy's flow files, written by mitmproxy itself."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import pytest
from mitmproxy.flow import Error
from mitmproxy.http import HTTPFlow, Request, Response
from mitmproxy.io import FlowWriter
from mitmproxy.test import tflow

from app import model
from app.formats import FormatError, read
from app.model import Provenance

PIXEL = "https://www.facebook.com/tr/?id=1111111111111111&ev=Purchase&eid=o-1"


def flow(url: str = PIXEL, status: int = 200) -> HTTPFlow:
    request = Request.make("GET", url, headers=((b"User-Agent", b"UA"),))
    request.timestamp_start = 1795317862.25
    response = Response.make(status, b"GIF", {"Content-Type": "image/gif"})
    response.timestamp_end = 1795317862.5
    return tflow.tflow(req=request, resp=response)


def saved(path: Path, *flows: HTTPFlow) -> Path:
    held = BytesIO()
    writer = FlowWriter(held)
    for each in flows:
        writer.add(each)
    path.write_bytes(held.getvalue())
    return path


def test_a_flow_is_the_exchange_it_was(tmp_path: Path) -> None:
    (found,) = read(saved(tmp_path / "a.flow", flow())).exchanges
    assert found == model.Exchange(
        Provenance.IMPORTED,
        model.Request("GET", PIXEL, (("User-Agent", "UA"), ("content-length", "0"))),
        model.Response(200, (("Content-Type", "image/gif"), ("content-length", "3")), b"GIF"),
        started_ms=1795317862250,
        finished_ms=1795317862500,
        source="a.flow",
    )


@pytest.mark.parametrize(
    ("said", "error"), [("Server disconnected", "Server disconnected"), ("Client disconnected.", None)]
)
def test_a_flow_without_an_answer_says_why_unless_the_page_left(tmp_path: Path, said: str, error: str | None) -> None:
    failed = flow()
    failed.response = None
    failed.error = Error(said)
    (found,) = read(saved(tmp_path / "a.flow", failed)).exchanges
    assert (found.response, found.error) == (None, error)


def test_of_a_file_that_breaks_off_the_beginning_is_read(tmp_path: Path) -> None:
    path = saved(tmp_path / "a.flow", flow(), flow(PIXEL + "-2"))
    path.write_bytes(path.read_bytes()[:-40])
    found = read(path)
    assert [exchange.request.url for exchange in found.exchanges] == [PIXEL]
    assert [item.index for item in found.skipped] == [1]


@pytest.mark.parametrize("data", [b"12:3:abc,", b"99999:9:websocket;0:~", b"5:0:~~~,"])
def test_what_only_begins_like_one_is_refused(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "a.flow").write_bytes(data)
    with pytest.raises(FormatError, match=r"a\.flow is no flow file that mitmproxy can read"):
        read(tmp_path / "a.flow")


def test_a_time_that_is_none_is_left_out(tmp_path: Path) -> None:
    late = flow()
    assert late.response is not None
    late.response.timestamp_end = 1e300
    (found,) = read(saved(tmp_path / "a.flow", late)).exchanges
    assert (found.started_ms, found.finished_ms) == (1795317862250, None)

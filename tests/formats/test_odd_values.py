"""Values no calendar and no character set holds: they are findings on a row, and the good rows stay."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from app.cli import main
from tests.formats.traffic import har, pixel, put


def entry(url: str, body: str | None = None) -> dict[str, Any]:
    request: dict[str, Any] = {"method": "POST" if body else "GET", "url": url, "headers": []}
    if body:
        request["postData"] = {"mimeType": "application/json", "text": body}
    return {"startedDateTime": "2026-11-27T10:00:00Z", "time": 1, "request": request, "response": {"status": 200}}


META = "https://graph.facebook.com/v20.0/1234567890/events"
TIKTOK = "https://business-api.tiktok.com/open_api/v1.3/event/track/"
PIXEL = "https://analytics.tiktok.com/api/v2/pixel"
ODD = {
    "Meta pixel, far": entry("https://www.facebook.com/tr/?id=1&ev=Odd&ts=253402300800000000"),
    "Meta pixel, half a character": entry("https://www.facebook.com/tr/?id=1&ev=Odd&dl=\ud800"),
    "Meta pixel, half a character in the name": entry("https://www.facebook.com/tr/?id=1&ev=Odd\ud800"),
    "Meta server, far": entry(META, '{"data":[{"event_name":"Odd","event_time":253402300800000000}]}'),
    "Meta server, far text": entry(META, '{"data":[{"event_name":"Odd","event_time":"9999-12-31T23:59:59-12:00"}]}'),
    "TikTok server, far": entry(
        TIKTOK,
        '{"event_source":"web","event_source_id":"C4A","data":[{"event":"Odd","event_time":253402300800000}]}',
    ),
    "TikTok pixel, far": entry(
        PIXEL, '{"event":"Odd","timestamp":"9999-12-31T23:59:59-23:59","context":{"pixel":{"code":"C4A"}}}'
    ),
}


@pytest.mark.parametrize("odd", ODD.values(), ids=ODD)
def test_an_odd_value_is_shown_and_takes_no_good_row_with_it(tmp_path: Path, odd: dict[str, Any]) -> None:
    source = put(tmp_path, "odd.har", har(pixel("Lead", "l-1"), odd))
    page = tmp_path / "out.html"
    done = CliRunner().invoke(main, ["check", str(source), "--html", str(page), "--fail-on", "never"])
    assert done.exit_code == 0, done.output
    assert "Odd" in done.stdout
    assert "l-1" in done.stdout
    assert "Odd" in page.read_text("utf-8")

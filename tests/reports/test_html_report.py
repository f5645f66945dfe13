"""The page stands alone, says everything the report says, and no stranger's text becomes part of it."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.checks import Context
from app.formats import read
from app.reports.html_report import render, seen
from app.reports.json_report import build
from app.workbench.files import analyse
from tests.formats.traffic import call, har, lines, pixel, put, server_event

HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "{{ 7 * 7 }}{% raw %}",
    "' onmouseover='alert(1)",
    "</style><script>alert(1)</script>",
    "javascript:alert(1)",
    "&lt;b&gt;",
]
ALLOWED = frozenset(
    re.findall(
        r"\w+",
        "html head meta title style body main h1 h2 h3 p div b i br span a code table thead tbody tr th td details "
        "summary dl dt dd footer",
    )
)
ATTRIBUTES = frozenset(
    ("lang", "charset", "http-equiv", "content", "name", "class", "style", "id", "href", "open", "aria-hidden")
)


class Page(HTMLParser):
    """What a browser would make of the page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.links: set[str] = set()
        self.ids: set[str] = set()
        self.text = ""
        self._open: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}
        self.links |= {value or "" for name, value in attrs if name in ("href", "src")}
        self.ids |= {value or "" for name, value in attrs if name == "id"}

    def handle_data(self, data: str) -> None:
        self.text += data


def page_of(report: dict[str, Any]) -> Page:
    """The page, after making sure that it is nothing but markup of ours and asks nobody for anything."""
    text = render(report)
    page = Page(text)
    assert page.tags <= ALLOWED
    assert page.attributes <= ATTRIBUTES
    assert all(link.startswith("#") and link[1:] in page.ids for link in page.links)
    assert re.search(r"https?://(?!www\.facebook\.com/tr|graph\.facebook\.com|shop\.example)", text) is None
    assert "url(" not in text
    assert "@import" not in text
    return page


def reported(folder: Path, *entries: Any, calls: tuple[Any, ...] = (), raw: bool = False) -> dict[str, Any]:
    files = [put(folder, "browser.har", har(*entries))] + ([put(folder, "s.jsonl", lines(*calls))] if calls else [])
    analysis, numbered = analyse([read(path) for path in files], Context())
    return build(analysis, numbered, raw=raw, app_version="1.2.3")


def squeezed(text: str) -> str:
    return " ".join(text.split())


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_stays_text(tmp_path: Path, text: str) -> None:
    entry = pixel(
        text, text, {"dl": f"https://shop.example/{text}", "cd[value]": text, "cd[currency]": text, text: text}
    )
    event = server_event(text, text, event_source_url=text, custom_data={text: text, "order_id": text})
    page = page_of(
        reported(tmp_path, entry, calls=(call(event, answer={"error": {"message": text}}, status=400), text))
    )
    assert text in page.text


@given(name=st.text(max_size=30), value=st.text(max_size=30))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_text_stays_text(tmp_path: Path, name: str, value: str) -> None:
    page_of(reported(tmp_path, pixel(name, value, {"cd[value]": value, name: value}), raw=True))


def test_amounts_are_shown_by_their_currency(tmp_path: Path) -> None:
    shop = {"cd[value]": "18.0", "cd[currency]": "EUR"}
    report = reported(tmp_path, pixel("Purchase", "o-1", shop))
    assert "18.00 EUR" in squeezed(page_of(report).text)
    assert report["events"][0]["value"] == "18.0", "the machine-readable report keeps the wire's text"


def test_the_page_says_what_the_report_says(tmp_path: Path) -> None:
    shop = {"cd[value]": "59.90", "cd[currency]": "USD"}
    data = {"value": 59.9, "currency": "USD"}
    report = reported(
        tmp_path,
        pixel("Purchase", "o-1", shop),
        pixel("Purchase", "12345", shop, after_s=600),
        calls=(
            call(server_event("Purchase", "o-1", after_s=1, custom_data=data)),
            call(server_event("Purchase", "12345-server", after_s=601, custom_data=data)),
            "{broken",
        ),
    )
    page = page_of(report)
    text = squeezed(page.text)
    assert "2 conversions will be counted as 3: 50 % too many (+59.90 USD)." in text
    assert "Events from 2026-11-22 12:00:00 to 2026-11-22 12:10:01 UTC." in text
    assert "✓Deduplicated" in text
    assert "✕Double counted" in text
    for finding in report["findings"]:
        assert squeezed(finding["message"]) in text
        assert squeezed(finding["fix"]) in text
        assert finding["code"] in text
    assert "Evidently the same conversion as p3" in text
    assert "The two sides are compared at p2." in text
    assert report["inputs"][0]["sha256"] in text
    assert report["inputs"][1]["skipped"][0]["reason"] in text
    assert "Personal data sent in plain text is replaced by pseudonyms" in text
    assert f"Pixelpair 1.2.3 · rules {report['app']['rules']} · pixelpair.report/1." in text
    assert {"p1", "p2", "p3"} <= page.ids


def test_the_keys_of_each_side_are_laid_out_as_events_manager_does(tmp_path: Path) -> None:
    report = reported(
        tmp_path,
        pixel("Purchase", "o-1"),
        pixel("Purchase", "o-2", after_s=600),
        pixel("PageView"),
        calls=(call(server_event("Purchase", "o-1", after_s=1)),),
    )
    assert {line["name"]: line["keys"]["event_id"] for line in report["coverage"]} == {
        "PageView": {"browser": 0.0, "server": None, "shared": None},
        "Purchase": {"browser": 1.0, "server": 1.0, "shared": 0.5},
    }
    text = squeezed(page_of(report).text)
    assert "event_id: browserserversharedexternal_id: browserserversharedfbp: browserservershared" in text
    assert "Purchase100 %100 %50 %0 %0 %0 %100 %100 %50 %" in text
    assert "PageView0 %––0 %––100 %––" in text
    assert "orders:" not in text


def test_a_report_of_an_older_version_is_still_shown(tmp_path: Path) -> None:
    report = reported(tmp_path, pixel("Lead", "l-1"))
    del report["coverage"], report["summary"]["orders"]
    assert "Keys that merge" not in page_of(report).text


def test_raw_evidence_says_so(tmp_path: Path) -> None:
    page = page_of(reported(tmp_path, pixel("Lead", "l-1"), raw=True))
    assert "Personal data sent in plain text is shown as it was sent." in page.text


@pytest.mark.parametrize(
    ("entries", "calls", "headline"),
    [
        ((), (), "No ad-platform event was found in these inputs."),
        ((pixel("Lead", "l-1"),), (), "The server side was not observed, so nothing can be said about deduplication."),
        ((), (call(server_event("Lead", "l-1")),), "The browser side was not observed, so nothing can be said"),
        (
            (pixel("Lead", "l-1"), pixel("Contact", "c-1", after_s=90)),
            (call(server_event("Lead", "l-1")),),
            "Nothing will be counted twice, but some conversions were seen on one side only.",
        ),
        ((pixel("Lead", "l-1"),), (call(server_event("Lead", "l-1")),), "Every conversion will be counted once."),
    ],
)
def test_the_headline_is_the_result(tmp_path: Path, entries: Any, calls: Any, headline: str) -> None:
    assert headline in squeezed(page_of(reported(tmp_path, *entries, calls=calls)).text)


@pytest.mark.parametrize("flawed", [3, 450])
def test_a_long_session_details_the_worst_rows_and_says_so(tmp_path: Path, flawed: int) -> None:
    entries = [pixel("PageView", f"v-{n}", after_s=90 * n) for n in range(450 - flawed)]
    entries += [pixel("Lead", f"l-{n} " if n else "{{Event ID}}", after_s=90 * n + 45) for n in range(flawed)]
    report = reported(tmp_path, *entries)
    worst = [pair["id"] for pair in report["pairs"] if pair["findings"]]
    page = page_of(report)
    assert len(page.ids) == min(400, len(worst))
    assert page.ids <= set(worst)
    assert next(pair["id"] for pair in report["pairs"] if pair["event_id"] == "{{Event ID}}") in page.ids
    assert f"{len(page.ids)} of 450 rows" in squeezed(page.text)


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("plain", "plain"),
        (" a b ", "·a b·"),
        ("  ", "··"),
        ("", ""),
        ("a\u200bb\u202ec\x00\td", "a⟨U+200B⟩b⟨U+202E⟩c⟨U+0000⟩⟨U+0009⟩d"),
        ("a\xa0b", "a⟨U+00A0⟩b"),
        ("two\nlines", "two\nlines"),
        ("日本 🙂 é", "日本 🙂 é"),
        ("x" * 1300, "x" * 1200 + "… (100 more characters)"),
        (12, "12"),
    ],
)
def test_nothing_in_a_value_hides(value: object, shown: str) -> None:
    assert seen(value) == shown

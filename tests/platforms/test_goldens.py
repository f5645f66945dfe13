"""Golden cases and recorded samples decode to exactly what stands beside them."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from app.model import Exchange
from app.platforms import decode
from tests.platforms.goldens import FOLDER, SAMPLES, cases, exchange_of, har_exchanges, plain


def _agrees(found: Any, path: Path, *, update: bool) -> None:
    if update:
        path.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n", "utf-8")
    expected = json.loads(path.read_text("utf-8"))
    # Through JSON, so that tuples and lists are the same.
    assert json.loads(json.dumps(found)) == expected, "if this is meant: pytest tests/platforms --update-goldens"


@pytest.mark.parametrize("name", cases())
def test_golden_case_decodes_to_what_stands_beside_it(name: str, update_goldens: bool) -> None:
    case = json.loads((FOLDER / f"{name}.request.json").read_text("utf-8"))
    found = plain(decode(exchange_of(case), tuple(case.get("endpoints", ()))))
    _agrees(found, FOLDER / f"{name}.expected.json", update=update_goldens)


def test_every_expectation_belongs_to_a_case() -> None:
    expected = {path.name.removesuffix(".expected.json") for path in FOLDER.glob("*.expected.json")}
    assert expected == set(cases())


@pytest.mark.parametrize("sample", ["meta_pixel", "meta_capi_python_sdk"])
def test_recorded_sample_decodes_to_what_stands_beside_it(sample: str, update_goldens: bool) -> None:
    found = [plain(decode(exchange)) for exchange in har_exchanges(SAMPLES / f"{sample}.har")]
    _agrees(found, FOLDER / "samples" / f"{sample}.expected.json", update=update_goldens)


def test_published_requests_decode_to_what_stands_beside_them(update_goldens: bool) -> None:
    lines = (SAMPLES / "meta_published_requests.jsonl").read_text("utf-8").splitlines()
    found = [plain(decode(_published(json.loads(line)))) for line in lines]
    _agrees(found, FOLDER / "samples" / "meta_published_requests.expected.json", update=update_goldens)


def _published(line: dict[str, str]) -> Exchange:
    headers = {"Content-Type": line["content_type"]} if "content_type" in line else {}
    return exchange_of(
        {"request": {"method": line["method"], "url": line["url"], "headers": headers, "body": line.get("body", "")}}
    )


def test_every_trap_of_the_decoder_is_named_by_a_case_or_a_test() -> None:
    listed = re.findall(r"^(\d+)\. (.*)$", (FOLDER / "TRAPS.md").read_text("utf-8"), re.MULTILINE)
    ours = {int(number) for number, text in listed if "→" not in text}
    behaviours = [json.loads((FOLDER / f"{name}.request.json").read_text("utf-8"))["behaviour"] for name in cases()]
    between = (Path(__file__).parent / "meta" / "test_traps.py").read_text("utf-8")
    words = re.findall(r"Traps? ([^:]*):", "\n".join(behaviours)) + re.findall(r"def test_trap_(\w*)", between)
    named = {int(number) for part in words for number in re.findall(r"\d+", part)}
    assert len(listed) == 65
    assert sorted(ours - named) == []

"""Known answers of three real libraries and of the documentation; forensics of wrong forms."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from app.hashing import normalize_documented, nothing_behind, sent_by, sha256, without_appendix

VECTORS: dict[str, Any] = json.loads((Path(__file__).parent / "fixtures" / "hash_vectors.json").read_text("utf-8"))
LIBRARIES = VECTORS["libraries"]


def _pixel_cases(which: str) -> list[tuple[str, str, str | None]]:
    found = LIBRARIES["pixel_fbevents_2.9.252"]
    return [(k, text, case[which].get("hash")) for k, texts in found.items() for text, case in texts.items()]


@pytest.mark.parametrize(("key", "text", "digest"), _pixel_cases("ud"))
def test_the_pixels_new_rule_gives_the_measured_hash(key: str, text: str, digest: str | None) -> None:
    assert sent_by("pixel", key, text) == digest


@pytest.mark.parametrize(("key", "text", "digest"), _pixel_cases("aud"))
def test_the_pixels_old_rule_gives_the_measured_hash(key: str, text: str, digest: str | None) -> None:
    assert sent_by("pixel-old", key, text) == digest


@pytest.mark.parametrize(
    ("key", "text", "sent"),
    [
        (key, text, case.get("hash") or (case["norm"] if "note" in case else None))
        for key, texts in LIBRARIES["facebook_business_py_26.0.3"].items()
        for text, case in texts.items()
    ],
)
def test_the_python_sdks_rule_gives_the_measured_hash(key: str, text: str, sent: str | None) -> None:
    assert sent_by("python-sdk", key, text) == sent


@pytest.mark.parametrize(
    ("key", "text", "sent"),
    [
        (key, text, sent)
        for key, texts in LIBRARIES["capi-param-builder-nodejs_1.3.2"].items()
        for text, sent in texts.items()
    ],
)
def test_the_parameter_builders_rule_gives_the_measured_hash(key: str, text: str, sent: str | None) -> None:
    assert sent_by("param-builder", key, text) == (sent and without_appendix(sent))


@pytest.mark.parametrize("case", VECTORS["docs_known_answers"], ids=lambda case: f"{case['key']}={case['input']}")
def test_the_documented_rule_gives_the_documentations_hash(case: dict[str, str]) -> None:
    normal = normalize_documented(case["key"], case["input"].removesuffix(" (US)"), "US")
    assert (normal, sha256(normal or "")) == (case["normalized"], case["sha256"])


@pytest.mark.parametrize(("text", "digest"), VECTORS["sentinels"].items())
def test_a_hash_of_nothing_is_recognised(text: str, digest: str) -> None:
    assert nothing_behind(digest) == text

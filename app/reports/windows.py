"""The windows that no platform publishes: every report says which of them its verdicts rest on."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from app.platforms import title_of
from app.platforms.base import DedupRule, WindowBy, window_words

Part = dict[str, Any]


def window_parts(platforms: Collection[str], rules: Mapping[str, DedupRule]) -> list[Part]:
    """The windows of these platforms that are assumed or set by the user, as the machine-readable report has them."""
    return [
        {"platform": name, "key": rule.word, "window_ms": rule.window_ms, "by": rule.window_by.value}
        for name in sorted(platforms)
        for rule in rules[name].unpublished
    ]


def window_sentences(parts: Iterable[Mapping[str, Any]]) -> tuple[str, ...]:
    """A sentence for each platform: "X merges within 48 h (assumed, published by nobody)."."""
    return tuple(
        dict.fromkeys(
            f"{title_of(part['platform'])} merges within {window_words(part['window_ms'], WindowBy(part['by']))}."
            for part in parts
        )
    )

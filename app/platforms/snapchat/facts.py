"""Snapchat's facts that all forms share: consent, a list of product IDs, the time."""

from __future__ import annotations

from app.model import Content, Flaw
from app.platforms.reading import Json, text_of
from app.platforms.reading.facts import MAX_CONTENTS, ids_of, time_ms


def consent_of(options: Json) -> str | None:
    """`data_use`, or `data_processing_options`, in words; None when it is not mentioned."""
    if options is None or options == "":
        return None
    said = text_of(options).lower()
    return "limited data use" if "lmu" in said or "ldu" in said else "none"


def goods_of(ids: Json, wire: str) -> tuple[tuple[Content, ...], Flaw | None]:
    """A basket from product IDs alone: a list, the same as JSON text, or one text with commas between them."""
    if isinstance(ids, str) and not ids.lstrip().startswith("["):
        named = [part.strip() for part in ids.split(",", MAX_CONTENTS) if part.strip()]
        return tuple(map(Content, named[:MAX_CONTENTS])), None
    named, trouble = ids_of(ids)
    return tuple(map(Content, named)), Flaw("contents-malformed", wire, trouble) if trouble else None


def order_key_of(order: Json) -> str | None:
    """An order ID as a key; None for a blank one, a list and an object, which are no order's."""
    return order if isinstance(order, str) and order.strip() else None


def moment_of(text: str | None, wire: str) -> tuple[int | None, Flaw | None]:
    """A time in milliseconds UTC; Snap takes seconds and milliseconds alike."""
    ms, flaw = time_ms(text or "", wire, "ms")
    return ms, None if flaw and flaw.reason == "seconds" else flaw

"""A draft as Reddit's own library writes it. Reddit has no SDK for its server API; httpx and cURL do for that."""

from __future__ import annotations

from collections.abc import Mapping

from app.outgoing import Draft
from app.platforms.reading import Json
from app.platforms.reading.fields import object_at
from app.platforms.reddit.words import canonical
from app.platforms.snippet_text import library_calls, script

_OPTIONS = {
    "conversion_id": "conversionId",
    "value": "value",
    "currency": "currency",
    "item_count": "itemCount",
    "products": "products",
}


def rdt(draft: Draft) -> str:
    """The browser's half of a draft as calls of the pixel library, with the same ID; empty for broken JSON.

    The library hashes the ID it is given, so one that is a hash already has to be put back to the site's own first.
    """
    return library_calls(draft, f"rdt('init', {script(draft.account)});", _track)


def _track(event: Mapping[str, Json]) -> str:
    kind, data = object_at(event, "type"), object_at(event, "metadata")
    options: dict[str, object] = {name: data[key] for key, name in _OPTIONS.items() if key in data}
    if custom := kind.get("custom_event_name"):
        options = {"customEventName": custom, **options}
    name = script(canonical(str(kind.get("tracking_type") or "")))
    return f"rdt('track', {name}, {script(options, indent=2)});" if options else f"rdt('track', {name});"

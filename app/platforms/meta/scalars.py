"""How values of server events are read where Meta's rules are about them."""

from __future__ import annotations

from collections.abc import Mapping


def text_of(value: object) -> str:
    """A JSON scalar as the platform reads it; empty for what is no scalar."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, str | int | float) else ""


def object_at(event: Mapping[str, object], key: str) -> Mapping[str, object]:
    """An object's member that is an object itself, less its nulls; empty when there is none."""
    found = event.get(key)
    if not isinstance(found, Mapping):
        return {}
    return {str(name): value for name, value in found.items() if value is not None}

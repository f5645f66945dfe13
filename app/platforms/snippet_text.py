"""Values as source text for snippets. Where a token is due stands a placeholder, read from the environment.

Nothing here knows a platform; each writes its own library's calls with it.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Mapping
from typing import Any

from app.outgoing import Draft
from app.platforms.json_text import loaded

TOKEN = "ACCESS_TOKEN"  # noqa: S105 - the placeholder's name
PROOF = "APPSECRET_PROOF"
PLACEHOLDERS = (TOKEN, PROOF)
_DEEPEST = 100  # levels of a JSON value that are written out

_PARTS = re.compile(f"({'|'.join(PLACEHOLDERS)})")


def parts_of(text: str) -> list[str]:
    """A text cut at its placeholders, which stand between the pieces."""
    return [part for part in _PARTS.split(text) if part]


def python_text(text: str) -> str:
    """A text as a Python expression, the placeholders read from the environment."""
    found = [f'os.environ["{part}"]' if part in PLACEHOLDERS else repr(part) for part in parts_of(text)]
    return f"({' + '.join(found)})" if len(found) > 1 else "".join(found) or "''"


def python_literal(value: object, margin: str = "    ") -> str:
    """A JSON value as Python, one member to a line; a placeholder in a text is read from the environment."""
    inner = margin + "    "
    match value:
        case str():
            return python_text(value)
        case float() if not math.isfinite(value):
            return f'float("{value}")'
        case dict() if value:
            members = "".join(
                f"{inner}{python_text(key)}: {python_literal(item, inner)},\n" for key, item in value.items()
            )
            return f"{{\n{members}{margin}}}"
        case list() if value:
            items = "".join(f"{inner}{python_literal(item, inner)},\n" for item in value)
            return f"[\n{items}{margin}]"
        case _:
            return repr(value)


def script(value: object, indent: int | None = None) -> str:
    """A value as JavaScript that is safe inside a page's script element too."""
    text = re.sub(r"<(?=!--|script)", r"\\u003c", json_shown(value, indent), flags=re.IGNORECASE)
    return text.replace("</", "<\\/").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")


def json_shown(value: object, indent: int | None = None) -> str:
    """JSON as people read it; halves of characters, which no clipboard takes, stay escaped."""
    text = json.dumps(value, indent=indent, ensure_ascii=False)
    return re.sub("[\x7f-\x9f\ud800-\udfff]", lambda found: f"\\u{ord(found[0]):04x}", text)


def whole(text: str) -> str:
    """Text without halves of characters, which no clipboard and no program takes."""
    return text.encode("utf-8", "replace").decode()


def value_of(text: str) -> object:
    """JSON text as its value; text that is none, or nested beyond reason, as it stands."""
    value = loaded(text)
    return text if _too_deep(value) else value


def _too_deep(value: object) -> bool:
    level = [value]
    for _ in range(_DEEPEST):
        level = [inner for each in level for inner in _members(each)]
        if not level:
            return False
    return True


def _members(value: object) -> list[object]:
    if isinstance(value, Mapping):
        return list(value.values())
    return value if isinstance(value, list) else []


def library_calls(draft: Draft, head: str, write: Callable[[Mapping[str, Any]], str]) -> str:
    """A draft's events as calls of a browser library, one below the other under `head`; empty for broken JSON."""
    calls = [write(event) for text in draft.events if isinstance(event := value_of(text), dict)]
    return "\n".join([head, *calls]) + "\n" if calls else ""

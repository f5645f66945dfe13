"""Values as source text for snippets. Where a token is due stands a placeholder, read from the environment.

Nothing here knows a platform; each writes its own library's calls with it.
"""

from __future__ import annotations

import json
import re
from pprint import pformat

TOKEN = "ACCESS_TOKEN"  # noqa: S105 - the placeholder's name
PROOF = "APPSECRET_PROOF"
PLACEHOLDERS = (TOKEN, PROOF)

_PARTS = re.compile(f"({'|'.join(PLACEHOLDERS)})")


def parts_of(text: str) -> list[str]:
    """A text cut at its placeholders, which stand between the pieces."""
    return [part for part in _PARTS.split(text) if part]


def python_text(text: str) -> str:
    """A text as a Python expression, the placeholders read from the environment."""
    found = [f'os.environ["{part}"]' if part in PLACEHOLDERS else repr(part) for part in parts_of(text)]
    return f"({' + '.join(found)})" if len(found) > 1 else "".join(found) or "''"


def python_literal(value: object) -> str:
    """A JSON value as Python; a text that is a placeholder is read from the environment."""
    text = pformat(value, width=100, sort_dicts=False)
    return re.sub(f"'({'|'.join(PLACEHOLDERS)})'", r'os.environ["\1"]', text)


def script(value: object, indent: int | None = None) -> str:
    """A value as JavaScript that is safe inside a page's script element too."""
    return json.dumps(value, indent=indent, ensure_ascii=False).replace("</", "<\\/").replace("<!--", "<\\!--")

"""Placements made by a rule: a name, what joins it to its value, how that is wrapped, where it stands.

`PLACEMENTS` are 140 of these combinations, the same in every run; each of the vendors' tokens goes through all of them,
as a HAR file and as a backend's log, and what `check --json --html` writes is read back through every wrapping.
"""

from __future__ import annotations

import base64
import html
import json
import random
import re
import zlib
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote, unquote

import pytest
from click.testing import CliRunner

from app.cli import main
from tests.acceptance.traffic import PIXEL, Json, call, entry, event, fired, har, lines

chance = random.Random(2026)
LETTERS = "abcdefghijklmnopqrstuvwxyz"
GRAPH = f"https://graph.facebook.com/v24.0/{PIXEL}/events"


def word(size: int, more: str = "") -> str:
    """Random letters of both cases and digits, always some of each."""
    kinds = (LETTERS, LETTERS.upper(), "0123456789", *([more] if more else []))
    text = [chance.choice(kinds[place % len(kinds)]) for place in range(size)]
    chance.shuffle(text)
    return "".join(text)


def jwt() -> str:
    parts = (f'{{"alg":"HS256","kid":"{word(6)}"}}', f'{{"sub":"{word(12)}"}}')
    return ".".join((*(base64.urlsafe_b64encode(part.encode()).decode().rstrip("=") for part in parts), word(43)))


VENDORS: dict[str, Callable[[], str]] = {
    "meta": lambda: "EAAB" + word(70),
    "tiktok": lambda: "".join(chance.choice("0123456789abcdef") for _ in range(39)) + "a",
    "snapchat": jwt,
    "linkedin": lambda: "AQV" + word(90, "-_"),
    "google": lambda: "ya29.a0" + word(80, "-_"),
    "google analytics": lambda: word(22),
    "pinterest": lambda: "pina_" + word(64).upper(),
    "reddit": lambda: f"{chance.randrange(10**11, 10**12)}-{word(30)}",
    "microsoft": lambda: "EwB" + word(80),
    "x": lambda: f"{chance.randrange(10**9, 10**10)}-{word(40)}",
}
SINGLE = (
    *("access_token", "accessToken", "auth_code", "code_verifier", "signed_request", "pwd", "user_pass", "api_key"),
    *("access_token_v2", "access_token1", "access_token_string", "access_token.value", "X-Access-Token", "secret"),
)
JOINTS: dict[str, Callable[[str, str], str]] = {
    "form": lambda name, t: f"a=1&{name}={t}&z=2",
    "spaced": lambda name, t: f"{name} = {t}",
    "no-break": lambda name, t: f"{name}\u00a0=\u00a0{t}",
    "fullwidth": lambda name, t: f"{name}\uff1d{t}",
    "member": lambda name, t: json.dumps({"n": 1, name: t}),
    "python": lambda name, t: f"{{u'{name}': u'{t}'}}",
    "triple": lambda name, t: f'{name} = """{t}"""',
    "yaml": lambda name, t: f"send:\n  {name}: |\n    {t}\n  n: 1\n",
    "folded": lambda name, t: f"{name}: >-\n  {t}\n",
    "php": lambda name, t: f's:{len(name)}:"{name}";s:{len(t)}:"{t}";',
    "object": lambda name, t: json.dumps({name: {"of": {"kind": "own"}, "is": {"it": t}}}),
    "lists": lambda name, t: json.dumps({f"{name}{'es' if name[-1] == 's' else 's'}": [["of", "whom"], [t]]}),
    "far sibling": lambda name, t: json.dumps(
        {"key": name, "type": "text", "on": True, "about": "so", "from": [1], "of": {"a": 1}, "value": t}
    ),
    "before": lambda name, t: json.dumps({"value": t, "of": {"a": 1}, "key": name}),
    "cookie": lambda name, t: json.dumps({"headers": {"Cookie": f"_fbp=fb.1.2.3; {name}={t}; n=1"}}),
    "command": lambda name, t: f"curl -H 'Cookie: {name}={t}' https://a.example",
    "element": lambda name, t: f"<a><{name}>{t}</{name}></a>",
    "entity": lambda name, t: f"{name}&equals;{t}",
    "digits": lambda name, t: f"{name}&#0000061;{t}",
    "escape": lambda name, t: f"{name}%u003D{t}",
    "brace": lambda name, t: f"{name}\\u{{3d}}{t}",
}


def times(number: int, wrap: Callable[[str], str]) -> Callable[[str], str]:
    """A wrapping in itself."""

    def wrapped(text: str) -> str:
        for _ in range(number):
            text = wrap(text)
        return text

    return wrapped


def coded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def mailed(text: str) -> str:
    """Base64 in lines of 76, as mail has it; padded so that there are some."""
    return base64.encodebytes(f"{'so ' * 20}{text}{' it' * 20}".encode()).decode().replace("\n", "\r\n")


def mixed(text: str) -> str:
    return "".join(f"{byte:02x}" if number % 3 else f"{byte:02X}" for number, byte in enumerate(text.encode()))


WRAPS: dict[str, Callable[[str], str]] = {
    "bare": lambda text: text,
    "percent": lambda text: quote(text, safe=""),
    "percent x9": times(9, lambda text: quote(text, safe="")),
    "percent x14": times(14, lambda text: quote(text, safe="")),
    "JSON x3": times(3, json.dumps),
    "JSON x9": times(9, json.dumps),
    "entities": html.escape,
    "base64": coded,
    "base64 x4": times(4, coded),
    "mail": mailed,
    "hexadecimal": lambda text: text.encode().hex(),
    "mixed hexadecimal": mixed,
    "gzip": lambda text: base64.b64encode(zlib.compress(text.encode(), wbits=31)).decode(),
    "two members": lambda text: base64.b64encode(
        zlib.compress(b"so much for the first", wbits=31) + zlib.compress(text.encode(), wbits=31)
    ).decode(),
    "small window": lambda text: base64.b64encode(zlib.compress(text.encode(), wbits=9)).decode(),
}


class Placement(NamedTuple):
    """One way to place a token."""

    name: str
    joint: str
    wraps: tuple[str, ...]

    def of(self, token: str) -> str:
        text = JOINTS[self.joint](self.name, token)
        for wrap in self.wraps:
            text = WRAPS[wrap](text)
        return text


def placements() -> Iterator[Placement]:
    """Each joint in turn, under a name and in one or two wrappings that chance picks; none twice."""
    pick, seen, joints = random.Random(140), set[Placement](), list(JOINTS)
    number = 0
    while True:
        joint = joints[number % len(joints)]
        number += 1
        wraps = tuple(pick.choice(list(WRAPS)) for _ in range(pick.choice((1, 1, 2))))
        found = Placement(pick.choice(SINGLE), joint, wraps)
        if found not in seen and len(found.of("t" * 90)) < 12_000:
            seen.add(found)
            yield found


PLACEMENTS = tuple(islice(placements(), 140))


def browser(text: str, number: int) -> list[Json]:
    return [
        fired(f"b-{number}", at=number, cd__note=text),
        entry(
            "POST",
            GRAPH,
            number,
            body=("application/json", json.dumps({"data": [event(event_id=f"s-{number}")]})),
            status=400,
            answer=json.dumps({"error": {"message": text, "code": 100}}),
        ),
    ]


def written(folder: Path, *names: str) -> tuple[list[str], str]:
    """The strings in the report, and all that was written beside it."""
    page = folder / "report.html"
    paths = [str(folder / name) for name in names]
    run = CliRunner().invoke(main, ["check", *paths, "--json", "--html", str(page), "--raw", "--fail-on", "never"])
    assert run.exit_code == 0, run.output
    return list(dict.fromkeys(strings(json.loads(run.stdout)))), page.read_text("utf-8") + run.stderr


def strings(part: object) -> Iterator[str]:
    match part:
        case str():
            yield part
        case dict():
            for key, value in part.items():
                yield from (key, *strings(value))
        case list():
            for item in part:
                yield from strings(item)


WORD = re.compile(r"[A-Za-z0-9+/_-]{16,}(?:\s{1,2}[A-Za-z0-9+/]+)*")
ESCAPE = re.compile(r"(?:\\|%)u\{?([0-9A-Fa-f]{2,4})\}?")


def unwrapped(text: str) -> Iterator[str]:
    """A text read in every way that somebody may think of, and what that gives again."""
    seen, todo = set[str](), [text]
    while todo and len(seen) < 600:
        text = todo.pop(0)
        if text in seen:
            continue
        seen.add(text)
        yield text
        todo += [unquote(text), html.unescape(text), ESCAPE.sub(lambda found: chr(int(found[1], 16)), text)]
        todo += [re.sub(r"\\(.)", r"\1", text, flags=re.DOTALL), re.sub(r"\\+[rn]", "\n", text)]
        for found in WORD.findall(text):
            bare = re.sub(r"\s", "", found)
            plus = bare[: len(bare) - (len(bare) % 4 == 1)].replace("-", "+").replace("_", "/")
            todo += decoded(base64.b64decode(plus + "=" * (-len(plus) % 4)))
            if re.fullmatch(r"(?:[0-9A-Fa-f]{2})+", bare):
                todo.append(bytes.fromhex(bare).decode("latin-1"))


def decoded(data: bytes) -> Iterator[str]:
    whole = b""
    while data[:2] == b"\x1f\x8b" or data[:1] == b"\x18":
        member = zlib.decompressobj(47)
        try:
            whole += member.decompress(data)
        except zlib.error:
            break
        data = member.unused_data
    text = (whole or data).decode("utf-8", "replace")
    if "\ufffd" not in text:
        yield text


def survivors(placed: dict[Placement, str], texts: list[str], rest: str) -> list[Placement]:
    """The placements whose token somebody may still read."""
    whole = "\n".join(layer for text in texts if len(text) > 16 for layer in unwrapped(text)) + html.unescape(rest)
    return [placement for placement, token in placed.items() if token in whole or token[::-1] in whole]


@pytest.mark.parametrize("vendor", VENDORS)
def test_no_placement_lets_a_token_through(tmp_path: Path, vendor: str) -> None:
    placed = {placement: VENDORS[vendor]() for placement in PLACEMENTS}
    texts = [placement.of(token) for placement, token in placed.items()]
    entries = [each for number, text in enumerate(texts) for each in browser(text, number)]
    (tmp_path / "a.har").write_text(har(*entries), "utf-8")
    calls = (call(event(event_id=f"j-{number}", custom={"note": text})) for number, text in enumerate(texts))
    (tmp_path / "b.jsonl").write_text(lines(*calls), "utf-8")
    assert survivors(placed, *written(tmp_path, "a.har", "b.jsonl")) == []


def test_there_are_enough_placements_and_each_can_be_read_back() -> None:
    assert len(set(PLACEMENTS)) == 140
    assert {placement.joint for placement in PLACEMENTS} == JOINTS.keys()
    assert {wrap for placement in PLACEMENTS for wrap in placement.wraps} == WRAPS.keys()
    for number, placement in enumerate(PLACEMENTS):
        token = VENDORS[list(VENDORS)[number % len(VENDORS)]]()
        assert survivors({placement: token}, [placement.of(token)], "") == [placement]

"""Somebody's values made by a rule, as shops and forms spell them, through `check --json --html`: none comes out.

Of each kind a seeded generator makes as many spellings as it is told, 59 in all; each is sent in every carrier.
"""

from __future__ import annotations

import base64
import html
import json
import random
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote, unquote

from click.testing import CliRunner
from stdnum import iban, luhn

from app.cli import main
from tests.formats.traffic import har, lines, pixel, put, server_event

chance = random.Random(59)
LETTERS = "abcdefghijklmnopqrstuvwxyz"


def letters(size: int) -> str:
    return "".join(chance.choice(LETTERS) for _ in range(size))


def digits(size: int) -> str:
    return "".join(chance.choice("123456789") for _ in range(size))


class Value(NamedTuple):
    """A value, the parameter it is sent under, and the part of it that tells who it is."""

    name: str
    text: str
    telling: str


def mail() -> Value:
    odd = chance.choice("%*#&|.+_")
    local = f"{letters(6)}{odd}{letters(6)}" if chance.random() < 0.8 else letters(70)
    host = chance.choice(("kunde.example", "кунде.рф", "kunde.xn--p1ai", "a.b.c.d.e.f.g.kunde.example"))
    after = chance.choice(("", "7", "@y")) if host.endswith("example") else ""
    return Value("note", f"{local}@{host}{after}", f"{local}@{host}")


def phone() -> Value:
    gap = chance.choice((" ", "\u00a0", "\u2013", "-", "/"))
    number = digits(7)
    text = chance.choice(
        (
            f"0049{gap}171{gap}{number}",
            f"+49{gap}171{gap}{number}",
            f"0171{gap}{number}",
            f"https://wa.me/49171{number}",
        )
    )
    return Value("memo", text, number)


def card() -> Value:
    bare = f"4{digits(14)}"
    bare += luhn.calc_check_digit(bare)
    gap = chance.choice((" ", ".", "\u00a0", "-", ""))
    text = gap.join(bare[place : place + 4] for place in range(0, 16, 4))
    return Value("field", text, text)


def account() -> Value:
    bban = digits(18)
    bare = f"DE{iban.calc_check_digits(f'DE00{bban}')}{bban}"
    gap = chance.choice((" ", ".", "\u00a0", ""))
    text = gap.join(bare[place : place + 4] for place in range(0, 22, 4))
    return Value("x7", text, text)


def first_name() -> Value:
    name = chance.choice(("first_name", "имя", "ім'я".replace("'", "’"), "firstName", "vorname"))
    text = letters(9).title() if chance.random() < 0.7 else " ".join(letters(7).title() for _ in range(14))
    return Value(name, text, text)


def last_name() -> Value:
    text = letters(11).title()
    return Value(chance.choice(("фамилия", "прізвище", "last_name", "apellidos")), text, text)


def birthday() -> Value:
    text = f"19{chance.randrange(40, 99)}-0{chance.randrange(1, 9)}-1{chance.randrange(9)}"
    return Value(chance.choice(("датарождения", "дата_рождения", "dob")), text, text)


RULE: tuple[tuple[Callable[[], Value], int], ...] = (
    *((mail, 16), (phone, 14), (card, 8), (account, 7), (first_name, 7), (last_name, 4), (birthday, 3)),
)
VALUES = tuple(make() for make, many in RULE for _ in range(many))
Json = dict[str, Any]


def held(value: Value) -> Json:
    """The value in an object under its name, as form builders write it."""
    return {value.name: {"type": "text", "value": value.text}}


CARRIERS: dict[str, Callable[[Value], Json]] = {
    "member": lambda v: {v.name: v.text},
    "held": held,
    "held in text": lambda v: {"details": json.dumps(held(v))},
    "deep": lambda v: {"details": json.dumps(json.dumps({"of": [held(v)]}, ensure_ascii=False))},
    "form": lambda v: {"details": f"a=1&{quote(v.name)}={quote(v.text, safe='')}&b=2"},
    "deep form": lambda v: {"next": quote(quote(f"/pay?{v.name}={quote(v.text, safe='')}", safe=""), safe="")},
    "base64": lambda v: {"details": base64.b64encode(json.dumps(held(v)).encode()).decode()},
    "hexadecimal": lambda v: {"details": json.dumps(held(v)).encode().hex()},
    "capital hexadecimal": lambda v: {"details": f"so {json.dumps(held(v)).encode().hex().upper()} it is"},
}
PROBES = [(name, value) for name in CARRIERS for value in VALUES]


def read(text: str) -> str:
    """A text with one round of escapes after another taken away, and what base64 and hexadecimal digits stand for."""
    found = [text]
    for _ in range(6):
        text = re.sub(r"\\+u([0-9a-fA-F]{4})", lambda digits: chr(int(digits[1], 16)), text)
        found.append(re.sub(r'\\(["\\/])', r"\1", text))
        text = unquote(html.unescape(found[-1]))
        found.append(text)
    for word in set(re.findall(r"[A-Za-z0-9+/]{16,}", text)):
        bare = word[: len(word) - (len(word) % 4 == 1)]
        inner = [base64.b64decode(bare + "=" * (-len(bare) % 4))]
        if re.fullmatch(r"(?:[0-9A-Fa-f]{2})+", word):
            inner.append(bytes.fromhex(word))
        texts = (data.decode("utf-8", "replace") for data in inner)
        found += (read(text) for text in texts if "\ufffd" not in text)
    return "\n".join(found)


def written(folder: Path, *names: str) -> tuple[Json, str]:
    page = folder / "report.html"
    paths = [str(folder / name) for name in names]
    done = CliRunner().invoke(main, ["check", *paths, "--json", "--html", str(page), "--fail-on", "never"])
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout), page.read_text("utf-8")


def test_no_value_comes_out_of_a_backends_log_or_a_browsers_file(tmp_path: Path) -> None:
    assert len(set(VALUES)) == 59
    sent = [
        {**server_event("Lead", f"s-{n}", after_s=n), "custom_data": CARRIERS[name](value)}
        for n, (name, value) in enumerate(PROBES)
    ]
    put(tmp_path, "a.jsonl", lines(*sent))
    fired = [
        pixel("Lead", f"b-{n}", {f"cd[{key}]": as_text(item) for key, item in CARRIERS[name](value).items()})
        for n, (name, value) in enumerate(PROBES)
    ]
    put(tmp_path, "b.har", har(*fired))
    report, page = written(tmp_path, "a.jsonl", "b.har")
    events = {item["event_id"]: json.dumps(item, ensure_ascii=False) for item in report["events"]}
    assert len(events) == 2 * len(PROBES)
    survivors = [
        f"{side}: {name}: {value}"
        for n, (name, value) in enumerate(PROBES)
        for side in ("s", "b")
        if value.telling in read(events[f"{side}-{n}"])
    ]
    assert survivors == []
    rest = read(json.dumps([report[part] for part in ("findings", "pairs", "coverage")], ensure_ascii=False) + page)
    assert [value for value in VALUES if len(value.telling) > 6 and value.telling in rest] == []


def as_text(item: object) -> str:
    return item if isinstance(item, str) else json.dumps(item)


def test_each_probe_can_be_read_as_it_was_sent() -> None:
    unread = [
        (name, value)
        for name, value in PROBES
        if value.telling not in read(json.dumps(CARRIERS[name](value), ensure_ascii=False))
    ]
    assert unread == []


def test_each_kind_is_there_in_several_spellings() -> None:
    assert len({value.name for value in VALUES}) >= 10
    assert sum(not value.text.isascii() for value in VALUES) >= 5

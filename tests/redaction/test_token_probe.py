"""A probe: tokens of ten platforms in every dress, checked by the command as a user runs it. None may come out.

Each token is fresh, so none is known from another place, but where a platform's tokens have no shape of their own
(`ANYBODYS`): these are sent once where the platform takes them, and stand undressed, coded or in prose elsewhere.
"""

from __future__ import annotations

import base64
import json
import random
import re
import zlib
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from urllib.parse import quote, unquote

import pytest
from click.testing import CliRunner

from app.cli import main
from tests.acceptance.traffic import PIXEL, Json, call, entry, event, fired, har, lines

GRAPH = f"https://graph.facebook.com/v24.0/{PIXEL}/events"
DIGITS, SMALL, HEX = "0123456789", "abcdefghijklmnopqrstuvwxyz", "0123456789abcdef"
MIXED = SMALL + SMALL.upper() + DIGITS
chance = random.Random(12)


def letters(size: int, alphabet: str = MIXED) -> str:
    """Random, and never without a digit and both cases where the alphabet has them."""
    while True:
        text = "".join(chance.choice(alphabet) for _ in range(size))
        if all(set(text) & set(some) for some in (DIGITS, SMALL, SMALL.upper()) if set(some) & set(alphabet)):
            return text


def jwt() -> str:
    parts = (json.dumps({"alg": "RS256", "typ": "JWT"}), json.dumps({"sub": letters(20), "exp": 1_795_000_000}))
    head = ".".join(base64.urlsafe_b64encode(part.encode()).decode().rstrip("=") for part in parts)
    return f"{head}.{letters(60, MIXED + '_-')}"


SHAPED: dict[str, Callable[[], str]] = {
    "meta": lambda: f"EAA{letters(60)}",
    "meta app": lambda: f"{letters(15, '123456789')}|{letters(27)}",
    "pinterest": lambda: f"pina_{letters(60, SMALL.upper() + DIGITS)}",
    "google": lambda: f"ya29.a0{letters(60, MIXED + '_-')}",
    "google refresh": lambda: f"1//0{letters(60, MIXED + '_-')}",
    "linkedin": lambda: f"AQX{letters(80, MIXED + '_-')}",
    "reddit": jwt,
    "snapchat": jwt,
    "x": lambda: f"{letters(10, DIGITS)}-{letters(40)}",
    "x bearer": lambda: f"{'A' * 22}{letters(60)}",
}
ANYBODYS: dict[str, Callable[[], str]] = {
    "tiktok": lambda: letters(40, HEX),
    "ga4": lambda: letters(22),
    "google ads": lambda: letters(22),
    "microsoft": lambda: letters(64),
    "x secret": lambda: letters(45),
    "snapchat old": lambda: letters(80),
}
VENDORS = SHAPED | ANYBODYS

# How a token is named, so that its name alone betrays it.
NAMED: dict[str, Callable[[str], str]] = {
    "key=": lambda t: f"a=1&key={t}&b=2",
    "auth=": lambda t: f"auth={t}",
    "privateKey": lambda t: json.dumps({"privateKey": t}),
    "list": lambda t: json.dumps({"access_tokens": ["first", t, "last"]}),
    "list of objects": lambda t: json.dumps({"tokens": [{"of": "a", "is": t}]}),
    "commas": lambda t: f"access_tokens=none,{t},none&z=1",
    "object": lambda t: json.dumps({"auth": {"method": "own", "opaque": t}}),
    "name and value": lambda t: json.dumps({"name": "access_token", "value": t}),
    "value and name": lambda t: json.dumps({"value": t, "in": "query", "name": "access_token"}),
    "key, type, value": lambda t: json.dumps([{"key": "Access-Token", "type": "text", "value": t}]),
    "header pair": lambda t: json.dumps([["Accept", "*/*"], ["Authorization", f"Bearer {t}"]]),
    "graphql": lambda t: json.dumps(
        {"query": "mutation($token: String!) { send(token: $token) { id } }", "variables": {"token": t}}
    ),
    "graphql inline": lambda t: f'mutation {{ send(accessToken: "{t}", id: 7) {{ id }} }}',
    "xml element": lambda t: f"<a><access_token>{t}</access_token></a>",
    "xml attribute": lambda t: f'<send accessToken="{t}" id="7"/>',
    "xml parameter": lambda t: f'<param name="access_token" value="{t}"/>',
    "xml typed": lambda t: f'<ns:AuthToken xsi:type="xsd:string">\n  {t}\n</ns:AuthToken>',
    "cdata": lambda t: f"<Token><![CDATA[{t}]]></Token>",
    "prose": lambda t: f"The access token {t} has expired.",
    "prose quoted": lambda t: f"Invalid OAuth access token: '{t}'.",
    "prose after": lambda t: f"{t} is not a valid access token",
    "python": lambda t: str({"developer_token": t}),
    "yaml": lambda t: f"capi:\n  accessToken: {t}\n",
    "environment": lambda t: f"export TIKTOK_ACCESS_TOKEN={t}",
    "login": lambda t: f"https://api:{t}@gateway.example/x",
    "login alone": lambda t: f"https://{t}@gateway.example/x",
    "path": lambda t: f"https://gateway.example/auth/{t}/send",
    "fragment": lambda t: f"https://shop.example/#access_token={t}&state=1",
    "curl": lambda t: f"curl -H 'Access-Token: {t}' https://a.example",
    "websocket": lambda t: f'42["subscribe",{{"jwt":"{t}"}}]',
    "oauth 1": lambda t: f'OAuth oauth_consumer_key="{t}", oauth_nonce="kYjzVBB8Y0ZFabxSWbWovY3uYSQ2pTgm"',
    "multipart": lambda t: f'--x\r\nContent-Disposition: form-data; name="access_token"\r\n\r\n{t}\r\n--x--',
    "json text": lambda t: json.dumps({"body": json.dumps({"accessToken": t})}),
}
BARE: dict[str, Callable[[str], str]] = {"bare": lambda t: t, "in a sentence": lambda t: f"seen {t} again"}


def base64url(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


CODINGS: dict[str, Callable[[str], str]] = {
    "plain": lambda text: text,
    "percent": lambda text: quote(text, safe=""),
    "percent twice": lambda text: quote(quote(text, safe=""), safe=""),
    "every letter": lambda text: "".join(f"%{byte:02x}" for byte in text.encode()),
    "entities": lambda text: text.replace("&", "&amp;").replace('"', "&quot;").replace("<", "&lt;"),
    "unicode": lambda text: "".join(f"\\u{ord(letter):04x}" for letter in text),
    "json twice": lambda text: json.dumps(json.dumps(text)),
    "base64": lambda text: base64.b64encode(text.encode()).decode(),
    "base64url": base64url,
    "base64 in json": lambda text: json.dumps({"payload": base64url(json.dumps({"n": 1, "text": text}))}),
    "base64 twice": lambda text: base64url(base64url(text)),
    "base64 in a path": lambda text: f"https://a.example/v1/{base64url(text)}/x",
    "base64 of gzip": lambda text: base64.b64encode(zlib.compress(text.encode(), wbits=31)).decode(),
    "base64 of utf-16": lambda text: base64.b64encode(text.encode("utf-16-le")).decode(),
    "hexadecimal": lambda text: text.encode().hex(),
}
BODIES: dict[str, Callable[[str], bytes]] = {
    "utf-16": lambda text: text.encode("utf-16"),
    "utf-16 be": lambda text: text.encode("utf-16-be"),
    "utf-32": lambda text: text.encode("utf-32-le"),
    "gzip": lambda text: zlib.compress(text.encode(), wbits=31),
    "zlib": lambda text: zlib.compress(text.encode()),
    "deflate": lambda text: zlib.compress(text.encode(), wbits=-15),
    "gzip twice": lambda text: zlib.compress(zlib.compress(text.encode(), wbits=31), wbits=31),
}

Placed = tuple[str, str]  # a token and what was made of it


def placed(vendor: str) -> dict[str, Placed]:
    """A token of the vendor in every dress; what it is called, the token, the text."""
    found: dict[str, Placed] = {}
    codings = list(CODINGS.items())
    for number, (name, dress) in enumerate((NAMED | BARE).items()):
        # Every dress plain and in one coding: over all vendors each dress meets nearly every coding.
        coding = codings[1 + (number + 3 * list(VENDORS).index(vendor)) % (len(codings) - 1)]
        for coding_name, code in (codings[0], coding):
            token = VENDORS[vendor]()
            found[f"{name}, {coding_name}"] = token, code(dress(token))
    return found


def proper(vendor: str, tokens: list[str]) -> Iterator[Json]:
    """Requests that carry each token where the platform takes it."""
    for token in tokens:
        match vendor:
            case "tiktok":
                yield entry("POST", GRAPH, headers={"Access-Token": token}, body=body())
            case "ga4":
                yield entry("POST", f"{GRAPH}?measurement_id=G-1&api_secret={token}", body=body())
            case "google ads":
                yield entry("POST", GRAPH, headers={"developer-token": token}, body=body())
            case "x secret":
                payload = json.dumps({"data": [event()], "auth": {"oauth_token_secret": token}})
                yield entry("POST", GRAPH, body=("application/json", payload))
            case _:
                yield entry("POST", GRAPH, headers={"Authorization": f"Bearer {token}"}, body=body())


numbers = count(1)


def body() -> tuple[str, str]:
    return "application/json", json.dumps({"data": [event(event_id=f"proper-{next(numbers)}")]})


def traffic(texts: list[str]) -> list[Json]:
    """Each text as a pixel's parameter, as a member of a server event, in a refusal, and in a header."""
    found = []
    for place, text in enumerate(texts):
        found += [
            fired(f"p-{place}", at=place, cd__note=text),
            entry(
                "POST",
                GRAPH,
                place,
                headers={"X-Note": text.replace("\r\n", " ").replace("\n", " ")},
                body=(
                    "application/json",
                    json.dumps({"data": [event(event_id=f"s-{place}", custom={"note": text})]}),
                ),
                status=400,
                answer=json.dumps({"error": {"message": text, "code": 190, "fbtrace_id": "A"}}),
            ),
        ]
    return found


def written(folder: Path, *names: str) -> str:
    """All that a check of these files writes: JSON, text, HTML, messages."""
    paths = [str(folder / name) for name in names]
    html = folder / "report.html"
    run = CliRunner().invoke(main, ["check", *paths, "--json", "--html", str(html), "--raw"])
    shown = CliRunner().invoke(main, ["check", *paths])
    assert run.exit_code in (0, 1), run.output
    assert json.loads(run.stdout)["events"]
    return run.stdout + run.stderr + shown.output + html.read_text("utf-8")


WORD = re.compile(r"[A-Za-z0-9+/_-]{20,}")


def unveiled(text: str) -> str:
    """A text with every word of base64 and of hexadecimal digits, and every escape, also read."""
    found = [text, unquote(unquote(text)), re.sub(r"\\+u00([0-9a-f]{2})", lambda m: chr(int(m[1], 16)), text)]
    for layer in list(found):
        for word in set(WORD.findall(layer)):
            found += _inside(word)
    return "\n".join(found)


def _inside(word: str, depth: int = 0) -> Iterator[str]:
    for start in range(4):
        coded = word[start:].replace("-", "+").replace("_", "/")
        coded = coded[: len(coded) - (len(coded) % 4 == 1)]
        data = base64.b64decode(coded + "=" * (-len(coded) % 4))
        text = data.decode("latin-1")
        yield text
        yield text.replace("\0", "")
        if data.startswith(b"\x1f\x8b"):
            yield zlib.decompressobj(31).decompress(data).decode("latin-1")
        if depth < 1 and text.isprintable():
            for inner in WORD.findall(text):
                yield from _inside(inner, depth + 1)
    if re.fullmatch(r"(?:[0-9a-f]{2})+", word):
        yield bytes.fromhex(word).decode("latin-1")


def survivors(tokens: dict[str, str], text: str) -> list[str]:
    """The dresses in which a token came through."""
    whole = unveiled(text)
    return [name for name, token in tokens.items() if token in whole or token[::-1] in whole]


@pytest.mark.parametrize("vendor", VENDORS)
def test_no_token_comes_out_in_any_dress(tmp_path: Path, vendor: str) -> None:
    made = placed(vendor)
    needy = [token for name, (token, _) in made.items() if vendor in ANYBODYS and "plain" not in name]
    needy += [token for name, (token, _) in made.items() if vendor in ANYBODYS and name.split(",")[0] in BARE]
    entries = [*traffic([text for _, text in made.values()]), *proper(vendor, needy)]
    (tmp_path / "browser.har").write_text(har(*entries), "utf-8")
    out = written(tmp_path, "browser.har")
    assert survivors({name: token for name, (token, _) in made.items()}, out) == []


@pytest.mark.parametrize("coding", BODIES)
def test_no_token_comes_out_of_a_body_in_a_coding_that_nobody_named(tmp_path: Path, coding: str) -> None:
    tokens = {vendor: make() for vendor, make in VENDORS.items()}
    entries = []
    for token in tokens.values():
        payload = json.dumps({"data": [event()], "access_token": token})
        request = entry("POST", GRAPH, body=("application/json; charset=x-unknown", ""))
        coded = base64.b64encode(BODIES[coding](payload)).decode()
        request["request"]["postData"] |= {"text": coded, "encoding": "base64"}
        request["response"]["content"] = {"text": coded, "encoding": "base64"}
        entries += [request, fired(cd__note=f"plain {token}")]
    (tmp_path / "browser.har").write_text(har(*entries), "utf-8")
    assert survivors(tokens, written(tmp_path, "browser.har")) == []


def test_a_token_learnt_in_the_last_file_is_masked_in_the_first(tmp_path: Path) -> None:
    tokens = {vendor: make() for vendor, make in ANYBODYS.items()}
    (tmp_path / "browser.har").write_text(har(*(fired(cd__note=f"saw {token}") for token in tokens.values())), "utf-8")
    calls = (call(event(event_id=f"c-{number}"), access_token=token) for number, token in enumerate(tokens.values()))
    (tmp_path / "server.jsonl").write_text(lines(*calls), "utf-8")
    assert survivors(tokens, written(tmp_path, "browser.har", "server.jsonl")) == []


def sent(token: str) -> str:
    return json.dumps({"data": [event()], "auth": token})


def test_no_token_comes_out_of_curl_commands(tmp_path: Path) -> None:
    tokens = {vendor: make() for vendor, make in VENDORS.items()}
    text = "\n".join(
        f"curl -X POST '{GRAPH}?key={token}' -H 'X-Own: {token}' --data '{sent(token)}'" for token in tokens.values()
    )
    (tmp_path / "calls.curl").write_text(text, "utf-8")
    assert survivors(tokens, written(tmp_path, "calls.curl")) == []


def test_the_probe_is_large_and_finds_what_is_there() -> None:
    assert sum(len(placed(vendor)) for vendor in VENDORS) >= 1_000
    for vendor in VENDORS:
        for name, (token, text) in placed(vendor).items():
            assert survivors({name: token}, text) == [name]

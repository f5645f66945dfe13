"""Coverage-guided fuzzing of every reader of strangers' bytes: `python -m tests.fuzz.coverage_guided`.

Needs `atheris`, which there is for Linux. It starts from every golden case and every
platform's samples, and changes bytes towards code
not seen before; the arguments are libFuzzer's. A crash is written to `crash-…` in the working folder, and running the
module with that file repeats it.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import sys
import tempfile
from pathlib import Path

atheris = importlib.import_module("atheris")
# Only what is first imported in here is watched, so everything that brings the decoders along is imported in here.
with atheris.instrument_imports(include=["app"]):
    from app.formats import FormatError, har, jsonl
    from app.model import Exchange, Provenance, Request, Response
    from app.platforms import PLATFORMS
    from app.platforms.sandbox import Faults
    from app.redaction import mask
    from app.sending.paste import PasteError, draft_of
    from tests.fuzz.doors import DOORS, RECORDED, base_of
    from tests.fuzz.test_decoders import TYPES, invariants
    from tests.platforms.goldens import FOLDER, cases, exchange_of

_GAP = b"\x00"
NOW_MS = 1_795_317_862_000


def seed_of(exchange: Exchange) -> bytes:
    """An exchange in the form the fuzzer changes: two choices, then query, body and answer."""
    base, query = base_of(exchange.request.url), exchange.request.url.partition("?")[2]
    host = base.split("/")[2]
    near = (at for at, each in enumerate(DOORS) if each.split("/")[2] == host)
    door = DOORS.index(base) if base in DOORS else next(near, 0)
    content_type = exchange.request.header("content-type")
    kind = TYPES.index(content_type) if content_type in TYPES else 0
    answer = exchange.response.body if exchange.response else b""
    return bytes([door, kind]) + _GAP.join([query.encode(), exchange.request.body.replace(_GAP, b" "), answer])


def exchange_from(data: bytes) -> Exchange:
    """The exchange that a piece of fuzz stands for; every piece stands for one."""
    door, kind = (data[:2] + b"\x00\x00")[:2]
    query, _, rest = data[2:].partition(_GAP)
    body, _, answer = rest.partition(_GAP)
    method = "POST" if body else "GET"
    headers = (("Content-Type", TYPES[kind % len(TYPES)]),)
    url = f"{DOORS[door % len(DOORS)]}?{query.decode('utf-8', 'replace')}"
    response = Response(400 if door & 128 else 200, (), answer) if answer else None
    return Exchange(Provenance.CAPTURED, Request(method, url, headers, body), response, number=1)


def one(data: bytes) -> None:
    """Show one piece of fuzz to every reader: none may trip, and events keep what their readers rely on."""
    exchange = exchange_from(data)
    masked = mask(exchange)
    for each in PLATFORMS:
        # Past the table's `decode`, which would catch what this is looking for.
        invariants(each.decode(exchange))
        invariants(each.decode(masked))
        if each.sandbox and each.server and each.server.serves(exchange.request):
            each.sandbox.server(exchange.request, NOW_MS, Faults())
    text = exchange.request.body.decode("utf-8", "replace")
    with contextlib.suppress(FormatError):
        har.read(text, "fuzz.har")
    with contextlib.suppress(FormatError):
        jsonl.read(text, "fuzz.jsonl", "")
    with contextlib.suppress(PasteError):
        draft_of(text, "1")


def main() -> None:
    """Run until libFuzzer's own limits say stop."""
    with tempfile.TemporaryDirectory() as seeds:
        for name in cases():
            case = json.loads((FOLDER / f"{name}.request.json").read_text("utf-8"))
            (Path(seeds) / name).write_bytes(seed_of(exchange_of(case)))
        for number, exchange in enumerate(RECORDED):
            (Path(seeds) / f"recorded-{number}").write_bytes(seed_of(exchange))
        given = [argument for argument in sys.argv[1:] if not argument.startswith("-")]
        atheris.Setup([*sys.argv, *([] if given else [seeds])], one)
        atheris.Fuzz()


if __name__ == "__main__":
    main()

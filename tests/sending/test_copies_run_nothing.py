"""What strangers wrote into a request stays a word in every copy: nothing of it runs, nothing of it is lost."""

from __future__ import annotations

import ast
import json
import re
import shlex
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import unquote

import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token
from msgspec.structs import replace

from app.cli import main
from app.formats import read
from app.gui.drawing.runs_table import row_text
from app.model import Exchange, Field, Provenance, Request
from app.outgoing import Draft
from app.platforms import decode
from app.platforms.meta.snippets import fbq, sdk_call
from app.platforms.reading import is_method
from app.sending.copy_as import curl, httpx_call, markdown, payload
from tests.formats.traffic import NOON_MS, har, lines, put

HOSTILE = Path(__file__).parent.parent / "fixtures" / "hostile"
COMMANDS = tuple(
    r"""
    $(touch PWNED) `touch PWNED` ';touch PWNED;' ";touch PWNED;" &&~touch~PWNED | ${IFS} $'\x41' \ \' ' " -o~PWNED
    --config @PWNED !! {a,b} [1-9] * %s %b \0101 #~x <PWNED >PWNED é {{7*7}} {x!r} %(x)s
    """.replace("~", " ").split()
)
SCRIPTS = ("</script>", "<!--", "<script>", "'ACCESS_TOKEN'", "'+alert(1)+'", "\u2028", "*/", "${x}", "\\u0027", "')")
MARKS = (
    "|",
    "\\|",
    "\\",
    "`",
    "```",
    "[a](javascript:x)",
    "![a](//e.example/p)",
    "<img src=x>",
    "&lt;",
    "*a*",
    "__a__",
)
OBEYED = ("\x03", "\x1b[201~", "\x00", "\ud800", "\r\n", "\t", "\ntouch PWNED\n")
harmless_for_a_terminal = st.text(
    st.characters(blacklist_categories=("Cs", "Cc"), blacklist_characters="\u2028\u2029"), max_size=8
)
words = st.lists(st.sampled_from(COMMANDS) | harmless_for_a_terminal, max_size=6).map("".join)
anything = st.lists(st.sampled_from((*COMMANDS, *SCRIPTS, *MARKS, *OBEYED)) | st.text(max_size=8), max_size=6).map(
    "".join
)
bodies = st.binary(max_size=40) | anything.map(lambda text: text.encode("utf-8", "replace"))
values = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | anything,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(anything, inner, max_size=3),
    max_leaves=8,
)
quick = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture
def shell(tmp_path: Path) -> Path:
    """A folder in which `sh` finds two programs: a `curl` that writes down what it was given, and a `touch`."""
    sh = shutil.which("sh")
    if sh is None:
        pytest.skip("needs a POSIX shell")
    programs = tmp_path / "programs"
    programs.mkdir()
    stub = '#!/bin/sh\nprintf "%s\\0" "$@" > "$NOTES/arguments"\nfor last; do :; done\n'
    stub += 'if [ "$last" = @- ]; then /bin/cat > "$NOTES/body"; fi\n'
    for name, text in (("curl", stub), ("touch", '#!/bin/sh\n: > "$NOTES/ran"\n')):
        (programs / name).write_text(text, "utf-8")
        (programs / name).chmod(0o755)
    return tmp_path


def run(shell: Path, command: str) -> tuple[list[str], bytes | None]:
    """What `curl` was given when the command was run, and what it was to read; nothing else may have happened."""
    notes, room = shell / "notes", shell / "room"
    for folder in (notes, room):
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
    environment = {"PATH": str(shell / "programs"), "NOTES": str(notes), "ACCESS_TOKEN": "ACCESS_TOKEN"}
    done = subprocess.run(
        ["/bin/sh", "-c", command], cwd=room, env=environment, capture_output=True, timeout=30, check=False
    )
    assert (done.returncode, done.stderr) == (0, b"")
    assert list(room.iterdir()) == []
    assert not (notes / "ran").exists()
    body = notes / "body"
    return (notes / "arguments").read_bytes().decode().split("\0")[:-1], body.read_bytes() if body.exists() else None


def sent(method: str, query: str, agent: str, body: str) -> Request:
    return Request(method, f"https://h.example/?{query}", (("User-Agent", agent),), body.encode("utf-8", "replace"))


@given(words, words, words, words)
@quick
def test_a_shell_gives_curl_exactly_what_was_recorded(
    shell: Path, method: str, query: str, agent: str, body: str
) -> None:
    query, agent, method = query.replace("\n", " "), agent.replace("\n", " "), method.replace("\n", " ")
    request = sent(method, query, agent, body)
    command = curl(request)
    brackets = ["--globoff"] if set(query) & set("[]{}") else []
    content = ["--data-raw", body] if body else []
    expected = ["-X", method, request.url, *brackets, "-H", f"User-Agent: {agent}", *content]
    assert shlex.split(command.replace(" \\\n  ", " ")) == ["curl", *expected]
    assert run(shell, command) == (expected, None)


@given(anything, anything, anything, bodies)
@quick
def test_a_terminal_gets_nothing_to_obey_and_the_wire_gets_the_same(
    shell: Path, method: str, query: str, agent: str, body: bytes
) -> None:
    command = curl(replace(sent(method, query, agent, ""), body=body))
    assert not set(command) & {chr(code) for code in (*range(9), 11, 12, *range(14, 32), *range(127, 160))}
    arguments, read_body = run(shell, command)
    posted = arguments[arguments.index("--data-raw") + 1].encode() if "--data-raw" in arguments else b""
    assert (posted if read_body is None else read_body) == body
    whole = f"https://h.example/?{query}".encode("utf-8", "replace").decode()
    assert unquote(arguments[2]) == unquote(whole)


@pytest.mark.parametrize("url", ["-oPWNED://www.facebook.com/tr", "--config://x", "file:///etc/passwd"])
def test_an_address_is_never_an_option(shell: Path, url: str) -> None:
    arguments, _ = run(shell, curl(Request("GET", url)))
    assert arguments == ["-X", "GET", "--url", url]


METHODS = (
    *("$(touch PWNED)", "GET;touch${IFS}PWNED;#", "`id`", "GET /x HTTP/1.1\r\nX: y", "-o", "ПОЛУЧИТЬ"),
    "\x1b]0;x\x07",
)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("kind", ["har", "curl", "jsonl"])
def test_a_method_that_is_none_is_made_harmless_and_found(tmp_path: Path, shell: Path, method: str, kind: str) -> None:
    url = "https://www.facebook.com/tr/?id=1111111111111111&ev=Purchase&eid=1"
    text = {
        "har": har({"request": {"method": method, "url": url}}),
        "curl": f"curl -X {shlex.quote(method)} '{url}'",
        "jsonl": lines({"method": method, "url": url}),
    }[kind]
    path = put(tmp_path, f"a.{kind}", text)
    (exchange,) = read(path).exchanges
    kept = exchange.request.method
    assert not set(kept) - set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.~%")
    assert unquote(kept) in (method, method.upper())
    run(shell, curl(exchange.request))
    found = json.loads(CliRunner().invoke(main, ["check", str(path), "--json"]).stdout)["findings"]
    assert ("malformed-request", "method") in {(item["code"], item["reason"]) for item in found}


@pytest.mark.parametrize("method", ["GET", "POST", "M-SEARCH", "VERSION-CONTROL"])
def test_a_real_method_is_no_finding(method: str) -> None:
    url = "https://www.facebook.com/tr/?id=1111111111111111&ev=Purchase&eid=1"
    (event,) = decode(Exchange(Provenance.IMPORTED, Request(method, url), number=1))
    assert is_method(method)
    assert "method" not in {flaw.reason for flaw in event.flaws}


def test_the_sample_is_found_by_the_command() -> None:
    found = CliRunner().invoke(main, ["check", str(HOSTILE / "evil_method.har"), "--json"])
    assert (found.exit_code, "malformed-request" in found.stdout) == (1, True)


@given(anything, anything, anything, values)
@quick
def test_python_gets_texts_and_nothing_but_texts(method: str, query: str, agent: str, value: object) -> None:
    body = json.dumps({"data": value})
    program = ast.parse(httpx_call(sent(method, query, agent, body)))
    imports, assignment, printed = program.body[:2], program.body[2], program.body[3:]
    assert [ast.unparse(item) for item in (*imports, *printed)] == [
        "import os",
        "import httpx",
        "print(answer.status_code, answer.text)",
    ]
    assert isinstance(assignment, ast.Assign)
    assert only_calls(assignment) <= {"httpx.request", "float"}
    only_words(assignment)


@given(anything, anything, st.dictionaries(anything, anything, max_size=3))
@quick
def test_metas_library_and_the_page_get_texts_and_nothing_but_texts(
    name: str, event_id: str, custom: dict[str, str]
) -> None:
    event = json.dumps({"event_name": name, "event_id": event_id, "custom_data": custom})
    draft = Draft("meta", "1", (event,), api_version='"+os.system("x")+"')
    program = ast.parse(sdk_call(draft))
    assert only_calls(program) <= {
        *("FacebookAdsApi.init", "print", "AdsPixel", "AdsPixel(...).create_event", "float"),
    }
    only_words(program)

    script = fbq(draft)
    assert not [mark for mark in ("</", "<!--", "<script", "\u2028", "\u2029") if mark in script.lower()]
    verb, rest = script.splitlines()[1].split(", ", 1)[0], script.split("\n", 1)[1].split(", ", 1)[1]
    assert verb in ("fbq('track'", "fbq('trackCustom'")
    decoder = json.JSONDecoder(strict=False)
    said, at = decoder.raw_decode(rest)
    assert said == name
    sold, at = decoder.raw_decode(rest, at + len(", "))
    assert sold == custom
    if event_id:
        assert rest[at:].startswith(", {eventID: ")
        id_, at = decoder.raw_decode(rest, at + len(", {eventID: "))
        assert (id_, rest[at:]) == (event_id, "});\n")
    assert json.loads(payload(draft))["data"][0] == json.loads(event)


def only_calls(tree: ast.AST) -> set[str]:
    calls = {ast.unparse(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    return {"AdsPixel(...).create_event" if name.startswith("AdsPixel('1')") else name for name in calls}


def only_words(tree: ast.AST) -> None:
    """Texts are joined with what stands in the environment, and nothing is worked out."""
    for node in ast.walk(tree):
        assert not isinstance(node, ast.JoinedStr | ast.Lambda | ast.Compare | ast.BoolOp)
        if isinstance(node, ast.Subscript):
            assert ast.unparse(node) in ("os.environ['ACCESS_TOKEN']", "os.environ['APPSECRET_PROOF']")


@pytest.mark.parametrize("event", ['{"event_name":["a"]}', "[" * 3000 + "]" * 3000, '{"event_name":NaN}', "not json"])
def test_an_event_beyond_reason_can_be_copied_too(event: str) -> None:
    draft = Draft("meta", "1", (event,))
    request = Request("POST", "https://h.example/", (), event.encode())
    for text in (sdk_call(draft), httpx_call(request)):
        ast.parse(text)
    assert fbq(draft) is not None
    assert payload(draft)


@given(anything, anything, anything, anything)
@quick
def test_a_ticket_shows_the_words_as_they_were(name: str, account: str, key: str, value: str) -> None:
    url = "https://www.facebook.com/tr/?id=1&ev=Lead"
    (event,) = decode(Exchange(Provenance.IMPORTED, Request("GET", url), number=1, started_ms=NOON_MS))
    event = replace(event, name=name, account=account, fields=(Field(key, value, key, "other", "query"),))
    tokens = MarkdownIt("commonmark").enable("table").parse(markdown(event))
    head, *cells = [token.children or [] for token in tokens if token.type == "inline"]
    assert [item.type for item in head if item.type not in ("text", "text_special")] == ["strong_open", "strong_close"]
    assert [token.type for token in tokens if token.type.endswith("_open")] == [
        *("paragraph_open", "table_open", "thead_open", "tr_open", "th_open", "th_open", "th_open"),
        *("tbody_open", "tr_open", "td_open", "td_open", "td_open"),
    ]
    assert [words_of(cell) for cell in cells[3:]] == [flat(key), flat(key), flat(value)]


def words_of(tokens: Sequence[Token]) -> str:
    assert {token.type for token in tokens} <= {"text", "text_special"}
    return "".join(token.content for token in tokens).strip()


def flat(text: str) -> str:
    whole = text.encode("utf-8", "replace").decode()
    return " ".join(re.split(r"[\s\x00-\x1f\x7f-\x9f]+", whole)).strip()


@pytest.mark.parametrize("value", ["https://evil.example/x", "www.evil.example", "mailto:x", "[a]: https://e.example"])
def test_a_ticket_makes_no_link_of_a_value(value: str) -> None:
    (event,) = decode(
        Exchange(Provenance.IMPORTED, Request("GET", "https://www.facebook.com/tr/?id=1&ev=Lead"), number=1)
    )
    text = markdown(replace(event, fields=(Field("k", value, "k", "other", "query"),)))
    assert not re.search(r"(?<!\\):(?=//)|www\.|mailto:(?!/)", text)


@pytest.mark.parametrize(
    ("cell", "copied"),
    [
        ("=cmd|' /C calc'!A0", "'=cmd|' /C calc'!A0"),
        ("@SUM(1+9)*cmd|' /C calc'!A0", "'@SUM(1+9)*cmd|' /C calc'!A0"),
        ("-2+3+cmd|' /C calc'!A0", "'-2+3+cmd|' /C calc'!A0"),
        ("\t=1+1", " =1+1"),
        ("a\tb\nc", "a b c"),
        ("-12.50", "-12.50"),
        ("+49 151 2345678", "+49 151 2345678"),
        ("plain", "plain"),
    ],
)
def test_a_row_for_a_spreadsheet_holds_no_formula(cell: str, copied: str) -> None:
    assert row_text(["k", cell]) == f"k\t{copied}"

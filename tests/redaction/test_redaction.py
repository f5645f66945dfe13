"""No secret survives masking, wherever it stands; what is masked stays as long and as readable as it was."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from urllib.parse import parse_qsl, quote, quote_plus, urlencode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from app.hashing import sha256
from app.model import Exchange, Provenance, Request, Response
from app.platforms import decode
from app.redaction import mask, mask_bytes, mask_text

TOKEN = "EAAFAKE_TOKEN_FOR_LAB_0123456789"
PROOF = "5f" * 31 + "0a"
tokens = st.one_of(
    st.from_regex(r"EAA[A-Za-z0-9]{20,60}", fullmatch=True),
    st.from_regex(r"[1-9][0-9]{14}\|[A-Za-z0-9_-]{27}", fullmatch=True),
    st.from_regex(r"[A-Za-z][A-Za-z0-9._~+/-]{14,40}=?[0-9a-f]", fullmatch=True),
)


def sent(url: str = "https://graph.facebook.com/1/events", body: str | bytes = b"", **headers: str) -> Exchange:
    named = tuple((name.replace("_", "-"), value) for name, value in headers.items())
    data = body.encode() if isinstance(body, str) else body
    return Exchange(Provenance.FORWARDED, Request("POST", url, named, data))


def everything(exchange: Exchange) -> str:
    """All text of an exchange, with every escape taken away as often as there are any."""
    response = exchange.response or Response(0)
    parts = [exchange.request.url, exchange.error or "", exchange.request.body.decode("latin-1")]
    parts += [response.body.decode("latin-1")]
    parts += [value for _, value in (*exchange.request.headers, *response.headers)]
    return "\n".join(parts)


def as_form(token: str) -> str:
    return urlencode({"data": json.dumps([{"event_name": "A"}]), "access_token": token, "z": "1"})


def as_json(token: str) -> str:
    return json.dumps({"data": [], "access_token": token, "z": 1})


def as_multipart(token: str) -> str:
    return f'--B\r\nContent-Disposition: form-data; name="access_token"\r\n\r\n{token}\r\n--B--\r\n'


def as_batch_form(token: str) -> str:
    inner = [{"method": "POST", "relative_url": "1/events", "body": as_form(token)}, None]
    return urlencode({"batch": json.dumps(inner), "access_token": token})


def as_batch_json(token: str) -> str:
    url = f"1/events?access_token={quote(token, safe='')}&x=1"
    return json.dumps({"batch": [{"relative_url": url, "body": json.dumps({"access_token": token})}], "z": 1})


def as_text_in_form(token: str) -> str:
    return urlencode({"data": json.dumps([json.dumps({"access_token": token, "a": [1]})]), "z": "1"})


def as_gateway_key(token: str) -> str:
    return json.dumps({"data": [], "accessKey": token})


def as_paging(token: str) -> str:
    url = f"https://graph.facebook.com/1?access_token={quote(token, safe='')}&limit=25"
    return json.dumps({"paging": {"next": url, "previous": url.replace("&", "\\u0026")}, "z": 1})


def as_broken_json(token: str) -> str:
    return json.dumps({"access_token": token})[:-2]


def as_pretty_json(token: str) -> str:
    return json.dumps({"a": {"access_token": token, "list": [1]}}, indent=4)


def as_unicode_escapes(token: str) -> str:
    escaped = "".join(f"\\u{ord(letter):04x}" for letter in token)
    return f'{{"access\\u005ftoken": "{escaped}", "z": 1}}'


def as_escaped_letters(token: str) -> str:
    return f"a%63cess_token={''.join(f'%{ord(letter):02X}' for letter in token)}&z=1"


FORMS = [as_form, as_batch_form, as_text_in_form, as_escaped_letters]
JSONS = [as_json, as_batch_json, as_gateway_key, as_paging, as_pretty_json, as_unicode_escapes]
BODIES: list[Callable[[str], str]] = [*FORMS, *JSONS, as_multipart, as_broken_json]


@given(token=tokens, body=st.sampled_from(BODIES))
@settings(max_examples=300, deadline=None)
def test_no_token_survives_in_any_body(token: str, body: Callable[[str], str]) -> None:
    data = body(token).encode()
    masked = mask_bytes(data)
    assert len(masked) == len(data)
    for spelling in {token, quote(token, safe=""), quote_plus(token), json.dumps(token)[1:-1]}:
        assert spelling.encode() not in masked
    assert token not in unwrapped(masked.decode())
    assert mask_bytes(masked) == masked
    if body in FORMS:
        pairs = parse_qsl(masked.decode(), strict_parsing=True, keep_blank_values=True)
        assert [name for name, _ in pairs] == [name for name, _ in parse_qsl(data.decode())]
        for name, value in pairs:
            if name in ("data", "batch"):
                json.loads(value)
    if body in JSONS:
        assert skeleton(json.loads(masked)) == skeleton(json.loads(data))


def unwrapped(text: str) -> str:
    """Every string in a form or JSON text, decoded as a reader would, without our own unescaping."""
    found = [text]
    try:
        value = json.loads(text)
    except ValueError:
        pairs = parse_qsl(text)
        return "\n".join([text, *(unwrapped(part) for _, part in pairs)]) if pairs else text
    stack = [value]
    while stack:
        match stack.pop():
            case dict() as mapping:
                stack += mapping.values()
            case list() as items:
                stack += items
            case str() as part if part != text:
                found.append(unwrapped(part))
    return "\n".join(found)


def skeleton(value: object) -> object:
    """JSON without its strings: what masking must leave as it is."""
    match value:
        case dict() as mapping:
            return {key: skeleton(item) for key, item in mapping.items()}
        case list() as items:
            return [skeleton(item) for item in items]
        case str():
            return "text"
    return value


@given(token=tokens)
@settings(max_examples=100, deadline=None)
def test_no_token_survives_anywhere_in_an_exchange(token: str) -> None:
    url = f"https://graph.facebook.com/1/events?access_token={quote(token, safe='')}&appsecret_proof={PROOF}"
    exchange = Exchange(
        Provenance.PROXIED,
        Request(
            "POST",
            url,
            (("Authorization", f"Bearer {token}"), ("Cookie", f"xs={token}; _fbp=fb.1.2.3"), ("Referer", url)),
            as_json(token).encode(),
        ),
        Response(
            200,
            (("Set-Cookie", f"sb={token}; Path=/; HttpOnly"), ("Location", url), ("X-Debug", f"saw {token} here")),
            f"Cannot parse access token {token}".encode(),
        ),
        error=f"timeout for {url}",
    )
    masked = mask(exchange)
    text = everything(masked)
    assert token not in text
    assert quote(token, safe="") not in text
    assert PROOF not in text
    assert len(masked.request.url) == len(url)
    assert len(masked.request.body) == len(exchange.request.body)
    assert mask(masked) == masked
    assert dict(masked.request.headers)["Cookie"].endswith("; _fbp=fb.1.2.3")
    assert masked.response is not None
    assert masked.response.headers[0][1].endswith("; Path=/; HttpOnly")


def test_the_last_four_stay_and_one_secret_looks_the_same_everywhere() -> None:
    header, query = (
        "Bearer 123456789012345|abcdefghijklmnopqrstuvwxyz0",
        "123456789012345%7Cabcdefghijklmnopqrstuvwxyz0",
    )
    masked = mask(sent(f"https://g/?access_token={query}", Authorization=header))
    in_header = masked.request.header("Authorization")
    in_query = masked.request.url.partition("=")[2]
    assert (len(in_header), len(in_query)) == (len(header), len(query))
    assert in_header.startswith("Bearer ***")
    assert in_header.endswith("*xyz0")
    assert in_query.endswith("*xyz0")
    assert in_header[7:16] == in_query[:9]
    assert mask_text(f"access_token={TOKEN}")[13:22] != in_query[:9]


@pytest.mark.parametrize(("token", "shape"), [(TOKEN, "EAA***"), ("ya29.a0AfB_byC0123456789", "***"), ("EAAx", "***")])
def test_a_mask_shows_whether_the_token_was_metas(token: str, shape: str) -> None:
    masked = mask_text(f"access_token={token}").partition("=")[2]
    assert masked.startswith(shape)
    assert ("EAA" in masked) == (shape == "EAA***")


@pytest.mark.parametrize(
    ("secret", "shape"), [("ab", "**"), ("abc", "***"), ("k-12", "***?"), ("abcdefghijkl", "***??????***")]
)
def test_a_short_secret_keeps_nothing_but_its_length(secret: str, shape: str) -> None:
    masked = json.loads(mask_text(json.dumps({"accessKey": secret})))["accessKey"]
    assert len(masked) == len(secret)
    assert "".join("?" if letter != "*" else "*" for letter in masked) == shape
    assert secret not in masked


@pytest.mark.parametrize(
    "text",
    [
        "https://www.facebook.com/tr/?id=1&ev=Purchase&cd[content_name]=Basic%20Strawberries%20in%20bulk%20%2B1",
        '{"auditing_token": "keep me as I am 123", "event_id": "token-1234567890"}',
        "access_token=undefined&accessKey=null",
        '{"access_token": null}',
        "access_token=",
        "fbc=fb.1.1795317862330.IwAR0abcEAAdefghijklmnopqrstuvwxyz",
        "ud[em]=62a14e44f765419d10fea99367361a727c12365e2520f32218d505ed9aa0f62f",
    ],
)
def test_what_is_no_secret_is_left_alone(text: str) -> None:
    assert mask_text(text) is text


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("Authorization", f"OAuth {TOKEN}"),
        ("Authorization", TOKEN),
        ("Authorization", f'OAuth oauth_consumer_key="{TOKEN}", oauth_signature="{TOKEN}"'),
        ("Authorization", f"Basic {base64.b64encode(TOKEN.encode()).decode()}"),
        ("proxy-authorization", f"Bearer {TOKEN}"),
        ("Access-Token", TOKEN),
        ("developer-token", TOKEN),
        ("X-Pixel-Token", TOKEN),
        ("X-Api-Key", TOKEN),
        ("Cookie", f"c_user=1000123; xs={TOKEN}; {TOKEN}"),
        ("Referer", f"https://shop.example/?next=%2Fa%3Faccess_token%3D{TOKEN}%26b%3D1"),
    ],
)
def test_secrets_in_headers_are_masked_in_length(name: str, value: str) -> None:
    header = mask(sent("https://g/", "", **{name.replace("-", "_"): value})).request.headers[0][1]
    assert len(header) == len(value)
    assert TOKEN not in header
    assert base64.b64encode(TOKEN.encode()).decode() not in header
    assert "1000123" not in header
    assert mask_text(header) == header


@pytest.mark.parametrize(
    "text",
    [
        f"https://www.google-analytics.com/mp/collect?measurement_id=G-1&api_secret={TOKEN}",
        f"https://tr.snapchat.com/v3/1/events?access_token={TOKEN}",
        f'{{"auth": {{"consumer_secret": "{TOKEN}", "oauth_token_secret": "{TOKEN}"}}}}',
        f"https://user:{TOKEN}@shop.example/",
        f"data=1&client_secret={TOKEN}",
        f"saw {TOKEN} in a log",
        f"call me with Bearer {TOKEN.lower()}",
        f"{{'access_token': '{TOKEN}'}}",
    ],
)
def test_other_platforms_and_places_are_covered(text: str) -> None:
    masked = mask_text(text)
    assert len(masked) == len(text)
    assert TOKEN not in masked
    assert TOKEN.lower() not in masked


def test_a_number_as_a_secret_leaves_json_readable() -> None:
    assert json.loads(mask_text('{"access_token": 123456, "b": [2]}')) == {"access_token": 999999, "b": [2]}


def test_a_found_secret_is_masked_where_nothing_names_it() -> None:
    masked = mask(sent("https://g/?accessKey=k3y-of-the-gateway", '{"note": "used k3y-of-the-gateway", "id": 7}'))
    assert b"k3y-of-the-gateway" not in masked.request.body
    assert json.loads(masked.request.body)["id"] == 7


def test_a_plain_number_or_word_as_a_secret_does_not_spoil_its_namesakes() -> None:
    body = '{"event_id": "1234567890", "event_name": "Purchase"}'
    assert mask(sent("https://g/?access_token=1234567890", body)).request.body == body.encode()
    assert mask(sent("https://g/?access_token=Purchase", body)).request.body == body.encode()


@given(st.binary(max_size=300), st.text(max_size=100))
@settings(max_examples=200, deadline=None)
def test_any_bytes_keep_their_length_and_masking_settles(data: bytes, text: str) -> None:
    masked = mask_bytes(data)
    assert len(masked) == len(data)
    assert mask_bytes(masked) == masked
    assert len(mask_text(text).encode("utf-8", "surrogatepass")) == len(text.encode("utf-8", "surrogatepass"))


@pytest.mark.parametrize(
    "body",
    [
        b"access_token" * 200_000,
        b'"access_token":"' + b"\\" * 500_000,
        b"%25" * 300_000 + b"token",
        b'name="' * 200_000 + b"access_token",
        b"access_token=" + b"%2522" * 200_000,
        b"://" * 300_000 + b"token",
        b"oauth " * 200_000,
    ],
)
@pytest.mark.timeout(20)
def test_hostile_bodies_take_bounded_time(body: bytes) -> None:
    assert len(mask_bytes(body)) == len(body)


def test_decoding_a_masked_exchange_gives_the_same_events() -> None:
    exchange = replace(sent(f"https://graph.facebook.com/v26.0/1/events?access_token={TOKEN}", PAYLOAD), number=1)
    assert decode(mask(exchange)) == tuple(
        replace(item, fields=tuple(replace(field, value=mask_text(field.value)) for field in item.fields))
        for item in decode(exchange)
    )


PAYLOAD = json.dumps(
    {
        "data": [
            {
                "event_name": "Purchase",
                "event_time": 1795317862,
                "event_id": "o-1",
                "user_data": {"em": [sha256("jane@x.example")], "fbp": "fb.1.1795317862330.447908042"},
                "custom_data": {"value": 59.9, "currency": "USD"},
            }
        ]
    }
)


@pytest.mark.parametrize(
    "field",
    ["access_token[]", "access_token[0]", "access.token", "user_token", "page_token", "jwt_token", "token", "secret"],
)
def test_other_spellings_of_a_tokens_name_are_known(field: str) -> None:
    opaque = "q7Rk2mXw9LtB4vZc8HyN"
    for body in (json.dumps({field: opaque}), urlencode({field: opaque, "z": "1"}), f"data=x&{field}={opaque}"):
        masked = mask(sent(f"https://graph.facebook.com/1/events?{field}={opaque}", body))
        assert opaque not in everything(masked)


def test_a_vague_tokens_value_is_not_looked_for_in_the_rest_of_the_event() -> None:
    order = "9f8b7c6d-1a2b-4c3d-8e9f-001122334455"
    body = json.dumps({"data": [{"event_id": order, "event_source_url": f"https://shop.example/?token={order}"}]})
    ((event,),) = [json.loads(mask(sent(body=body)).request.body)["data"]]
    assert event["event_id"] == order
    assert order not in event["event_source_url"]


@pytest.mark.parametrize(
    "name",
    [
        "X-Auth",
        "X-Session",
        "X-Session-Id",
        "Authentication",
        "X-JWT",
        "X-Hub-Signature-256",
        "X-Credential",
        "X-Key",
        "Own-Subscription-Key",
    ],
)
def test_headers_that_carry_secrets_under_other_names_are_masked(name: str) -> None:
    opaque = "q7Rk2mXw9LtB4vZc8HyN"
    exchange = replace(sent(), request=replace(sent().request, headers=((name, opaque),)))
    assert opaque not in everything(mask(exchange))


@pytest.mark.parametrize("name", ["WWW-Authenticate", ":authority", "X-FB-Trace-ID", "Key", "Origin", "Author"])
def test_headers_that_carry_none_stay(name: str) -> None:
    exchange = replace(sent(), request=replace(sent().request, headers=((name, "invalid words"),)))
    assert mask(exchange) == exchange


def test_a_private_key_is_masked_in_its_frame_even_when_it_was_cut_off() -> None:
    body = "MIIEvQIBADANBgkqhkiG9w0BAQEFAASC\n" * 3
    for end in ("-----END RSA PRIVATE KEY-----", ""):
        masked = mask_text(f"key: -----BEGIN RSA PRIVATE KEY-----\n{body}{end}")
        assert "MIIEv" not in masked
        assert masked.endswith(end)


def test_a_method_and_a_source_are_looked_through_like_the_rest() -> None:
    exchange = replace(sent(), source=f"call {TOKEN}.har", request=replace(sent().request, method=TOKEN))
    masked = mask(exchange)
    assert TOKEN not in masked.request.method + masked.source


@pytest.mark.parametrize(
    "text",
    [
        '{"passenger": "q7Rk2mXw9LtB4vZc8HyN", "compass": "north", "bypass": "on"}',
        '{"cookie_consent": "granted", "cookies": "enabled", "cookie": "_fbp=fb.1.1795317862330.447908042"}',
        'e.cookie=function(n){return t.value="abcdefgh12345678"}',
        "the pass=true and pwd=null of a form",
        '{"value": "SKU-2026-0001-ABCD", "meta": {"a": 1}, "name": "content_id"}',
    ],
)
def test_what_only_resembles_such_names_is_left_alone(text: str) -> None:
    assert mask_text(text) is text

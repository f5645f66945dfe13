"""Masks secrets on the wire: tokens, proofs, keys, cookies, wherever they stand and however often they are escaped.

A masked secret keeps its length in bytes, so that Content-Length stays true, and, when it has sixteen bytes or more,
its last four characters. A digest salted anew in each process stands inside, so that two secrets can be told apart
and one recognised again, but none be guessed. Of Meta's tokens the three letters they all begin with stay, so that a
page's own token is not taken for one: `EAAB…q9Zx` becomes `EAA***5f0c1e****…**q9Zx`.

Where tokens stand in Meta traffic: query, form field, JSON key, multipart part, `Authorization` header, the inner URLs
and bodies of a Graph batch, paging URLs of an answer; `appsecret_proof` beside them, `accessKey` at a gateway. Other
platforms: `Access-Token`, `X-Pixel-Token` and `developer-token` headers, `api_secret` in the query.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from functools import lru_cache

from msgspec.structs import replace

from app.model import Exchange, Headers, Request, Response
from app.redaction.layers import Span, layers, merged, plain

_SALT = secrets.token_bytes(16)
_KEPT = 16  # from this length on the last four characters stay
_MEMORABLE = 8  # from this length on a secret found once is looked for everywhere else

_KEY = (
    rb"(?:access[_.-]?token|access[_-]?key|app_?secret(?:_?proof)?|(?:client|consumer|token|api)[_-]?secret|api[_-]?key"
    rb"|(?:refresh|id|auth|bearer|input|exchange|pixel|developer|oauth|capi|api|user|page|jwt|csrf|xsrf)[_-]?token"
    rb"|oauth_(?:signature|token_secret)|passw(?:or)?d)"
)
# Nearly all bytes hold no secret, so a look for these words comes first: a search for plain words is a hundred times
# faster than one for patterns. Encoders leave letters alone, so it need not unescape unless somebody escaped letters.
_HINTS = tuple(
    b"token secret access api_key api-key apikey passw authorization bearer oauth basic eaa | %7c @ %40".split()
)
_ESCAPED_LETTER = re.compile(rb"%(?:25)*(?:[57][0-9aA]|[46][1-9a-fA-F]|5[fF])")
_ESCAPABLE = re.compile(rb"[^A-Za-z0-9_.~-]")
# Whitespace may be a form's `+`. A bracket may close the key (`cd[access_token]`), or open a list around the value. A
# bare value ends where an escaped quote or bracket shows that it stood inside JSON.
_VALUE = (
    rb"(?:\[\d*)?\]?[\"']?(?:"
    rb"[\s+]*[:=][\s+]*\[?[\s+]*\"((?:[^\"\\]|\\.)++)"
    rb"|[\s+]*[:=][\s+]*\[?[\s+]*'((?:[^'\\]|\\.)++)"
    rb"|[ \t+]*[:=][ \t+]*((?:(?!%(?:25)*(?:22|5[BCD]|7[BD]|0[AD]))[^&\s\"'<>;,{}\[\]()\\])++))"
)
_KEYED = re.compile(rb"(?is)(?=[abcdeijoprtux])" + _KEY + _VALUE)  # a name's first letters, which spare most tries
# These may also name an order or a visit, so a value is masked where it stands and not looked for elsewhere: an event
# ID made of it must stay the same on both sides.
_VAGUE = re.compile(rb"(?is)(?:(?<![a-z_-])|session[_-]?|security[_-]?)(?:token|secret)" + _VALUE)
_PART = re.compile(
    rb"(?i)\bname=\"?[^\"\r\n;]{0,200}?" + _KEY + rb"\]?\"?[^\r\n]{0,500}(?:\r?\n[^\r\n]{1,500}){0,10}?\r?\n\r?\n"
    rb"((?:(?!\r?\n--).)++)",
    re.DOTALL,
)
_SCHEME = re.compile(rb"(?i)\b(?:bearer|oauth|basic)[\s+]+((?=[A-Z._~+/=|-]*\d)[A-Z0-9._~+/=|-]{16,})")
_META = re.compile(rb"(?<![A-Za-z0-9_])(EAA[A-Za-z0-9_]{17,})")
_APP = re.compile(rb"(?<![0-9])(\d{12,19}\|[A-Za-z0-9_-]{16,})")
_LOGIN = re.compile(rb"(?i)\bhttps?://[^/?#\s\"'@:]{0,200}:([^/?#\s\"'@]{1,200})@")
_CERTAIN = (_KEYED, _PART, _SCHEME, _META, _APP, _LOGIN)
_PATTERNS = (*_CERTAIN, _VAGUE)

_MASKED = re.compile(rb"\*{1,3}|(?:EAA)?\*{3}[0-9a-f]{1,6}(?:\*+[A-Za-z0-9_.*-]{4})?|9+")
_TELLING = re.compile(rb"(?s)\d.*[A-Za-z]|[A-Za-z].*\d|[^0-9].{15}")  # no plain number, no plain word
_NUMBER = re.compile(rb"-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?")
_NOTHING = frozenset((b"null", b"none", b"undefined", b"true", b"false", b"nan", b"_removed_"))  # the last by the pixel
_SECRET_HEADER = re.compile(r"(?i)authorization|token|secret|passw|(?:api|access)-?key")
_VAGUE_HEADER = re.compile(
    r"(?im)authentication|credential|jwt|(?:^|-)(?:auth|session|signature)(?:-|$)|subscription-key|private-key|^x-key$"
)
_AUTH_SCHEME = re.compile(r"(?i)^\s*(?:bearer|oauth|basic|digest|token)\s+")
_COOKIES_KEPT = re.compile(
    r"(?i)_fb[pc]|_ga(_.*)?|_gcl_.*|_gid|_tt.*|_sc.*id|_epik|_pin_unauth|_rdt_uuid|_uet.*|li_fat_id|_gtmeec|_twclid|ttclid"
)


def share_salt(salt: bytes | None = None) -> bytes:
    """The salt of this process's digests; given another's, masks look the same in both."""
    global _SALT
    _SALT = salt or _SALT
    return _SALT


def mask(exchange: Exchange) -> Exchange:
    """The exchange with every secret masked, everything else unchanged. Masking twice changes nothing more."""
    request, response = exchange.request, exchange.response
    headers = request.headers + (response.headers if response else ())
    texts = [request.url, exchange.error or "", *(value for _, value in headers)]
    parts = [*map(_bytes, texts), request.body, response.body if response else b""]
    names = "\n".join(name for name, _ in headers).lower()
    private = "cookie" in names or _VAGUE_HEADER.search(names)
    if not private and not _suspect(b"\n".join((_bytes(names), *parts)), frozenset()):
        return exchange
    known: set[bytes] = set()
    for data in parts:
        _learn(data, known)
    for name, value in headers:
        if _SECRET_HEADER.search(name):
            _remember(_bytes(_AUTH_SCHEME.sub("", value)), known)
    remembered = frozenset(known)
    return replace(
        exchange,
        request=_masked_request(request, remembered),
        response=_masked_response(response, remembered) if response else None,
        error=mask_text(exchange.error, remembered) if exchange.error is not None else None,
    )


def mask_text(text: str, known: frozenset[bytes] = frozenset()) -> str:
    """Text with every secret masked; `known` are secrets to mask wherever they stand."""
    data = _bytes(text)
    masked = mask_bytes(data, known)
    return text if masked is data else masked.decode("utf-8", "surrogatepass")


def mask_bytes(data: bytes, known: frozenset[bytes] = frozenset()) -> bytes:
    """Bytes with every secret masked, of the same length; the very same object when there was none."""
    spans = _spans(data, known)
    if not spans:
        return data
    pieces: list[bytes] = []
    at = 0
    for start, end in merged(spans):
        pieces += (data[at:start], _cover(data[start:end]))
        at = end
    return b"".join((*pieces, data[at:]))


def _masked_request(request: Request, known: frozenset[bytes]) -> Request:
    return replace(
        request,
        url=mask_text(request.url, known),
        headers=_masked_headers(request.headers, known),
        body=mask_bytes(request.body, known),
    )


def _masked_response(response: Response, known: frozenset[bytes]) -> Response:
    return replace(response, headers=_masked_headers(response.headers, known), body=mask_bytes(response.body, known))


def _masked_headers(headers: Headers, known: frozenset[bytes]) -> Headers:
    return tuple((name, _masked_header(name, value, known)) for name, value in headers)


def _masked_header(name: str, value: str, known: frozenset[bytes]) -> str:
    lowered = name.lower()
    if lowered == "cookie":
        return ";".join(map(_masked_cookie, value.split(";")))
    if lowered == "set-cookie":
        cookie, semicolon, attributes = value.partition(";")
        return _masked_cookie(cookie) + semicolon + attributes
    if _SECRET_HEADER.search(name) or _VAGUE_HEADER.search(name):
        scheme = _AUTH_SCHEME.match(value)
        start = scheme.end() if scheme else 0
        return value[:start] + _covered_text(value[start:])
    return mask_text(value, known)


def _masked_cookie(pair: str) -> str:
    name, equals, value = pair.partition("=")
    if not equals:
        return _covered_text(name)
    kept = _COOKIES_KEPT.fullmatch(name.strip())
    return name + equals + (mask_text(value) if kept else _covered_text(value))


def _spans(data: bytes, known: frozenset[bytes], patterns: tuple[re.Pattern[bytes], ...] = _PATTERNS) -> list[Span]:
    """Where secrets stand on the wire. The cheap look comes first: most bytes hold none."""
    spans: list[Span] = []
    if not _suspect(data, known):
        return spans
    for layer in layers(data):
        for start, end in _found(layer.text, patterns):
            spans.append(layer.span(start, end))
        for secret in known:
            at = layer.text.find(secret)
            while at >= 0:
                spans.append(layer.span(at, at + len(secret)))
                at = layer.text.find(secret, at + len(secret))
    return [(start, end) for start, end in spans if not _harmless(plain(data[start:end]))]


def _suspect(data: bytes, known: frozenset[bytes]) -> bool:
    if _hinted(data) or any(secret in data for secret in known):
        return True
    escaped_letter = b"\\u00" in data or _ESCAPED_LETTER.search(data)
    if escaped_letter or any(_ESCAPABLE.search(secret) for secret in known):
        inner = plain(data)
        return _hinted(inner) or any(secret in inner for secret in known)
    return False


def _hinted(data: bytes) -> bool:
    lowered = data.lower()
    for hint in _HINTS:  # noqa: SIM110 - a generator would cost more than the search
        if hint in lowered:
            return True
    return False


def _found(text: bytes, patterns: tuple[re.Pattern[bytes], ...]) -> list[Span]:
    return [
        match.span(match.lastindex)
        for pattern in patterns
        for match in pattern.finditer(text)
        if match.lastindex is not None
    ]


def _learn(data: bytes, known: set[bytes]) -> None:
    if not data or not _suspect(data, frozenset()):
        return
    for start, end in _spans(data, frozenset(), _CERTAIN):
        _remember(data[start:end], known)


def _remember(secret: bytes, known: set[bytes]) -> None:
    text = plain(secret)
    if len(text) >= _MEMORABLE and not _harmless(text) and _TELLING.search(text):
        known.add(text)


def _harmless(text: bytes) -> bool:
    """Whether there is nothing to hide: masked before, or a word for nothing."""
    return bool(_MASKED.fullmatch(text)) or text.lower() in _NOTHING


def _covered_text(text: str) -> str:
    data = _bytes(text)
    bare = data.strip(b' "')
    if not bare or _harmless(plain(bare)):
        return text
    start = data.index(bare)
    return (data[:start] + _cover(bare) + data[start + len(bare) :]).decode("utf-8", "surrogatepass")


def _cover(secret: bytes) -> bytes:
    """The mask for a secret as it stands on the wire: of its length, the same for every spelling of it."""
    size, text = len(secret), plain(secret)
    if _NUMBER.fullmatch(secret):
        return b"9" * size  # a bare JSON number must stay one
    head = (b"***" + _digest(text))[:size] if size > 3 else b"*" * size
    if size < _KEPT or len(text) < _KEPT:
        return head.ljust(size, b"*")
    tail = re.sub(rb"[^A-Za-z0-9_.-]", b"*", text[-4:])
    if text.startswith(b"EAA"):
        head = b"EAA" + head
    return head.ljust(size - 4, b"*") + tail


@lru_cache(maxsize=1024)
def _digest(text: bytes) -> bytes:
    return hashlib.blake2b(text, key=_SALT, digest_size=3).hexdigest().encode()


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")

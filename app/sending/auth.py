"""Puts a token where its platform wants it, on the wire or as dots on the screen."""

from __future__ import annotations

import json
from urllib.parse import quote

from msgspec.structs import replace

from app.model import Request
from app.outgoing import Auth, Carrier
from app.platforms.json_text import members, with_member, without_member

DOTS = "••••••••"


class AuthError(Exception):
    """The token can not be put into the request; the text says why, and never holds a token."""


def with_token(request: Request, auth: Auth, token: str) -> Request:
    """The request as it goes over the wire. Raises `AuthError`."""
    match auth.carrier:
        case Carrier.BEARER:
            return _with_header(request, "Authorization", f"Bearer {token}")
        case Carrier.HEADER:
            return _with_header(request, auth.name, token)
        case Carrier.QUERY:
            return _with_parameter(without_token(request, auth), auth.name, quote(token, safe=""))
        case Carrier.BODY:
            return _with_member(request, auth.name, token)
        case Carrier.OAUTH1 if auth.name and ":" not in token:
            return _with_header(request, auth.name, token)
    return _with_header(request, "Authorization", _signature(request, token))


def shown_with(request: Request, auth: Auth, placeholder: str = DOTS) -> Request:
    """The request with a placeholder where its token is due; what stood there before is taken away."""
    request = without_token(request, auth)
    match auth.carrier:
        case Carrier.QUERY:
            return _with_parameter(request, auth.name, placeholder)
        case Carrier.OAUTH1 if not auth.name:
            return _with_header(request, "Authorization", f"OAuth {placeholder}")
        case Carrier.BODY if members(request.body.decode("utf-8", "replace")) is None:
            return request  # it was cut when it was captured, say
        case _:
            return with_token(request, auth, placeholder)


def without_token(request: Request, auth: Auth) -> Request:
    """The request less whatever stands where its token is due."""
    match auth.carrier:
        case Carrier.QUERY:
            base, mark, query = request.url.partition("?")
            kept = "&".join(pair for pair in query.split("&") if pair.partition("=")[0] != auth.name)
            return replace(request, url=f"{base}{mark if kept else ''}{kept}")
        case Carrier.BODY:
            text = request.body.decode("utf-8", "replace")
            if auth.name not in dict(members(text) or ()):
                return request
            return replace(request, body=without_member(text, auth.name).encode())
    names = {"authorization" if auth.carrier is not Carrier.HEADER else "", auth.name.lower()}
    return replace(request, headers=tuple(pair for pair in request.headers if pair[0].lower() not in names))


def _with_parameter(request: Request, name: str, value: str) -> Request:
    mark = "&" if "?" in request.url else "?"
    return replace(request, url=f"{request.url}{mark}{name}={value}")


def _with_header(request: Request, name: str, value: str) -> Request:
    return replace(request, headers=(*request.headers, (name, value)))


def _with_member(request: Request, name: str, token: str) -> Request:
    text = request.body.decode("utf-8", "replace")
    if members(text) is None:
        raise AuthError("The request's body is no JSON object, so the token has no place in it.")
    return replace(request, body=with_member(text, name, json.dumps(token, ensure_ascii=False)).encode())


def _signature(request: Request, token: str) -> str:
    """The OAuth 1.0a header (HMAC-SHA1). The token is four keys joined by colons; a JSON body is not signed."""
    keys = token.split(":")
    if len(keys) != 4 or not all(keys):
        raise AuthError(
            "This platform signs its requests: write the token as consumer key, consumer secret, token and token "
            "secret, joined by colons."
        )
    from oauthlib.oauth1 import Client as Signer  # here, because hardly anybody needs it

    consumer, consumer_secret, owner, owner_secret = keys
    signer = Signer(
        consumer, client_secret=consumer_secret, resource_owner_key=owner, resource_owner_secret=owner_secret
    )
    _, headers, _ = signer.sign(request.url, http_method="GET" if request.method == "GET" else "POST")
    return str(headers["Authorization"])

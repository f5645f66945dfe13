"""Whether a token works: the harmless question whose it is, and what the answer means."""

from __future__ import annotations

import json

from app.model import Exchange, Request
from app.outgoing import Outgoing
from app.platforms.explained import in_words
from app.platforms.meta.answer import explain, server_result
from app.platforms.meta.compose import MAKER
from app.platforms.meta.contract import NEWEST_VERSION
from app.platforms.server_api import TokenAnswer

ADVICE = (
    "Use a system user's token: it belongs to the business, not to a person who changes a password or leaves. "
    "A person's token ends after 60 to 90 days."
)


def token_question(base_url: str, api_version: str | None = None) -> Outgoing:
    """The question whose token it is. Nothing is sent that could count."""
    url = f"{base_url.rstrip('/')}/{api_version or NEWEST_VERSION}/me?fields=id,name"
    request = Request("GET", url, (("User-Agent", "pixelpair"),))
    return MAKER.question(request, "")


def token_answer(exchange: Exchange) -> TokenAnswer:
    """What the answer says, in words."""
    response = exchange.response
    if response is None:
        return TokenAnswer(False, exchange.error or "There was no answer.")
    if response.status == 200:
        try:
            told = json.loads(response.body)
            return TokenAnswer(True, f"The token works. It belongs to {told['name']} ({told['id']}).")
        except (ValueError, KeyError, TypeError):
            return TokenAnswer(
                None, "The platform answered, but not whose token it is. The endpoint may be no Graph API."
            )
    _, answer = server_result(exchange)
    known = explain(answer.code, answer.subcode)
    codes = "/".join(part for part in (answer.code, answer.subcode) if part) or f"HTTP {response.status}"
    words = in_words(known, answer.message)
    return TokenAnswer(False, f"{codes} · {words}")

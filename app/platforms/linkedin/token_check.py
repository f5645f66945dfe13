"""Whether a token works: a look at the conversion rule, and what the answer means."""

from __future__ import annotations

from app.model import Exchange, Request
from app.outgoing import Outgoing
from app.platforms.explained import in_words
from app.platforms.json_text import loaded
from app.platforms.linkedin.answer import code_of, explain
from app.platforms.linkedin.compose import MAKER, heads
from app.platforms.reading import Json
from app.platforms.server_api import TokenAnswer

ADVICE = (
    "Make the token with the right rw_conversions, by an application that has the product Conversions API and a person "
    "who has a role in the ad account. Most tokens last 60 days."
)


def token_question(base_url: str, account: str, api_version: str | None) -> Outgoing:
    """A look at one conversion rule: nothing is sent that could count."""
    url = f"{base_url.rstrip('/')}/rest/conversions/{account}"
    request = Request("GET", url, (*heads(api_version), ("User-Agent", "pixelpair")))
    return MAKER.question(request, account)


def token_answer(exchange: Exchange) -> TokenAnswer:
    """What the answer says, in words. LinkedIn looks at the token before it looks at anything else."""
    response = exchange.response
    if response is None:
        return TokenAnswer(False, exchange.error or "There was no answer.")
    said: dict[str, Json] = {}
    found = loaded(response.body.decode("utf-8", "replace"))
    if isinstance(found, dict):
        said = {key: None if value is None else str(value) for key, value in found.items()}
    if 200 <= response.status < 300:
        return TokenAnswer(True, "The token opens the conversion rule.")
    code, subcode = code_of(said, response.status, str(said.get("message") or ""))
    known = explain(code, subcode)
    words = in_words(known, str(said.get("message") or ""))
    if response.status in (401, 403):
        return TokenAnswer(False, f"{code} · {words}")
    if response.status in (400, 404) and said:
        text = "The token is taken. Whether it may send for this rule, only a test event shows for certain."
        return TokenAnswer(True, f"{text} ({code})")
    return TokenAnswer(None, f"{code} · {words}")

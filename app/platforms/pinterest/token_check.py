"""Whether a token works: a test request without any event, and what its answer means."""

from __future__ import annotations

from app.model import Exchange
from app.outgoing import Outgoing
from app.platforms.explained import in_words
from app.platforms.json_text import loaded
from app.platforms.pinterest.answer import explain
from app.platforms.pinterest.compose import MAKER
from app.platforms.server_api import TokenAnswer

ADVICE = (
    "Make a conversion token in Ads Manager under Conversions; it is good for every ad account in which its user has a "
    "role (Admin, Analyst, Audience, Campaign). An OAuth token needs the scope ads:write."
)
_NO_EVENT = (1, 4196)
_BAD = (2, 3, 29)


def token_question(base_url: str, account: str, api_version: str | None) -> Outgoing:
    """A test request with an empty list of events: nothing is sent that could count."""
    return MAKER.empty_call(base_url, account, api_version)


def token_answer(exchange: Exchange) -> TokenAnswer:
    """What the answer says, in words. That the call is empty is the best answer: the token was taken."""
    response = exchange.response
    if response is None:
        return TokenAnswer(False, exchange.error or "There was no answer.")
    said = loaded(response.body.decode("utf-8", "replace"))
    code = said.get("code") if isinstance(said, dict) else None
    if response.status == 200 or code in _NO_EVENT:
        return TokenAnswer(
            True, "The token is taken. Whether it may send to this ad account, only a test event shows for certain."
        )
    if not isinstance(said, dict) or not isinstance(code, int):
        return TokenAnswer(None, "The answer has no code. The endpoint may be none of Pinterest's API.")
    known = explain(str(code), None)
    words = in_words(known, str(said.get("message") or ""))
    return TokenAnswer(False if code in _BAD else None, f"{code} · {words}")

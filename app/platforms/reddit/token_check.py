"""Whether a token works: a test call without any event, and what its answer means."""

from __future__ import annotations

from app.model import Exchange
from app.outgoing import Outgoing
from app.platforms.explained import in_words
from app.platforms.reddit.answer import explain, server_results
from app.platforms.reddit.compose import MAKER
from app.platforms.server_api import TokenAnswer

ADVICE = (
    "Make a conversion access token in Ads Manager under Events Manager, Conversions API: it does not run out. A token "
    "of a developer application ends within a day, and needs the scope adsconversions."
)
_TEST = "pixelpair-token-check"


def token_question(base_url: str, account: str, api_version: str | None) -> Outgoing:
    """A test call with an empty list of events: the token is looked at, and there is no event that could count."""
    return MAKER.empty_call(base_url, account, api_version, _TEST)


def token_answer(exchange: Exchange) -> TokenAnswer:
    """What the answer says, in words. That the call is empty is the best answer: the token was taken."""
    response = exchange.response
    if response is None:
        return TokenAnswer(False, exchange.error or "There was no answer.")
    if response.status in (200, 400):
        return TokenAnswer(
            True, "The token is taken. Whether it may send to this pixel, only a test event shows for certain."
        )
    _, answer = server_results(exchange, ())[0]
    known = explain(answer.code, answer.subcode)
    words = in_words(known, answer.message)
    works = False if response.status in (401, 403) else None
    return TokenAnswer(works, f"{response.status} · {words}")

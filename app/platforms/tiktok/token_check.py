"""Whether a token works: a call without any event, and what its answer means."""

from __future__ import annotations

from app.model import Exchange
from app.outgoing import Outgoing
from app.platforms.explained import in_words
from app.platforms.json_text import loaded
from app.platforms.server_api import TokenAnswer
from app.platforms.tiktok.answer import explain
from app.platforms.tiktok.compose import MAKER

ADVICE = (
    "Make the token in Events Manager under the pixel's settings, “Generate Access Token”: it is that pixel's and does "
    "not run out. A token of an app of TikTok's API for Business ends when its user takes the right back."
)
_NO_EVENT = 40002


def token_question(base_url: str, account: str, api_version: str | None) -> Outgoing:
    """A call with an empty list of events. TikTok looks at the token first, and no event is sent that could count."""
    return MAKER.empty_call(base_url, account, api_version)


def token_answer(exchange: Exchange) -> TokenAnswer:
    """What the answer says, in words. That the call is empty is the best answer: the token was taken."""
    response = exchange.response
    if response is None:
        return TokenAnswer(False, exchange.error or "There was no answer.")
    said = loaded(response.body.decode("utf-8", "replace"))
    code = said.get("code") if isinstance(said, dict) else None
    if not isinstance(said, dict) or not isinstance(code, int):
        return TokenAnswer(None, "The answer has no code. The endpoint may be no Events API.")
    if code in (0, _NO_EVENT):
        return TokenAnswer(
            True, "The token is taken. Whether it may send to this pixel, only a test event shows for certain."
        )
    known = explain(str(code), None)
    words = in_words(known, str(said.get("message") or ""))
    return TokenAnswer(None if known is None or code >= 50000 or code == 40100 else False, f"{code} · {words}")

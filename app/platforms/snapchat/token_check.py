"""Whether a token works: a call without any event to where nothing counts, and what its answer means."""

from __future__ import annotations

from app.model import Exchange
from app.outgoing import Outgoing
from app.platforms.explained import in_words
from app.platforms.reading import parsed, plain_body
from app.platforms.reading.fields import object_at, text_at
from app.platforms.server_api import TokenAnswer
from app.platforms.snapchat.answer import explain
from app.platforms.snapchat.compose import MAKER

ADVICE = (
    "Make the token in Ads Manager under Business Details, “Conversions API Tokens”: it is the organization's, for all "
    "of its pixels, and does not run out. A token of the Marketing API's OAuth lasts for an hour."
)
_REFUSED = (401, 403)
_TAKEN = (200, 400)  # that the call is empty is the best answer: the token was looked at first


def token_question(base_url: str, account: str, api_version: str | None) -> Outgoing:
    """A call with an empty list of events to `…/events/validate`."""
    return MAKER.empty_call(base_url, account, api_version)


def token_answer(exchange: Exchange) -> TokenAnswer:
    """What the answer says, in words."""
    response = exchange.response
    if response is None:
        return TokenAnswer(False, exchange.error or "There was no answer.")
    said = object_at(parsed(plain_body(response)).value)
    told = text_at(said, "status") in ("VALID", "INVALID")
    if response.status in _TAKEN and told:
        return TokenAnswer(True, "The token is taken, for a call that holds no event.")
    known = explain(str(response.status), None)
    if known is None or not (told or response.status in _REFUSED or response.status >= 429):
        return TokenAnswer(None, "The answer is none of the Conversions API's. The endpoint may be another's.")
    works = False if response.status in _REFUSED else None
    return TokenAnswer(works, f"HTTP {response.status} · {in_words(known)}")

"""Whether a token works: a call without any event, and what its answer means."""

from __future__ import annotations

from app.model import Exchange
from app.outgoing import Outgoing
from app.platforms.explained import in_words
from app.platforms.microsoft.answer import explain
from app.platforms.microsoft.compose import MAKER
from app.platforms.microsoft.contract import code_of
from app.platforms.server_api import TokenAnswer

ADVICE = (
    "Copy the token in Microsoft Advertising from the UET tag's set-up, under Conversions API: it is that tag's alone. "
    "The account has to be let in first; ask the account manager. How long a token lasts is not published."
)


def token_question(base_url: str, account: str, api_version: str | None) -> Outgoing:
    """A call with an empty list of events. The token is looked at first, and no event is sent that could count."""
    return MAKER.empty_call(base_url, account, api_version)


def token_answer(exchange: Exchange) -> TokenAnswer:
    """What the answer says, in words. That the call is not valid is the best answer: the token was taken.

    So one public sender reads it; Microsoft has not written it down.
    """
    response = exchange.response
    if response is None:
        return TokenAnswer(False, exchange.error or "There was no answer.")
    if response.status in (200, 400) and (code_of(response) or b"eventsReceived" in response.body):
        return TokenAnswer(True, "The token is taken. Whether it may send to this tag, only a real event shows.")
    known = explain(code_of(response), None) or explain(str(response.status), None)
    if known is None or response.status == 400:
        return TokenAnswer(None, f"The answer is {response.status}. The endpoint may be no Conversions API.")
    works = False if response.status in (401, 403) else None
    return TokenAnswer(works, f"{response.status} · {in_words(known)}")

"""Whether a signing token works: a question for the ad accounts it may see, and what the answer means."""

from __future__ import annotations

from msgspec.structs import replace

from app.model import Exchange, Request
from app.outgoing import Auth, Carrier, Outgoing
from app.platforms.explained import in_words
from app.platforms.json_text import loaded
from app.platforms.server_api import TokenAnswer
from app.platforms.x.answer import explain
from app.platforms.x.compose import MAKER, VERSIONS

ADVICE = (
    "Two kinds are taken. A pixel's own access token, as it is, from Events Manager (Install pixel › Web pixel + "
    "Conversion API). Or the four keys of an app with Ads API access, joined by colons: consumer key, consumer secret, "
    "access token, access token secret. Its user needs AD_MANAGER or ACCOUNT_ADMIN; the keys do not run out. Only they "
    "can be asked after without sending an event."
)
_SIGNED = Auth(Carrier.OAUTH1)  # a pixel's own token opens nothing but the Conversion API, so it can not ask


def token_question(base_url: str, account: str, api_version: str | None) -> Outgoing:
    """A question for the ad accounts of the token's user. No event is sent."""
    url = f"{base_url.rstrip('/')}/{(api_version or VERSIONS[0]).strip('/')}/accounts"
    request = Request("GET", url, (("User-Agent", "pixelpair"),))
    return replace(MAKER.question(request, account), auth=_SIGNED)


def token_answer(exchange: Exchange) -> TokenAnswer:
    """What the answer says, in words."""
    response = exchange.response
    if response is None:
        return TokenAnswer(False, exchange.error or "There was no answer.")
    said = loaded(response.body.decode("utf-8", "replace"))
    if not isinstance(said, dict):
        return TokenAnswer(None, "The answer is no JSON. The endpoint may be no Ads API.")
    accounts = said.get("data")
    if response.status == 200 and isinstance(accounts, list):
        count = f"{len(accounts)} ad account{'' if len(accounts) == 1 else 's'}"
        return TokenAnswer(
            True,
            f"The keys are taken; their user sees {count}. Whether this pixel is in one of them, "
            "only an event shows for certain.",
        )
    errors = said.get("errors")
    first = errors[0] if isinstance(errors, list) and errors and isinstance(errors[0], dict) else {}
    code, message = str(first.get("code") or f"HTTP {response.status}"), str(first.get("message") or "")
    known = explain(code, None)
    words = in_words(known, message)
    return TokenAnswer(False if response.status in (401, 403) else None, f"{code} · {words}")

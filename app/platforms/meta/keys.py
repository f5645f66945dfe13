"""The pixel's parameter names: what each is called in words, and how bracketed ones are taken apart.

    ev   cd[value]   cd[k%5B0%5D]   cd%5Bvalue%5D   cd[contents][0][id]   ud[em]   eid[0]   expv2[3]   events[0]

No document lists these names; the labels are from captures of the pixel library, version 2.9.252.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from app.platforms.meta.words import (
    BROWSER,
    CLICK,
    CONSENT,
    CUSTOM,
    CUSTOM_LABELS,
    CUSTOMER,
    CUSTOMER_ALIASES,
    CUSTOMER_LABELS,
    EVENT,
    LIBRARY,
    OTHER,
    PAGE,
    SECRETS,
)
from app.platforms.reading import form_decoded, percent_decoded

BROWSER_LABELS = {
    "id": ("Pixel ID", EVENT),
    "ev": ("Event name", EVENT),
    "eid": ("Event ID", EVENT),
    "ts": ("Client time (ms)", EVENT),
    "ec": ("Event counter on this page", EVENT),
    "es": ("Event source", EVENT),
    "tm": ("Track method", EVENT),
    "noscript": ("Image without script", EVENT),
    "test_event_code": ("Test event code", EVENT),
    "dl": ("Page", PAGE),
    "rl": ("Referrer", PAGE),
    "if": ("Inside an iframe", PAGE),
    "ler": ("Last external referrer", PAGE),
    "plt": ("Page load time (ms)", PAGE),
    "dlc": ("Page address was changed by removal", PAGE),
    "rlc": ("Referrer was changed by removal", PAGE),
    "fbp": ("Browser ID (fbp)", CLICK),
    "fbc": ("Click ID (fbc)", CLICK),
    "fbcs": ("Candidate click IDs", CLICK),
    "sw": ("Screen width", BROWSER),
    "sh": ("Screen height", BROWSER),
    "cdl": ("Chrome cookie label", BROWSER),
    "chmd": ("Device model", BROWSER),
    "chpv": ("Platform version", BROWSER),
    "chfv": ("Browser versions", BROWSER),
    "iab": ("In-app browser", BROWSER),
    "dpo": ("Data processing options", CONSENT),
    "dpoco": ("Data processing country", CONSENT),
    "dpost": ("Data processing state", CONSENT),
    "coo": ("Codeless opt-out", CONSENT),
    "v": ("Library version", LIBRARY),
    "r": ("Release channel", LIBRARY),
    "a": ("Agent", LIBRARY),
    "o": ("Library options", LIBRARY),
    "it": ("Library start (ms)", LIBRARY),
    "rqm": ("Request method", LIBRARY),
    "exp": ("Experiments", LIBRARY),
    "expv2": ("Experiment", LIBRARY),
    "cf": ("Also forwarded to a gateway", LIBRARY),
    "qttag": ("Quality check", LIBRARY),
    "de": ("Disabled extensions", LIBRARY),
    "batch": ("Batch", LIBRARY),
    "up": ("Unwanted parameters that the pixel removed", LIBRARY),
    "up_url": ("Unwanted address parameters that the pixel removed", LIBRARY),
    "rp": ("Restricted parameters that the pixel removed", LIBRARY),
    "rp_url": ("Restricted address parameters that the pixel removed", LIBRARY),
    "spb": ("Sensitive parameter blocking", LIBRARY),
    "rks": ("Removed keys", LIBRARY),
    "aems": ("Aggregated event measurement", LIBRARY),
    "aem": ("Aggregated event measurement", LIBRARY),
    "apcm_eid": ("Private click measurement event ID", LIBRARY),
    "lspk": ("In-app browser key", LIBRARY),
    "ccs": ("Gateway copy list (ccs)", LIBRARY),
    "cas": ("Gateway copy list (cas)", LIBRARY),
    "ped": ("Private mail address kind", CUSTOMER),
    "access_token": ("Access token", OTHER),
    "accessKey": ("Gateway access key", OTHER),
    "appsecret_proof": ("App secret proof", OTHER),
}
_FAMILIES = {
    "cd": ("{}", CUSTOM),
    "ud": ("{}", CUSTOMER),
    "aud": ("{}, older rule", CUSTOMER),
    "udff": ("{}, from a form", CUSTOMER),
    "audff": ("{}, from a form, older rule", CUSTOMER),
    "cud": ("{}: shape only, not a hash", CUSTOMER),
    "ncud": ("{}, normalised: shape only, not a hash", CUSTOMER),
    "cudff": ("{}, from a form: shape only, not a hash", CUSTOMER),
    "ncudff": ("{}, from a form, normalised: shape only, not a hash", CUSTOMER),
    "ap": ("Guessed from the page: {}", PAGE),
    "pmd": ("Page metadata: {}", PAGE),
    "oed": ("Original event: {}", EVENT),
    "bfs": ("Bot flag", BROWSER),
    "ie": ("Library's own error flag: {}", LIBRARY),
    "expv2": ("Experiment", LIBRARY),
    "dpo": ("Data processing options", CONSENT),
    "eid": ("Event ID, not a single value", EVENT),
    "events": ("Batched event", LIBRARY),
}
_ROLES = {"ccs": "many", "cas": "many", "o": "options"} | dict.fromkeys(SECRETS, "secret")
_HASH_FAMILIES = frozenset({"ud", "aud", "udff", "audff"})

OPTION_BITS = (
    (1, "automatic configuration refused"),
    (2, "automatic configuration"),
    (4, "configuration still loading"),
    (8, "define property"),
    (16, "beacon"),
    (32, "invalid customer data dropped"),
    (64, "proxied"),
    (128, "headless browser"),
    (256, "driven by Selenium"),
    (512, "detection failed"),
    (1024, "conflicting customer data"),
    (2048, "form data matched automatically"),
    (4096, "first-party cookies"),
    (8192, "shadow test"),
)


class Key(NamedTuple):
    """A browser parameter's name, read once: as shown, in words, and what the decoder must do with it.

    `role` is "" for most; "user" for hashed customer data, "list" for PHP-style arrays in custom data, "eid" for an
    event ID that is no single value, "batch" for a batched event, "many" for keys that may repeat, "options" for the
    library's option bits, "secret" for a token.
    """

    key: str
    label: str
    group: str
    path: tuple[str, ...]
    role: str = ""


class _Keys(dict[str, Key]):
    """Parameter names read so far, by their raw text. Bounded in number and length: traffic fills it."""

    def __missing__(self, raw: str) -> Key:
        key = _key(raw)
        if len(raw) < 100 and len(self) < 5_000:
            self[raw] = key
        return key


def _key(raw: str) -> Key:
    # The library writes `cd[k%5B0%5D]`: structure is literal, names are encoded. In urlencoded bodies all of that is
    # encoded once more. So: literal brackets are read as they stand, encoded ones after one decoding.
    outer = raw if "[" in raw else form_decoded(raw)
    head, bracket, rest = outer.partition("[")
    if not bracket or not rest.endswith("]") or not head:
        key = form_decoded(raw)
        label, group = BROWSER_LABELS.get(key, (key, OTHER))
        return Key(key, label, group, (key,), _ROLES.get(key, ""))
    path = (percent_decoded(head), *(percent_decoded(part) for part in rest[:-1].split("][")))
    family = path[0]
    key = f"{family}[{']['.join(path[1:])}]"
    pattern, group = _FAMILIES.get(family, (key, OTHER))
    return Key(key, pattern.replace("{}", _inner_label(family, path)), group, path, _role(path))


KEYS = _Keys()
"""A parameter's raw name, still percent-encoded, to what it is: a plain look-up, for there are millions of them."""


def _inner_label(family: str, path: tuple[str, ...]) -> str:
    inner = path[1]
    if family in ("cd", "ap", "pmd"):
        return CUSTOM_LABELS.get(inner, inner)
    return CUSTOMER_LABELS.get(CUSTOMER_ALIASES.get(inner, inner), inner)


def _role(path: tuple[str, ...]) -> str:
    family = path[0]
    if path[-1] in SECRETS:
        return "secret"
    if family in _HASH_FAMILIES:
        return "user"
    if family == "cd" and len(path) > 2:
        return "list"
    if family == "eid":
        return "eid"
    if family == "events":
        return "batch"
    return "many" if path[-1] == "" else ""


@lru_cache(maxsize=256)
def options_label(value: str) -> str:
    """The library's option bits in words: "Library options: beacon, first-party cookies"."""
    bits = int(value) if value.isascii() and value.isdigit() and len(value) < 8 else 0
    names = [name for bit, name in OPTION_BITS if bits & bit]
    return f"Library options: {', '.join(names)}" if names else "Library options"

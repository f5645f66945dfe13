"""When two values written differently mean the same. Junk is never equal to anything but itself, and never raises."""

from __future__ import annotations

import json
import re
from collections import Counter
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address
from urllib.parse import parse_qsl, urlsplit

from app.hashing import without_appendix
from app.model import Content

TOLERANCE = Decimal("0.01")
_NUMBER = re.compile(r"[+-]?(?:[0-9]{1,30}(?:\.[0-9]{0,30})?|\.[0-9]{1,30})(?:[eE][+-]?[0-9]{1,2})?\Z")
_LONGEST_NUMBER = 80  # characters; what the pattern takes is shorter
_MAX_JSON = 100_000  # characters: a longer text is compared as text


def amount(text: str | None) -> Decimal | None:
    """A decimal number as platforms read one: a point, no thousands, no words. None for everything else."""
    if text is None:
        return None
    text = text.strip()
    return _number(text) if len(text) <= _LONGEST_NUMBER else None


@lru_cache(maxsize=8192)
def _number(text: str) -> Decimal | None:
    """A shop has few prices, and each is asked for again and again."""
    if not _NUMBER.match(text):
        return None
    try:
        return Decimal(text)
    except InvalidOperation:
        return None


def same_amount(a: str | None, b: str | None, tolerance: Decimal = TOLERANCE) -> bool:
    """Whether two amounts are one: nearer than the tolerance. Texts that are no numbers are equal only as texts."""
    if a == b:
        return True
    one, other = amount(a), amount(b)
    return one is not None and other is not None and abs(one - other) < tolerance


def same_currency(a: str | None, b: str | None) -> bool:
    """Whether two currency codes are one; case means nothing to a platform here."""
    return a == b or (a is not None and b is not None and a.strip().upper() == b.strip().upper())


def same_contents(a: tuple[Content, ...], b: tuple[Content, ...]) -> bool:
    """Whether two baskets hold the same things; order, and a part that only one side names, mean nothing."""
    if a == b:
        return True
    left, right = _basket(a), _basket(b)
    if left.keys() != right.keys():
        return False
    counted = all(item.quantity for item in (*a, *b))
    if counted and any(not same_amount(str(left[key][0]), str(right[key][0])) for key in left):
        return False
    return all(_same_prices(left[key][1], right[key][1]) for key in left)


def _basket(contents: tuple[Content, ...]) -> dict[str, tuple[Decimal, list[Decimal]]]:
    """By ID: how many in all, and the prices named, in order of size."""
    found: dict[str, tuple[Decimal, list[Decimal]]] = {}
    for item in contents:
        count, prices = found.get(item.id.strip(), (Decimal(0), []))
        price = amount(item.price)
        quantity = amount(item.quantity) if item.quantity else Decimal(1)
        found[item.id.strip()] = (
            count + (Decimal(1) if quantity is None else quantity),
            sorted([*prices, price] if price is not None else prices),
        )
    return found


def _same_prices(a: list[Decimal], b: list[Decimal]) -> bool:
    unique = (sorted(set(a)), sorted(set(b)))
    if not unique[0] or not unique[1]:
        return True
    return len(unique[0]) == len(unique[1]) and all(
        abs(x - y) < TOLERANCE for x, y in zip(unique[0], unique[1], strict=True)
    )


def same_page(a: str | None, b: str | None) -> bool:
    """Whether two addresses are one page.

    Fragment, order of parameters, a trailing slash and the case of the host mean nothing; a parameter that one side
    left out or that the pixel replaced by `_removed_` is no difference, another value is.
    """
    if a == b:
        return True
    if a is None or b is None:
        return False
    try:
        left, right = urlsplit(a.strip()), urlsplit(b.strip())
        hosts = (left.hostname or "").removeprefix("www."), (right.hostname or "").removeprefix("www.")
    except ValueError:
        return False
    if hosts[0] != hosts[1] or left.path.rstrip("/") != right.path.rstrip("/"):
        return False
    one, other = (dict(parse_qsl(parts.query, keep_blank_values=True)) for parts in (left, right))
    return all(other[key] == value or "_removed_" in (value, other[key]) for key, value in one.items() if key in other)


def same_id(a: str | None, b: str | None) -> bool:
    """Whether two event IDs are one to a platform: the same text, nothing less."""
    return a is not None and a == b


def same_cookie(a: str, b: str) -> bool:
    """Whether two cookies or two hashes are one, once the parameter builder's suffix is off. Case matters."""
    return a == b or without_appendix(a) == without_appendix(b)


def parse_ip(text: str) -> IPv4Address | IPv6Address | None:
    """An IP address, with the parameter builder's suffix and an IPv6 zone looked through; None when it is none."""
    text = without_appendix(text.strip()).partition("%")[0].strip("[]")
    try:
        found = ip_address(text)
    except ValueError:
        return None
    mapped = found.ipv4_mapped if isinstance(found, IPv6Address) else None
    return mapped or found


def same_ip(a: str, b: str) -> bool:
    """Whether two texts name one IP address; an IPv4 address inside an IPv6 one is that address."""
    if a == b:
        return True
    one = parse_ip(a)
    return one is not None and one == parse_ip(b)


def same_meaning(a: str, b: str) -> bool:
    """Whether two wire values mean the same once trimmed: as texts, as numbers, or as JSON with lists as sets."""
    if a == b:
        return True
    left, right = a.strip(), b.strip()
    if left == right or left.lower() == right.lower() in ("true", "false"):
        return True
    one = amount(left)
    if one is not None:
        other = amount(right)
        return other is not None and one == other
    if left[:1] in '[{"' or right[:1] in '[{"':
        return _json_set(left) == _json_set(right)
    return False


def same_ids(a: str, b: str) -> bool:
    """Whether two lists of IDs name the same; each is JSON, or has commas between the IDs."""
    left, right = (text if text.lstrip().startswith("[") else _as_json_list(text) for text in (a, b))
    return same_meaning(left, right)


def _as_json_list(text: str) -> str:
    return json.dumps([part.strip(" ") for part in text.split(",")])


def _json_set(text: str) -> object:
    """JSON as something to compare: lists as counted sets, numbers and number-like texts as one; else the text."""
    if len(text) > _MAX_JSON:
        return text
    try:
        return _frozen(json.loads(text, parse_float=str, parse_int=str, parse_constant=str))
    except (ValueError, RecursionError):
        return _frozen([text])


def _frozen(value: object) -> object:
    if isinstance(value, list):
        return frozenset(Counter(map(_frozen, value)).items())
    if isinstance(value, dict):
        return frozenset((key, _frozen(item)) for key, item in value.items() if item is not None)
    if isinstance(value, str):
        number = amount(value)
        return value if number is None else number
    return value

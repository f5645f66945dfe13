"""What is kept of an event, and that the collector is given back as it was found."""

from __future__ import annotations

import gc
from typing import Any

import pytest
from msgspec.structs import replace

from app.analysis.memory import keeping_all, thin
from app.model import Content, Field, Form, UserValue
from tests.events import browser


def test_all_but_fields_keys_and_fingerprint_is_kept() -> None:
    event = browser(
        1, "a", page="https://shop.example/", value="3", fields=(Field("eid", "a", "ID", "event", "query"),)
    )
    assert thin(event, {}) == replace(event, fields=(), keys=(), fingerprint="")


def test_what_is_said_twice_is_kept_once() -> None:
    same: dict[Any, Any] = {}
    one, two = (thin(browser(n, contents=(Content("SKU-1", "1", "2"),)), same) for n in (1, 2))
    assert one.contents is two.contents


def test_the_halves_of_a_conversion_share_what_both_say_whatever_their_wire_calls_it() -> None:
    same: dict[Any, Any] = {}
    digest, agent = "8c87b489" * 8, "Mozilla/5.0"
    ours, theirs = (
        thin(
            browser(
                n,
                _fresh("order-77"),
                user=(UserValue("em", _fresh(digest), Form.SHA256, wire),),
                match_ids=(("fbp", f"fb.1.{n}.2"), ("user_agent", _fresh(agent))),
            ),
            same,
        )
        for n, wire in ((1, "ud[em]"), (2, "user_data.em[0]"))
    )
    assert ours.event_id is theirs.event_id
    assert ours.user[0].value is theirs.user[0].value
    assert ours.match_ids[1] is theirs.match_ids[1]
    assert (ours.user[0].wire, theirs.user[0].wire) == ("ud[em]", "user_data.em[0]")


def test_what_was_said_long_ago_is_forgotten() -> None:
    same: dict[Any, Any] = {n: n for n in range(60_000)}
    thin(browser(1, "a"), same)
    assert 0 < len(same) < 100


def _fresh(text: str) -> str:
    """The same text as another object, as every decoded request brings it."""
    return "".join(list(text))


@pytest.mark.parametrize("on", [True, False])
def test_the_collector_is_left_as_it_was_also_after_a_failure(on: bool) -> None:
    was_on = gc.isenabled()
    (gc.enable if on else gc.disable)()
    try:
        with pytest.raises(ZeroDivisionError):
            _fail_while_keeping_all()
        assert gc.isenabled() is on
    finally:
        (gc.enable if was_on else gc.disable)()


def _fail_while_keeping_all() -> None:
    with keeping_all():
        assert not gc.isenabled()
        raise ZeroDivisionError

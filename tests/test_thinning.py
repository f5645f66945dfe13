"""What is kept of an event, and that the collector is given back as it was found."""

from __future__ import annotations

import gc
from dataclasses import replace
from typing import Any

import pytest

from app.model import Content, Field
from app.thinning import keeping_all, thin
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

"""The key coverage above the hashes names the identifiers of the event's own platform."""

from __future__ import annotations

import pytest

from app.gui.detail.hashes_view import coverage
from tests.events import browser, server


@pytest.mark.parametrize(
    ("platform", "titles"),
    [
        ("meta", {"fbp": "Browser ID (fbp)", "fbc": "Click ID (fbc)"}),
        ("tiktok", {"ttp": "Browser ID (_ttp)", "ttclid": "Click ID (ttclid)"}),
    ],
)
def test_the_platforms_own_identifiers_are_listed(platform: str, titles: dict[str, str]) -> None:
    cookie = next(iter(titles))
    event = browser(1, platform=platform, match_ids=((cookie, "x"), ("ip", "203.0.113.9")))
    keys = {key.key: key for key in coverage(event, None, {}, {})}
    own = {key: item.title for key, item in keys.items() if key not in ("ip", "user_agent") and "ID (" in item.title}
    assert own == titles
    assert (keys[cookie].browser.words, keys[cookie].server.words) == ("present", "absent")
    assert keys["ip"].browser.words == "present"


def test_a_server_alone_names_them_as_well() -> None:
    event = server(1, platform="tiktok", match_ids=(("ttclid", "x"),))
    assert {key.key: key.server.words for key in coverage(None, event, {}, {})}["ttclid"] == "present"

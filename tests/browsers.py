"""Browsers of this machine, for tests."""

from app.capture.browser import Browser, Family, find


def installed(kind: Family) -> Browser:
    """The first of a family; the set-up of the tests brings one of each."""
    return next(browser for browser in find() if browser.kind is kind)


def chromium() -> Browser:
    """Chromium, Chrome or Edge."""
    return installed(Family.CHROMIUM)

"""The channel plan: which event names are expected on one side only."""

from __future__ import annotations

from dataclasses import dataclass, field

from app.model import Side
from app.platforms.vocabulary import standard_names, step


@dataclass(frozen=True, slots=True)
class Plan:
    """Names that the plan has on one side alone; every other name is expected on both.

    A name counts for every platform: where a platform does not know it, the plan's "PageView" also means what that
    platform calls the same step ("Pageview", "page_view").
    """

    browser_only: tuple[str, ...] = ()
    server_only: tuple[str, ...] = ()
    _known: dict[tuple[str, str], Side | None] = field(default_factory=dict, compare=False, repr=False)

    def only(self, platform: str, name: str) -> Side | None:
        """The one side on which the plan expects a name; None: both."""
        found = self._known.get((platform, name), self)
        if found is self:
            found = self._side(platform, name)
            if len(self._known) < 4096:  # names come from the traffic, and may be endless
                self._known[platform, name] = found
        assert not isinstance(found, Plan)
        return found

    def _side(self, platform: str, name: str) -> Side | None:
        for names, side in ((self.browser_only, Side.BROWSER), (self.server_only, Side.SERVER)):
            if name in names:
                return side
        for names, side in ((self.browser_only, Side.BROWSER), (self.server_only, Side.SERVER)):
            if any(_means(platform, meant, name) for meant in names):
                return side
        return None


def _means(platform: str, meant: str, name: str) -> bool:
    known = standard_names(platform)
    return meant not in known and name in known and step(meant) == step(name)

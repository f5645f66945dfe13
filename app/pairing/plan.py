"""The plan: which event names are expected on one side only, and which platforms are due for a step of the funnel."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from app.model import Side
from app.platforms import PLATFORMS, name_of
from app.platforms.vocabulary import standard_names, step


@dataclass(frozen=True, slots=True)
class Plan:
    """Names that the plan has on one side alone; every other name is expected on both.

    A name counts for every platform: where a platform does not know it, the plan's "PageView" also means what that
    platform calls the same step ("Pageview", "page_view"). `due` holds by step the platforms that are to be told.
    """

    browser_only: tuple[str, ...] = ()
    server_only: tuple[str, ...] = ()
    due: Mapping[str, frozenset[str]] = field(default_factory=dict)
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

    def due_for(self, step: str) -> frozenset[str] | None:
        """The platforms that are to be told of a step; None where the plan says nothing of it."""
        return self.due.get(step)

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


def due_from(lines: Iterable[str]) -> dict[str, frozenset[str]]:
    """The platforms due by step, from lines such as `example_of_due` gives. Leaves out lines that say nothing."""
    found: dict[str, frozenset[str]] = {}
    for line in lines:
        name, _, rest = line.partition("=")
        if wanted := {known for word in rest.split(",") if (known := name_of(word))}:
            found[step(name)] = found.get(step(name), frozenset()) | wanted
    return found


def example_of_due() -> str:
    """How such a line looks, with platforms that there are."""
    return f"Purchase = {', '.join(each.name for each in PLATFORMS[:2])}"


def due_mistake(line: str) -> str:
    """Why a line names no platforms due for an event, in a sentence; empty when it does."""
    name, equals, rest = line.partition("=")
    words = [word.strip() for word in rest.split(",") if word.strip()]
    if not (name.strip() and equals and words):
        return f"“{line.strip()}” names no platforms. Write an event and the platforms due as {example_of_due()}."
    unknown = next((word for word in words if not name_of(word)), None)
    if unknown is not None:
        return f"“{unknown}” is no platform. There is: {', '.join(each.name for each in PLATFORMS)}."
    return ""

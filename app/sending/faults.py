"""The fault lab as users choose from it: a platform's recipes by name."""

from __future__ import annotations

from app.platforms import senders, server_of
from app.platforms.fault_lab import Recipe, RecipeError


def recipes_of(platform: str = "") -> tuple[Recipe, ...]:
    """The faults that a platform's events can have; no platform: the first that events can be sent to."""
    return server_of(platform or senders()[0].name).recipes


def recipe(name: str, platform: str = "") -> Recipe:
    """The recipe of that name. Raises `RecipeError` for a name that is not in the platform's table."""
    known = recipes_of(platform)
    for each in known:
        if each.name == name:
            return each
    raise RecipeError(f"There is no fault called {name}. There are: {', '.join(each.name for each in known)}.")

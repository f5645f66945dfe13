"""What the commands share: how they end when they can not run, and the files they are given."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, NoReturn

import click

from app.formats.orders import OrdersError, read_orders
from app.model import Customer
from app.pairing.plan import due_mistake, example_of_due
from app.pairing.windows import example, window_mistake
from app.settings import Settings, SettingsError, load, one_account_mistake

CUSTOMER_KEYS = ("em", "ph", "fn", "ln", "db", "ge", "ct", "st", "zp", "country", "external_id")


def fail(sentence: str) -> NoReturn:
    """End with status 2: the command could not run, and this sentence says why and what to do."""
    click.echo(f"pixelpair: {sentence}", err=True)
    sys.exit(2)


class Amount(click.FloatRange):
    """A number in a range; no number (NaN) is in none."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        number = super().convert(value, param, ctx)
        if number != number:  # so is NaN told
            self.fail(f"{value} is not a number.", param, ctx)
        return number


type _Lines = tuple[str, ...]


def _unmistaken(mistake: Callable[[str], str]) -> Callable[[click.Context, click.Parameter, _Lines], _Lines]:
    """Ends the command with the sentence of the first line that says nothing of use."""

    def checked(_context: click.Context, _option: click.Parameter, lines: _Lines) -> _Lines:
        if wrong := next(filter(None, map(mistake, lines)), ""):
            fail(wrong)
        return lines

    return checked


due_option = click.option(
    "--due",
    multiple=True,
    metavar="EVENT=A,B",
    callback=_unmistaken(due_mistake),
    help=f"Platforms that are to be told of an event, such as {example_of_due()}. May be given again.",
)
"""Adds `due`, which `settings_or_fail` takes."""

same_account_option = click.option(
    "--same-account",
    multiple=True,
    metavar="A=B",
    callback=_unmistaken(one_account_mistake),
    help="Accounts that are one to the platform, such as a pixel and an ad account. May be given again.",
)
"""Adds `same_account`, which `settings_or_fail` takes."""


window_option = click.option(
    "--window",
    multiple=True,
    metavar="PLATFORM=TIME",
    callback=_unmistaken(window_mistake),
    help=f"How long a platform merges that publishes no window: {example().replace(' ', '')} (or min, days). May be "
    "given again.",
)
"""Adds `window`, which `settings_or_fail` takes."""


def settings_or_fail(same_account: _Lines = (), due: _Lines = (), window: _Lines = ()) -> Settings:
    """The user's settings; besides, these accounts named as one, these platforms due, and these windows.

    Ends the command when the settings' file can not be used.
    """
    try:
        settings = load().with_one_account(*same_account)
        return replace(settings, due=(*settings.due, *due), windows=(*settings.windows, *window))
    except SettingsError as error:
        fail(str(error))


def customer_from(path: Path | None) -> Customer:
    """Read a test customer: one JSON object whose values are texts, whole numbers, or lists of them."""
    if path is None:
        return Customer()
    try:
        found: Any = json.loads(path.read_text("utf-8-sig"))
    except (OSError, ValueError) as error:
        fail(f'{path} is not a test customer ({error}). It holds one JSON object, such as {{"em": "a@b.example"}}.')
    if not isinstance(found, dict):
        fail(f'{path} is not a test customer. It holds one JSON object, such as {{"em": "a@b.example"}}.')
    if unknown := set(found) - set(CUSTOMER_KEYS):
        fail(f"{path}: unknown key {', '.join(sorted(unknown))}. Known are {', '.join(CUSTOMER_KEYS)}.")
    values = {key: value if isinstance(value, list) else [value] for key, value in found.items() if value is not None}
    if not all(type(item) in (str, int) for items in values.values() for item in items):
        fail(f"{path}: every value is a text, a whole number, or a list of them.")
    return Customer(tuple((key, tuple(map(str, items))) for key, items in values.items()))


def orders_from(path: Path | None, column: str) -> tuple[str, ...]:
    """The backend's order numbers in a file; none when there is no file."""
    if path is None:
        if column:
            fail("--order-column says where order numbers stand in a file; name the file with --orders.")
        return ()
    try:
        return read_orders(path, column)
    except OrdersError as error:
        fail(str(error))

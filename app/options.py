"""What the commands share: how they end when they can not run, and the files they are given."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any, NoReturn

import click

from app.model import Customer
from app.settings import Settings, SettingsError, load

CUSTOMER_KEYS = ("em", "ph", "fn", "ln", "db", "ge", "ct", "st", "zp", "country", "external_id")


def fail(sentence: str) -> NoReturn:
    """End with status 2: the command could not run, and this sentence says why and what to do."""
    click.echo(f"pixelpair: {sentence}", err=True)
    sys.exit(2)


def settings_or_fail() -> Settings:
    """The user's settings; ends the command when their file can not be used."""
    try:
        return load()
    except SettingsError as error:
        fail(str(error))


def customer_from(path: Path | None) -> Customer:
    """Read a test customer: one JSON object whose values are texts or lists of texts."""
    if path is None:
        return Customer()
    try:
        found: Any = json.loads(path.read_text("utf-8"))
        values = {key: (value,) if isinstance(value, str) else tuple(value) for key, value in found.items()}
    except (OSError, ValueError, AttributeError, TypeError) as error:
        fail(f'{path} is not a test customer ({error}). It holds one JSON object, such as {{"em": "a@b.example"}}.')
    if unknown := set(values) - set(CUSTOMER_KEYS):
        fail(f"{path}: unknown key {', '.join(sorted(unknown))}. Known are {', '.join(CUSTOMER_KEYS)}.")
    if not all(isinstance(text, str) for texts in values.values() for text in texts):
        fail(f"{path}: every value is a text or a list of texts.")
    return Customer(tuple(values.items()))

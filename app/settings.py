"""The user's settings as one frozen value, kept in one JSON file; secrets never enter it.

Durations are milliseconds, ports are TCP ports on loopback, fractions are 0 to 1.
"""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass, fields, replace
from itertools import chain
from pathlib import Path
from typing import Any

import platformdirs

APP = "pixelpair"


@dataclass(frozen=True, slots=True)
class Settings:
    """What the user chose; a default for everything."""

    live: bool = False  # False: sandbox, nothing leaves the machine
    forward_port: int = 8080
    forwarding_port: int = 8081
    upstream_proxy: str = ""  # "http://proxy.example:3128"; empty: connect directly
    extra_ca: str = ""  # a PEM file to trust besides the public roots
    endpoints: tuple[str, ...] = ()  # first-party places that take pixel traffic ("shop.example/fp/tr")
    allowed_domains: tuple[str, ...] = ()  # pages that may send events; empty: any
    browser_only: tuple[str, ...] = ("PageView",)  # channel plan: names expected on the browser side only
    server_only: tuple[str, ...] = ()
    due: tuple[str, ...] = ()  # platforms that are to be told of an event: "EVENT = PLATFORM, PLATFORM"
    one_account: tuple[str, ...] = ()  # accounts that are one to the platform: "2613999999999 = 549755000001"
    windows: tuple[str, ...] = ()  # windows that no platform publishes: "PLATFORM = 24 h"
    waiting_ms: int = 60_000
    overlap_target: float = 0.9
    account: str = ""  # dataset or pixel ID for events composed from scratch
    test_code: str = ""
    api_version: str = ""  # empty: the newest documented one
    theme: str = "system"  # "system", "light" or "dark"
    browser: str = ""  # name or path of the browser to launch; empty: the first found

    @property
    def accounts_as_one(self) -> tuple[tuple[str, ...], ...]:
        """The sets of accounts in `one_account`; lines that share an account are one set."""
        found: list[tuple[str, ...]] = []
        for line in self.one_account:
            accounts = accounts_in(line)
            kin = [each for each in found if not set(each).isdisjoint(accounts)]
            found = [each for each in found if each not in kin]
            found.append(tuple(dict.fromkeys(chain(*kin, accounts))))
        return tuple(found)

    def with_one_account(self, *lines: str) -> Settings:
        """With these accounts named as one, too; a line that says nothing new is left out."""
        return replace(self, one_account=tuple(dict.fromkeys((*self.one_account, *lines))))


def accounts_in(line: str) -> tuple[str, ...]:
    """The accounts that a line names as one: "2613999999999 = 549755000001"."""
    return tuple(dict.fromkeys(part.strip() for part in line.split("=") if part.strip()))


def one_account_mistake(line: str) -> str:
    """Why a line names no accounts as one, in a sentence; empty when it does."""
    accounts = accounts_in(line)
    if len(accounts) < 2:
        return (
            f"“{line.strip()}” names no two accounts. Write the accounts that are one as 2613999999999 = 549755000001."
        )
    spaced = next((each for each in accounts if len(each.split()) > 1), None)
    if spaced is not None:
        return f"“{spaced}” is no account, for it has a space. Put = between accounts that are one: 2613 = 5497."
    return ""


class SettingsError(Exception):
    """The settings file can not be used; the text is fit to show."""


def config_dir() -> Path:
    """Where settings and our certificate authority live; made with mode 0700. Raises `SettingsError`."""
    return _made(platformdirs.user_config_path(APP, appauthor=False))


def sessions_dir() -> Path:
    """Where sessions are kept unless the user says otherwise. Raises `SettingsError`."""
    return _made(platformdirs.user_data_path(APP, appauthor=False) / "sessions")


def browsers_dir() -> Path:
    """Where it is noted which browsers are ours. Raises `SettingsError`."""
    return _made(platformdirs.user_data_path(APP, appauthor=False) / "browsers")


def _made(path: Path) -> Path:
    try:
        path.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise SettingsError(
            f"The folder {path} can not be made ({error.strerror}). Make its parent writable, or point HOME elsewhere."
        ) from error
    return path


def load(path: Path | None = None) -> Settings:
    """Read the settings; defaults when there is no file yet.

    Raises `SettingsError` naming the file and what is wrong with it. Unknown keys are ignored, so that an older
    version can read a newer file.
    """
    path = path or platformdirs.user_config_path(APP, appauthor=False) / "settings.json"  # a look makes no folder
    try:
        if not path.exists():
            return Settings()
        found: dict[str, Any] = json.loads(path.read_text("utf-8"))
        known = {item.name for item in fields(Settings)}
        values: dict[str, Any] = {
            key: tuple(value) if isinstance(value, list) else value for key, value in found.items() if key in known
        }
    except (OSError, ValueError, AttributeError, RecursionError) as error:
        raise SettingsError(f"{path} can not be read as settings ({error}). Correct it, or move it away.") from error
    wrong = [key for key, value in values.items() if not _fits(key, value)]
    if wrong:
        raise SettingsError(f"{path}: {', '.join(wrong)} has a value of the wrong kind. Correct it, or move it away.")
    return replace(Settings(), **values)


def _fits(key: str, value: object) -> bool:
    """Whether a value is of its setting's kind and range."""
    kind = type(getattr(Settings(), key))
    if kind is tuple:
        return isinstance(value, tuple) and all(isinstance(item, str) for item in value)
    if kind is float:
        return isinstance(value, int | float) and type(value) is not bool and 0 <= value <= 1
    if kind is int:
        return type(value) is int and 0 <= value <= (0xFFFF if key.endswith("_port") else 1 << 40)
    return type(value) is kind


def save(settings: Settings, path: Path | None = None) -> None:
    """Write the settings whole: a crash leaves the old file or the new one, never half of one.

    For the user alone (mode 0600): the upstream proxy's address may hold a password.
    """
    path = path or config_dir() / "settings.json"
    draft = path.with_suffix(f".{os.getpid()}.tmp")
    draft.touch(mode=0o600)
    draft.write_text(json.dumps(asdict(settings), indent=2) + "\n", "utf-8")
    draft.replace(path)

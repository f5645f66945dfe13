"""Where access tokens come from: the environment, or the system's keyring. Never a file, a log or a setting of ours.

    PIXELPAIR_TOKEN                      the first platform's, any account
    PIXELPAIR_TOKEN_1111111111111111     the first platform's, this account
    PIXELPAIR_TOKEN_<PLATFORM>           another platform's, any account
    PIXELPAIR_TOKEN_<PLATFORM>_<ACCOUNT> another platform's, this account; what is no letter or digit becomes `_`

The keyring has them under the service "pixelpair" by account, other platforms' by name and account with a space
between.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

import keyring
from keyring.backend import KeyringBackend
from keyring.errors import KeyringError, NoKeyringError, PasswordDeleteError

from app.environment import TOKEN, Own
from app.model import Customer
from app.platforms import senders

SERVICE = "pixelpair"
VARIABLE = TOKEN

OLD_MS = 90 * 24 * 60 * 60 * 1000
"""A token kept longer ago than this is likely to have ended, unless a system user's."""

_SINCE, _CUSTOMER = "kept", "test customer"


class TokenError(Exception):
    """The keyring can not be used; the text says what to do instead, and never holds a token."""


def variable(account: str = "", platform: str = "") -> str:
    """The environment variable for an account's token, or for any account's; no platform: the first in the table."""
    parts = (VARIABLE, "" if _is_first(platform) else platform.upper(), account)
    return "_".join(re.sub(r"[^A-Za-z0-9]", "_", part) for part in parts if part)


def _is_first(platform: str) -> bool:
    return not platform or platform == next((each.name for each in senders()), "")


def _name(account: str, platform: str) -> str:
    """What a token is called in the keyring."""
    return account if _is_first(platform) else f"{platform} {account}"


class TokenStore:
    """Tokens by account. The environment goes first, the account's own variable before the general one.

    `platform` is a platform's name; empty means the first in the table.
    """

    def __init__(self, environment: Mapping[str, str] | None = None, backend: KeyringBackend | None = None) -> None:
        """`environment` is the process's own unless given; `backend` is the keyring the system offers."""
        self._environment = Own() if environment is None else environment
        self._backend = backend

    def token(self, account: str, platform: str = "") -> str | None:
        """The token for an account; None when there is none anywhere. Raises `TokenError` when the keyring is locked.

        A machine without a keyring (a server, a container) simply has none in it.
        """
        for name in _variables(account, platform):
            if found := self._environment.get(name, "").strip():
                return found
        try:
            return self._keyring().get_password(SERVICE, _name(account, platform)) or None
        except NoKeyringError:
            return None
        except (KeyringError, OSError) as error:
            raise TokenError(_sentence("be read", error, variable(platform=platform))) from None

    def source(self, account: str, platform: str = "") -> str | None:
        """Where the token for an account would come from, in words; None when there is none. Raises like `token`."""
        for name in _variables(account, platform):
            if self._environment.get(name, "").strip():
                return f"the environment variable {name}"
        return "the system's keyring" if self.token(account, platform) else None

    def keep(self, account: str, token: str, platform: str = "") -> None:
        """Put a token into the keyring. Raises `TokenError` when there is none, or it refuses or does not keep it."""
        name, instead = _name(account, platform), variable(platform=platform)
        try:
            self._keyring().set_password(SERVICE, name, token.strip())
            kept = self._keyring().get_password(SERVICE, name)
        except (KeyringError, OSError) as error:
            raise TokenError(_sentence("take a token", error, instead)) from None
        if kept != token.strip():  # the null keyring takes everything and keeps nothing
            raise TokenError(f"The keyring did not keep the token. Set the environment variable {instead} instead.")

    def forget(self, account: str, platform: str = "") -> None:
        """Remove an account's token from the keyring; nothing happens when there is none."""
        self._forget(_name(account, platform))
        self._forget(f"{_name(account, platform)} {_SINCE}")

    def date(self, account: str, now_ms: int, platform: str = "") -> None:
        """Note beside an account's token when it was kept, UTC. Raises `TokenError`."""
        self._put(f"{_name(account, platform)} {_SINCE}", str(now_ms))

    def kept_ms(self, account: str, platform: str = "") -> int | None:
        """When the token in the keyring was kept, UTC; None when nobody noted it. Raises `TokenError`."""
        text = self._get(f"{_name(account, platform)} {_SINCE}")
        return int(text) if text.isascii() and text.isdigit() else None

    def keep_customer(self, project: str, customer: Customer) -> None:
        """Put a project's test customer into the keyring, the only place that outlives us. Raises like `keep`."""
        self._put(f"{_CUSTOMER} {project}", json.dumps(dict(customer.values)))

    def customer(self, project: str) -> Customer:
        """A project's test customer from the keyring; an empty one when there is none. Raises `TokenError`."""
        try:
            found = json.loads(self._get(f"{_CUSTOMER} {project}") or "{}")
            return Customer(tuple((str(key), tuple(map(str, texts))) for key, texts in found.items()))
        except (ValueError, TypeError, AttributeError):  # not written by us
            return Customer()

    def forget_customer(self, project: str) -> None:
        """Remove a project's test customer from the keyring; nothing happens when there is none."""
        self._forget(f"{_CUSTOMER} {project}")

    def _get(self, name: str) -> str:
        try:
            return self._keyring().get_password(SERVICE, name) or ""
        except NoKeyringError:
            return ""
        except (KeyringError, OSError) as error:
            raise TokenError(_sentence("be read", error)) from None

    def _put(self, name: str, text: str) -> None:
        try:
            self._keyring().set_password(SERVICE, name, text)
            kept = self._keyring().get_password(SERVICE, name)
        except (KeyringError, OSError) as error:
            raise TokenError(_sentence("take it", error)) from None
        if kept != text:  # the null keyring takes everything and keeps nothing
            raise TokenError("The keyring did not keep it. It stays in memory until the program ends.")

    def _forget(self, name: str) -> None:
        try:
            self._keyring().delete_password(SERVICE, name)
        except (PasswordDeleteError, NoKeyringError):
            return
        except (KeyringError, OSError) as error:
            raise TokenError(_sentence("be changed", error)) from None

    def _keyring(self) -> KeyringBackend:
        return self._backend or keyring.get_keyring()


def token(account: str, platform: str = "") -> str | None:
    """The token for an account from this process's environment or the system's keyring. Raises `TokenError`."""
    return TokenStore().token(account, platform)


def _variables(account: str, platform: str) -> tuple[str, ...]:
    return variable(account, platform), variable(platform=platform)


def _sentence(what: str, error: Exception, instead: str = VARIABLE) -> str:
    # The backend's own text may quote what it was given, so only its kind is shown, and the chain is cut.
    if isinstance(error, NoKeyringError):
        return f"This machine has no keyring. Set the environment variable {instead} instead."
    return f"The keyring can not {what} ({type(error).__name__}). Unlock it, or set the variable {instead} instead."

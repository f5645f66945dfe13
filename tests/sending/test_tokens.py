"""Tokens from the environment and from real keyring backends, and what is said where there is none."""

from __future__ import annotations

import os
import subprocess
import sys
import traceback

import pytest
from keyring.backend import KeyringBackend
from keyring.backends.fail import Keyring as NoKeyring
from keyring.backends.null import Keyring as NullKeyring
from keyring.errors import KeyringLocked, PasswordSetError

from app.sending.tokens import TokenError, TokenStore
from tests.keyrings import InMemory

TOKEN = "EAAtestTOKEN0123456789secret"


class Locked(InMemory):
    """A keyring whose owner did not unlock it, and which says more than it should."""

    def get_password(self, service: str, username: str) -> str | None:
        raise KeyringLocked("locked")

    def set_password(self, service: str, username: str, password: str) -> None:
        raise PasswordSetError(f"could not store {password}")


def test_the_environment_goes_before_the_keyring_and_the_accounts_own_variable_first() -> None:
    keyring = InMemory()
    store = TokenStore({"PIXELPAIR_TOKEN": " general ", "PIXELPAIR_TOKEN_7": "own"}, keyring)
    TokenStore({}, keyring).keep("8", "kept")

    assert [store.token("7"), store.token("8"), TokenStore({}, keyring).token("8")] == ["own", "general", "kept"]
    assert [
        store.source("7"),
        store.source("8"),
        TokenStore({}, keyring).source("8"),
        TokenStore({}, keyring).source("9"),
    ] == [
        "the environment variable PIXELPAIR_TOKEN_7",
        "the environment variable PIXELPAIR_TOKEN",
        "the system's keyring",
        None,
    ]


def test_a_token_is_kept_by_account_and_forgotten() -> None:
    keyring = InMemory()
    store = TokenStore({}, keyring)

    store.keep("7", f" {TOKEN}\n")
    kept = (store.token("7"), store.token("8"), dict(keyring.kept))
    store.forget("7")
    store.forget("7")

    assert kept == (TOKEN, None, {("pixelpair", "7"): TOKEN})
    assert store.token("7") is None


@pytest.mark.parametrize("kind", [NoKeyring, NullKeyring], ids=["no keyring", "null keyring"])
def test_a_machine_without_a_keyring_has_no_token_and_says_so_only_when_one_is_to_be_kept(
    kind: type[KeyringBackend],
) -> None:
    store = TokenStore({}, kind())

    assert store.token("7") is None
    store.forget("7")
    with pytest.raises(TokenError, match="Set the environment variable PIXELPAIR_TOKEN instead"):
        store.keep("7", TOKEN)


def test_a_locked_keyring_is_named_and_nothing_of_the_token_is_told() -> None:
    store = TokenStore({}, Locked())

    with pytest.raises(TokenError, match="can not be read") as reading:
        store.token("7")
    with pytest.raises(TokenError, match="can not take a token") as keeping:
        store.keep("7", TOKEN)
    shown = "".join(traceback.format_exception(reading.value) + traceback.format_exception(keeping.value))
    assert TOKEN not in shown


def test_this_process_asks_its_own_environment_and_keyring() -> None:
    program = "from app.sending.tokens import token; print(token('7'), token('8'))"
    chosen = {"PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring", "PIXELPAIR_TOKEN_7": "own"}
    environment = {key: value for key, value in os.environ.items() if not key.startswith("PIXELPAIR_")}

    done = subprocess.run(
        [sys.executable, "-c", program],
        env=environment | chosen,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )

    assert done.stdout == "own None\n"

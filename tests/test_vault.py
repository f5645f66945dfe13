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

from app.vault import Vault, VaultError
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
    vault = Vault({"PIXELPAIR_TOKEN": " general ", "PIXELPAIR_TOKEN_7": "own"}, keyring)
    Vault({}, keyring).keep("8", "kept")

    assert [vault.token("7"), vault.token("8"), Vault({}, keyring).token("8")] == ["own", "general", "kept"]
    assert [vault.source("7"), vault.source("8"), Vault({}, keyring).source("8"), Vault({}, keyring).source("9")] == [
        "the environment variable PIXELPAIR_TOKEN_7",
        "the environment variable PIXELPAIR_TOKEN",
        "the system's keyring",
        None,
    ]


def test_a_token_is_kept_by_account_and_forgotten() -> None:
    keyring = InMemory()
    vault = Vault({}, keyring)

    vault.keep("7", f" {TOKEN}\n")
    kept = (vault.token("7"), vault.token("8"), dict(keyring.kept))
    vault.forget("7")
    vault.forget("7")

    assert kept == (TOKEN, None, {("pixelpair", "7"): TOKEN})
    assert vault.token("7") is None


@pytest.mark.parametrize("kind", [NoKeyring, NullKeyring], ids=["no keyring", "null keyring"])
def test_a_machine_without_a_keyring_has_no_token_and_says_so_only_when_one_is_to_be_kept(
    kind: type[KeyringBackend],
) -> None:
    vault = Vault({}, kind())

    assert vault.token("7") is None
    vault.forget("7")
    with pytest.raises(VaultError, match="Set the environment variable PIXELPAIR_TOKEN instead"):
        vault.keep("7", TOKEN)


def test_a_locked_keyring_is_named_and_nothing_of_the_token_is_told() -> None:
    vault = Vault({}, Locked())

    with pytest.raises(VaultError, match="can not be read") as reading:
        vault.token("7")
    with pytest.raises(VaultError, match="can not take a token") as keeping:
        vault.keep("7", TOKEN)
    shown = "".join(traceback.format_exception(reading.value) + traceback.format_exception(keeping.value))
    assert TOKEN not in shown


def test_this_process_asks_its_own_environment_and_keyring() -> None:
    program = "from app.vault import token; print(token('7'), token('8'))"
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

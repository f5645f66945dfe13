"""The settings file: read with care, because users edit it, and written whole."""

import json
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from app.settings import Settings, SettingsError, config_dir, load, save


def test_what_was_saved_is_read_back(tmp_path: Path) -> None:
    chosen = Settings(live=True, forward_port=0, endpoints=("shop.example/fp",), overlap_target=1.0, theme="dark")
    save(chosen, tmp_path / "settings.json")
    assert load(tmp_path / "settings.json") == chosen


def test_without_a_file_all_is_default_and_nothing_is_made(tmp_path: Path) -> None:
    assert load(tmp_path / "sub" / "settings.json") == Settings()
    assert list(tmp_path.iterdir()) == []


def test_a_newer_versions_setting_is_passed_over(tmp_path: Path) -> None:
    (tmp_path / "settings.json").write_text('{"invented_later": [1], "overlap_target": 0}')
    assert load(tmp_path / "settings.json") == Settings(overlap_target=0)


@pytest.mark.parametrize(
    ("text", "blamed"),
    [
        ('{"endpoints": 0}', "endpoints has"),
        ('{"endpoints": [1, null], "theme": 0}', "endpoints, theme has"),
        ('{"forward_port": 65536}', "forward_port has"),
        ('{"forwarding_port": -1}', "forwarding_port has"),
        ('{"forward_port": true}', "forward_port has"),
        ('{"waiting_ms": -5}', "waiting_ms has"),
        ('{"overlap_target": NaN}', "overlap_target has"),
        ('{"live": 1}', "live has"),
        ("{broken", "can not be read as settings"),
        ("[]", "can not be read as settings"),
        ("[" * 100_000, "can not be read as settings"),
    ],
)
def test_a_broken_file_is_named_with_what_is_wrong(tmp_path: Path, text: str, blamed: str) -> None:
    file = tmp_path / "settings.json"
    file.write_text(text)
    with pytest.raises(SettingsError) as refused:
        load(file)
    assert str(file) in str(refused.value)
    assert blamed in str(refused.value)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="XDG variables")
def test_the_folder_and_the_file_are_the_users_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    tmp_path.chmod(0o755)
    assert stat.S_IMODE(config_dir().stat().st_mode) == 0o700
    save(Settings(upstream_proxy="http://me:secret@proxy.example"), tmp_path / "settings.json")
    assert stat.S_IMODE((tmp_path / "settings.json").stat().st_mode) == 0o600
    assert sorted(path.name for path in tmp_path.iterdir()) == ["pixelpair", "settings.json"]


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="XDG variables")
@pytest.mark.parametrize(
    ("arguments", "status"),
    [(("check", "server.json"), 0), (("capture", "--no-browser"), 2), (("demo", "--headless", "--out", "here/out"), 2)],
)
def test_without_a_home_files_are_checked_and_what_needs_a_folder_says_so(
    tmp_path: Path, arguments: tuple[str, ...], status: int
) -> None:
    (tmp_path / "here").touch()
    (tmp_path / "server.json").write_text(json.dumps({"data": [{"event_name": "A", "event_time": 1795317862}]}))
    homeless = {name: value for name, value in os.environ.items() if not name.startswith("XDG_")} | {
        "HOME": str(tmp_path / "here"),
        "PYTHONPATH": str(Path(__file__).parent.parent),
    }
    command = [sys.executable, "-m", "app", *arguments, *(["--fail-on", "never"] if status == 0 else [])]
    done = subprocess.run(command, env=homeless, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, "Traceback" in done.stderr) == (status, False), done.stderr
    assert status == 0 or "(Not a directory)" in done.stderr


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a disk that is always full")
def test_output_that_can_not_be_written_is_an_error_of_the_command(tmp_path: Path) -> None:
    (tmp_path / "server.json").write_text(json.dumps({"data": [{"event_name": "A", "event_time": 1795317862}]}))
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "app", "check", tmp_path / "server.json", "--json"],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
            timeout=60,
        )
    assert (done.returncode, "Traceback" in done.stderr) == (2, False), done.stderr
    assert "No space left on device" in done.stderr


def test_lines_that_share_an_account_name_one_set() -> None:
    settings = Settings(one_account=("A = B", "X=Y", "C = B", " Z = "))
    assert [set(accounts) for accounts in settings.accounts_as_one] == [{"X", "Y"}, {"A", "B", "C"}, {"Z"}]


def test_naming_the_same_accounts_again_changes_nothing() -> None:
    settings = Settings().with_one_account("A = B").with_one_account("A = B", "C = D")
    assert settings.one_account == ("A = B", "C = D")

"""Sets a fresh checkout up: system packages, `.venv` from the lock, then the same command again inside it.

Standard library only, and written for Python 3.8 and newer, because it runs before anything is installed and may be
started by a Python that is too old for the rest. Outside a checkout (an installed package) it does nothing.
"""

from __future__ import annotations

import ctypes
import hashlib
import os
import platform
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
STAMP = VENV / "pixelpair-set-up"
OLDEST = (3, 12)
UV = "uv==0.13.9"

# What only tests need stays out of a user's environment, and stays in a developer's.
_APP_ONLY = ("--no-dev", "--inexact")

BROWSERS = (
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "microsoft-edge",
    "microsoft-edge-stable",
)
# Shared library -> Debian package. Qt's own wheel brings the rest.
WINDOW_LIBRARIES = {
    "libGL.so.1": "libgl1",
    "libEGL.so.1": "libegl1",
    "libxkbcommon.so.0": "libxkbcommon0",
    "libglib-2.0.so.0": "libglib2.0-0",
    "libfontconfig.so.1": "libfontconfig1",
    "libdbus-1.so.3": "libdbus-1-3",
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-shape.so.0": "libxcb-shape0",
    "libxcb-xkb.so.1": "libxcb-xkb1",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
}


def ensure_environment(module: str, *, for_tests: bool = False) -> None:
    """Return when this process runs in a complete environment; otherwise make it and run `module` there instead.

    Exits with status 2 and a sentence when the machine lacks something that can not be installed.
    """
    if not (ROOT / "uv.lock").exists():
        return
    if not _is_current(for_tests):
        _set_up(for_tests)
    if Path(sys.prefix).resolve() != VENV.resolve():
        _run_again(module)


def _is_current(for_tests: bool) -> bool:
    try:
        facts = STAMP.read_text("utf-8").split()
    except OSError:
        return False
    return facts[:1] == [_lock_digest()] and (not for_tests or "tests" in facts) and _venv_python().exists()


def _lock_digest() -> str:
    text = (ROOT / "uv.lock").read_bytes() + (ROOT / "pyproject.toml").read_bytes()
    return hashlib.sha256(text).hexdigest()


def _set_up(for_tests: bool) -> None:
    _say("Setting up (once; later starts are immediate).")
    if sys.platform.startswith("linux"):
        _install_system_packages(_missing_packages(for_tests))
        if for_tests:  # apart, for where there is no such package nothing else must suffer
            _install_system_packages(_missing_firefox())
    if not _venv_python().exists():
        interpreter = _interpreter()
        _say("  Making .venv with " + interpreter)
        _make_venv(interpreter)
    uv_folder = VENV / "uv"
    uv = uv_folder / "bin" / ("uv.exe" if os.name == "nt" else "uv")
    if not uv.exists():
        _run(
            [str(_venv_python()), "-m", "pip", "install", "--quiet", "--target", str(uv_folder), UV],
            "The installer could not be fetched from the Python package index. Check the network (or pip's index "
            "settings) and run the same command again.",
        )
    _say("  Installing the locked dependencies")
    environment = dict(
        os.environ,
        UV_PROJECT_ENVIRONMENT=str(VENV),
        UV_PYTHON=str(_venv_python()),
        UV_PYTHON_DOWNLOADS="never",
        UV_COMPILE_BYTECODE="1",  # the proxy starts in 0.5 s instead of 2 s
        UV_SYSTEM_CERTS="1",  # as pip does: many company networks have a root of their own
    )
    _run(
        [str(uv), "sync", "--locked", "--quiet", "--directory", str(ROOT), *(() if for_tests else _APP_ONLY)],
        "The dependencies could not be installed. Check the network and free disk space (about 500 MB), and run the "
        "same command again.",
        environment,
    )
    STAMP.write_text(_lock_digest() + (" tests" if for_tests else "") + "\n", "utf-8")
    _say("  Ready. From now on " + str(_venv_python().with_name("pixelpair")) + " works as well.")


def _venv_python() -> Path:
    return VENV / "Scripts" / "python.exe" if os.name == "nt" else VENV / "bin" / "python"


def _interpreter() -> str:
    """The path of a Python that is new enough: this one, or the newest found."""
    if sys.version_info[:2] >= OLDEST:
        return sys.executable
    candidates = [shutil.which(f"python3.{minor}") for minor in range(15, OLDEST[1] - 1, -1)]
    pyenv = Path(os.environ.get("PYENV_ROOT", str(Path.home() / ".pyenv"))) / "versions"
    candidates += [str(path) for path in sorted(pyenv.glob("3.*/bin/python"), reverse=True)]
    for candidate in filter(None, candidates):
        if _is_new_enough(candidate):
            return candidate
    return _give_up(
        f"Pixelpair needs Python {OLDEST[0]}.{OLDEST[1]} or newer; this is {platform.python_version()} and no newer "
        "one was found. Debian 13 and Ubuntu 24.04 bring one (python3); elsewhere `pyenv install 3.12` or the "
        "installer from python.org does."
    )


def _is_new_enough(interpreter: str) -> bool:
    test = f"import sys; sys.exit(sys.version_info[:2] < {OLDEST})"
    try:
        return subprocess.run([interpreter, "-c", test], capture_output=True, check=False).returncode == 0
    except OSError:
        return False


def _make_venv(interpreter: str) -> None:
    # Debian packages Python without ensurepip; the package with it is small.
    has_pip = subprocess.run([interpreter, "-c", "import ensurepip, venv"], capture_output=True, check=False)
    if has_pip.returncode != 0 and shutil.which("apt-get"):
        _install_system_packages(["python3-venv"])
    _run(
        [interpreter, "-m", "venv", "--clear", str(VENV)], "Python could not make a virtual environment in " + str(VENV)
    )


def _missing_packages(for_tests: bool) -> list[str]:
    missing = [package for library, package in WINDOW_LIBRARIES.items() if not _loads(library)]
    if not any(shutil.which(name) for name in BROWSERS):
        missing.append("chromium")
    if not any(Path("/usr/share/fonts").glob("**/*.tt[fc]")):
        missing.append("fonts-dejavu-core")
    if for_tests and not shutil.which("Xvfb"):
        missing += ["xvfb", "xauth"]
    return missing


def _missing_firefox() -> list[str]:
    """What the tests with a second browser need: Firefox, and the tool that puts a certificate into its profile."""
    missing = [] if any(shutil.which(name) for name in ("firefox", "firefox-esr")) else ["firefox-esr"]
    return missing + ([] if shutil.which("certutil") else ["libnss3-tools"])


def _loads(library: str) -> bool:
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def _install_system_packages(packages: list[str]) -> None:
    if not packages:
        return
    wanted = " ".join(packages)
    if not shutil.which("apt-get"):
        _say(
            "  Not found on this machine: " + wanted + " (Debian's names). Please install them with your system's tool."
        )
        return
    prefix = _root_prefix()
    if prefix is None:
        _say("  Missing system packages. Please run: sudo apt-get install --no-install-recommends " + wanted)
        return
    _say("  Installing system packages: " + wanted)
    apt = [*prefix, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get"]
    subprocess.run([*apt, "update", "-qq"], stdout=subprocess.DEVNULL, check=False)  # stale lists may do as well
    install = [*apt, "install", "-y", "-qq", "--no-install-recommends", *packages]
    done = subprocess.run(install, stdout=subprocess.DEVNULL, check=False)
    if done.returncode != 0:
        _say("  They could not be installed. Please run: sudo apt-get install --no-install-recommends " + wanted)
        if "chromium" in packages:
            _say("  (Where there is no chromium package, as on Ubuntu, install Google Chrome from google.com/chrome.)")


def _root_prefix() -> list[str] | None:
    """What makes a command run as root: nothing, sudo (asking in a terminal), or None when there is no way."""
    if os.name != "nt" and os.geteuid() == 0:
        return []
    if not shutil.which("sudo"):
        return None
    if subprocess.run(["sudo", "-n", "true"], capture_output=True, check=False).returncode == 0 or sys.stdin.isatty():
        return ["sudo"]
    return None


def _run(command: list[str], failure: str, environment: dict[str, str] | None = None) -> None:
    try:
        subprocess.run(command, check=True, env=environment)
    except (OSError, subprocess.CalledProcessError) as error:
        _give_up(f"{failure}\n({error})")


def _run_again(module: str) -> None:
    command = [str(_venv_python()), "-m", module, *sys.argv[1:]]
    if os.name == "nt":  # there execv returns to the shell at once
        sys.exit(subprocess.run(command, check=False).returncode)
    os.execv(command[0], command)


def _say(text: str) -> None:
    sys.stderr.write(text + "\n")
    sys.stderr.flush()


def _give_up(text: str) -> str:
    _say(text)
    raise SystemExit(2)

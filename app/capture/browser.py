"""An isolated browser, pointed at our proxy and trusting our authority for this one run.

Nothing is installed on the system: the profile is fresh and thrown away, and Chromium's family knows our authority by
its key's fingerprint on the command line. Firefox keeps its certificates in the profile, where only its own tool can
put them. The user's everyday browser, its profile and its settings are never touched.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from app.capture import chromium, firefox
from app.capture.profiles import MARK, end_tree, meeting_place_of, remove_profile
from app.environment import without_tokens

OVERRIDE = "PIXELPAIR_BROWSER"  # environment variable: a path, or a command on PATH

_LAUNCH_S = 2.0  # how long a browser may take to find out that it can not start
_LOG = "pixelpair-browser.log"


class BrowserError(Exception):
    """No browser can be found or started; the text is fit to show."""


class Family(StrEnum):
    """Which command line and profile a browser understands."""

    CHROMIUM = "chromium"
    FIREFOX = "firefox"


@dataclass(frozen=True, slots=True)
class Browser:
    """A browser on this machine."""

    name: str
    path: Path
    kind: Family


def find(environment: Mapping[str, str] = os.environ, system: str = sys.platform) -> tuple[Browser, ...]:
    """The browsers on this machine, the most suitable first.

    What `PIXELPAIR_BROWSER` names comes before all others. Raises `BrowserError` when there is none, saying what to
    install, or when the variable names something that is not there.
    """
    found: dict[Path, Browser] = {}
    if named := environment.get(OVERRIDE, "").strip():
        path = _executable(named, environment)
        if path is None:
            raise BrowserError(
                f"{OVERRIDE} names {named}, which can not be run. Correct it, or unset it to search for a browser."
            )
        found[path] = Browser(path.stem, path, Family.FIREFOX if "firefox" in path.stem.lower() else Family.CHROMIUM)
    for name, kind, place in _places(environment, system):
        path = _executable(place, environment)
        if path is not None:
            found.setdefault(path, Browser(name, path, kind))
    if not found:
        raise BrowserError(
            "No browser was found. Install Google Chrome, Chromium or Microsoft Edge "
            f"(on Debian and Ubuntu: apt install chromium), or name one in {OVERRIDE}."
        )
    # A snap may not read a profile outside its own folder, so it is the last choice.
    return tuple(sorted(found.values(), key=lambda browser: "/snap/" in str(browser.path)))


def choose(name: str, found: tuple[Browser, ...]) -> Browser:
    """The browser of that name among those found; the first for an empty one.

    "firefox", "Google Chrome", "chrome" and a path all do. Raises `BrowserError` with the names there are.
    """
    wanted = name.strip().lower()
    for fits in (
        lambda browser: wanted in (browser.name.lower(), str(browser.path).lower(), browser.path.name.lower()),
        lambda browser: wanted in browser.name.lower(),
    ):
        if chosen := next(filter(fits, found), None):
            return chosen
    names = ", ".join(dict.fromkeys(browser.name for browser in found))
    raise BrowserError(
        f"There is no browser {name.strip()} on this machine. Found: {names}. Name one, or a path in {OVERRIDE}."
    )


def _executable(place: str, environment: Mapping[str, str]) -> Path | None:
    got = shutil.which(place, path=environment.get("PATH", os.defpath))
    return Path(got) if got else None


_LINUX = (
    ("Google Chrome", Family.CHROMIUM, ("google-chrome-stable", "google-chrome", "/opt/google/chrome/chrome")),
    ("Chromium", Family.CHROMIUM, ("chromium", "chromium-browser", "/snap/bin/chromium")),
    ("Microsoft Edge", Family.CHROMIUM, ("microsoft-edge-stable", "microsoft-edge", "/opt/microsoft/msedge/msedge")),
    ("Brave", Family.CHROMIUM, ("brave-browser",)),
    ("Firefox", Family.FIREFOX, ("firefox", "firefox-esr")),
)
_MACOS = (
    ("Google Chrome", Family.CHROMIUM, "Google Chrome.app/Contents/MacOS/Google Chrome"),
    ("Chromium", Family.CHROMIUM, "Chromium.app/Contents/MacOS/Chromium"),
    ("Microsoft Edge", Family.CHROMIUM, "Microsoft Edge.app/Contents/MacOS/Microsoft Edge"),
    ("Brave", Family.CHROMIUM, "Brave Browser.app/Contents/MacOS/Brave Browser"),
    ("Firefox", Family.FIREFOX, "Firefox.app/Contents/MacOS/firefox"),
)
_WINDOWS = (
    ("Google Chrome", Family.CHROMIUM, r"Google\Chrome\Application\chrome.exe"),
    ("Chromium", Family.CHROMIUM, r"Chromium\Application\chrome.exe"),
    ("Microsoft Edge", Family.CHROMIUM, r"Microsoft\Edge\Application\msedge.exe"),
    ("Brave", Family.CHROMIUM, r"BraveSoftware\Brave-Browser\Application\brave.exe"),
    ("Firefox", Family.FIREFOX, r"Mozilla Firefox\firefox.exe"),
)


def _places(environment: Mapping[str, str], system: str) -> Iterator[tuple[str, Family, str]]:
    if system == "darwin":
        for applications in ("/Applications", f"{environment.get('HOME', '')}/Applications"):
            yield from ((name, kind, f"{applications}/{place}") for name, kind, place in _MACOS)
    elif system == "win32":
        for variable in ("PROGRAMFILES", "PROGRAMFILES(X86)", "LOCALAPPDATA"):
            folder = environment.get(variable)
            if folder:
                yield from ((name, kind, rf"{folder}\{place}") for name, kind, place in _WINDOWS)
    else:
        yield from ((name, kind, place) for name, kind, places in _LINUX for place in places)


class Running:
    """A browser we started. `close` ends it with all its processes and removes its profile."""

    def __init__(
        self,
        process: subprocess.Popen[bytes],
        profile: Path,
        browser: Browser,
        *,
        headless: bool = False,
        agent: str | None = None,
    ) -> None:
        self.process = process
        self.profile = profile
        self.browser = browser
        self.headless = headless
        self.agent = agent
        """The ordinary user agent that it was given in place of its headless one."""
        self._closed = False

    @property
    def alive(self) -> bool:
        """Whether its window may still be open."""
        return self.process.poll() is None

    def wait(self, timeout_s: float | None = None) -> bool:
        """Wait until the user closes it; False when `timeout_s` passed first."""
        try:
            self.process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            return False
        return True

    @property
    def described(self) -> str:
        """Its name, and without a window its user agent, by which pixels go."""
        if not self.headless:
            return self.browser.name
        if self.agent:
            return f"{self.browser.name}, headless with its ordinary user agent ({self.agent})"
        if self.browser.kind is Family.CHROMIUM:
            return f"{self.browser.name}, headless and saying so in its user agent: real pixels stay silent"
        return f"{self.browser.name}, headless"

    def accident(self) -> str | None:
        """Wait until it ends; a sentence when neither the user nor we ended it. From any thread."""
        code = self.process.wait()
        if self._closed or code == 0:
            return None
        fate = f"killed by signal {-code}" if code < 0 else f"exit code {code}"
        return f"{self.browser.name} ended unexpectedly ({fate}). What was recorded is kept. Launch it again to go on."

    def close(self) -> None:
        """Ask it to end, make it end, and clear up. Safe to call again, and after the user closed it.

        A page still open does not get to send the beacons it would send when left.
        """
        if self._closed:  # its process number may be somebody else's by now
            return
        self._closed = True
        meeting_place = meeting_place_of(self.profile)
        end_tree(self.process)
        remove_profile(self.profile, meeting_place)


def launch(
    browser: Browser,
    *,
    proxy_port: int,
    spki: str,
    profile: Path,
    url: str,
    headless: bool = False,
    headless_agent: bool = False,
    ca_file: Path | None = None,
    arguments: tuple[str, ...] = (),
) -> Running:
    """Start a browser on `url`, everything it sends going through 127.0.0.1:`proxy_port`, loopback included.

    `profile` is a folder that does not exist yet, or is empty; it becomes the browser's and is removed on `close`.
    `spki` is the fingerprint of our authority's key; Firefox needs the certificate itself, `ca_file`. A headless
    browser gets its ordinary user agent, unless `headless_agent` keeps the other. Takes up to two seconds, so as to
    report a browser that can not start. Raises `BrowserError`.
    """
    if sys.platform == "linux" and not headless and not {"DISPLAY", "WAYLAND_DISPLAY"} & os.environ.keys():
        raise BrowserError(f"There is no display for {browser.name} to open its window on. Run it headless instead.")
    _claim(profile)
    agent = None
    if browser.kind is Family.FIREFOX:
        if missing := firefox.prepare(profile, proxy_port, ca_file):
            shutil.rmtree(profile, ignore_errors=True)
            raise BrowserError(missing)
        command = firefox.command(browser.path, profile, url, headless=headless)
    else:
        if headless and not headless_agent:
            agent = chromium.ordinary_agent(browser.path, proxy_port=proxy_port, spki=spki, profile=profile)
        command = chromium.command(
            browser.path, proxy_port=proxy_port, spki=spki, profile=profile, url=url, headless=headless, agent=agent
        )
    command[1:1] = arguments
    try:
        with (profile / _LOG).open("wb") as log:
            process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=without_tokens(), start_new_session=True
            )
    except OSError as error:
        shutil.rmtree(profile, ignore_errors=True)
        raise BrowserError(f"{browser.name} can not be started: {error.strerror or error} ({browser.path}).") from error
    running = Running(process, profile, browser, headless=headless, agent=agent)
    try:
        _see_it_start(running, browser)
    except BaseException:  # Ctrl+C, too: nobody else knows of it yet
        running.close()
        raise
    return running


def _claim(profile: Path) -> None:
    # Because the folder is removed in the end, it must not be one that somebody else fills.
    try:
        profile.mkdir(parents=True, exist_ok=True, mode=0o700)
        if any(profile.iterdir()) and not (profile / MARK).exists():
            raise BrowserError(
                f"{profile} is not empty, so it can not become a browser's profile. Choose a new folder."
            )
        (profile / MARK).touch()
    except OSError as error:
        raise BrowserError(f"The browser's profile can not be made in {profile}: {error.strerror or error}.") from error


def _see_it_start(running: Running, browser: Browser) -> None:
    begun = running.profile / ("prefs.js" if browser.kind is Family.FIREFOX else "Default")
    deadline = time.monotonic() + _LAUNCH_S
    while time.monotonic() < deadline and running.alive and not begun.exists():
        time.sleep(0.02)
    if running.alive:
        return
    said = [line for line in (running.profile / _LOG).read_text("utf-8", "replace").splitlines() if line.strip()]
    code = running.process.returncode
    running.close()
    reason = next((line for line in said if "error" in line.lower()), said[-1] if said else "it said nothing")
    raise BrowserError(f"{browser.name} ended at once (exit code {code}): {reason.rpartition('] ')[2].strip()}")

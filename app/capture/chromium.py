"""The Chromium family's side of an isolated run (Chrome, Edge, Brave): command line, and ordinary user agent."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

from app.capture.profiles import end_tree
from app.environment import without_tokens

_ASKING_S = 20
_ASK = "data:text/html,<script>document.write(navigator.userAgent)</script>"
_AGENT = re.compile(r"Mozilla/5\.0 [^<>\"]{0,300}?HeadlessChrome/[^<>\"]{0,300}")


def command(
    path: Path, *, proxy_port: int, spki: str, profile: Path, url: str, headless: bool, agent: str | None = None
) -> list[str]:
    """The command line; `agent` is the user agent to name, None for the browser's own."""
    flags = [
        f"--user-data-dir={profile}",
        f"--proxy-server=http://127.0.0.1:{proxy_port}",
        "--proxy-bypass-list=<-loopback>",  # without it, requests to this machine would not be seen
        f"--ignore-certificate-errors-spki-list={spki}",  # chains that hold our authority's key, and no other
        "--test-type",  # no warning bar for the flag above
        "--disable-quic",  # the proxy speaks TCP
        "--no-first-run",
        "--no-default-browser-check",
        "--disable-default-apps",
        "--disable-search-engine-choice-screen",
        "--disable-session-crashed-bubble",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--disable-features=HttpsUpgrades,HttpsFirstBalancedModeAutoEnable,MediaRouter,OptimizationHints",
        "--password-store=basic",  # no question about the system's key ring
        "--use-mock-keychain",
    ]
    if headless:
        flags.append("--headless=new")
    if agent:
        flags.append(f"--user-agent={agent}")
    if sys.platform == "linux" and os.geteuid() == 0:
        flags.append("--no-sandbox")  # Chromium will not run as root otherwise; for anyone else its sandbox stays
    return [str(path), *flags, url]


def ordinary_agent(path: Path, *, proxy_port: int, spki: str, profile: Path) -> str | None:
    """The user agent that this browser has with a window, asked of itself; None when it does not tell. Takes a second.

    Without a window it says HeadlessChrome, for which pixels stay silent, and differs in nothing else.
    """
    asking = command(path, proxy_port=proxy_port, spki=spki, profile=profile / "asked", url=_ASK, headless=True)
    asking.insert(-1, "--dump-dom")
    answer = profile / "asked.html"
    try:
        with answer.open("wb") as out:
            process = subprocess.Popen(
                asking,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.DEVNULL,
                env=without_tokens(),
                start_new_session=True,
            )
    except OSError:
        return None
    try:
        process.wait(_ASKING_S)
    except subprocess.TimeoutExpired:
        return None
    finally:
        end_tree(process)
    said = answer.read_text("utf-8", "replace")
    found = _AGENT.search(said)
    return found[0].replace("HeadlessChrome/", "Chrome/") if found else None

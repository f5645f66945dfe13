"""Firefox's side of an isolated run: its command line, its profile, and our authority in that profile's store."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

from app.environment import without_tokens

NO_TOOL = (
    "Firefox keeps its certificates in its profile, and only NSS's certutil can put ours there. Install it "
    "(Debian and Ubuntu: apt install libnss3-tools; macOS: brew install nss), or use Chrome, Chromium or Edge, "
    "which need nothing."
)


def command(path: Path, profile: Path, url: str, *, headless: bool) -> list[str]:
    """The command line for Firefox; all else stands in the profile's `user.js`."""
    return [str(path), "--profile", str(profile), "--no-remote", *(["--headless"] if headless else []), url]


def preferences(proxy_port: int) -> str:
    """The `user.js` that sends everything through the proxy and keeps Firefox from talking on its own."""
    settings: dict[str, str | int | bool] = {
        "network.proxy.type": 1,
        "network.proxy.http": "127.0.0.1",
        "network.proxy.http_port": proxy_port,
        "network.proxy.ssl": "127.0.0.1",
        "network.proxy.ssl_port": proxy_port,
        "network.proxy.no_proxies_on": "",
        "network.proxy.allow_hijacking_localhost": True,
        "network.http.http3.enable": False,
        "network.captive-portal-service.enabled": False,
        "network.connectivity-service.enabled": False,
        "network.trr.mode": 5,
        "browser.shell.checkDefaultBrowser": False,
        "browser.aboutwelcome.enabled": False,
        "browser.startup.homepage_override.mstone": "ignore",
        "browser.safebrowsing.downloads.remote.enabled": False,
        "browser.safebrowsing.malware.enabled": False,
        "browser.safebrowsing.phishing.enabled": False,
        "app.normandy.enabled": False,
        "app.update.enabled": False,
        "datareporting.policy.dataSubmissionEnabled": False,
        "toolkit.telemetry.reportingpolicy.firstRun": False,
        "extensions.update.enabled": False,
    }
    return "".join(f'user_pref("{name}", {_javascript(value)});\n' for name, value in settings.items())


def _javascript(value: str | int | bool) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return f'"{value}"' if isinstance(value, str) else str(value)


def prepare(profile: Path, proxy_port: int, ca_file: Path | None) -> str | None:
    """Fill a fresh profile; None when done, else a sentence on what is missing. Nothing outside it is touched."""
    tool = shutil.which("certutil")
    if tool is None or ca_file is None or sys.platform == "win32":  # Windows' own certutil is another program
        return NO_TOOL
    (profile / "user.js").write_text(preferences(proxy_port), "utf-8")
    store = f"sql:{profile}"
    for step in (
        ["-N", "-d", store, "--empty-password"],
        ["-A", "-d", store, "-n", "Pixelpair", "-t", "C,,", "-i", str(ca_file)],  # C: may vouch for web servers
    ):
        done = subprocess.run([tool, *step], check=False, capture_output=True, text=True, env=without_tokens())
        if done.returncode:
            return f"Firefox's certificate store can not be made: {done.stderr.strip()}"
    return None

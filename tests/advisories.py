"""`python -m tests.advisories`: asks osv.dev, through `uv audit`, whether a locked dependency has a known weakness.

Exit status 0 when none is known but those listed here with their reasons, 1 when there is another, 2 when the database
can not be reached. `python -m tests` asks as well, but only says what it hears: neither the network nor an advisory of
this morning is a fault of the change under test.
"""

from __future__ import annotations

import os
import subprocess
import sys

from app.bootstrap import ROOT, VENV

_HELD = "mitmproxy 12.2.3 holds it back"
_UNUSED_PARTS = "nothing that runs here uses that part of cryptography (tests/test_dependencies.py)"
_NEVER_LOADED = "tornado belongs to mitmweb and is never loaded here (tests/test_dependencies.py)"

KNOWN = {
    "GHSA-g6cj-pr64-35w5": _UNUSED_PARTS,  # PKCS#7 EnvelopedData is decrypted; 50.0.0
    "GHSA-jwv3-5hgf-82ww": _UNUSED_PARTS,  # x509.verification: time to find a path; 49.0.0
    "GHSA-m2h6-j472-rp4c": _UNUSED_PARTS,  # x509.verification: a wildcard leaves its name constraint; 49.0.0
    "GHSA-3x9g-8vmp-wqvf": _NEVER_LOADED,  # client: credentials follow a redirect; 6.5.6
    "GHSA-cx3h-4qpv-8hc9": _NEVER_LOADED,  # speedups: reads beyond a buffer; 6.5.6
    "GHSA-mgf9-4vpg-hj56": _NEVER_LOADED,  # client: gzip without a limit; 6.5.6
    "GHSA-pw6j-qg29-8w7f": _NEVER_LOADED,  # curl client: credentials stay on a handle; 6.5.7
    "GHSA-8423-8fgw-73vq": _NEVER_LOADED,  # server: many multipart parts; 6.5.8
    "GHSA-mpf4-983q-p7j4": _NEVER_LOADED,  # server: many form fields; 6.5.8
    "GHSA-wwv5-g3v4-889x": _NEVER_LOADED,  # server: cookie attributes; 6.5.8
}
"""Advisories of what the lock holds (checked November 2026), why each can not be reached, what it is, and its fix."""


def audit(service_url: str = "https://api.osv.dev/") -> tuple[int, str]:
    """Ask, and give exit status and words: 0 none but the known ones, 1 others, 2 nobody could be asked."""
    uv = VENV / "uv" / "bin" / ("uv.exe" if os.name == "nt" else "uv")
    command = [str(uv), "audit", "--frozen", "--no-dev", "--preview-features", "audit-command"]
    ignored = [part for one in KNOWN for part in ("--ignore", one)]
    done = subprocess.run(
        [*command, *ignored, "--service-url", service_url],
        cwd=ROOT,
        env={**os.environ, "UV_HTTP_RETRIES": "0", "UV_HTTP_TIMEOUT": "15", "UV_SYSTEM_CERTS": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    said = (done.stdout + done.stderr).strip()
    if done.returncode == 0:
        return 0, f"No advisory is known but {len(KNOWN)} that can not be reached here ({_HELD})."
    if done.returncode == 1:
        return 1, said
    return 2, f"The advisories were not checked, for {service_url} could not be asked: {said.splitlines()[-1].strip()}"


def main() -> int:
    """Ask, print, and give the exit status."""
    status, words = audit()
    print(words, flush=True)
    return status


if __name__ == "__main__":
    sys.exit(main())

"""Profiles of the browsers we started, so that none outlives us, even when we and the proxy are killed together.

Each has a small record, `<profile's name>.profile` with its path, and a lock on that record for as long as its starter
lives: the system gives the lock up when the starter is killed. A record whose lock can be had is an orphan's.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from itertools import pairwise
from pathlib import Path

import psutil

from app.locking import FileLock, LockedError

MARK = ".pixelpair-profile"  # in each profile of ours, and in nothing else
_PREFIX = "pixelpair-browser-"
_RECORD = ".profile"
_END_S = 5


class Claim:
    """A fresh profile of ours, and the record of it. Raises `OSError` when it can not be made."""

    def __init__(self, records: Path) -> None:
        self.profile = Path(tempfile.mkdtemp(prefix=_PREFIX))
        self._record = records / f"{self.profile.name}{_RECORD}"
        self._lock = FileLock(self._record)
        draft = self._record.with_suffix(".draft")
        draft.write_text(str(self.profile), "utf-8")
        draft.replace(self._record)
        (self.profile / MARK).touch()

    def release(self) -> None:
        """Forget a profile that is removed. Safe to call again."""
        if not self.profile.exists():
            self._record.unlink(missing_ok=True)
        self._lock.release()


def sweep(records: Path) -> int:
    """End the browsers whose starter was killed, remove their profiles, and return how many there were."""
    swept = 0
    for record in records.glob(f"*{_RECORD}"):
        try:
            lock = FileLock(record)
        except LockedError:  # its starter lives
            continue
        try:
            profile = Path(record.read_text("utf-8"))
            swept += _is_ours(profile)
            end_orphan(profile)
            if not profile.exists() or not _is_ours(profile):
                record.unlink()
        except (OSError, ValueError):  # gone meanwhile, or damaged: another start tries again
            pass
        finally:
            lock.release()
    return swept


def end_orphan(profile: Path) -> None:
    """End a browser whose starter was killed, with all its processes, and remove its profile.

    Only processes whose command line names that very profile are touched, with their children: numbers are given out
    anew, and a profile's name is not.
    """
    if not _is_ours(profile):
        return
    meeting_place = meeting_place_of(profile)
    mains = [process for process in psutil.process_iter() if _runs_on(process, profile)]
    doomed = {child for main in mains for child in _children(main)} | set(mains)
    for process in doomed:
        with contextlib.suppress(psutil.Error):
            process.kill()
    psutil.wait_procs(doomed, timeout=_END_S)
    remove_profile(profile, meeting_place)


def end_tree(process: subprocess.Popen[bytes]) -> None:
    """End a process that leads a group of its own, with all of the group."""
    if sys.platform == "win32":
        subprocess.run(
            ["taskkill", "/T", "/F", "/PID", str(process.pid)],
            check=False,
            capture_output=True,
        )
        process.wait(_END_S)
        return
    process.terminate()
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(_END_S)
    # It leads a process group of its own; whoever is left of it goes, too.
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait(_END_S)


def _is_ours(profile: Path) -> bool:
    return profile.name.startswith(_PREFIX) and (profile / MARK).exists()


def _runs_on(process: psutil.Process, profile: Path) -> bool:
    try:
        line = process.cmdline()
    except psutil.Error:  # it has ended, or is somebody else's
        return False
    folder = f"--user-data-dir={profile}"
    chromium = any(argument == folder or argument.startswith(folder + os.sep) for argument in line)
    return chromium or ("--profile", str(profile)) in pairwise(line)


def _children(process: psutil.Process) -> list[psutil.Process]:
    try:
        return process.children(recursive=True)
    except psutil.Error:
        return []


def remove_profile(profile: Path, meeting_place: Path | None) -> None:
    """Remove a profile whose browser has ended, and its `meeting_place_of`."""
    for _ in range(20):  # the browser's last processes may still be writing
        shutil.rmtree(profile, ignore_errors=True)
        if not profile.exists():
            break
        time.sleep(0.1)
    if meeting_place is not None:
        with contextlib.suppress(OSError):  # somebody put something else there
            for name in ("SingletonSocket", "SingletonCookie"):
                (meeting_place / name).unlink(missing_ok=True)
            meeting_place.rmdir()


def meeting_place_of(profile: Path) -> Path | None:
    """Where Chromium keeps the socket of a profile: a folder of its own among the temporary ones, and never cleared."""
    try:
        socket = (profile / "SingletonSocket").readlink()
    except OSError:
        return None
    return socket.parent if socket.is_absolute() else None

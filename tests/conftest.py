"""What holds for every test: no window on the screen, no settings touched, no warning or thread left unnoticed."""

import gc
import logging
import os
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

SAMPLES = Path(__file__).parent / "fixtures" / "samples"
RESOURCES = Path(__file__).parent.parent / "resources"

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
_home = tempfile.mkdtemp(prefix="pixelpair-tests-")
for _variable in ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME", "XDG_STATE_HOME"):
    os.environ[_variable] = _home
for _variable in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"):
    os.environ.pop(_variable, None)
    os.environ.pop(_variable.lower(), None)


class _Warnings(logging.Handler):
    """Collects what our own code warned about."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.records: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        if record.name.split(".")[0] in ("app", "addons"):
            self.records.append(record)


@pytest.fixture(autouse=True)
def warnings_of_ours(request: pytest.FixtureRequest) -> Iterator[list[logging.LogRecord]]:
    """Fails a test during which our code logged a warning, unless it asks for this fixture and empties the list."""
    handler = _Warnings()
    logging.getLogger().addHandler(handler)
    yield handler.records
    logging.getLogger().removeHandler(handler)
    if handler.records:
        pytest.fail("Logged unexpectedly: " + "; ".join(record.getMessage() for record in handler.records))


@pytest.fixture(autouse=True)
def no_leaked_threads() -> Iterator[None]:
    """Fails a test that leaves a thread of ours running."""
    before = set(threading.enumerate())
    yield
    deadline = time.monotonic() + 3
    while leaked := [
        thread
        for thread in set(threading.enumerate()) - before
        if thread.is_alive() and not thread.name.startswith(("asyncio_", "pytest_timeout", "Dummy"))
    ]:
        if time.monotonic() > deadline:
            pytest.fail(f"Threads left running: {', '.join(thread.name for thread in leaked)}")
        time.sleep(0.02)


@pytest.fixture(autouse=True)
def garbage_stays_with_the_window(request: pytest.FixtureRequest) -> Iterator[None]:
    """Where there is a window, cycles are collected on its thread only, as the window's own process does."""
    if "qtbot" not in request.fixturenames:
        yield
        return
    gc.disable()
    yield
    gc.collect()
    gc.enable()

"""A bounded run of the coverage-guided fuzzer with every test run; longer ones are for the command line."""

import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("atheris", reason="there is no atheris for this Python or system")

SECONDS = 10
ROOT = Path(__file__).parents[2]


def test_no_reader_trips_over_what_the_fuzzer_finds_in_a_bounded_run(tmp_path: Path) -> None:
    limits = ("-timeout=5", "-rss_limit_mb=2048", "-max_len=16384", f"-artifact_prefix={tmp_path}/")
    done = subprocess.run(
        [sys.executable, "-m", "tests.fuzz.coverage_guided", f"-max_total_time={SECONDS}", *limits],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=SECONDS * 5,
    )
    assert done.returncode == 0, done.stderr[-4000:]

"""`python3 -m tests`: sets everything up, then checks format, lint, types and import contracts, and runs the tests.

With arguments, only pytest runs, with these arguments.
"""

import subprocess
import sys
from pathlib import Path

from app.bootstrap import ROOT, ensure_environment

STEPS = (
    ("format", ["ruff", "format", "--check", "."]),
    ("lint", ["ruff", "check", "."]),
    ("types", ["mypy"]),
    ("import contracts", ["lint-imports"]),
    ("advisories", ["python", "-m", "tests.advisories"]),
    ("tests", ["pytest"]),
)
ONLY_SAID = ("advisories",)  # the network, or what the world learned this morning, makes no change wrong


def run(steps: tuple[tuple[str, list[str]], ...]) -> int:
    """Run each step from the environment's own folder; the first failure ends the run with its status.

    What a step of `ONLY_SAID` finds is printed and no failure.
    """
    tools = Path(sys.executable).parent
    for name, (tool, *arguments) in steps:
        print(f"== {name}", flush=True)
        status = subprocess.run([str(tools / tool), *arguments], cwd=ROOT, check=False).returncode
        if status != 0 and name not in ONLY_SAID:
            print(f"== {name}: failed", flush=True)
            return status
    print("== all passed")
    return 0


if __name__ == "__main__":
    ensure_environment("tests", for_tests=True)
    sys.exit(run((("tests", ["pytest", *sys.argv[1:]]),) if sys.argv[1:] else STEPS))

"""What a command that takes long says of itself on standard error: a bar in a terminal, else a line now and then."""

from __future__ import annotations

import sys
import threading
from types import TracebackType
from typing import Self

import click

PATIENCE_S = 1.0  # how long a command may be silent; a short one stays so
EVERY_S = 5.0  # between two lines where there is no terminal


class Progress:
    """Tells what is being done, once it takes longer than a moment. For one thread; `with` ends it.

    A thread of its own does the telling, so that a long step shows although it reports nothing meanwhile.
    """

    def __init__(self) -> None:
        self._what = ""
        self._done = 0
        self._all = 0
        self._ended = threading.Event()
        tell = self._draw if sys.stderr.isatty() else self._print
        self._teller = threading.Thread(target=tell, name="progress", daemon=True)

    def __enter__(self) -> Self:
        self._teller.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.end()

    def step(self, what: str) -> None:
        """A new step begins: what is done, in a participle and its object ("Reading browser.har")."""
        self._done = self._all = 0
        self._what = what

    def tell(self, done: int, whole: int) -> None:
        """How far the step is."""
        self._done, self._all = done, whole

    def end(self) -> None:
        """Say nothing more, and leave no trace in the terminal. Calling it again does nothing."""
        self._ended.set()
        self._teller.join()

    def _print(self) -> None:
        wait_s = PATIENCE_S
        while not self._ended.wait(wait_s):
            wait_s = EVERY_S
            click.echo(self._sentence(), err=True)

    def _draw(self) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, SpinnerColumn, TextColumn, TimeElapsedColumn
        from rich.progress import Progress as Bar

        if self._ended.wait(PATIENCE_S):
            return
        look = SpinnerColumn(), TextColumn("{task.description}"), BarColumn(20), TimeElapsedColumn()
        bar = Bar(*look, console=Console(stderr=True), transient=True, redirect_stdout=False)
        task = bar.add_task(self._sentence(), total=None)
        with bar:
            while not self._ended.wait(0.1):
                bar.update(task, description=self._sentence(), completed=self._done, total=self._all or None)

    def _sentence(self) -> str:
        return f"{self._what}: {self._done:,} of {self._all:,}…" if self._all else f"{self._what}…"

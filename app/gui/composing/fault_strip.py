"""What a draft with a deliberate fault must be found as, and once sent, what it was found as."""

from __future__ import annotations

from concurrent.futures import Future

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QWidget

from app.gui.composing.fault_verdict import FaultVerdict, said_of
from app.gui.drawing.ink import Tone
from app.gui.drawing.said_label import SaidLabel
from app.platforms.fault_lab import Recipe

_LOOK_MS = 20


class FaultStrip(SaidLabel):
    """A line that takes no room for a sound draft."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._recipe: Recipe | None = None
        self._judging: Future[FaultVerdict] | None = None
        self._looking = QTimer(self, interval=_LOOK_MS)
        self._looking.timeout.connect(self._look)
        self.complain("")

    @property
    def recipe(self) -> Recipe | None:
        """The fault in the draft that is shown."""
        return self._recipe

    def show_recipe(self, recipe: Recipe | None) -> None:
        """Say what a fault must be found as."""
        self.stop()
        self._recipe = recipe
        self.complain("")
        if recipe is not None:
            self.setVisible(True)
            due = expected(recipe)
            self.say(f"Deliberate fault: {recipe.title}. Once sent it must be found as: {due}.", Tone.WARN)

    def await_verdict(self, verdict: Future[FaultVerdict]) -> None:
        """Tell of a verdict once it is there: the session takes a moment to record the send."""
        self._judging = verdict
        self._looking.start()

    def stop(self) -> None:
        """Wait no longer."""
        self._judging = None
        self._looking.stop()

    def _look(self) -> None:
        future, recipe = self._judging, self._recipe
        if future is None or recipe is None or not future.done():
            return
        self.stop()
        try:
            self.say(*said_of(recipe, future.result()))
        except Exception as error:  # noqa: BLE001  whatever went wrong is the user's to read
            self.say(str(error) or type(error).__name__, Tone.BAD)


def expected(recipe: Recipe) -> str:
    """The findings a fault must produce, in a few words."""
    return ", ".join(recipe.expects) or "no finding is due"

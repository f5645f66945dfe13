"""The colours of the details pane, by what they mean; never the only sign, a glyph or a word stands beside each."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from functools import cache

from PySide6.QtGui import QColor, QPalette

from app.words import Role


class Tone(Enum):
    """What a piece of text or a mark says about itself."""

    PLAIN = "text"
    MUTED = "muted"
    GOOD = "good"
    BAD = "bad"
    WARN = "warn"
    INFO = "info"


@dataclass(frozen=True, slots=True, eq=False)
class Ink:
    """One theme's colours. Each tone has a tint that it can be read on."""

    dark: bool
    text: QColor
    muted: QColor
    good: QColor
    bad: QColor
    warn: QColor
    info: QColor
    good_tint: QColor
    bad_tint: QColor
    warn_tint: QColor
    info_tint: QColor
    base: QColor
    raised: QColor
    line: QColor
    selected: QColor
    alarm: QColor  # the ground of what nobody may overlook
    on_alarm: QColor

    def of(self, tone: Tone) -> QColor:
        """The colour of a tone."""
        colour: QColor = getattr(self, tone.value)
        return colour

    def tint(self, tone: Tone) -> QColor:
        """The background of a tone."""
        return {
            Tone.PLAIN: self.raised,
            Tone.MUTED: self.raised,
            Tone.GOOD: self.good_tint,
            Tone.BAD: self.bad_tint,
            Tone.WARN: self.warn_tint,
            Tone.INFO: self.info_tint,
        }[tone]


_TONES: dict[Role, Tone] = {
    "good": Tone.GOOD,
    "bad": Tone.BAD,
    "warn": Tone.WARN,
    "wait": Tone.INFO,
    "quiet": Tone.MUTED,
}


def tone_of(role: Role) -> Tone:
    """The tone that a word is said in."""
    return _TONES[role]


def ink_of(palette: QPalette) -> Ink:
    """The colours that go with a palette."""
    return _ink(palette.color(QPalette.ColorRole.Base).lightness() < 128)


@cache
def _ink(dark: bool) -> Ink:
    if dark:
        return Ink(
            dark=True,
            text=QColor("#e6e8ee"),
            muted=QColor("#9ca3b2"),
            good=QColor("#4ade80"),
            bad=QColor("#ff8a80"),
            warn=QColor("#fbbf4a"),
            info=QColor("#8ab4ff"),
            good_tint=QColor("#153d29"),
            bad_tint=QColor("#4d1d20"),
            warn_tint=QColor("#463411"),
            info_tint=QColor("#1e3157"),
            base=QColor("#1c1f27"),
            raised=QColor("#15171d"),
            line=QColor("#353a46"),
            selected=QColor("#243a63"),
            alarm=QColor("#c2181b"),
            on_alarm=QColor("#ffffff"),
        )
    return Ink(
        dark=False,
        text=QColor("#16181d"),
        muted=QColor("#626a7a"),
        good=QColor("#147a3b"),
        bad=QColor("#b31b1b"),
        warn=QColor("#8a5207"),
        info=QColor("#1d4fc4"),
        good_tint=QColor("#dcf7e6"),
        bad_tint=QColor("#fde3e1"),
        warn_tint=QColor("#fdf0cc"),
        info_tint=QColor("#dfe9ff"),
        base=QColor("#ffffff"),
        raised=QColor("#f4f5f8"),
        line=QColor("#e1e4ea"),
        selected=QColor("#dbe7ff"),
        alarm=QColor("#c2181b"),
        on_alarm=QColor("#ffffff"),
    )

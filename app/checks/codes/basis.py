"""The letters that the tables of codes are written with, and what rests on no document of a platform's."""

from __future__ import annotations

from app.model import Severity, Standing

CRITICAL, ERROR, WARNING, INFO = Severity.CRITICAL, Severity.ERROR, Severity.WARNING, Severity.INFO
D, O, F = Standing.DOCUMENTED, Standing.OBSERVED, Standing.FOLKLORE  # noqa: E741 - the catalogue's own letters

WIRE = "seen on the wire and in public senders' code"
ADVICE = "integrators' advice, written down by no platform"

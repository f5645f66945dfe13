"""Runs `pixelpair check` as a customer does and reads its report by the contract."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jsonschema
from click.testing import CliRunner

from app.cli import main
from tests.conftest import RESOURCES

_SCHEMA = jsonschema.Draft202012Validator(json.loads((RESOURCES / "report.schema.json").read_text("utf-8")))


@dataclass(frozen=True)
class Judged:
    """One run: its exit status, what it printed, and the report in it."""

    status: int
    stdout: str
    stderr: str
    report: Mapping[str, Any]

    @property
    def verdicts(self) -> list[str]:
        """The pairs' verdicts, by first time seen."""
        return [pair["verdict"] for pair in self.report["pairs"]]

    @property
    def summary(self) -> Mapping[str, Any]:
        summary: Mapping[str, Any] = self.report["summary"]
        return summary

    def findings(self, code: str) -> list[Mapping[str, Any]]:
        return [finding for finding in self.report["findings"] if finding["code"] == code]

    def codes(self, *severities: str) -> set[str]:
        """The codes found, of certain severities or of any."""
        return {f["code"] for f in self.report["findings"] if not severities or f["severity"] in severities}

    def events(self, **wanted: Any) -> Iterator[Mapping[str, Any]]:
        return (event for event in self.report["events"] if all(event[key] == wanted[key] for key in wanted))


def check(folder: Path, files: Mapping[str, str], *options: str) -> Judged:
    """Write the files and check them in the order given. A report that breaks its schema fails here."""
    paths = []
    for name, text in files.items():
        path = folder / name
        path.write_text(text, "utf-8")
        paths.append(str(path))
    done = CliRunner().invoke(main, ["check", *paths, "--json", *options])
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    report = json.loads(done.stdout) if done.stdout else {}
    if report:
        _SCHEMA.validate(report)
    return Judged(done.exit_code, done.stdout, done.stderr, report)

"""The demo: sandbox, demo shop and browser together, with a window or without one.

Without a window a real Chromium goes through every checkout of the shop by itself, and each scenario's verdict and
finding are compared with what the scenario says they are.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import click
from rich.table import Table
from rich.text import Text

from app.capture.browser import BrowserError
from app.capture.messages import ProxyError
from app.locking import FileLock
from app.model import Group
from app.numbers import Recorded
from app.pairing.conversions import Conversion
from app.platforms import title_of
from app.platforms.vocabulary import step
from app.reports.conversions import matrix
from app.reports.matrix_table import LEGEND, matrix_table
from app.reports.terminal import console_for_tables, severity_style, verdict_text
from app.session.file import SessionError, files_beside
from app.settings import Settings
from app.shop import SHOP_PAGES, Shop, demo_customer, one_account
from app.workbench.belonging import Belonging
from app.workbench.live import SUFFIX, Notices, Workbench

AUTOPILOT_S = 80
"""How long the browser may take for all checkouts; they take about 25 s."""
SETTLING_S = 12
"""How long the slowest server half may take after the last checkout."""
PICTURE_S = 60
"""How long drawing the window may take."""


def demo_settings(settings: Settings) -> Settings:
    """The user's settings with what the demo needs: the sandbox, and free ports of its own."""
    return replace(settings, live=False, allowed_domains=(), due=(), one_account=one_account())


BETWEEN = "between"
"""Stands in a result for what all platforms of a scenario are together."""


@dataclass(frozen=True, slots=True)
class Result:
    """What one scenario came to on one platform, or between its platforms, beside what it should."""

    scenario: dict[str, Any]
    platform: str
    verdicts: tuple[str, ...]
    codes: tuple[tuple[str, str, str | None], ...]  # (code, severity, reason)

    @property
    def _expect(self) -> dict[str, Any]:
        found: dict[str, Any] = self.scenario.get(self.platform, {})
        return found if self.platform == BETWEEN else found["expect"]

    @property
    def due(self) -> str | None:
        """The finding that has to come; None when none has."""
        code: str | None = self._expect.get("finding")
        return code

    @property
    def expected(self) -> bool:
        verdict = self._expect.get("verdict")
        if verdict and (not self.verdicts or any(each != verdict for each in self.verdicts)):
            return False
        found = {(code, reason) for code, _, reason in self.codes}
        if self.due is None:
            return not any(severity in ("critical", "error", "warning") for _, severity, _ in self.codes)
        return any(code == self.due and reason == self._expect.get("reason", reason) for code, reason in found)


def results_of(
    groups: tuple[Group, ...], conversions: tuple[Conversion, ...], catalogue: dict[str, Any]
) -> tuple[Result, ...]:
    """What every scenario came to on each of its platforms and between them, in the catalogue's order.

    Told by the page its events name; page views do not count.
    """
    found: list[Result] = []
    for scenario in catalogue["scenarios"]:
        mine = [group for group in groups if _is_of(group, scenario)]
        for name in catalogue["accounts"]:
            if name in scenario:
                own = [group for group in mine if group.platform == name]
                found.append(Result(scenario, name, tuple(group.verdict.value for group in own), _codes(own)))
        ids = {group.id for group in mine}
        whole = [each for each in conversions if not ids.isdisjoint(group.id for group in each.groups)]
        found.append(Result(scenario, BETWEEN, (), _codes(whole)))
    return tuple(found)


def _is_of(group: Group, scenario: dict[str, Any]) -> bool:
    return step(group.name) != "page_view" and any(_scenario_of(event.page) == scenario["id"] for event in group.events)


def _codes(found: Sequence[Group | Conversion]) -> tuple[tuple[str, str, str | None], ...]:
    said = ((item.code, item.severity.value, item.reason) for each in found for item in each.findings)
    return tuple(dict.fromkeys(said))


def _scenario_of(page: str | None) -> str | None:
    return next(iter(parse_qs(urlsplit(page or "").query).get("scenario", [])), None)


def print_results(results: tuple[Result, ...]) -> None:
    """One line a scenario and platform: what it is, what came of it, and whether that was to be expected."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("", "Checkout", "Platform", "Verdict", "Findings"):
        table.add_column(heading, overflow="fold")
    before = None
    for result in results:
        if result.platform == BETWEEN and result.due is None and result.expected:
            continue
        title = "" if result.scenario is before else result.scenario["title"]
        before = result.scenario
        verdicts = Text(", ").join(verdict_text(verdict) for verdict in dict.fromkeys(result.verdicts))
        codes = [
            Text(code + (f" ({reason})" if reason else ""), style=severity_style(severity))
            for code, severity, reason in result.codes
            if severity != "info" or code == result.due
        ]
        mark = Text("✓", style="green") if result.expected else Text("✕ not as expected", style="red")
        said = Text(", ").join(codes) or Text("–")
        whose = "between them" if result.platform == BETWEEN else title_of(result.platform)
        nothing = Text("–" if result.platform == BETWEEN else "no row")
        table.add_row(mark, title, whose, verdicts or nothing, said)
    console_for_tables().print(table)
    if all(result.expected for result in results):
        click.echo("\n✓ in front: what is wrong with this checkout was found, and nothing else.")


def print_matrix(report: Mapping[str, Any]) -> None:
    """Which platform was told of which order; page views, which all are told of, are left out."""
    orders = [each for each in report["conversions"] if each["step"] != "page_view"]
    told = {each["id"]: each for each in report["findings"]}

    def codes(part: Mapping[str, Any]) -> Text:
        found = (told[one] for one in part["findings"])
        return Text(", ").join(Text(each["code"], style=severity_style(each["severity"])) for each in found)

    console = console_for_tables()
    console.print()
    console.print(matrix_table(matrix(orders, lambda _: 0, len(orders)), codes))
    console.print(Text(LEGEND, style="dim"))


def run_headless(settings: Settings, out: Path) -> int:
    """Drive Chromium through every checkout, print and write what came of it. Returns the exit status."""
    session = out / f"demo{SUFFIX}"
    try:
        out.mkdir(parents=True, exist_ok=True)
        FileLock(session).release()  # another demo's session is not taken from under it
        for old in (session, *files_beside(session)):
            old.unlink(missing_ok=True)
    except OSError as error:
        _say(f"{out} can not be used ({error.strerror or error}). Choose another folder with --out.")
        return 2
    started = time.monotonic()
    try:
        with _running(settings, session) as (bench, shop):
            _say("A real browser goes through the demo shop's checkouts…")
            running = bench.launch_browser(None, f"{shop.url}index.html?autopilot=0", headless=True)
            if not _autopilot(shop, lambda: running.alive):
                _say("The browser did not get through all checkouts; the rows show how far it came.")
            for send in shop.sends:
                send.join(SETTLING_S)
            bench.stop_capture()
            known = bench.inspector.ask(lambda _session, analysis: (analysis.groups(), analysis.conversions())).result()
            report = bench.report().result()
            results = results_of(*known, shop.catalogue)
            for name in ("report.html", "report.json"):
                bench.write_evidence(out / name)
    except (ProxyError, BrowserError, SessionError, OSError) as error:
        _say(str(error))
        return 2
    print_results(results)
    print_matrix(report)
    summary = report["summary"]
    assert isinstance(summary, dict)
    click.echo(
        f"\nPredicted counted {summary['predicted_counted']} for {summary['unique_conversions']} conversions "
        f"({summary['inflation']:+.0%})."
    )
    picture = _picture(session, out / "window.png")
    click.echo(f"\nIn {time.monotonic() - started:.0f} s, in {out}{os.sep}:")
    click.echo("  report.html   the evidence, to read or to hand on")
    click.echo("  report.json   the same for machines (pixelpair.report/1)")
    click.echo(f"  demo{SUFFIX}  the session; `pixelpair {session}` opens it")
    if picture:
        click.echo("  window.png    the window, as it shows this session")
    return 0 if all(result.expected for result in results) else 1


def _autopilot(shop: Shop, alive: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + AUTOPILOT_S
    placed = 0
    while time.monotonic() < deadline and alive():
        if shop.finished.wait(0.5):
            return True
        if len(shop.orders) != placed:
            placed = len(shop.orders)
            _say(f"  order {placed}: {next(reversed(shop.orders.values())).scenario}")
    return shop.finished.is_set()


@contextmanager
def _running(settings: Settings, session: Path) -> Iterator[tuple[Workbench, Shop]]:
    """A workbench that captures in the sandbox, and a shop whose backend knows its listeners."""
    ignore: Callable[[Recorded], None] = lambda _recorded: None  # noqa: E731 # a named nothing reads better below
    whose = Belonging(demo=True)
    bench = Workbench(session, demo_settings(settings), Notices(ignore, _say, _say), demo_customer(), whose)
    try:
        bench.start_capture()
        shop = bench.open_shop()
        try:
            yield bench, shop
        finally:
            shop.stop()
    finally:
        bench.close()


def _picture(session: Path, path: Path) -> bool:
    """Photograph the window on a session, in a process of its own: Qt wants the main thread and no display here."""
    environment = dict(os.environ, QT_QPA_PLATFORM="offscreen")
    # It runs in another folder, from where a relative path would lead elsewhere.
    command = [sys.executable, "-m", "app.gui.picture", str(session.resolve()), str(path.resolve())]
    try:
        done = subprocess.run(
            command,
            env=environment,
            cwd=SHOP_PAGES.parent.parent,
            capture_output=True,
            text=True,
            check=False,
            timeout=PICTURE_S,
        )
    except subprocess.TimeoutExpired:
        _say(f"The window's picture could not be made: it was not drawn within {PICTURE_S} s.")
        return False
    if done.returncode != 0:
        reason = (done.stderr.strip().splitlines() or [f"exit status {done.returncode}, without a word"])[-1]
        _say(f"The window's picture could not be made: {reason}")
    return done.returncode == 0


def run_window(settings: Settings) -> int:
    """Open the window in the sandbox, start the shop, and open a browser on it."""
    from app.gui.app import run

    return run(demo_settings(settings), None, demo=True)


def _say(sentence: str) -> None:
    click.echo(sentence, err=True)

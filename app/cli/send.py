"""`pixelpair send`, `replay` and `sandbox`: composer, sender and the stand-in endpoint in a terminal.

The result goes to standard output, everything else to standard error. Exit status: 0 everything was taken, 1 something
was not, 2 the command could not run.
"""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click
from msgspec.structs import replace

from app.cli.options import Amount, customer_from, fail, settings_or_fail
from app.model import Event, Exchange, Side
from app.outgoing import Draft

if TYPE_CHECKING:
    from app.platforms.server_api import ServerApi
    from app.sending.terminal import SendJob, SendOptions, SendResult

WORD = "COUNTS"


def platform_option(words: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """`--platform NAME`; the names are looked up when the command runs, for the table of platforms is heavy."""

    def known(context: click.Context, parameter: click.Parameter, name: str) -> str:
        from app.platforms import PLATFORMS

        names = [each.name for each in PLATFORMS]
        if name and name not in names:
            raise click.BadParameter(f"there is no platform {name}. There are: {', '.join(names)}.")
        return name

    return click.option("--platform", default="", callback=known, help=words)


def on_terms(command: Callable[..., None]) -> Callable[..., None]:
    """The options that `send` and `replay` share, handed over as `SendOptions`."""

    def run(**given: Any) -> None:
        from app.sending.terminal import SendOptions

        settings = settings_or_fail()
        options = SendOptions(
            to=given.pop("to"),
            test_code=given.pop("test_code") or None,
            api_version=given.pop("api_version") or None,
            settings=settings,
            faults=given.pop("fault"),
            customer=customer_from(given.pop("customer")),
            session=given.pop("session"),
            confirmed=given.pop("confirm") == WORD,
            as_test=not given.pop("no_test"),
        )
        command(options=options, **given)

    path = click.Path(dir_okay=False, path_type=Path)
    options = (
        click.option("--to", default="sandbox", show_default=True, help="sandbox, live, or an endpoint's base URL."),
        click.option("--test-code", default="", help="Test event code; without one an event sent live counts."),
        click.option("--no-test", is_flag=True, help="Where a platform has a switch for tests: leave it off."),
        click.option("--api-version", default="", help="API version; the newest documented one by default."),
        click.option("--fault", multiple=True, help="Spoil each event on purpose; `send --faults` lists how."),
        click.option("--customer", type=path, help="JSON with the test customer in plain text; sent hashed."),
        click.option("--session", type=path, help="Session file in which the sends are recorded."),
        click.option("--confirm", default="", help=f"{WORD}: send live although there is no test event code."),
        click.option("--dry-run", is_flag=True, help="Show what would be sent, and send nothing."),
        click.option("--json", "as_json", is_flag=True, help="Print the result as JSON."),
    )
    run.__name__, run.__doc__ = command.__name__, command.__doc__
    for option in reversed(options):
        run = option(run)
    return run


@click.command()
@click.argument("source", required=False, type=click.Path(allow_dash=True))
@platform_option("Whose event it is, where the source does not tell; the first platform's by default.")
@click.option("--account", default="", help="Pixel, dataset or other ID of the account, where the source names none.")
@click.option("--template", default="", help="Start from a standard event instead of a source.")
@click.option("--action-source", default="", help="Where the template's event happened; the platform's first.")
@click.option("--faults", is_flag=True, help="List the deliberate faults, and what each should be found as.")
@on_terms
def send(
    *,
    options: SendOptions,
    source: str | None,
    platform: str,
    account: str,
    template: str,
    action_source: str,
    faults: bool,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Send test events: a file (or - for standard input) with JSON or a cURL command, or a template."""
    if faults:
        _list_faults(platform)
        sys.exit(0)
    if bool(source) == bool(template):
        fail("Name either a file to send or a --template, such as --template Purchase.")
    if source:
        draft = _from_text(source, platform, account)
    else:
        draft = _from_template(options, template, platform, account, action_source)

    def all_of_it(job: SendJob) -> list[SendResult]:
        return list(job.run(draft))

    _run(options, all_of_it, lambda job: [job.rehearse(draft)], dry_run=dry_run, as_json=as_json)


@click.command()
@click.argument("source", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@platform_option("Only this platform's events.")
@click.option("--account", default="", help="Send them to this account instead of the recorded one.")
@click.option("--event-id", default="", help="Only events with this event ID.")
@click.option("--name", default="", help="Only events of this name.")
@click.option("--twins", is_flag=True, help="Send the server twins of the browser's events instead.")
@click.option("--keep-time", is_flag=True, help="Keep each event's own time instead of the present.")
@click.option(
    "--pace",
    type=Amount(0, 1e6),
    default=1.0,
    show_default=True,
    help="2 is twice as fast as recorded, 0 without pauses.",
)
@on_terms
def replay(
    *,
    options: SendOptions,
    source: Path,
    platform: str,
    account: str,
    event_id: str,
    name: str,
    twins: bool,
    keep_time: bool,
    pace: float,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Send recorded server events again, in recorded order and pace: from a session, a HAR file or a log."""
    from app.sending.batches import steps

    exchanges, events = _recorded(source)
    theirs = [one for one in events if platform in ("", one.platform)]
    wanted = [one for one in theirs if event_id in ("", one.event_id) and name in ("", one.name)]
    side = Side.BROWSER if twins else Side.SERVER
    plan = steps(wanted, side=side, pace=pace)
    if not plan:
        fail(f"{source.name} holds no such {side} event.")

    def again(job: SendJob, event: Event) -> Draft:
        draft = job.again(event, exchanges[event.exchange], keep_time=keep_time)
        return replace(draft, account=account) if account else draft

    def all_of_it(job: SendJob) -> list[SendResult]:
        found: list[SendResult] = []
        for step in plan:
            time.sleep(step.wait_ms / 1000)
            found += job.run(again(job, step.event))
        return found

    def rehearsal(job: SendJob) -> list[str]:
        return [job.rehearse(again(job, step.event)) for step in plan]

    _run(options, all_of_it, rehearsal, dry_run=dry_run, as_json=as_json)


@click.command()
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=8090,
    show_default=True,
    help="Port on loopback; 0 takes any that is free.",
)
@platform_option("Say only this platform's address; every platform is served all the same.")
@click.option("--fault", multiple=True, help="Answer the first request with this fault, the next with the next.")
def sandbox(port: int, platform: str, fault: tuple[str, ...]) -> None:
    """Serve the platforms' documented server APIs on this machine until interrupted."""
    from app.platforms import local_base, senders
    from app.platforms.sandbox import Fault, Faults
    from app.sending.sandbox import SandboxServer, SandboxServerError

    if platform:
        _server_of(platform)

    known = {each.value for each in Fault}
    if unknown := set(fault) - known:
        fail(f"There is no fault called {', '.join(sorted(unknown))}. There are: {', '.join(sorted(known))}.")
    try:
        server = SandboxServer(port, [Faults(Fault(each)) for each in fault])
    except SandboxServerError as error:
        fail(str(error))
    server.start()
    click.echo(local_base(server.url, platform) if platform else server.url)
    for each in senders():
        if each.server and platform in ("", each.name):
            click.echo(f"Use {local_base(server.url, each.name)} in place of {each.server.base_url}.", err=True)
    click.echo("Stop with Ctrl+C.", err=True)
    try:
        threading.Event().wait()
    except KeyboardInterrupt:
        click.echo(f"{server.received} requests answered.", err=True)
    finally:
        server.stop()


COMMANDS: tuple[click.Command, ...] = (send, replay, sandbox)


def _run(
    options: SendOptions,
    act: Callable[[SendJob], list[SendResult]],
    rehearse: Callable[[SendJob], list[str]],
    *,
    dry_run: bool,
    as_json: bool,
) -> NoReturn:
    """Run an job or only show it, print the result, and end with its status."""
    from app.reports.printable import plain, printable_json
    from app.sending.terminal import SendJob, SendJobError, as_document

    try:
        with SendJob(options, lambda sentence: click.echo(plain(sentence), err=True)) as job:
            if dry_run:
                click.echo("\n".join(rehearse(job)), nl=False)
                sys.exit(0)
            found = act(job)
    except SendJobError as error:
        fail(str(error))
    if as_json:
        click.echo(printable_json(as_document(found)))
    else:
        click.echo("\n".join(plain(call.sentence()) for call in found))
    sys.exit(0 if all(call.accepted for call in found) else 1)


def _server_of(platform: str) -> ServerApi:
    """The platform's server API; ends with a sentence where there is none."""
    from app.platforms import server_of
    from app.platforms.server_api import ComposeError

    try:
        return server_of(platform)
    except ComposeError as error:
        fail(str(error))


def _first() -> str:
    from app.platforms import senders

    return next((each.name for each in senders()), "")


def _from_text(source: str, platform: str, account: str) -> Draft:
    from app.sending.paste import PasteError, draft_of

    _server_of(platform or _first())
    try:
        with click.open_file(source, encoding="utf-8") as file:
            draft = draft_of(file.read(), account, platform)
        if platform not in ("", draft.platform):
            fail(f"{source} holds a call to another platform ({draft.platform}). Leave --platform out.")
        return replace(draft, account=draft.account or _own_account(draft.platform))
    except (OSError, UnicodeDecodeError) as error:
        fail(f"{source} can not be read ({error}).")
    except PasteError as error:
        fail(str(error))


def _from_template(options: SendOptions, name: str, platform: str, account: str, action_source: str) -> Draft:
    from app.platforms.server_api import ComposeError, Terms
    from app.sending.drafts import now_ms

    platform = platform or _first()
    templates = _server_of(platform).templates
    try:
        return templates.from_scratch(
            name,
            Terms(now_ms=now_ms(), customer=options.customer),
            account=account or _own_account(platform),
            source=action_source or templates.sources()[0],
        )
    except ComposeError as error:
        fail(str(error))


def _recorded(source: Path) -> tuple[dict[int, Exchange], list[Event]]:
    from app.formats import FormatError, read
    from app.platforms import decode

    try:
        exchanges = read(source, endpoints=settings_or_fail().endpoints).exchanges
    except FormatError as error:
        fail(str(error))
    numbered = {place: replace(exchange, number=place) for place, exchange in enumerate(exchanges, 1)}
    return numbered, [event for exchange in numbered.values() for event in decode(exchange)]


def _own_account(platform: str) -> str:
    """The account in the settings, which is the first platform's."""
    return settings_or_fail().account if platform == _first() else ""


def _list_faults(platform: str) -> None:
    for each in _server_of(platform or _first()).recipes:
        click.echo(f"{each.name:16} {each.title}: {', '.join(each.expects) or 'no finding is due'}")

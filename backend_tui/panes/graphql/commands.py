"""`graphql run`, `subscribe`, `schema` and `check`: the pane's own client without a screen."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing, asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, Final, TypeVar

import click

from backend_tui.core.address import is_relative
from backend_tui.core.authentication import BasicAuth, BearerAuth, Pair
from backend_tui.core.clock import SystemClock
from backend_tui.core.config import Config
from backend_tui.core.door import Door, run_async
from backend_tui.core.errors import UsageError
from backend_tui.core.exchange import Stopwatch, Timeouts
from backend_tui.core.text import clean_line, shorten
from backend_tui.panes.graphql.client import StackGraphqlClient
from backend_tui.panes.graphql.diagnostics import diagnosed
from backend_tui.panes.graphql.diff import schema_changes
from backend_tui.panes.graphql.documents import chosen_operation
from backend_tui.panes.graphql.model import GraphqlState
from backend_tui.panes.graphql.request import TRANSPORTS, Draft
from backend_tui.panes.graphql.run import (
    ConnectionLost,
    EventsArrived,
    Noted,
    Run,
    RunStarted,
    Subscribed,
)
from backend_tui.panes.graphql.run_document import (
    diagnosis_document,
    outcome_text,
    problem_lines,
    result_text,
    run_document,
    schema_document,
)
from backend_tui.panes.graphql.schema import Schema
from backend_tui.panes.graphql.subscription import LogEvent
from backend_tui.stack.opening import opened

F = TypeVar("F", bound=Callable[..., Any])

_SHOP: Final = "/graphql"


def _addressed(command: F) -> F:
    """The options that say which server is asked, and as whom."""
    options = (
        click.option(
            "--url",
            default=_SHOP,
            metavar="URL",
            help="The endpoint; a path is the shop's, which is the default.",
        ),
        click.option("-H", "--header", "headers", multiple=True, metavar="NAME:VALUE"),
        click.option("--bearer", metavar="TOKEN", help="Send this bearer token."),
        click.option("--basic", metavar="USER:PASSWORD", help="Send basic authentication."),
        click.option(
            "--as", "role", metavar="ROLE", help="Ask the shop as customer, staff or admin."
        ),
    )
    for option in reversed(options):
        command = option(command)
    return command


def _operated(command: F) -> F:
    """The options that say what is run."""
    options = (
        click.argument("document", metavar="QUERY|@FILE"),
        click.option("--variables", default="", metavar="JSON|@FILE", help="A JSON object."),
        click.option("--operation", metavar="NAME", help="Which one, when there are several."),
    )
    for option in reversed(options):
        command = option(command)
    return command


@click.group()
def graphql() -> None:
    """Run, subscribe to and check GraphQL operations of the shop or of any server."""


@graphql.command()
@_operated
@_addressed
@click.option("--transport", type=click.Choice(TRANSPORTS), default="auto", show_default=True)
@click.option("--persisted", is_flag=True, help="Send the document's hash first.")
@click.option("--timeout", type=float, metavar="SECONDS", help="Longest time in all.")
@click.option("--show-secrets", is_flag=True, help="Print tokens and cookies too.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
@run_async
async def run(
    door: Door,
    document: str,
    variables: str,
    operation: str | None,
    url: str,
    headers: tuple[str, ...],
    bearer: str | None,
    basic: str | None,
    role: str | None,
    transport: Any,
    persisted: bool,
    timeout: float | None,  # noqa: ASYNC109 - the flag's own name
    show_secrets: bool,
    as_json: bool,
) -> int:
    """Run one query or mutation.

    The response goes to standard output, the verdict, errors and the journey's counters to
    standard error; with --json one document holds it all. Exit code 1 when the verdict is not ok.
    """
    draft = _draft(document, variables, url, headers, bearer, basic)
    draft = replace(draft, transport=transport, is_persisted=persisted)
    chosen = chosen_operation(draft.document, operation)
    if chosen is not None and chosen.kind == "subscription":
        raise UsageError("A subscription is no single answer.", "", "Use graphql subscribe.")
    async with _client(door.config, draft) as client:
        draft = await _as_role(client, draft, role)
        state = GraphqlState().after(RunStarted(1, draft, chosen, SystemClock().now()))
        events = client.run(1, draft, chosen, Stopwatch(), timeouts=Timeouts(total=timeout))
        async with aclosing(events):
            async for event in events:
                state = state.after(event)
        done = state.after(await client.journey(state.runs[0])).runs[0]
    if as_json:
        door.output.document(run_document(done, reveal=show_secrets))
    else:
        _tell(door, done)
    if done.problem is not None:
        raise done.problem
    return 0 if done.answer is not None and done.answer.verdict == "ok" else 1


@graphql.command()
@_operated
@_addressed
@click.option("--transport", type=click.Choice(("auto", "sse", "websocket")), default="auto")
@click.option("--connection", default="", metavar="JSON", help="Payload of connection_init.")
@click.option("--count", type=click.IntRange(min=1), metavar="N", help="Stop after N events.")
@click.option("--timeout", type=float, metavar="SECONDS", help="Stop after this time.")
@click.option("--json", "as_json", is_flag=True, help="One JSON value a line.")
@run_async
async def subscribe(
    door: Door,
    document: str,
    variables: str,
    operation: str | None,
    url: str,
    headers: tuple[str, ...],
    bearer: str | None,
    basic: str | None,
    role: str | None,
    transport: Any,
    connection: str,
    count: int | None,
    timeout: float | None,  # noqa: ASYNC109 - the flag's own name
    as_json: bool,
) -> int:
    """Follow a subscription and print its events, one a line.

    It is opened again when the connection breaks, never when the server has completed it. Stopped
    by --count, --timeout or ctrl+c it completes the subscription in order.
    """
    draft = _draft(document, variables, url, headers, bearer, basic)
    draft = replace(draft, transport=transport, connection=connection)
    chosen = chosen_operation(draft.document, operation)
    if chosen is not None and chosen.kind != "subscription":
        raise UsageError(f"A {chosen.kind} cannot be followed.", "", "Use graphql run.")
    async with _client(door.config, draft) as client:
        draft = await _as_role(client, draft, role)
        state = GraphqlState().after(RunStarted(1, draft, chosen, SystemClock().now()))
        events = client.run(1, draft, chosen, Stopwatch())
        try:
            async with asyncio.timeout(timeout), aclosing(events):
                async for event in events:
                    state = state.after(event)
                    _tell_state(door, event)
                    if isinstance(event, EventsArrived):
                        wanted = [e for e in event.events if count is None or e.sequence <= count]
                        _print(door, wanted, as_json)
                        if count is not None and event.events[-1].sequence >= count:
                            return 0
        except TimeoutError:
            return 0
    done = state.runs[0]
    if done.problem is not None:
        raise done.problem
    if done.answer is not None and done.answer.verdict != "ok":
        for line in problem_lines(done):
            door.output.note(line)
        return 1
    if done.log is not None and done.log.words:
        door.output.note(done.log.words)
    return 0


@graphql.command()
@_addressed
@click.option("--sdl", is_flag=True, help="Print the schema as SDL.")
@click.option(
    "--diff",
    "earlier",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Compare with an earlier SDL or introspection file.",
)
@click.option(
    "--file",
    "file",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Read the schema from a file instead of an endpoint.",
)
@click.option("--cached", is_flag=True, help="Take the one kept on disk if there is one.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
@run_async
async def schema(
    door: Door,
    url: str,
    headers: tuple[str, ...],
    bearer: str | None,
    basic: str | None,
    role: str | None,
    sdl: bool,
    earlier: Path | None,
    file: Path | None,
    cached: bool,
    as_json: bool,
) -> int:
    """Ask for a schema: list its types, print its SDL, or compare it with an earlier one.

    With --diff, exit code 1 means that something breaking has changed.
    """
    draft = _draft("", "", url, headers, bearer, basic)
    async with _client(door.config, draft, is_needed=file is None) as client:
        found = await _schema_of(client, draft, role, file, is_fresh=not cached)
        before = await client.schema_file(earlier) if earlier is not None else None
    for note in found.source.notes:
        door.output.note(note)
    if before is not None:
        return _tell_changes(door, before, found, as_json)
    if sdl:
        from graphql import print_schema

        door.output.text(await asyncio.to_thread(print_schema, found.graphql))
    elif as_json:
        door.output.document(await asyncio.to_thread(schema_document, found))
    else:
        rows = schema_document(found)["types"]
        door.output.table(
            ("TYPE", "KIND", "MEMBERS"),
            [(row["name"], row["kind"], len(row["fields"])) for row in rows],
        )
        door.output.note(f"{found.title} · {found.source.place}")
    return 0


@graphql.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@_addressed
@click.option(
    "--schema",
    "file",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Check against this SDL or introspection file instead of an endpoint.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
@run_async
async def check(
    door: Door,
    files: tuple[Path, ...],
    url: str,
    headers: tuple[str, ...],
    bearer: str | None,
    basic: str | None,
    role: str | None,
    file: Path | None,
    as_json: bool,
) -> int:
    """Validate documents against the schema; exit code 1 when one has an error.

    Prints FILE:LINE:COLUMN: SEVERITY: MESSAGE for each finding.
    """
    documents = [(str(each), _read(each)) for each in files]
    draft = _draft("", "", url, headers, bearer, basic)
    async with _client(door.config, draft, is_needed=file is None) as client:
        found = await _schema_of(client, draft, role, file, is_fresh=True)
    checked = [(name, await diagnosed(text, found)) for name, text in documents]
    if as_json:
        door.output.document([diagnosis_document(name, each) for name, each in checked])
    else:
        for name, each in checked:
            for problem in each.problems:
                place = f"{name}:{problem.line}:{problem.column}"
                door.output.text(f"{place}: {problem.severity}: {clean_line(problem.message)}")
            if each.note:
                door.output.note(f"{name}: {each.note}")
        errors = sum(each.errors for _, each in checked)
        words = f"{errors} error{'' if errors == 1 else 's'}" if errors else "✓ no errors"
        door.output.note(f"{words} in {len(checked)} file{'' if len(checked) == 1 else 's'}")
    unchecked = any(each.note.startswith("Not checked") for _, each in checked)
    return 1 if unchecked or any(each.errors for _, each in checked) else 0


@asynccontextmanager
async def _client(
    config: Config, draft: Draft, *, is_needed: bool = True
) -> AsyncIterator[StackGraphqlClient]:
    """A client; the stack is opened for a path of the shop alone."""
    cache = config.data_dir / "graphql-schemas"
    if is_needed and is_relative(draft.endpoint):
        async with opened(config) as stack:
            client = StackGraphqlClient(stack, is_tracing=config.tracing, cache=cache)
            try:
                yield client
            finally:
                await client.aclose()
        return
    client = StackGraphqlClient(None, is_tracing=config.tracing, cache=cache)
    try:
        yield client
    finally:
        await client.aclose()


async def _schema_of(
    client: StackGraphqlClient, draft: Draft, role: str | None, file: Path | None, *, is_fresh: bool
) -> Schema:
    if file is not None:
        return await client.schema_file(file)
    return await client.schema(await _as_role(client, draft, role), is_fresh=is_fresh)


async def _as_role(client: StackGraphqlClient, draft: Draft, role: str | None) -> Draft:
    if role is None:
        return draft
    if not is_relative(draft.endpoint):
        raise UsageError("--as goes with the shop.", "", "Leave out --url, or use --bearer.")
    ways = await client.credentials()
    if role not in ways:
        raise UsageError(f"Unknown role “{clean_line(role)}”.", "", f"Known: {', '.join(ways)}.")
    return replace(draft, auth=ways[role])


def _draft(
    document: str,
    variables: str,
    url: str,
    headers: tuple[str, ...],
    bearer: str | None,
    basic: str | None,
) -> Draft:
    if bearer is not None and basic is not None:
        raise UsageError("--bearer and --basic exclude each other.", "", "Give one of them.")
    draft = Draft(url, _text(document), _text(variables), tuple(_pair(each) for each in headers))
    if bearer is not None:
        return replace(draft, auth=BearerAuth(bearer))
    if basic is not None:
        username, _, password = basic.partition(":")
        return replace(draft, auth=BasicAuth(username, password))
    return draft


def _pair(text: str) -> Pair:
    name, found, value = text.partition(":")
    if not found or not name.strip():
        raise UsageError(
            f"-H {clean_line(shorten(text, 60))} has no name and value.",
            "A “:” parts them.",
            "Write -H 'name: value'.",
        )
    return Pair(name.strip(), value.strip())


def _text(given: str) -> str:
    """The text itself, the file after an @, or standard input for @-."""
    if not given.startswith("@"):
        return given
    return sys.stdin.read() if given == "@-" else _read(Path(given[1:]))


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as wrong:
        why = wrong.strerror if isinstance(wrong, OSError) else "It is no UTF-8 text"
        raise UsageError(
            f"{clean_line(str(path))} cannot be read.", f"{why}.", "Check the name of the file."
        ) from wrong


def _tell(door: Door, done: Run) -> None:
    text = result_text(done)
    if text:
        door.output.text(text)
    for line in (*done.notes, *problem_lines(done)):
        door.output.note(line)
    if done.problem is None:
        door.output.note(outcome_text(done))


def _print(door: Door, events: list[LogEvent], as_json: bool) -> None:
    for event in events:
        if as_json:
            payload = json.loads(event.text)
            record = {"sequence": event.sequence, "at_us": event.at_us, "payload": payload}
            door.output.record(record)
        else:
            door.output.text(event.text)


def _tell_state(door: Door, event: object) -> None:
    match event:
        case Subscribed():
            door.output.note("● subscribed")
        case ConnectionLost(_, problem, retry_in):
            door.output.note(f"▲ {problem} Trying again in {retry_in:.1f} s.")
        case Noted(_, words):
            door.output.note(words)
        case _:
            return


def _tell_changes(door: Door, before: Schema, now: Schema, as_json: bool) -> int:
    changes = schema_changes(before, now)
    if as_json:
        rows = [
            {"weight": each.weight, "kind": each.kind, "description": each.description}
            for each in changes
        ]
        door.output.document(rows)
    else:
        for each in changes:
            door.output.text(f"{each.symbol} {each.weight}: {each.description}")
        door.output.note(f"{len(changes)} changes" if changes else "✓ no changes")
    return int(any(each.weight == "breaking" for each in changes))

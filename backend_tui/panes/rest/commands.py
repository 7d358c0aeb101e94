"""`rest send` and `rest routes`: the pane's own client without a screen."""

from __future__ import annotations

import sys
from contextlib import aclosing
from pathlib import Path
from typing import Final

import click

from backend_tui.core.clock import SystemClock
from backend_tui.core.door import Door, run_async
from backend_tui.core.errors import BackendError, UsageError
from backend_tui.core.exchange import Stopwatch, Timeouts
from backend_tui.core.text import clean_line, decode, shorten
from backend_tui.panes.rest.client import RestClient, StackRestClient
from backend_tui.panes.rest.document import (
    body_text,
    exchange_document,
    head_text,
    outcome_text,
    repeat_document,
    route_document,
)
from backend_tui.panes.rest.exchanges import REDIRECTS, BodyGrew, Exchange, SendStarted
from backend_tui.panes.rest.model import RestState
from backend_tui.panes.rest.request import (
    Auth,
    BasicAuth,
    BearerAuth,
    Draft,
    NoAuth,
    Pair,
    is_relative,
)
from backend_tui.stack.opening import opened

_STREAMS: Final = ("text/event-stream", "application/x-ndjson")


@click.group()
def rest() -> None:
    """Send requests to the shop or to any server, and follow them down to the SQL."""


@rest.command()
@click.argument("method")
@click.argument("url")
@click.option("-H", "--header", "headers", multiple=True, metavar="NAME:VALUE")
@click.option("-q", "--query", multiple=True, metavar="NAME=VALUE", help="A query parameter.")
@click.option("-p", "--path", multiple=True, metavar="NAME=VALUE", help="A {path} parameter.")
@click.option("-d", "--data", metavar="JSON|@FILE", help="The body; @- reads standard input.")
@click.option("--bearer", metavar="TOKEN", help="Send this bearer token.")
@click.option("--basic", metavar="USER:PASSWORD", help="Send these as basic authentication.")
@click.option("--as", "role", metavar="ROLE", help="Ask the shop as customer, staff or admin.")
@click.option("-o", "--output", "target", type=click.Path(path_type=Path), help="Save the body.")
@click.option("--timeout", type=float, metavar="SECONDS", help="Longest time in all.")
@click.option("--no-redirects", is_flag=True, help="Show a redirect instead of following it.")
@click.option("--fail", is_flag=True, help="Exit with 1 when the status is 400 or more.")
@click.option("--cache", "caching", is_flag=True, help="Use a private HTTP cache; sends twice.")
@click.option("--repeat", type=click.IntRange(1, 1000), metavar="N", help="Send so many times.")
@click.option("--show-secrets", is_flag=True, help="Print tokens, cookies and passwords too.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
@run_async
async def send(
    door: Door,
    method: str,
    url: str,
    headers: tuple[str, ...],
    query: tuple[str, ...],
    path: tuple[str, ...],
    data: str | None,
    bearer: str | None,
    basic: str | None,
    role: str | None,
    target: Path | None,
    timeout: float | None,  # noqa: ASYNC109 - the flag's own name
    no_redirects: bool,
    fail: bool,
    caching: bool,
    repeat: int | None,
    show_secrets: bool,
    as_json: bool,
) -> int:
    """Send one request. A URL without a host is a path of the shop.

    The body goes to standard output, status, headers and the journey's counters to standard
    error; with --json one document holds it all: request, status, headers, body, bytes, timings
    and trace with its counters and spans. With --cache the request goes twice through a private
    cache (RFC 9111), or as often as --repeat says, and each time tells what the cache did; the last
    answer is the one shown, and `repeats` in the document has them all.
    """
    draft = Draft(
        method,
        url,
        tuple(_pair(each, "=", "-p") for each in path),
        tuple(_pair(each, "=", "-q") for each in query),
        tuple(_pair(each, ":", "-H") for each in headers),
        _auth(bearer, basic),
        _data(data),
    )
    async with opened(door.config) as stack:
        client = StackRestClient(stack, is_tracing=door.config.tracing)
        try:
            if role is not None:
                draft = await _as_role(client, draft, role)
            exchanges = [
                await _exchanged(
                    client,
                    draft,
                    Timeouts(total=timeout),
                    0 if no_redirects else REDIRECTS,
                    None if as_json or target else door,
                    caching=caching,
                )
                for _ in range(repeat or (2 if caching else 1))
            ]
        finally:
            await client.aclose()
    exchange = exchanges[-1]
    if target is not None:
        _save(exchange, target)
    if as_json:
        document = exchange_document(exchange, reveal=show_secrets)
        if len(exchanges) > 1:
            document["repeats"] = [repeat_document(each) for each in exchanges]
        door.output.document(document)
    else:
        for each in exchanges[:-1]:
            door.output.note(f"{each.status or 'no answer'} · {outcome_text(each)}")
        _tell(door, exchange, target, show_secrets)
    if exchange.problem is not None:
        raise exchange.problem
    return 1 if fail and (exchange.status or 0) >= 400 else 0


@rest.command()
@click.option("--openapi", metavar="URL", default="", help="Another server's OpenAPI document.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
@run_async
async def routes(door: Door, openapi: str, as_json: bool) -> int:
    """List what the shop's OpenAPI document describes."""
    async with opened(door.config) as stack:
        client = StackRestClient(stack, is_tracing=door.config.tracing)
        try:
            base, found = await client.routes(openapi)
        finally:
            await client.aclose()
    if as_json:
        document = [route_document(route) for route in found]
        door.output.document({"base": base, "routes": document})
    else:
        rows = [(r.group, r.method, r.path, shorten(r.summary, 60)) for r in found]
        door.output.table(("GROUP", "METHOD", "PATH", "SUMMARY"), rows)
    return 0


async def _exchanged(
    client: RestClient,
    draft: Draft,
    timeouts: Timeouts,
    redirects: int,
    live: Door | None,
    *,
    caching: bool = False,
) -> Exchange:
    """The whole exchange with its journey; a stream's text is printed to `live` as it comes."""
    stopwatch = Stopwatch()
    state = RestState().after(SendStarted(1, draft, SystemClock().now()))
    told = 0
    events = client.send(
        1, draft, stopwatch, redirects=redirects, timeouts=timeouts, caching=caching
    )
    async with aclosing(events):
        async for event in events:
            state = state.after(event)
            exchange = state.exchanges[-1]
            if live is not None and isinstance(event, BodyGrew) and is_stream(exchange):
                told = _tell_stream(live, exchange, told)
    return state.after(await client.journey(state.exchanges[-1])).exchanges[-1]


def is_stream(exchange: Exchange) -> bool:
    """True for a body that is meant to be read while it comes."""
    return exchange.header("content-type").partition(";")[0].strip().lower() in _STREAMS


def _tell_stream(door: Door, exchange: Exchange, told: int) -> int:
    """Print the whole lines that came since `told` bytes; returns where the next ones begin."""
    if exchange.body is None:
        return told
    fresh = exchange.body.read(told, exchange.size)
    end = fresh.rfind(b"\n")
    if end < 0:
        return told
    door.output.text(decode(fresh[:end]))
    return told + end + 1


def _tell(door: Door, exchange: Exchange, target: Path | None, reveal: bool) -> None:
    head = head_text(exchange, reveal=reveal)
    if head:
        door.output.note(head + "\n")
    if target is not None:
        door.output.note(f"Saved to {target}.")
    elif not is_stream(exchange):
        text = body_text(exchange)
        if text is None:
            door.output.note("The body is binary; save it with -o FILE.")
        elif text:
            door.output.text(text)
    if exchange.head is not None:
        door.output.note("\n" + outcome_text(exchange))


def _save(exchange: Exchange, target: Path) -> None:
    try:
        with target.open("wb") as file:
            if exchange.body is not None:
                exchange.body.write_to(file)
    except OSError as wrong:
        raise BackendError(
            f"The body could not be saved to {target}.",
            f"{wrong.strerror}.",
            "Choose another name or folder.",
        ) from wrong


async def _as_role(client: RestClient, draft: Draft, role: str) -> Draft:
    from dataclasses import replace

    if not is_relative(draft.url):
        raise UsageError("--as goes with a path of the shop.", "", "Leave out the host.")
    ways = await client.credentials()
    if role not in ways:
        raise UsageError(f"Unknown role “{clean_line(role)}”.", "", f"Known: {', '.join(ways)}.")
    return replace(draft, auth=ways[role])


def _auth(bearer: str | None, basic: str | None) -> Auth:
    if bearer is not None and basic is not None:
        raise UsageError("--bearer and --basic exclude each other.", "", "Give one of them.")
    if bearer is not None:
        return BearerAuth(bearer)
    if basic is not None:
        username, _, password = basic.partition(":")
        return BasicAuth(username, password)
    return NoAuth()


def _pair(text: str, mark: str, flag: str) -> Pair:
    name, found, value = text.partition(mark)
    if not found or not name.strip():
        raise UsageError(
            f"{flag} {clean_line(shorten(text, 60))} has no name and value.",
            f"A “{mark}” parts them.",
            f"Write {flag} 'name{mark}value'.",
        )
    return Pair(name.strip(), value.strip() if mark == ":" else value)


def _data(data: str | None) -> str:
    if data is None or not data.startswith("@"):
        return data or ""
    if data == "@-":
        return sys.stdin.read()
    try:
        return Path(data[1:]).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as wrong:
        why = wrong.strerror if isinstance(wrong, OSError) else "It is no UTF-8 text"
        raise UsageError(
            f"The body in {data[1:]} cannot be read.", f"{why}.", "Check the name after the @."
        ) from wrong

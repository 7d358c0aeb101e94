"""`traces follow`, `traces show` and `traces export`: the pane's own client without a screen."""

from __future__ import annotations

import asyncio
import json
import shutil
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, aclosing
from pathlib import Path

import click

from backend_tui.core.door import Door, run_async
from backend_tui.core.errors import BackendError, UsageError
from backend_tui.core.feed import Dropped, Live, Lost, reconnecting
from backend_tui.core.otlp import export_document
from backend_tui.core.output import Output
from backend_tui.core.trace import trace_document
from backend_tui.panes.traces.client import Connected, StackTraceClient
from backend_tui.panes.traces.drawing import journey_line, waterfall_text
from backend_tui.panes.traces.filter import GRAMMAR, Filter, parse_filter
from backend_tui.panes.traces.journey import Journey
from backend_tui.panes.traces.receiver import PORT, Receiving
from backend_tui.stack.opening import opened


@click.group()
def traces() -> None:
    """Every request as it happens, from any client, down to its SQL."""


@traces.command()
@click.option("--json", "as_json", is_flag=True, help="Print a JSON document a line.")
@click.option("--count", type=click.IntRange(min=1), help="End after so many journeys.")
@click.option("--filter", "filter_text", default="", help=f"As in: {GRAMMAR}")
@click.option("--from-start", is_flag=True, help="Begin with the journeys the shop still keeps.")
@click.option("--otlp", is_flag=True, help="Also receive OTLP over HTTP from instrumented apps.")
@click.option("--otlp-port", type=click.IntRange(0, 65535), default=PORT, show_default=True)
@run_async
async def follow(
    door: Door,
    as_json: bool,
    count: int | None,
    filter_text: str,
    from_start: bool,
    otlp: bool,
    otlp_port: int,
) -> None:
    """Print each journey when it ends, until interrupted."""
    chosen = parse_filter(filter_text)
    async with opened(door.config) as stack:
        client = StackTraceClient(stack)
        items = _followed(client, from_start, otlp_port if otlp else None)
        await _print(door.output, items, chosen, count, as_json)


@traces.command()
@click.argument("trace_id")
@click.option("--json", "as_json", is_flag=True, help="Print the trace document.")
@run_async
async def show(door: Door, trace_id: str, as_json: bool) -> None:
    """Print one journey of the running shop with all its spans."""
    async with opened(door.config) as stack, AsyncExitStack() as closing:
        client = StackTraceClient(stack)
        closing.push_async_callback(client.aclose)
        trace = await client.trace(trace_id)
    if as_json:
        door.output.document(trace_document(trace))
        return
    door.output.text(journey_line(Journey(trace)))
    door.output.text(waterfall_text(trace, min(shutil.get_terminal_size((100, 24)).columns, 160)))


@traces.command()
@click.argument("trace_ids", nargs=-1, required=True, metavar="TRACE_ID...")
@click.option("--otlp", "target", metavar="FILE", required=True, help="Where to; - prints it.")
@run_async
async def export(door: Door, trace_ids: tuple[str, ...], target: str) -> None:
    """Write journeys of the running shop as OTLP JSON."""
    async with opened(door.config) as stack, AsyncExitStack() as closing:
        client = StackTraceClient(stack)
        closing.push_async_callback(client.aclose)
        document = export_document([await client.trace(trace_id) for trace_id in trace_ids])
    if target == "-":
        door.output.document(document)
        return
    await asyncio.to_thread(_write, Path(target), document)
    door.output.note(f"Written to {target}.")


async def _print(
    output: Output,
    items: AsyncGenerator[Journey | Dropped | Connected | Receiving | BackendError],
    chosen: Filter,
    count: int | None,
    as_json: bool,
) -> None:
    printed = 0
    async with aclosing(items):
        async for item in items:
            match item:
                case Journey() if chosen.passes(item):
                    document = {"source": item.source, **trace_document(item.trace)}
                    if as_json:
                        output.record(document)
                    else:
                        output.text(journey_line(item))
                    printed += 1
                    if printed == count:
                        return
                case Connected(url):
                    output.note(f"Following the journeys of {url}. ctrl+c ends it.")
                case Receiving(url):
                    output.note(f"Receiving OTLP at {url} (http/protobuf or http/json).")
                case Dropped(lost):
                    output.note(f"{lost} journeys came too fast and were left out.")
                case BackendError():
                    output.problem(item)


async def _followed(
    client: StackTraceClient, is_from_start: bool, otlp_port: int | None
) -> AsyncGenerator[Journey | Dropped | Connected | Receiving | BackendError]:
    """Both sources as one; a lost feed is told and opened again, a failed receiver is raised."""
    waiting: asyncio.Queue[Journey | Dropped | Connected | Receiving | BackendError] = (
        asyncio.Queue(1_000)
    )

    async def read_shop() -> None:
        source = reconnecting(lambda: client.follow(is_from_start=is_from_start))
        async with aclosing(source) as items:
            async for item in items:
                if isinstance(item, Lost):
                    await waiting.put(item.error)
                elif not isinstance(item, Live):
                    await waiting.put(item)

    async def read_otlp(port: int) -> None:
        async with aclosing(client.receive(port)) as items:
            async for item in items:
                await waiting.put(item)

    readers = [asyncio.create_task(read_shop())]
    if otlp_port is not None:
        readers.append(asyncio.create_task(read_otlp(otlp_port)))
    try:
        while True:
            taking = asyncio.create_task(waiting.get())
            done, _ = await asyncio.wait({taking, *readers}, return_when=asyncio.FIRST_COMPLETED)
            if taking not in done:
                taking.cancel()
                for reader in done:
                    await reader
                return
            yield taking.result()
    finally:
        for reader in readers:
            reader.cancel()
        await asyncio.gather(*readers, return_exceptions=True)
        await client.aclose()


def _write(target: Path, document: object) -> None:
    try:
        target.write_text(json.dumps(document, ensure_ascii=False, indent=2), encoding="utf-8")
    except OSError as failed:
        raise UsageError(
            f"{target} cannot be written.", failed.strerror or str(failed), "Choose another file."
        ) from failed

"""`cache watch` and `cache stats`: the pane's own client and counts without a screen."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from typing import Any, Final, cast

import click

from backend_tui.core.door import Door, run_async
from backend_tui.core.errors import BackendError
from backend_tui.core.feed import Live, Lost, reconnecting
from backend_tui.core.output import Output
from backend_tui.panes.cache.client import CacheClient, StackCacheClient
from backend_tui.panes.cache.live.filter import GRAMMAR, Filter, parse_filter
from backend_tui.panes.cache.live.printing import operation_line, stats_rows, summary_line
from backend_tui.panes.cache.live.statistics import By, Statistics
from backend_tui.panes.cache.model import Connected
from backend_tui.panes.cache.observation.batch import RUNGS, Rung
from backend_tui.panes.cache.observation.commands import observe
from backend_tui.panes.cache.server.commands import bigkeys, info, keys, slowlog
from backend_tui.panes.cache.strategies.commands import burst, clock, strategy, write_back
from backend_tui.panes.cache.wire import Operations
from backend_tui.stack.opening import opened

_BY: Final = click.Choice(["key", "prefix", "strategy"])
_SECONDS: Final = click.FloatRange(min=0, min_open=True)


@click.group()
def cache() -> None:
    """Hits and misses live and per key, the keys themselves, every caching strategy."""


@cache.command()
@click.option("--json", "as_json", is_flag=True, help="Print a JSON document a line.")
@click.option("--count", type=click.IntRange(min=1), help="End after so many operations.")
@click.option("--for", "seconds", type=_SECONDS, metavar="S", help="End after so many seconds.")
@click.option("--filter", "filter_text", default="", help=f"As in: {GRAMMAR}")
@click.option("--from-start", is_flag=True, help="Begin with what the shop still keeps.")
@click.option(
    "--observe",
    "rung",
    type=click.Choice(RUNGS),
    help="Watch the Redis itself instead of the shop's own feed; asking for it is the consent.",
)
@click.option("--sure", is_flag=True, help="Observe even where it may hurt the server.")
@run_async
async def watch(
    door: Door,
    as_json: bool,
    count: int | None,
    seconds: float | None,
    filter_text: str,
    from_start: bool,
    rung: str | None,
    sure: bool,
) -> int | None:
    """Print every cache operation as it happens, until interrupted."""
    chosen = parse_filter(filter_text)
    if rung is not None:
        async with _redis(door) as url:
            return await observe(
                door.output,
                url,
                cast(Rung, rung),
                seconds=seconds,
                count=count,
                as_json=as_json,
                is_sure=sure,
            )
    async with opened(door.config) as stack, AsyncExitStack() as closing:
        client = StackCacheClient(stack)
        closing.push_async_callback(client.aclose)
        batches = _followed(client, door.output, is_from_start=from_start)
        await _within(seconds, _print(door.output, batches, chosen, count, as_json))
    return None


for command in (keys, info, slowlog, bigkeys, strategy, burst, clock, write_back):
    cache.add_command(command)


@cache.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
@click.option("--by", type=_BY, default="key", show_default=True, help="What a row stands for.")
@click.option(
    "--for",
    "seconds",
    type=_SECONDS,
    metavar="S",
    help="Count what happens in so many seconds; else what the shop still keeps.",
)
@click.option("--limit", type=click.IntRange(min=1), default=50, show_default=True, help="Rows.")
@run_async
async def stats(door: Door, as_json: bool, by: str, seconds: float | None, limit: int) -> None:
    """Count hits, misses and loads per key, prefix or strategy."""
    books = Statistics()
    async with opened(door.config) as stack, AsyncExitStack() as closing:
        client = StackCacheClient(stack)
        closing.push_async_callback(client.aclose)
        if seconds is None:
            await _count_kept(client, books)
        else:
            batches = _followed(client, door.output, is_from_start=False)
            await _within(seconds, _count(batches, books))
    document = books.document(cast(By, by), limit)
    if as_json:
        door.output.document({"seconds": seconds, **document})
        return
    door.output.table(*stats_rows(document))
    door.output.note(summary_line(document))


@asynccontextmanager
async def _redis(door: Door) -> AsyncGenerator[str]:
    """The URL of the Redis that was named, else of the running stack's."""
    if door.config.redis:
        yield door.config.redis
        return
    async with opened(door.config) as stack:
        yield (await stack.cache()).url


async def _print(
    output: Output,
    batches: AsyncGenerator[Operations],
    chosen: Filter,
    count: int | None,
    as_json: bool,
) -> None:
    printed = 0
    last: tuple[str, int] | None = None
    async with aclosing(batches):
        async for batch in batches:
            if last is not None and batch.source == last[0] and batch.first > last[1] + 1:
                output.note(f"{batch.first - last[1] - 1} operations were not seen.")
            last = (batch.source, batch.last)
            for row in batch.rows:
                if not chosen.passes(row):
                    continue
                output.record(row._asdict()) if as_json else output.text(operation_line(row))
                printed += 1
                if printed == count:
                    return


async def _count(batches: AsyncGenerator[Operations], books: Statistics) -> None:
    async with aclosing(batches):
        async for batch in batches:
            books.arrived(batch)


async def _count_kept(client: CacheClient, books: Statistics) -> None:
    """What the shop's ring holds at this moment."""
    status = await client.status()
    if not status.sequence:
        books.source = status.source
        return
    async with aclosing(client.follow(is_from_start=True)) as items:
        async for item in items:
            if isinstance(item, Operations):
                books.arrived(item)
                if item.source != status.source or item.last >= status.sequence:
                    return


async def _within(seconds: float | None, work: Any) -> None:
    """The work until its end or until its time is over."""
    try:
        async with asyncio.timeout(seconds):
            await work
    except TimeoutError:
        return


async def _followed(
    client: CacheClient, output: Output, *, is_from_start: bool
) -> AsyncGenerator[Operations]:
    """The batches; a lost feed is told and opened again, one that never was ends it."""
    was_live = False
    source = reconnecting(lambda: client.follow(is_from_start=is_from_start))
    async with aclosing(source) as items:
        async for item in items:
            match item:
                case Operations():
                    yield item
                case Connected(status):
                    was_live = True
                    output.note(f"Following the shop's cache ({status.kind}). ctrl+c ends it.")
                case Lost(error):
                    if not was_live:
                        raise BackendError(error.what, error.why, error.hint) from error
                    output.problem(error)
                case Live():
                    pass

"""`cache strategy`, `burst`, `clock` and `write-back`: the strategy lab without a screen."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict
from typing import Any, Final

import click

from backend_tui.core.door import Door, run_async
from backend_tui.core.errors import UsageError
from backend_tui.core.text import clean_line
from backend_tui.panes.cache.strategies import deferred, experiments
from backend_tui.panes.cache.strategies.client import StackStrategyClient
from backend_tui.panes.cache.strategies.lab import Lab, Route, route_document
from backend_tui.panes.cache.strategies.policy_text import member
from backend_tui.panes.cache.strategies.words import policy_words, ratio_text, ttl_text
from backend_tui.panes.cache.strategies.write_back import WriteBack
from backend_tui.stack.opening import opened

_JSON: Final = click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")


@click.group()
def strategy() -> None:
    """How each route is cached, and what that does: list, show, set, reset."""


@strategy.command("list")
@_JSON
@run_async
async def list_(door: Door, as_json: bool) -> None:
    """Every route with its strategy and counters."""
    async with _client(door) as client:
        lab = await client.lab()
    if as_json:
        door.output.document(_lab_document(lab))
        return
    header = ("ROUTE", "STRATEGY", "TTL", "PROTECTION", "REQUESTS", "HIT", "LOADS", "SQL", "STALE")
    door.output.table(header, [_row(route) for route in lab.routes])


@strategy.command()
@click.argument("route")
@_JSON
@run_async
async def show(door: Door, route: str, as_json: bool) -> None:
    """One route: its policy in words, what it could have instead, every counter."""
    async with _client(door) as client:
        found = _known(await client.lab(), route)
    _tell_route(door, found, as_json)


@strategy.command("set")
@click.argument("route")
@click.argument("members", nargs=-1, required=True, metavar="NAME=VALUE…")
@_JSON
@run_async
async def set_(door: Door, route: str, members: tuple[str, ...], as_json: bool) -> None:
    """Change a route's policy, as in: lab-a strategy=write-through ttl=30 protection=lease."""
    asked = dict(member(each) for each in members)
    async with _client(door) as client:
        _known(await client.lab(), route)
        found = await client.change(route, asked)
    _tell_route(door, found, as_json)


@strategy.command()
@_JSON
@run_async
async def reset(door: Door, as_json: bool) -> None:
    """Policies as the shop starts, caches emptied, counters zero, the cache's clock right."""
    async with _client(door) as client:
        await client.reset()
        lab = await client.lab()
    if as_json:
        door.output.document(_lab_document(lab))
    else:
        door.output.note(f"{len(lab.routes)} routes are as the shop starts.")


@strategy.command("try")
@click.argument("route")
@click.argument("experiment", type=click.Choice([each.name for each in experiments.EXPERIMENTS]))
@_JSON
@run_async
async def try_(door: Door, route: str, experiment: str, as_json: bool) -> None:
    """Do an experiment on a route, and tell the counters before and after."""
    async with _client(door) as client:
        run = await experiments.conduct(client, experiment, route)
    _tell_run(door, run, as_json)


@click.command()
@click.argument("route")
@click.option("--clients", type=click.IntRange(1, 200), default=20, show_default=True)
@click.option("--requests", type=click.IntRange(1, 10_000), default=100, show_default=True)
@_JSON
@run_async
async def burst(door: Door, route: str, clients: int, requests: int, as_json: bool) -> None:
    """Send real requests to a route by many clients at once."""
    async with _client(door) as client:
        run, result = await experiments.burst(client, route, clients, requests)
    if as_json:
        door.output.document({**run.document(), "burst": asdict(result)})
    else:
        _tell_run(door, run, False)


@click.group()
def clock() -> None:
    """The cache's clock, by which everything expires."""


@clock.command()
@click.argument("seconds", type=click.FloatRange(min=0, min_open=True))
@_JSON
@run_async
async def advance(door: Door, seconds: float, as_json: bool) -> None:
    """Put it forward: every time to live of the shop's cache shrinks by so many seconds."""
    async with _client(door) as client:
        offset = await client.advance(seconds)
    if as_json:
        door.output.document({"offset_s": offset})
    else:
        door.output.note(f"The cache's clock is {offset:g} s ahead.")


@click.group("write-back")
def write_back() -> None:
    """Deferred writes: what waits, and the flusher that writes it."""


@write_back.command()
@_JSON
@run_async
async def status(door: Door, as_json: bool) -> None:
    """What is acknowledged and not yet in the database, and how surely it is kept."""
    async with _client(door) as client:
        found = await client.write_back()
    _tell_write_back(door, found, as_json)


def _action(name: str, words: str) -> click.Command:
    @run_async
    async def command(door: Door, as_json: bool) -> None:
        async with _client(door) as client:
            await client.flusher(name)
            found = await client.write_back()
        _tell_write_back(door, found, as_json)

    return click.command(name, help=words)(_JSON(command))


for _name, _words in (
    ("flush", "Write everything that waits now."),
    ("stop", "Write no more; what is acknowledged waits."),
    ("start", "Write again."),
    ("kill", "End the flusher as kill -9 does, in the middle of whatever it does."),
    ("renew", "Begin a new log after the old one has vanished, giving up what was in it."),
):
    write_back.add_command(_action(_name, _words))


@write_back.command("crash-test")
@click.option("--writes", type=click.IntRange(1, 10_000), default=50, show_default=True)
@_JSON
@run_async
async def crash_test(door: Door, writes: int, as_json: bool) -> int:
    """Defer writes, kill the flusher among them, start it, flush, and count what is there.

    Exits with 1 when an acknowledged write was lost or doubled.
    """
    async with _client(door) as client:
        was_on = deferred.ROUTE in (await client.write_back()).routes
        await deferred.defer(client, True)
        try:
            crash = await deferred.crash(client, writes=writes)
        finally:
            if not was_on:
                await deferred.defer(client, False)
    if as_json:
        door.output.document(crash.document())
    else:
        door.output.text(crash.words)
    return 0 if crash.found == crash.expected else 1


@write_back.command()
@click.argument("name", type=click.Choice(["durable", "naive"]))
@_JSON
@run_async
async def mode(door: Door, name: str, as_json: bool) -> None:
    """Durable: a log that loses nothing. Naive: a dictionary and a timer, to be compared."""
    async with _client(door) as client:
        await client.mode(name)
        found = await client.write_back()
    _tell_write_back(door, found, as_json)


COMMANDS: Final[tuple[click.Command, ...]] = (strategy, burst, clock, write_back)
"""What `backend-tui cache` gets from here."""


@asynccontextmanager
async def _client(door: Door) -> AsyncIterator[StackStrategyClient]:
    async with opened(door.config) as stack:
        client = StackStrategyClient(stack)
        try:
            yield client
        finally:
            await client.aclose()


def _known(lab: Lab, name: str) -> Route:
    found = lab.route(name)
    if found is None:
        known = ", ".join(each.name for each in lab.routes)
        raise UsageError(f"There is no route “{clean_line(name)}”.", "", f"Known: {known}.")
    return found


def _row(route: Route) -> tuple[object, ...]:
    policy, done = route.policy, route.counters
    return (
        route.name,
        policy.strategy,
        ttl_text(policy.ttl_s),
        policy.protection,
        done.requests,
        ratio_text(done.ratio),
        done.loads,
        done.statements,
        done.stale_reads,
    )


def _lab_document(lab: Lab) -> dict[str, Any]:
    return {
        "store": {"kind": lab.kind, "fsync": lab.fsync},
        "clock_offset_s": lab.clock_offset_s,
        "routes": [route_document(route) for route in lab.routes],
    }


def _tell_route(door: Door, route: Route, as_json: bool) -> None:
    if as_json:
        door.output.document(route_document(route))
        return
    does, wrong = policy_words(route.policy)
    door.output.text(f"{route.name}: {route.reads}")
    door.output.table(("POLICY", "VALUE"), list(asdict(route.policy).items()))
    door.output.text("")
    door.output.table(("COUNTER", "VALUE"), list(asdict(route.counters).items()))
    door.output.note(f"{does}\n{wrong}\nIt can be: {', '.join(route.strategies)}.")


def _tell_run(door: Door, run: experiments.Run, as_json: bool) -> None:
    if as_json:
        door.output.document(run.document())
        return
    change = asdict(run.change)
    before, after = asdict(run.before), asdict(run.after)
    always = ("requests", "hits", "loads", "statements")
    rows = [
        (name, before[name], after[name], f"+{change[name]}")
        for name in change
        if name != "load_us" and (change[name] or name in always)
    ]
    door.output.table((run.route.upper(), "BEFORE", "AFTER", "CHANGE"), rows)
    for line in run.seen:
        door.output.note(line)


def _tell_write_back(door: Door, found: WriteBack, as_json: bool) -> None:
    if as_json:
        door.output.document(asdict(found))
        return
    shown = {**asdict(found), "dead_letters": len(found.dead_letters), "dirty": found.dirty_count}
    for name in ("dirty_count", "survives", "routes"):
        shown.pop(name)
    door.output.table(("WRITE-BACK", "VALUE"), list(shown.items()))
    if found.survives:
        door.output.note(f"What is acknowledged: {found.survives}")

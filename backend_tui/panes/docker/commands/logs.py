"""`docker logs`: the same reader as the pane's, through restarts, for people and programs."""

from __future__ import annotations

import asyncio
import re
from contextlib import aclosing, suppress
from datetime import UTC, datetime

import click

from backend_tui.core.door import Door, run_async
from backend_tui.core.errors import BackendError, UsageError
from backend_tui.core.text import clean, clean_line
from backend_tui.panes.docker.client import DockerClient
from backend_tui.panes.docker.commands.group import asked
from backend_tui.panes.docker.container import Container
from backend_tui.panes.docker.logs.following import Follower
from backend_tui.panes.docker.logs.lines import ERR, MARK, SECOND, SGR, LogLine, clock_text, plain
from backend_tui.panes.docker.logs.matching import Matcher, filtering
from backend_tui.panes.docker.logs.reading import facts, lines
from backend_tui.panes.docker.watching import EventsHappened

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
_SPAN = re.compile(r"(\d+(?:\.\d+)?)([smhd])")


@click.command()
@click.argument("name", metavar="CONTAINER")
@click.option("-f", "--follow", is_flag=True, help="Go on, through restarts, until ctrl+c.")
@click.option("--since", default="", help="Newer than 30s, 10m, 2h, 1d, or an ISO time.")
@click.option("--tail", type=click.IntRange(min=0), help="Only so many of the newest lines.")
@click.option("--grep", default="", help="Regular expression; “!” excludes, “ & ” joins.")
@click.option("-t", "--timestamps", is_flag=True, help="Print the time before each line.")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON document a line.")
@run_async
async def logs(
    door: Door,
    name: str,
    follow: bool,
    since: str,
    tail: int | None,
    grep: str,
    timestamps: bool,
    as_json: bool,
) -> None:
    """Print a container's log, without colours; other escape sequences are made visible."""
    begin, passes = _since(since), filtering(grep)
    printer = _Printer(door, passes, has_time=timestamps, as_json=as_json)
    async with asked(door) as client:
        (container,) = await client.find((name,))
        if follow:
            await _follow(client, container, printer, begin, tail)
            return
        found = await facts(client, container.id)
        stream = lines(client, container.id, is_tty=found.is_tty, since=begin, tail=tail)
        async with aclosing(stream) as batches:
            async for batch in batches:
                printer.show(batch)


class _Printer:
    def __init__(
        self, door: Door, passes: Matcher | None, *, has_time: bool, as_json: bool
    ) -> None:
        self._output = door.output
        self._passes = passes
        self._has_time = has_time
        self._as_json = as_json

    def show(self, batch: list[LogLine]) -> None:
        """Marks go to standard error, beside the data."""
        for line in batch:
            if line.source == MARK:
                self._output.note(f"— {clean_line(plain(line))} —")
            elif self._passes is None or self._passes(line):
                if self._as_json:
                    self._output.record(log_document(line))
                else:
                    text = line.data.decode("utf-8", "replace")
                    time = f"{clock_text(line.at)} " if self._has_time else ""
                    self._output.text(f"{time}{clean(SGR.sub('', text))}")


def log_document(line: LogLine) -> dict[str, object]:
    """A line of `docker logs --json`; `at_ns` in Unix nanoseconds, `lost` bytes were not kept."""
    at = datetime.fromtimestamp(line.at / SECOND, UTC).isoformat() if line.at else None
    return {
        "at": at,
        "at_ns": line.at or None,
        "stream": "stderr" if line.source == ERR else "stdout",
        "text": line.data.decode("utf-8", "replace"),
        "lost": line.lost,
    }


async def _follow(
    client: DockerClient, container: Container, printer: _Printer, since: int, tail: int | None
) -> None:
    follower = Follower(client, container.id, tail=tail)

    async def watch() -> None:
        """Starts and removals wake the follower; so does an engine that is back."""
        async with aclosing(client.watch()) as items:
            async for item in items:
                if not isinstance(item, EventsHappened) or any(
                    each.id == container.id for each in item.events
                ):
                    follower.wake.set()

    watching = asyncio.create_task(watch())
    try:
        while not follower.is_removed:
            try:
                async with aclosing(follower.run(since)) as batches:
                    async for batch in batches:
                        printer.show(batch)
            except BackendError:
                if follower.facts is None or not follower.is_lost:
                    raise
                await follower.wake.wait()
    finally:
        watching.cancel()
        with suppress(asyncio.CancelledError):
            await watching


def _since(text: str) -> int:
    """Nanoseconds of the beginning that was asked for; 0 for the first line."""
    if not text:
        return 0
    now = datetime.now(UTC)
    found = _SPAN.fullmatch(text)
    if found:
        return int((now.timestamp() - float(found[1]) * _UNITS[found[2]]) * SECOND)
    try:
        return int(datetime.fromisoformat(text).timestamp() * SECOND)
    except ValueError as problem:
        raise UsageError(
            f"“{clean_line(text)}” is no time.",
            "",
            "Write 30s, 10m, 2h, 1d or 2026-01-02T03:04:05.",
        ) from problem

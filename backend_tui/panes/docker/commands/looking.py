"""`docker ps`, `inspect`, `stats` and `events`."""

from __future__ import annotations

import asyncio
import json
from contextlib import aclosing
from dataclasses import replace

import click

from backend_tui.core.door import Door, run_async
from backend_tui.core.errors import BackendError
from backend_tui.core.text import clean
from backend_tui.core.units import bytes_text
from backend_tui.panes.docker.columns import duration_words, percent, ports_text, state_cell
from backend_tui.panes.docker.commands.group import asked
from backend_tui.panes.docker.container import Container
from backend_tui.panes.docker.documents import (
    container_document,
    event_document,
    sample_document,
)
from backend_tui.panes.docker.engine.stats import Sample
from backend_tui.panes.docker.masking import masked
from backend_tui.panes.docker.model import DockerState
from backend_tui.panes.docker.rows import ContainerRow, passes
from backend_tui.panes.docker.telling import Teller
from backend_tui.panes.docker.watching import EngineLost, EngineReached, EventsHappened


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print a JSON document.")
@click.option("-a", "--all", "shows_all", is_flag=True, help="Also those that do not run.")
@click.option("--filter", "words", default="", help="Words in name, image, state, project or id.")
@run_async
async def ps(door: Door, as_json: bool, shows_all: bool, words: str) -> None:
    """List the containers."""
    async with asked(door) as client:
        state = replace(DockerState(), filter=words, hides_stopped=not shows_all)
        containers = [each for each in await client.containers() if passes(state, each)]
        now = client.clock.now().timestamp()
    containers.sort(key=lambda each: (not each.is_alive, each.name.lower()))
    if as_json:
        door.output.document([container_document(each) for each in containers])
        return
    door.output.table(
        ("ID", "NAME", "STATE", "IMAGE", "UP", "PORTS", "PROJECT"),
        [
            (
                each.short_id,
                each.name,
                state_cell(ContainerRow(each))[0],
                each.image,
                duration_words(up) if (up := each.uptime(now)) is not None else "",
                ports_text(each),
                each.project,
            )
            for each in containers
        ],
    )


@click.command()
@click.argument("names", nargs=-1, required=True, metavar="CONTAINER...")
@click.option("--show-secrets", is_flag=True, help="Print values whose name says secret, too.")
@click.option("--json", "as_json", is_flag=True, help="As it is printed anyway.")
@run_async
async def inspect(door: Door, names: tuple[str, ...], show_secrets: bool, as_json: bool) -> None:
    """Print all that the engine knows of containers, secrets masked."""
    async with asked(door) as client:
        containers = await client.find(names)
        found = [await client.inspect(each.id) for each in containers]
    shown = [each if show_secrets else masked(each) for each in found]
    if as_json:
        door.output.document(shown)
    else:
        door.output.text(clean(json.dumps(shown, indent=2, ensure_ascii=False)))


@click.command()
@click.argument("names", nargs=-1, metavar="[CONTAINER...]")
@click.option("--follow", is_flag=True, help="Go on, a line a second and container.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON; a line each with --follow.")
@run_async
async def stats(door: Door, names: tuple[str, ...], follow: bool, as_json: bool) -> None:
    """Print what running containers use, by the formulas of `docker stats`."""
    async with asked(door) as client:
        found = await client.find(names) if names else await client.containers()
        running = [each for each in found if each.is_running]
        titles = ("NAME", "CPU %", "MEMORY", "LIMIT", "MEM %", "NET IN", "NET OUT", "READ")
        header = (*titles, "WRITTEN", "PIDS")
        queue: asyncio.Queue[tuple[Container, Sample | None]] = asyncio.Queue()

        async def read(container: Container) -> None:
            try:
                async with aclosing(client.samples(container.id)) as samples:
                    async for sample in samples:
                        if sample.cpu is None:
                            continue
                        await queue.put((container, sample))
                        if not follow:
                            return
                if not follow:
                    await queue.put((container, None))
            except BackendError:
                await queue.put((container, None))  # it ended meanwhile: no numbers of it

        readers = [asyncio.create_task(read(each)) for each in running]
        taken: list[tuple[Container, Sample]] = []
        try:
            while follow or len(taken) < len(running):
                container, sample = await queue.get()
                if sample is None:
                    running.remove(container)
                elif follow and as_json:
                    door.output.record(sample_document(container, sample))
                elif follow:
                    door.output.text("  ".join(_cells(container, sample)))
                else:
                    taken.append((container, sample))
        finally:
            for reader in readers:
                reader.cancel()
            await asyncio.gather(*readers, return_exceptions=True)
    taken.sort(key=lambda pair: -(pair[1].cpu or 0))
    if as_json:
        door.output.document([sample_document(*pair) for pair in taken])
    else:
        door.output.table(header, [_cells(*pair) for pair in taken])


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print a JSON document a line.")
@click.option("--count", type=click.IntRange(min=1), help="End after so many events.")
@run_async
async def events(door: Door, as_json: bool, count: int | None) -> None:
    """Print what the engine does as it happens, exits explained."""
    printed, teller = 0, Teller()
    async with asked(door) as client, aclosing(client.watch()) as items:
        async for item in items:
            match item:
                case EngineReached(info):
                    door.output.note(f"Following {info.address.shown}. ctrl+c ends it.")
                case EngineLost(error):
                    if not printed and isinstance(error, BackendError):
                        raise error
                    door.output.problem(error)
                case EventsHappened(happened):
                    for event in happened:
                        teller, told = teller.tell(event)
                        if as_json:
                            door.output.record(event_document(told))
                        else:
                            whom = event.name or event.id[:12]
                            line = f"{told.glyph} {told.words:<18} {whom:<24} {told.why}"
                            door.output.text(line.rstrip())
                        printed += 1
                        if printed == count:
                            return
                case _:
                    continue


def _cells(container: Container, sample: Sample) -> tuple[str, ...]:
    return (
        container.name,
        percent(sample.cpu or 0.0),
        bytes_text(sample.memory),
        bytes_text(sample.limit),
        percent(sample.memory_share),
        bytes_text(sample.received) if sample.received is not None else "",
        bytes_text(sample.sent) if sample.sent is not None else "",
        bytes_text(sample.block_read),
        bytes_text(sample.block_written),
        str(sample.pids if sample.pids is not None else ""),
    )

"""`docker record`: an engine's session into a file that `--docker-replay` plays."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from pathlib import Path

import click

from backend_tui.core.door import Door, run_async
from backend_tui.core.errors import UsageError
from backend_tui.core.text import clean_line
from backend_tui.panes.docker.commands.group import asked


@click.command("record")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option(
    "--for",
    "seconds",
    type=click.FloatRange(1, 3600),
    default=60.0,
    show_default=True,
    help="Seconds to record.",
)
@run_async
async def record(door: Door, file: Path, seconds: float) -> None:
    """Record lists, events, figures and logs, secrets masked, to be played without an engine."""
    from backend_tui.panes.docker.replay.recording import Recorder

    async with asked(door) as client:
        door.output.note(f"Recording {client.address.shown} for {seconds:g} seconds.")
        recorder = Recorder(client.engine, client.clock, seconds)
        count = 0
        try:
            with await asyncio.to_thread(file.open, "w", encoding="utf-8") as output:
                async with aclosing(recorder.lines()) as lines:
                    async for line in lines:
                        output.write(line + "\n")
                        count += 1
        except OSError as problem:
            shown = clean_line(str(file))
            raise UsageError(f"{shown} cannot be written.", str(problem)) from problem
    door.output.text(f"{count} lines in {clean_line(str(file))}")
    door.output.note("Secrets are masked by name and value. Look through it before you share it.")

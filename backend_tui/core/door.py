"""What every command is given, and how its coroutine is run, ended and its failure told."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from functools import wraps
from typing import Any, Concatenate, ParamSpec

import click

from backend_tui.core.config import Config
from backend_tui.core.outcome import outcome
from backend_tui.core.output import Output

P = ParamSpec("P")
Command = Callable[Concatenate["Door", P], Coroutine[Any, Any, int | None]]


@dataclass(frozen=True, slots=True)
class Door:
    """The settings as read at the door, and where a command says what it found."""

    config: Config
    output: Output


def run_async(command: Command[P]) -> Callable[P, None]:
    """A click callback that runs the coroutine command to its end and exits by its outcome.

    None and 0 are success, another number is the exit code; a `BackendError` is told on stderr and
    ends with its own code, ctrl+c with 130, SIGTERM and SIGHUP with 143 and 129 after the
    coroutine's own clean-up, a closed pipe quietly with 0.
    """

    @click.pass_obj
    @wraps(command)
    def callback(door: Door, /, *args: P.args, **kwargs: P.kwargs) -> None:
        code = outcome(door.output, lambda: asyncio.run(_guarded(command(door, *args, **kwargs))))
        if code:
            raise click.exceptions.Exit(code)

    return callback


async def _guarded(work: Coroutine[Any, Any, int | None]) -> int | None:
    """The work's own code; a SIGTERM or SIGHUP cancels it, so that it closes what it opened."""
    running = asyncio.ensure_future(work)
    received: list[int] = []

    def stop(number: int) -> None:
        received.append(number)
        running.cancel()

    loop = asyncio.get_running_loop()
    if sys.platform != "win32":
        for number in (signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(number, stop, number)
    try:
        return await running
    except asyncio.CancelledError:
        if received:
            return 128 + received[0]
        raise

"""One child process: started behind a gate, read line by line, and ended when its parent dies.

On POSIX the program is started by `sh`, which waits for a word on stdin before it becomes the
program. By then a watchdog holds the other end of a pipe from us: when we die, however we die,
the pipe closes and the watchdog ends the child (TERM, after three seconds KILL). So there is no
moment at which a dead parent leaves a child.
"""

from __future__ import annotations

import asyncio
import contextlib
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

from backend_tui.core.errors import MissingError
from backend_tui.core.text import clean_line

Channel = Literal["stdout", "stderr"]
OnLine = Callable[[Channel, str], None]

_GATE: Final = 'read -r word && [ "$word" = go ] && exec "$@"'
_WATCH: Final = (
    'read -r never; kill -TERM "$1" 2>/dev/null || exit 0; '
    'for second in 1 2 3; do sleep 1; kill -0 "$1" 2>/dev/null || exit 0; done; '
    'kill -KILL "$1" 2>/dev/null'
)
_IS_POSIX: Final = sys.platform != "win32"
_LONGEST: Final = 64 * 1024


@dataclass(frozen=True, slots=True)
class Launch:
    """What to start: the words of the command, its environment, and what it reads first.

    With `keeps_stdin` its stdin stays open as long as we live.
    """

    command: Sequence[str]
    environ: Mapping[str, str]
    given: bytes = b""
    keeps_stdin: bool = False
    pass_fds: tuple[int, ...] = ()


@dataclass
class Child:
    """A running child; `exited` is done with its exit code (negative: the signal that ended it)."""

    process: Process
    exited: asyncio.Task[int]
    watchdog: Process | None = None
    reading: list[asyncio.Task[None]] = field(default_factory=list)

    @property
    def pid(self) -> int:
        return self.process.pid

    async def stop(self, grace: float) -> int:
        """Ask it to end, after `grace` seconds make it; returns the exit code when all is gone."""
        try:
            with contextlib.suppress(ProcessLookupError):
                self.process.terminate()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(asyncio.shield(self.exited), grace)
        finally:
            if not self.exited.done():
                with contextlib.suppress(ProcessLookupError):
                    self.process.kill()
        return await self.gone()

    async def gone(self) -> int:
        """Wait for its end, then for its last lines and its watchdog; returns the exit code."""
        code = await asyncio.shield(self.exited)
        # A grandchild may hold the pipes open: its lines are not waited for.
        await asyncio.wait(self.reading, timeout=0.5)
        for task in self.reading:
            task.cancel()
        if self.process.stdin is not None:
            self.process.stdin.close()
        if self.watchdog is not None:
            with contextlib.suppress(ProcessLookupError):
                self.watchdog.kill()
            await self.watchdog.wait()
        return code


async def start(launch: Launch, on_line: OnLine) -> Child:
    """Start a child whose every line goes to `on_line`. Raises `MissingError` if it cannot run."""
    gate = ("sh", "-c", _GATE, "sh") if _IS_POSIX else ()
    try:
        process = await asyncio.create_subprocess_exec(
            *gate,
            *launch.command,
            stdin=PIPE,
            stdout=PIPE,
            stderr=PIPE,
            env=dict(launch.environ),
            pass_fds=launch.pass_fds,
            start_new_session=_IS_POSIX,
        )
    except OSError as wrong:
        raise MissingError(
            f"{launch.command[0]} cannot be started.", clean_line(str(wrong))
        ) from wrong
    child = Child(process, asyncio.create_task(process.wait()))
    assert process.stdout is not None
    assert process.stderr is not None
    child.reading = [
        asyncio.create_task(_read(process.stdout, "stdout", on_line)),
        asyncio.create_task(_read(process.stderr, "stderr", on_line)),
    ]
    try:
        if _IS_POSIX:
            child.watchdog = await _watch(process.pid)
        await _open_gate(process, launch)
    except BaseException:
        await child.stop(grace=0)
        raise
    return child


async def _watch(pid: int) -> Process:
    return await asyncio.create_subprocess_exec(
        "sh",
        "-c",
        _WATCH,
        "sh",
        str(pid),
        stdin=PIPE,
        stdout=DEVNULL,
        stderr=DEVNULL,
        start_new_session=True,
    )


async def _open_gate(process: Process, launch: Launch) -> None:
    assert process.stdin is not None
    with contextlib.suppress(BrokenPipeError, ConnectionResetError):
        process.stdin.write((b"go\n" if _IS_POSIX else b"") + launch.given)
        await process.stdin.drain()
    if not launch.keeps_stdin:
        process.stdin.close()


async def _read(stream: asyncio.StreamReader, channel: Channel, on_line: OnLine) -> None:
    """Hand on each line; one longer than 64 KiB is handed on in pieces."""
    rest = b""
    while data := await stream.read(_LONGEST):
        *lines, rest = (rest + data).split(b"\n")
        for line in lines:
            on_line(channel, line.decode("utf-8", "replace"))
        if len(rest) >= _LONGEST:
            on_line(channel, rest.decode("utf-8", "replace"))
            rest = b""
    if rest:
        on_line(channel, rest.decode("utf-8", "replace"))

"""A shell in a container on the person's own terminal: by `docker exec -it`, else by the socket.

Everything here blocks on purpose: the terminal belongs to the shell until it ends, and is put back
as it was whatever happens.
"""

from __future__ import annotations

import contextlib
import os
import select
import shlex
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType
from typing import Any, Final

from backend_tui.core.errors import BackendError, MissingError, UsageError
from backend_tui.panes.docker.client import DockerClient
from backend_tui.panes.docker.container import Container
from backend_tui.panes.docker.engine.connection import SdkEngine
from backend_tui.panes.docker.engine.failures import ActRefusedError, explained, read_only
from backend_tui.panes.docker.replay.choosing import ChosenEngine
from backend_tui.panes.docker.replay.engine import recorded

SHELLS: Final = ("bash", "sh")
_CHUNK: Final = 65_536
_BACK: Final = "exit or ctrl+d leads back."
_PLAIN_SCREEN: Final = b"\x1b[0m\x1b[?25h\x1b[?1l\x1b[?1000l\x1b[?1006l\x1b[?2004l\x1b[?1049l\r\n"
"""Colours, cursor, key modes, mouse, paste and second screen as a shell wants to find them."""


@dataclass(frozen=True, slots=True)
class Shell:
    """What runs where, and the docker line that does the same."""

    container: Container
    command: tuple[str, ...]
    line: tuple[str, ...]

    @property
    def shown(self) -> str:
        return shlex.join(self.line)


def has_terminal() -> bool:
    """True when a person sits at both ends."""
    return all(os.isatty(number) for number in (0, 1))


def no_terminal() -> UsageError:
    """Why there is no shell where nobody types."""
    return UsageError(
        "A shell needs a terminal of its own.",
        "Standard input or output is none: this runs in a pipe, a browser or a test.",
        "With a command it runs without one: backend-tui docker exec NAME COMMAND…",
    )


async def shell_in(
    client: DockerClient, container: Container, command: Sequence[str] = ()
) -> Shell:
    """The command, else the first of bash and sh that is there. Raises why none can run."""
    line = (*shlex.split(client.address.command), "exec", "-it", container.name)
    shown = shlex.join((*line, *(command or ("sh",))))
    if client.address.is_recorded:
        raise recorded(f"exec in {container.name}")
    if client.is_read_only:
        raise read_only(shown)
    if not container.is_running:
        why = f"It is {container.state}: no process can be started in it."
        hint = "p lets it go on." if container.state == "paused" else "S starts it."
        raise UsageError(f"No shell in {container.name}.", why, hint)
    if command:
        return Shell(container, tuple(command), (*line, *command))
    for name in SHELLS:
        if await _is_there(client, container, name):
            return Shell(container, (name,), (*line, name))
    raise MissingError(
        f"{container.name} has no shell.",
        f"Neither {' nor '.join(SHELLS)} is in its image, as in images FROM scratch.",
        f"A command that it has runs by: {shlex.join((*line, 'COMMAND'))}",
    )


async def run_quietly(
    client: DockerClient, container: Container, command: Sequence[str]
) -> tuple[int, bytes, bytes]:
    """Exit code, standard output and standard error of a command without a terminal."""
    asked = f"exec in {container.name}"
    made = await client.engine.call("exec_create", container.id, list(command), asked=asked)
    identity = made["Id"]  # type: ignore[index]
    answer: Any = await client.engine.call("exec_start", identity, demux=True, asked=asked)
    out, err = answer
    found = await client.engine.call("exec_inspect", identity, asked=asked)
    code = found["ExitCode"]  # type: ignore[index]
    return code if code is not None else 0, out or b"", err or b""


def run(client: DockerClient, shell: Shell) -> int:
    """Hand the terminal over until the shell ends; its exit code. Raises the engine's refusal."""
    with terminal_kept():
        os.write(1, f"$ {shell.shown}\r\n{_BACK}\r\n".encode())
        if shutil.which(shell.line[0]) is not None:
            return _by_command(shell.line)
        engine = client.engine
        real = engine.real if isinstance(engine, ChosenEngine) else engine
        assert isinstance(real, SdkEngine)
        try:
            return _by_socket(real.client(), shell)
        except Exception as problem:
            raise explained(problem, real.address, f"exec in {shell.container.name}") from problem


@contextmanager
def terminal_kept() -> Iterator[None]:
    """The terminal's modes and screen as they were, whatever happens in between."""
    if not has_terminal():
        raise no_terminal()
    import termios

    before = termios.tcgetattr(0)
    try:
        yield
    finally:
        termios.tcsetattr(0, termios.TCSADRAIN, before)
        os.write(1, _PLAIN_SCREEN)


def _by_command(line: Sequence[str]) -> int:
    """ctrl+c is the shell's, not ours, while it runs."""
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        process = subprocess.Popen(line, preexec_fn=_listen_to_ctrl_c)
        return process.wait()
    finally:
        signal.signal(signal.SIGINT, before)


def _listen_to_ctrl_c() -> None:
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def _by_socket(api: Any, shell: Shell) -> int:
    """The SDK's own connection as a terminal: raw keys there, bytes back, sizes told."""
    import tty

    made = api.exec_create(
        shell.container.id,
        list(shell.command),
        stdin=True,
        tty=True,
        environment={"TERM": os.environ.get("TERM", "xterm")},
    )["Id"]
    answer = api.exec_start(made, tty=True, socket=True)
    wire: socket.socket = getattr(answer, "_sock", answer)
    wire.settimeout(None)

    def resize(_number: int = 0, _frame: FrameType | None = None) -> None:
        columns, lines = os.get_terminal_size(1)
        with contextlib.suppress(OSError):
            api.exec_resize(made, height=lines, width=columns)

    before = signal.signal(signal.SIGWINCH, resize)
    try:
        tty.setraw(0)
        resize()
        _pass_on(wire)
    finally:
        signal.signal(signal.SIGWINCH, before)
        answer.close()
    code = api.exec_inspect(made)["ExitCode"]
    return code if isinstance(code, int) else 0


def _pass_on(wire: socket.socket) -> None:
    """Keys to the container, its output to the screen, until it says no more."""
    sources: list[Any] = [wire, sys.__stdin__.fileno() if sys.__stdin__ else 0]
    while True:
        for ready in select.select(sources, [], [])[0]:
            if ready is wire:
                data = wire.recv(_CHUNK)
                if not data:
                    return
                while data:
                    data = data[os.write(1, data) :]
            else:
                keys = os.read(ready, _CHUNK)
                if not keys:
                    sources.remove(ready)  # the terminal is gone: what is left is only its output
                    wire.shutdown(socket.SHUT_WR)
                else:
                    wire.sendall(keys)


async def _is_there(client: DockerClient, container: Container, name: str) -> bool:
    """True when a shell of this name does nothing successfully."""
    try:
        code, _, _ = await run_quietly(client, container, (name, "-c", ":"))
    except ActRefusedError as refused:
        if refused.status in (404, 409):
            raise
        return False  # the engine says so when the program is not there
    return code == 0


def outcome_of(client: DockerClient, shell: Shell) -> int | BackendError:
    """As `run`, a refusal returned: nothing may be raised while an app is suspended."""
    try:
        return run(client, shell)
    except BackendError as problem:
        return problem


def told(shell: Shell, outcome: int | BackendError) -> str:
    """What is said once the terminal is ours again."""
    name = shell.container.name
    if isinstance(outcome, BackendError):
        return outcome.what
    return f"The shell in {name} ended with {outcome}." if outcome else f"Back from {name}."

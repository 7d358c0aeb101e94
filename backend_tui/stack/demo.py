"""The demo server as our child: on a socket that we bind, so that no port is raced for.

The socket stays with us over the server's lives: who connects while it restarts is answered by
the next one.
"""

from __future__ import annotations

import asyncio
import errno
import json
import os
import re
import secrets
import socket
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal

from backend_tui.core.config import Config
from backend_tui.core.errors import BackendError, MissingError
from backend_tui.stack.board import Board
from backend_tui.stack.child import Child, Launch, OnLine, start
from backend_tui.stack.endpoints import DemoEndpoint, ServiceName
from backend_tui.stack.folder import made

PREFERRED_PORT: Final = 8765
USAGE: Final = 2
IMPOSSIBLE: Final = 3
_LEVEL: Final = re.compile(r"^(error: |[A-Z]+ +)")
_BACKLOG: Final = 1024
_IS_POSIX: Final = sys.platform != "win32"


@dataclass
class Demo:
    """The program that the demo server's keeper runs; token and port stay over its lives.

    `cache_url` is asked at each start, so that a restart brings the server to another cache.
    """

    config: Config
    board: Board
    cache_url: Callable[[], str | None]
    name: ServiceName = "demo"
    title: str = "The demo server"
    grace: float = 6.0
    patience: float = 60.0
    final_codes: frozenset[int] = frozenset({USAGE, IMPOSSIBLE})
    launched_with: str | None = None
    _is_fresh: bool = False
    _token: str = field(default_factory=lambda: secrets.token_urlsafe(32), repr=False)
    _socket: socket.socket | None = None
    _ready: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self._is_fresh = self.config.fresh

    async def launch(self, on_line: OnLine) -> Child:
        folder = self.config.data_dir / "demo"
        if not self.config.database:
            await asyncio.to_thread(made, folder)
        self._socket = self._socket or listening_socket(self.config.port)
        host, port = self._socket.getsockname()
        self.launched_with = self.cache_url()
        self._ready.clear()

        def hear(channel: Literal["stdout", "stderr"], line: str) -> None:
            if channel == "stdout" and _is_ready_line(line):
                self._ready.set()
            else:
                on_line(channel, line)

        child = await start(self._launch(folder, port), hear)
        self.board.place_demo(DemoEndpoint(f"http://{host}:{port}", self._token, child.pid))
        return child

    async def answers(self) -> str:
        await self._ready.wait()
        self._is_fresh = False
        endpoint = self.board.demo_endpoint
        return endpoint.url.removeprefix("http://") if endpoint else ""

    def hears(self, line: str) -> BackendError | Literal["mended"] | None:
        del line
        return None

    def words(self, line: str) -> str:
        return _LEVEL.sub("", line)

    def gone(self) -> None:
        """Let the port go: from now on a connection is refused instead of waiting for ever."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def _launch(self, folder: Path, port: int) -> Launch:
        assert self._socket is not None
        command = [sys.executable, "-P", "-m", "demo_server", "--data-dir", str(folder)]
        command += ["--exit-with-stdin"]
        command += ["--fresh"] if self._is_fresh else []
        command += [] if self.config.tracing else ["--no-trace"]
        if not _IS_POSIX:
            self.gone()
            return Launch((*command, "--port", str(port)), self._environ(), keeps_stdin=True)
        number = self._socket.fileno()
        command += ["--fd", str(number)]
        return Launch(command, self._environ(), keeps_stdin=True, pass_fds=(number,))

    def _environ(self) -> dict[str, str]:
        ours = {
            "DEMO_WORKBENCH_TOKEN": self._token,
            "DEMO_REDIS_URL": self.launched_with,
            "DEMO_DATABASE_URL": self.config.database,
            "PYTHONPATH": os.pathsep.join(_import_path()),
            "PYTHONUNBUFFERED": "1",
        }
        environ = {
            name: value
            for name, value in os.environ.items()
            if name != "DJANGO_SETTINGS_MODULE" and name not in ours
        }
        if not self.config.redis:
            environ["DEMO_REDIS_PREFIX"] = ""  # the embedded cache holds nobody else's keys
        return environ | {name: value for name, value in ours.items() if value}


def listening_socket(port: int | None) -> socket.socket:
    """A bound, listening loopback socket: on the port asked for, else 8765, else a free one.

    Raises `MissingError` when the port that was asked for is taken or not allowed.
    """
    if port is not None:
        try:
            return _listen(port)
        except OSError as wrong:
            raise _port_problem(port, wrong) from wrong
    try:
        return _listen(PREFERRED_PORT)
    except OSError:
        return _listen(0)


def _listen(port: int) -> socket.socket:
    made_socket = socket.socket()
    try:
        if _IS_POSIX:
            made_socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made_socket.bind(("127.0.0.1", port))
        made_socket.listen(_BACKLOG)
    except OSError:
        made_socket.close()
        raise
    return made_socket


def _port_problem(port: int, wrong: OSError) -> MissingError:
    why = {
        errno.EADDRINUSE: "Another program listens there.",
        errno.EACCES: "Only the administrator may use ports below 1024.",
    }.get(wrong.errno or 0, str(wrong))
    return MissingError(
        f"The demo server cannot have port {port}.",
        why,
        "Stop that program, choose another --port, or leave --port away for a free one.",
    )


def _is_ready_line(line: str) -> bool:
    try:
        said = json.loads(line)
    except ValueError:
        return False
    return isinstance(said, dict) and said.get("event") == "ready"


def _import_path() -> list[str]:
    """Where our own package lies comes first: the current folder must not shadow the server."""
    own = str(Path(__file__).resolve().parents[2])
    return [own, *filter(None, [os.environ.get("PYTHONPATH")])]

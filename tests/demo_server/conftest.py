"""A real shop: server processes in their own data directories, and the database in this process.

- `shop_server`: one server for the whole session; `shop`: an httpx client of it, nobody signed in.
- `fresh_shop`: a server of its own for a test that changes things or stops it.
- `shop_data`: the seeded database in this process, put back as it was before each test.
"""

from __future__ import annotations

import atexit
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

_FOLDER = tempfile.mkdtemp(prefix="demo-server-test-")
atexit.register(shutil.rmtree, _FOLDER, ignore_errors=True)
os.environ["DEMO_DATA_DIR"] = _FOLDER
os.environ["DJANGO_SETTINGS_MODULE"] = "demo_server.settings"
for _name in ("DEMO_DATABASE_URL", "DEMO_REDIS_URL", "DEMO_WORKBENCH_TOKEN", "DEMO_RATE_LIMIT"):
    os.environ.pop(_name, None)

TOKEN = "workbench-token-of-the-tests"
ROOT = Path(__file__).parents[2]


class ShopServer:
    """A `python -m demo_server` process; `url` once it said that it is ready."""

    def __init__(self, data_dir: Path, *flags: str, **environment: str) -> None:
        self.data_dir = data_dir
        self.flags = flags
        self.environment = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith("DEMO_") and name != "DJANGO_SETTINGS_MODULE"
        }
        self.environment |= {"DEMO_WORKBENCH_TOKEN": TOKEN, **environment}
        self.log: list[str] = []
        self.url = ""
        self.process: subprocess.Popen[str] | None = None

    def start(self, port: int = 0, stdin: int = subprocess.DEVNULL) -> ShopServer:
        """Start and wait for the ready line; the log is collected in `log`."""
        command = [sys.executable, "-m", "demo_server", "--data-dir", str(self.data_dir)]
        if "--fd" not in self.flags:
            command += ["--port", str(port)]
        self.process = subprocess.Popen(
            [*command, *self.flags],
            cwd=ROOT,
            env=self.environment,
            stdin=stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            pass_fds=[int(self.flags[self.flags.index("--fd") + 1])]
            if "--fd" in self.flags
            else [],
        )
        assert self.process.stdout is not None
        self._reader = threading.Thread(target=self._collect, daemon=True)
        self._reader.start()
        line = self.process.stdout.readline()
        if not line:
            self.process.wait(10)
            self._reader.join(5)
            raise AssertionError("the server did not start:\n" + "".join(self.log))
        ready = json.loads(line)
        assert ready["event"] == "ready"
        assert ready["pid"] == self.process.pid
        self.url = ready["url"]
        return self

    def _collect(self) -> None:
        assert self.process is not None
        assert self.process.stderr is not None
        self.log.extend(self.process.stderr)

    def client(self, **options: Any) -> httpx.Client:
        """An HTTP client of this server."""
        return httpx.Client(base_url=self.url, timeout=20, trust_env=False, **options)

    def stop(self, with_signal: int = signal.SIGTERM) -> int:
        """End it and give its exit code."""
        assert self.process is not None
        if self.process.poll() is None:
            self.process.send_signal(with_signal)
        try:
            code = self.process.wait(15)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait(5)
            raise
        finally:
            self._reader.join(5)
            for pipe in (self.process.stdout, self.process.stderr, self.process.stdin):
                if pipe is not None:
                    pipe.close()
        return code


@pytest.fixture(scope="session")
def shop_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ShopServer]:
    """One server for all tests that only read, or that clean up after themselves."""
    server = ShopServer(tmp_path_factory.mktemp("shop")).start()
    yield server
    assert server.stop() == 0, "".join(server.log)


@pytest.fixture
def shop(shop_server: ShopServer) -> Iterator[httpx.Client]:
    """A client nobody is signed in with."""
    with shop_server.client() as client:
        yield client


@pytest.fixture
def start_shop(tmp_path: Path) -> Iterator[Callable[..., ShopServer]]:
    """Start servers with flags and variables of the test's choice; all are stopped after it."""
    servers: list[ShopServer] = []

    def start(*flags: str, data_dir: Path | None = None, **environment: str) -> ShopServer:
        server = ShopServer(data_dir or tmp_path / "shop", *flags, **environment)
        servers.append(server)
        return server.start()

    yield start
    for server in servers:
        if server.process is not None and server.process.poll() is None:
            server.stop()


@pytest.fixture
def fresh_shop(start_shop: Callable[..., ShopServer]) -> ShopServer:
    """A server of the test's own."""
    return start_shop()


@pytest.fixture(scope="session")
def introduction(shop_server: ShopServer) -> dict[str, Any]:
    """What the session's server tells the workbench: passwords, tokens, addresses."""
    with shop_server.client() as client:
        answer = client.get("/_workbench", headers={"X-Workbench-Token": TOKEN})
        found: dict[str, Any] = answer.raise_for_status().json()
        return found


@pytest.fixture(scope="session")
def as_customer(introduction: dict[str, Any]) -> dict[str, str]:
    """The Authorization header of the demo customer."""
    return {"Authorization": f"Bearer {introduction['tokens']['customer']}"}


@pytest.fixture(scope="session")
def as_staff(introduction: dict[str, Any]) -> dict[str, str]:
    """The Authorization header of the demo member of staff."""
    return {"Authorization": f"Bearer {introduction['tokens']['staff']}"}


@pytest.fixture(scope="session")
def seeded_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The prepared database of this process, and a copy to restore it from."""
    from demo_server import starting

    starting.prepare(is_fresh=False)
    copy = tmp_path_factory.mktemp("template") / "shop.sqlite3"
    _copy(Path(_FOLDER) / "shop.sqlite3", copy)
    return copy


@pytest.fixture
def shop_data(seeded_file: Path) -> None:
    """The seeded database and an empty cache in this process, as if just made."""
    from django.core.cache import cache

    _copy(seeded_file, Path(_FOLDER) / "shop.sqlite3")
    cache.clear()


def _copy(source: Path, target: Path) -> None:
    reading, writing = sqlite3.connect(source), sqlite3.connect(target)
    try:
        reading.backup(writing)
    finally:
        reading.close()
        writing.close()

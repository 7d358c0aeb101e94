"""Queries a second of /graphql as it is served, against graphql-core bare in the same server."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from time import perf_counter
from typing import Any, Final
from urllib.parse import urlsplit

from tests.bench.row import Row
from tests.bench.servers import ROOT

CONNECTIONS: Final = 8
PAIRS: Final = 5
SECONDS: Final = 1.5
QUERIES: Final = {
    "20 products with category, tags and rating": """query Shelf($first: Int!) {
      products(first: $first) { nodes { id name price inStock category { name } tags { name }
      rating } pageInfo { hasNextPage endCursor } } }""",
    "one product": "query One { product(id: 7) { id name price stock category { name } } }",
}


@contextmanager
def _serving(command: list[str], **environment: str) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(
        command,
        cwd=ROOT,
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        close_fds=False,
    )
    try:
        yield process
    finally:
        process.terminate()
        process.wait(15)
        assert process.stdout is not None
        process.stdout.close()


@contextmanager
def _shop(folder: Path) -> Iterator[str]:
    """The shop as it is served: guard, Django, tracing, limits."""
    command = [sys.executable, "-m", "demo_server", "--port", "0", "--data-dir", str(folder)]
    with _serving(command, DEMO_RATE_LIMIT="1000000") as process:
        assert process.stdout is not None
        yield json.loads(process.stdout.readline())["url"] + "/graphql"


@contextmanager
def _bare(folder: Path) -> Iterator[str]:
    """graphql-core in the same uvicorn, on the same data."""
    with socket.create_server(("127.0.0.1", 0), backlog=256) as listening:
        listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        listening.set_inheritable(True)
        command = [sys.executable, "-m", "uvicorn", "tests.bench.bare_graphql:application"]
        flags = ["--http", "h11", "--loop", "asyncio", "--lifespan", "off", "--no-access-log"]
        flags += ["--log-level", "error", "--fd", str(listening.fileno())]
        with _serving([*command, *flags], DEMO_DATA_DIR=str(folder), DEMO_TRACING="0"):
            yield f"http://127.0.0.1:{listening.getsockname()[1]}/graphql"


class Asker:
    """One kept connection that posts one body over and over."""

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, url: str
    ) -> None:
        self._reader = reader
        self._writer = writer
        self._host = urlsplit(url).netloc

    @classmethod
    async def to(cls, url: str) -> Asker:
        """Connect."""
        parts = urlsplit(url)
        return cls(*await asyncio.open_connection(parts.hostname, parts.port), url)

    async def ask(self, body: bytes) -> Any:
        """The answer's JSON text; RuntimeError when it is no success."""
        head = f"POST /graphql HTTP/1.1\r\nHost: {self._host}\r\nContent-Type: application/json\r\n"
        self._writer.write(head.encode() + b"Content-Length: %d\r\n\r\n" % len(body) + body)
        answer = await self._reader.readuntil(b"\r\n\r\n")
        if not answer.startswith(b"HTTP/1.1 200"):
            raise RuntimeError(answer.decode("latin-1"))
        lengths = [
            line for line in answer.lower().split(b"\r\n") if line.startswith(b"content-length:")
        ]
        return await self._reader.readexactly(int(lengths[0].partition(b":")[2]))

    def close(self) -> None:
        """Hang up."""
        self._writer.close()


async def _rate(url: str, body: bytes, seconds: float) -> float:
    askers = [await Asker.to(url) for _ in range(CONNECTIONS)]
    began = perf_counter()

    async def go_on(asker: Asker) -> int:
        number = 0
        while perf_counter() < began + seconds:
            await asker.ask(body)
            number += 1
        return number

    total = sum(await asyncio.gather(*(go_on(each) for each in askers)))
    elapsed = perf_counter() - began
    for each in askers:
        each.close()
    return total / elapsed


async def _answer(url: str, body: bytes) -> Any:
    asker = await Asker.to(url)
    told = json.loads(await asker.ask(body))
    asker.close()
    return told


async def compare(ours: str, bare: str) -> None:
    """One row for each query: the median of the pairs."""
    for says, query in QUERIES.items():
        variables = {"first": 20} if "$first" in query else {}
        body = json.dumps({"query": query, "variables": variables}).encode()
        assert await _answer(ours, body) == await _answer(bare, body)
        for url in (ours, bare):
            await _rate(url, body, 1)
        pairs = [
            (await _rate(ours, body, SECONDS), await _rate(bare, body, SECONDS))
            for _ in range(PAIRS)
        ]
        ratio = statistics.median(one / other for one, other in pairs)
        rates = " vs ".join(f"{statistics.median(each):.0f}/s" for each in zip(*pairs, strict=True))
        name = f"GraphQL: {says}, against graphql-core bare in the same server"
        Row(name, ratio, 0.8, at_least=True, note=rates).show()


def main() -> None:
    """Serve both on one database, in turn."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bench-graphql-")))
        ours = stack.enter_context(_shop(folder))
        bare = stack.enter_context(_bare(folder))
        asyncio.run(compare(ours, bare))


if __name__ == "__main__":
    main()

"""A reader of the cache feed that stops reading costs the server nothing, and sees its gap."""

from __future__ import annotations

import asyncio
import json
import socket
import statistics
import sys
from itertools import pairwise
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

if TYPE_CHECKING:
    import httpx

    from tests.demo_server.tracing.conftest import Server

OPERATIONS = 200_000
KEPT = 100_000


def memory_of(pid: int) -> int:
    """Bytes that the process has in memory."""
    status = Path(f"/proc/{pid}/status").read_text()
    line = next(line for line in status.splitlines() if line.startswith("VmRSS"))
    return int(line.split()[1]) * 1024


def unread(server: Server, since: str) -> socket.socket:
    """A connection that has asked for the feed and takes little of it by itself."""
    address = urlsplit(server.url)
    reader = socket.socket()
    reader.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    reader.connect((address.hostname, address.port))
    asked = f"GET /_cache/events?since={since} HTTP/1.1\r\nHost: 127.0.0.1\r\n"
    reader.sendall(f"{asked}X-Workbench-Token: {server.token}\r\n\r\n".encode())
    return reader


async def busy(client: httpx.AsyncClient) -> float:
    """The median time of a small request, in seconds, while the operations happen."""
    working = asyncio.create_task(client.get(f"/lookups?number={OPERATIONS}", timeout=60))
    times = []
    while not working.done():
        started = perf_counter()
        await client.get("/echo")
        times.append(perf_counter() - started)
    assert (await working).text == "looked up"
    return statistics.median(times)


async def batches(reader: socket.socket, last: int) -> list[dict[str, Any]]:
    """All events up to the one whose last operation is `last` or later."""
    stream, _ = await asyncio.open_connection(sock=reader, limit=1 << 24)
    found: list[dict[str, Any]] = []
    async with asyncio.timeout(30):
        while not found or found[-1]["last"] < last:
            line = await stream.readline()
            if line.startswith(b"data: "):
                found.append(json.loads(line.removeprefix(b"data: ")))
    return found


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
async def test_a_stalled_reader_costs_nothing_and_sees_exactly_what_it_missed(
    server: Server, client: httpx.AsyncClient
) -> None:
    async def state() -> tuple[str, int]:
        found = (await client.get("/_cache", headers=server.key)).json()
        return found["source"], found["sequence"]

    alone = await busy(client)  # the ring is full from here on
    source, known = await state()
    with unread(server, f"{source}:{known - 5000}") as reader:
        before = memory_of(server.pid)
        stalled = await busy(client)
        grown = memory_of(server.pid) - before
        _, newest = await state()
        assert newest == known + OPERATIONS
        found = await batches(reader, newest)
    assert grown < 8 << 20
    assert stalled < 2 * alone + 0.005

    rows = [row[0] for batch in found for row in batch["rows"]]
    assert rows[0] == known - 5000 + 1
    assert rows[-1] >= newest
    assert all(len(batch["rows"]) <= 5000 for batch in found)
    for batch in found:
        numbers = [row[0] for row in batch["rows"]]
        assert numbers == list(range(batch["first"], batch["last"] + 1))
    gaps = [(one, other) for one, other in pairwise(rows) if other != one + 1]
    assert len(gaps) == 1
    ((last_seen, goes_on),) = gaps
    assert last_seen < known + OPERATIONS - KEPT
    assert goes_on == newest - KEPT + 1
    assert len(rows) + (goes_on - last_seen - 1) == rows[-1] - (known - 5000)

"""Requests per second of a URL: by `wrk` where it is installed, else by plain asyncio sockets."""

from __future__ import annotations

import asyncio
import re
import shutil
import subprocess
from time import perf_counter
from typing import Final
from urllib.parse import urlsplit

_RATE: Final = re.compile(r"Requests/sec:\s+([\d.]+)")
_LENGTH: Final = re.compile(rb"content-length:\s*(\d+)", re.IGNORECASE)


def requests_per_second(url: str, connections: int, seconds: int) -> float:
    """GET over and over on kept connections; raises RuntimeError when an answer was no success."""
    if shutil.which("wrk"):
        return _by_wrk(url, connections, seconds)
    return asyncio.run(_by_sockets(url, connections, seconds))


def _by_wrk(url: str, connections: int, seconds: int) -> float:
    command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", url]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    found = _RATE.search(said)
    if found is None or "Non-2xx" in said or "Socket errors" in said:
        raise RuntimeError(said)
    return float(found[1])


async def _by_sockets(url: str, connections: int, seconds: int) -> float:
    began = perf_counter()
    counts = await asyncio.gather(*(_ask_until(url, began + seconds) for _ in range(connections)))
    return sum(counts) / (perf_counter() - began)


async def _ask_until(url: str, limit: float) -> int:
    """How many answers one connection got until the limit (perf_counter seconds)."""
    connection = await Connection.to(url)
    answers = 0
    while perf_counter() < limit:
        await connection.get()
        answers += 1
    connection.close()
    return answers


class Connection:
    """One kept HTTP/1.1 connection that asks for one URL."""

    def __init__(
        self, request: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self._request = request
        self._reader = reader
        self._writer = writer

    @classmethod
    async def to(cls, url: str) -> Connection:
        """Connect."""
        parts = urlsplit(url)
        reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
        request = f"GET {parts.path} HTTP/1.1\r\nHost: {parts.netloc}\r\n\r\n"
        return cls(request.encode(), reader, writer)

    async def get(self) -> None:
        """One request and its whole answer; RuntimeError when it is no success."""
        self._writer.write(self._request)
        head = await self._reader.readuntil(b"\r\n\r\n")
        if not head.startswith(b"HTTP/1.1 200"):
            raise RuntimeError(head.decode("latin-1"))
        length = _LENGTH.search(head)
        if length is not None:
            await self._reader.readexactly(int(length[1]))
            return
        while size := int((await self._reader.readline()).split(b";")[0], 16):
            await self._reader.readexactly(size + 2)
        await self._reader.readexactly(2)

    def close(self) -> None:
        """Hang up."""
        self._writer.close()

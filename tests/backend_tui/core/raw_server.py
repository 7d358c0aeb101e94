"""A server that says exactly the bytes it was given, however wrong, and notes when it is left."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

Answer = Callable[["Talk"], Awaitable[None]]


@dataclass
class Talk:
    """One connection: what was asked, and how to answer."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    head: bytes = b""
    body: bytes = b""

    async def say(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()

    async def left(self) -> None:
        """Wait until the other side has closed."""
        while await self.reader.read(65536):
            pass


@dataclass
class RawServer:
    """Where it listens, what it was asked, and an event for each client that went away."""

    port: int
    scheme: str = "http"
    asked: list[Talk] = field(default_factory=list)
    gone: asyncio.Event = field(default_factory=asyncio.Event)
    was_asked: asyncio.Event = field(default_factory=asyncio.Event)
    connections: int = 0

    def url(self, path: str = "/") -> str:
        return f"{self.scheme}://127.0.0.1:{self.port}{path}"


@asynccontextmanager
async def serving(answer: Answer, tls: ssl.SSLContext | None = None) -> AsyncIterator[RawServer]:
    """A running server on a free port; `answer` is called for each request of a connection."""
    server = RawServer(0, "https" if tls else "http")

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        server.connections += 1
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                talk = Talk(reader, writer, head)
                for line in head.lower().split(b"\r\n"):
                    if line.startswith(b"content-length:"):
                        talk.body = await reader.readexactly(int(line.partition(b":")[2]))
                server.asked.append(talk)
                server.was_asked.set()
                await answer(talk)
                if writer.is_closing():
                    break
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            server.gone.set()
            writer.close()
            with suppress(ConnectionError, ssl.SSLError):
                await writer.wait_closed()

    listening = await asyncio.start_server(connected, "127.0.0.1", 0, ssl=tls)
    server.port = listening.sockets[0].getsockname()[1]
    try:
        yield server
    finally:
        listening.close()


def saying(data: bytes, *, close: bool = False) -> Answer:
    """An answer of these bytes, after which the connection stays open or is closed."""

    async def answer(talk: Talk) -> None:
        await talk.say(data)
        if close:
            talk.writer.close()

    return answer


def plain(body: bytes, headers: bytes = b"") -> bytes:
    """A proper 200 answer."""
    return b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n%s\r\n%s" % (len(body), headers, body)

"""A real server in this process that speaks the wire of the cache feed, steered by a test."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from itertools import dropwhile, islice, takewhile
from typing import Any

import uvicorn

from backend_tui.panes.cache.row import Row
from tests.backend_tui.stack_at import TOKEN, StackAt

BATCH = 5_000


class FeedServer:
    """Keeps rows, sends them to readers from where they ask, and can restart or break."""

    def __init__(self) -> None:
        self.source = "life-1"
        self.rows: list[list[Any]] = []
        self.connections = 0
        self.is_broken = False
        self.batches: list[str] = []
        self._changed = asyncio.Event()
        self._close = asyncio.Event()

    def say(self, rows: Iterable[Row]) -> None:
        """Operations happened; they are numbered on from the last."""
        for row in rows:
            self.rows.append([len(self.rows) + 1, *row[1:]])
        self._changed.set()

    def say_raw(self, data: str) -> None:
        """An event with exactly this data."""
        self.batches.append(data)
        self._changed.set()

    def skip(self, number: int) -> None:
        """So many operations that no reader will see."""
        self.rows += [[]] * number

    def restart(self, source: str = "life-2") -> None:
        """Another life: numbers start anew, readers are cut off."""
        self.source, self.rows = source, []
        self.cut()

    def cut(self) -> None:
        """End every stream."""
        self._close.set()
        self._changed.set()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        headers = dict(scope["headers"])
        if headers.get(b"x-workbench-token") != TOKEN.encode() or self.is_broken:
            await self._answer(send, 503 if self.is_broken else 404, {"title": "Not here"})
        elif scope["path"] == "/_cache":
            await self._answer(send, 200, self._state())
        elif scope["path"] == "/_cache/events":
            query = scope["query_string"].decode()
            await self._stream(send, query.removeprefix("since="))
        else:
            await self._answer(send, 404, {"title": "Not here"})

    def _state(self) -> dict[str, Any]:
        store = {"kind": "redis", "tells_expiry": True, "prefix": "shop", "fsync": "everysec"}
        ring = {"capacity": 100_000, "kept": len(self.rows)}
        return {"source": self.source, "store": store, "sequence": len(self.rows), "ring": ring}

    async def _stream(self, send: Any, since: str) -> None:
        self.connections += 1
        self._close.clear()
        head = [(b"content-type", b"text/event-stream")]
        await send({"type": "http.response.start", "status": 200, "headers": head})
        await send({"type": "http.response.body", "body": b": listening\n\n", "more_body": True})
        source, _, number = since.rpartition(":")
        known = int(number) if source == self.source else 0
        while not self._close.is_set():
            self._changed.clear()
            rows = self._after(known)
            if rows:
                known = rows[-1][0]
                self.batches.append(
                    json.dumps(
                        {
                            "source": self.source,
                            "first": rows[0][0],
                            "last": known,
                            "rows": rows,
                        },
                        separators=(",", ":"),
                    )
                )
            for data in self.batches:
                event = f"id: {self.source}:{known}\nevent: operations\ndata: {data}\n\n"
                body = event.encode()
                await send({"type": "http.response.body", "body": body, "more_body": True})
            self.batches.clear()
            if known >= len(self.rows):
                await self._changed.wait()
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    def _after(self, known: int) -> list[list[Any]]:
        """The next rows without a hole between them."""
        behind = dropwhile(lambda row: not row, self.rows[known:])
        return list(islice(takewhile(bool, behind), BATCH))

    async def _answer(self, send: Any, status: int, document: object) -> None:
        head = [(b"content-type", b"application/json")]
        await send({"type": "http.response.start", "status": status, "headers": head})
        body = json.dumps(document).encode()
        await send({"type": "http.response.body", "body": body, "more_body": False})


@asynccontextmanager
async def feed_server() -> AsyncIterator[tuple[FeedServer, StackAt]]:
    """A running server on a free port, and a stack that points at it."""
    app = FeedServer()
    config = uvicorn.Config(app, port=0, log_level="error", lifespan="off", ws="none")
    server = uvicorn.Server(config)
    server.install_signal_handlers = lambda: None  # type: ignore[attr-defined]
    serving = asyncio.create_task(server._serve())
    try:
        while not server.started:  # noqa: ASYNC110 - uvicorn tells of no event
            await asyncio.sleep(0)
        port = server.servers[0].sockets[0].getsockname()[1]
        yield app, StackAt(f"http://127.0.0.1:{port}")
    finally:
        app.cut()
        server.should_exit = True
        server.force_exit = True
        await serving

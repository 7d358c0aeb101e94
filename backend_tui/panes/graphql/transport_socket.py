"""Operations over WebSocket by graphql-transport-ws: acknowledged, pinged, completed, closed.

The protocol: https://github.com/enisdenjo/graphql-ws, PROTOCOL.md.
"""

from __future__ import annotations

import asyncio
import json
import ssl
import time
from collections.abc import AsyncGenerator
from contextlib import suppress
from typing import Any, Final

from backend_tui.core.errors import BackendError
from backend_tui.core.exchange import Headers
from backend_tui.core.http_failure import host_of
from backend_tui.core.text import clean
from backend_tui.core.websocket import HandshakeRefused, SocketClosed, WebSocket, opened_socket
from backend_tui.panes.graphql import close_codes
from backend_tui.panes.graphql.answer import Answer, problems_of
from backend_tui.panes.graphql.preparation import Prepared
from backend_tui.panes.graphql.streaming import (
    Answered,
    Broken,
    Completed,
    Numbering,
    Opened,
    Pong,
    StreamItem,
)

SUBPROTOCOL: Final = "graphql-transport-ws"
ACKNOWLEDGED_WITHIN: Final = 10.0
PING_EVERY: Final = 10.0
_ID: Final = "1"


async def socket_stream(
    prepared: Prepared,
    headers: Headers,
    connection: dict[str, Any],
    numbering: Numbering,
    tls: ssl.SSLContext | None,
) -> AsyncGenerator[StreamItem]:
    """One connection with one operation: `Opened`, events and `Pong`s, `Completed` or `Answered`.

    `connection` is the payload of `connection_init`. Leaving the generator early completes the
    operation and closes with 1000. Raises `Broken` with the close code, `BackendError` when no
    socket can be opened.
    """
    try:
        async with opened_socket(prepared.socket_url, headers, (SUBPROTOCOL,), tls) as socket:
            talk = _Talk(socket, prepared.socket_url, numbering, PING_EVERY)
            await talk.acknowledged(connection, ACKNOWLEDGED_WITHIN)
            yield Opened(numbering.now_us())
            is_over = False
            try:
                await talk.subscribe(prepared)
                while not is_over:
                    item = await talk.next()
                    is_over = isinstance(item, Completed | Answered)
                    yield item
            finally:
                if not is_over:
                    await talk.complete()
                await talk.aclose()
    except SocketClosed as closed:
        raise _ended(prepared.socket_url, closed) from closed
    except HandshakeRefused as refused:
        is_final = refused.status < 500 and refused.status not in (408, 425, 429)
        raise Broken(refused.what, refused.why, refused.hint, is_final=is_final) from refused


class _Talk:
    """The messages of one operation; pings are answered and sent on the way."""

    def __init__(
        self, socket: WebSocket, url: str, numbering: Numbering, ping_every: float
    ) -> None:
        self._socket = socket
        self._url = url
        self._numbering = numbering
        self._ping_every = ping_every
        self._pinged_at: float | None = None
        self._pinging: asyncio.Task[None] | None = None

    async def acknowledged(self, connection: dict[str, Any], within: float) -> None:
        """Say hello and wait for the answer."""
        hello: dict[str, Any] = {"type": "connection_init"}
        if connection:
            hello["payload"] = connection
        try:
            async with asyncio.timeout(within):
                await self._send(hello)
                while (message := self._read(await self._socket.receive()))["type"] != (
                    "connection_ack"
                ):
                    await self._answer(message)
        except TimeoutError:
            code = 4504
            await self._socket.close(code, "Connection acknowledgement timeout")
            raise Broken(
                f"{host_of(self._url)} never acknowledged the connection.",
                f"Nothing came for {within:g} s after connection_init.",
                "Check the connection payload, or try server-sent events.",
                code=code,
                is_final=True,
            ) from None

    async def subscribe(self, prepared: Prepared) -> None:
        """Start the operation, and ping from now on."""
        head = json.dumps({"id": _ID, "type": "subscribe"})[:-1]
        await self._socket.send(f'{head}, "payload": {prepared.payload()}}}')
        self._pinging = asyncio.create_task(self._ping())

    async def next(self) -> StreamItem:
        """The next item of the operation."""
        while True:
            item = await self._item(await self._socket.receive())
            if item is not None:
                return item

    async def complete(self) -> None:
        """Tell the server that no more is wanted."""
        with suppress(SocketClosed, TimeoutError):
            async with asyncio.timeout(2):
                await self._send({"id": _ID, "type": "complete"})

    async def aclose(self) -> None:
        """Stop pinging."""
        if self._pinging is not None:
            self._pinging.cancel()
            await asyncio.gather(self._pinging, return_exceptions=True)

    async def _item(self, text: str) -> StreamItem | None:
        message = self._read(text)
        kind = message["type"]
        if kind == "pong" and self._pinged_at is not None:
            latency = round((time.perf_counter() - self._pinged_at) * 1_000_000)
            self._pinged_at = None
            return Pong(latency)
        if kind in ("ping", "pong", "connection_ack"):
            await self._answer(message)
            return None
        if message.get("id") != _ID:
            return None  # of an operation that is over
        payload = message.get("payload")
        match kind:
            case "next" if "payload" in message:
                return self._numbering.event(_payload_text(text, message), payload)
            case "complete":
                return Completed()
            case "error":
                problems = problems_of(payload)
                count = len(payload) if isinstance(payload, list) else 0
                answer = Answer("request error", problems, "", "", count)
                return Answered(answer, json.dumps({"errors": payload}, ensure_ascii=False))
            case _:
                await self._refuse(f"Unknown message type {clean(str(kind))[:40]}")
                return None

    async def _answer(self, message: dict[str, Any]) -> None:
        if message["type"] == "ping":
            pong: dict[str, Any] = {"type": "pong"}
            if "payload" in message:
                pong["payload"] = message["payload"]
            await self._send(pong)

    async def _ping(self) -> None:
        """Ask for a sign of life now and then; a closed socket is told by the next read."""
        with suppress(SocketClosed):
            while True:
                await asyncio.sleep(self._ping_every)
                if self._pinged_at is None:
                    self._pinged_at = time.perf_counter()
                    await self._send({"type": "ping"})

    async def _send(self, message: dict[str, Any]) -> None:
        await self._socket.send(json.dumps(message, ensure_ascii=False))

    def _read(self, text: str) -> dict[str, Any]:
        try:
            message = json.loads(text)
        except (ValueError, RecursionError):
            message = None
        if not isinstance(message, dict) or not isinstance(message.get("type"), str):
            raise Broken(
                f"{host_of(self._url)} sent something that is no message of {SUBPROTOCOL}.",
                "It is no JSON object with a type.",
                "The server may speak an older protocol; try server-sent events.",
                code=4400,
                is_final=True,
            )
        return message

    async def _refuse(self, words: str) -> None:
        await self._socket.close(4400, words)
        raise Broken(
            f"{host_of(self._url)} broke the protocol {SUBPROTOCOL}.",
            f"{words}.",
            "The server may speak an older protocol; try server-sent events.",
            code=4400,
            is_final=True,
        )


def _payload_text(text: str, message: dict[str, Any]) -> str:
    """The payload's own text out of a `next` message, digits as sent."""
    payload = message["payload"]
    start = text.find('"payload"')
    colon = text.find(":", start)
    if next(reversed(message)) == "payload" and text.count("{", 0, start) == 1:
        return text[colon + 1 : text.rindex("}")].strip()
    try:
        while text[colon + 1] in " \t\r\n":
            colon += 1
        found, end = json.JSONDecoder().raw_decode(text, colon + 1)
    except (ValueError, RecursionError, IndexError):
        return json.dumps(payload, ensure_ascii=False)
    return text[colon + 1 : end] if found == payload else json.dumps(payload, ensure_ascii=False)


def _ended(url: str, closed: SocketClosed) -> BackendError:
    code = closed.code
    return Broken(
        f"{host_of(url)} closed the WebSocket.",
        close_codes.meaning(code, closed.reason),
        close_codes.hint(code),
        code=code,
        is_final=close_codes.is_final(code),
    )

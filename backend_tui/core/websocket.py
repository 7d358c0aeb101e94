"""One WebSocket as a client: opened with a subprotocol, closed with a code, failures in words.

The library `websockets` is imported here and nowhere else, when the first socket opens.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from backend_tui.core.authentication import is_loopback
from backend_tui.core.errors import BackendError
from backend_tui.core.exchange import Headers
from backend_tui.core.http_failure import failure, host_of, invalid_url, timed_out
from backend_tui.core.text import clean_line, shorten

if TYPE_CHECKING:
    from websockets.asyncio.client import ClientConnection

LONGEST_MESSAGE: Final = 16 * 1024 * 1024
_TO_OPEN: Final = 10.0
_TO_CLOSE: Final = 2.0


@dataclass(eq=False)
class SocketClosed(BackendError):  # noqa: N818 - what happened
    """The other side closed the socket, or it broke; 1006 stands for a broken one."""

    code: int = 1006
    reason: str = ""


@dataclass(eq=False)
class HandshakeRefused(BackendError):  # noqa: N818 - what happened
    """The server answered the opening handshake with something else than an open socket."""

    status: int = 0


class WebSocket:
    """An open socket of text messages."""

    def __init__(self, connection: ClientConnection, url: str) -> None:
        self._connection = connection
        self._url = url

    @property
    def subprotocol(self) -> str:
        """The one the server chose, empty for none."""
        return self._connection.subprotocol or ""

    async def send(self, text: str) -> None:
        """Send one message; `SocketClosed` when that is not possible any more."""
        from websockets.exceptions import ConnectionClosed

        try:
            await self._connection.send(text)
        except ConnectionClosed:
            raise self._closed() from None

    async def receive(self) -> str:
        """The next message; `SocketClosed` when there will be none."""
        from websockets.exceptions import ConnectionClosed

        try:
            message = await self._connection.recv()
        except ConnectionClosed:
            raise self._closed() from None
        return message if isinstance(message, str) else message.decode("utf-8", "replace")

    async def messages(self) -> AsyncGenerator[str]:
        """Each message until the other side closes, which raises `SocketClosed`."""
        while True:
            yield await self.receive()

    async def close(self, code: int = 1000, reason: str = "") -> None:
        """Close in order; a side that does not answer within 2 s is left."""
        try:
            async with asyncio.timeout(_TO_CLOSE):
                await self._connection.close(code, reason)
        except TimeoutError:
            self._connection.transport.abort()

    def _closed(self) -> SocketClosed:
        code = self._connection.close_code or 1006
        reason = shorten(clean_line(self._connection.close_reason or ""), 200)
        said = f"Code {code}: {reason}." if reason else f"Code {code}."
        return SocketClosed(f"{host_of(self._url)} closed the WebSocket.", said, "", code, reason)


@asynccontextmanager
async def opened_socket(
    url: str,
    headers: Headers = (),
    subprotocols: tuple[str, ...] = (),
    tls: ssl.SSLContext | None = None,
) -> AsyncIterator[WebSocket]:
    """An open socket at a ws or wss URL, closed with 1000 at the end of the block.

    Raises `BackendError` when the handshake fails: by its status, DNS, refusal, TLS or time-out.
    """
    connection = await _connected(url, headers, subprotocols, tls)
    socket = WebSocket(connection, url)
    try:
        yield socket
    finally:
        await socket.close()


async def _connected(
    url: str, headers: Headers, subprotocols: tuple[str, ...], tls: ssl.SSLContext | None
) -> ClientConnection:
    from websockets.asyncio.client import connect
    from websockets.exceptions import (
        InvalidHandshake,
        InvalidStatus,
        InvalidURI,
        NegotiationError,
        ProxyError,
        WebSocketException,
    )
    from websockets.typing import Subprotocol

    host = host_of(url)
    try:
        return await connect(
            url,
            additional_headers=list(headers),
            subprotocols=[Subprotocol(each) for each in subprotocols] or None,
            ssl=tls if url.lower().startswith("wss:") else None,
            user_agent_header="backend-tui",
            open_timeout=_TO_OPEN,
            close_timeout=_TO_CLOSE,
            max_size=LONGEST_MESSAGE,
            max_queue=256,
            proxy=None if is_loopback(url) else True,
        )
    except InvalidStatus as refused:
        status = refused.response.status_code
        raise HandshakeRefused(
            f"{host} opened no WebSocket.",
            f"It answered {status} {clean_line(refused.response.reason_phrase)}".rstrip() + ".",
            _status_hint(status),
            status,
        ) from refused
    except NegotiationError as refused:
        raise HandshakeRefused(
            f"{host} speaks none of the subprotocols asked for.",
            f"Asked for: {', '.join(subprotocols)}. {clean_line(str(refused))}.",
            "Try server-sent events instead.",
        ) from refused
    except InvalidURI as wrong:
        raise invalid_url(url, str(wrong)) from wrong
    except TimeoutError as late:
        why = f"The WebSocket was not open after {_TO_OPEN:g} s."
        raise timed_out(host, "connect", why) from late
    except (ProxyError, InvalidHandshake, WebSocketException, EOFError) as broken:
        raise HandshakeRefused(
            f"{host} opened no WebSocket.",
            shorten(clean_line(str(broken)), 200).rstrip(".") + ".",
            "Check that the endpoint speaks WebSocket, or try server-sent events.",
        ) from broken
    except (OSError, ssl.SSLError) as broken:
        raise failure(broken, url, {}) from broken
    except ValueError as wrong:
        raise invalid_url(url, str(wrong)) from wrong


def _status_hint(status: int) -> str:
    if status in (401, 403):
        return "Check the token under Auth; some servers want it in the connection payload."
    if status in (404, 405, 400, 426, 200):
        return "Check the path, or try server-sent events."
    return "Try again, or look at the server's log."

"""What stands before Django: whose request it is, how large, how slow and how many.

Django checks the Host only where it is asked for, reads a whole upload before any view, and knows
no WebSockets; so these rules live in front of it. Every refusal is problem details (RFC 9457).
"""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING, Any, Final, cast

from demo_server.rates import Rates
from demo_server.shop.failures import problem

if TYPE_CHECKING:
    from asgiref.typing import (
        ASGI3Application,
        ASGIReceiveCallable,
        ASGIReceiveEvent,
        ASGISendCallable,
        ASGISendEvent,
        HTTPScope,
        Scope,
        WebSocketScope,
    )

LARGEST_BODY: Final = 1024 * 1024
LARGEST_UPLOAD: Final = 10 * 1024 * 1024
UPLOADS: Final = "/lab/upload"
BODY_TIME_OUT: Final = 10.0
"""Seconds without a byte of an announced body."""

_LINGER: Final = 2.0
_HOST: Final = re.compile(r"(?:127\.0\.0\.1|localhost|\[::1\])(?::\d{1,5})?", re.IGNORECASE)

_TITLES: Final = {
    "invalid-parameters": (400, "Bad request"),
    "forbidden": (403, "Not allowed"),
    "body-too-slow": (408, "Body too slow"),
    "body-too-large": (413, "Body too large"),
    "too-many-requests": (429, "Too many requests"),
    "internal-error": (500, "Internal error"),
}


class Refusal(Exception):  # noqa: N818 - an answer, not an error
    """A request that does not reach Django, and what its sender is told."""

    def __init__(
        self, kind: str, detail: str, headers: tuple[tuple[bytes, bytes], ...] = ()
    ) -> None:
        super().__init__(detail)
        self.kind = kind
        self.detail = detail
        self.headers = headers

    @property
    def status(self) -> int:
        """The HTTP status."""
        return _TITLES[self.kind][0]

    def body(self, path: str, trace_id: str) -> bytes:
        """Problem details."""
        return problem(self.status, _TITLES[self.kind][1], self.detail, path, self.kind, trace_id)


_DEFECT: Final = Refusal(
    "internal-error", "A defect of the server. Its trace and its log tell more."
)


class Guard:
    """An ASGI application around another one; `rate` is requests a second and client, 0 for any."""

    def __init__(self, app: ASGI3Application, *, rate: float) -> None:
        self._app = app
        self._rates = Rates(rate) if rate > 0 else None

    async def __call__(
        self, scope: Scope, receive: ASGIReceiveCallable, send: ASGISendCallable
    ) -> None:
        """Pass the request on, or answer it here."""
        if scope["type"] == "websocket":
            await self._websocket(scope, receive, send)
        elif scope["type"] == "http":
            await self._http(scope, receive, send)

    async def _websocket(
        self, scope: WebSocketScope, receive: ASGIReceiveCallable, send: ASGISendCallable
    ) -> None:
        try:
            refuse_foreign(dict(scope["headers"]))
        except Refusal:
            await send({"type": "websocket.close", "code": 4403, "reason": "foreign origin"})
            return
        await self._app(scope, receive, send)

    async def _http(
        self, scope: HTTPScope, receive: ASGIReceiveCallable, send: ASGISendCallable
    ) -> None:
        headers = dict(scope["headers"])
        answer = _Answer(send)
        try:
            refuse_foreign(headers)
            if self._rates is not None:
                self._admit(scope, headers, answer)
            await self._app(scope, _Body(scope, headers, receive).receive, answer.send)
        except Refusal as refusal:
            if answer.is_started:
                raise
            await _refuse(refusal, scope, receive, send)
        except Exception:
            if not answer.is_started:
                await _refuse(_DEFECT, scope, receive, send)
            raise  # the journey and the log tell of it

    def _admit(self, scope: HTTPScope, headers: dict[bytes, bytes], answer: _Answer) -> None:
        assert self._rates is not None
        client = headers.get(b"authorization") or (scope["client"] or ("",))[0].encode()
        admission = self._rates.admit(client)
        answer.extra = admission.headers
        if not admission.is_admitted:
            detail = f"More than {self._rates.rate:g} requests a second. Wait, then repeat."
            wait = (b"retry-after", str(admission.retry_after).encode())
            raise Refusal("too-many-requests", detail, (wait, *admission.headers))


def refuse_foreign(headers: dict[bytes, bytes]) -> None:
    """Refusal unless the request is meant for this server and comes from none but its own pages."""
    host = headers.get(b"host", b"").decode("latin-1")
    if not _HOST.fullmatch(host):
        raise Refusal(
            "invalid-parameters",
            "The Host header names another server. Use 127.0.0.1 or localhost in the address.",
        )
    origin = headers.get(b"origin")
    if origin is not None and origin.lower() != f"http://{host.lower()}".encode("latin-1"):
        raise Refusal("forbidden", "Pages of other sites may not call this server.")
    if headers.get(b"sec-fetch-site") == b"cross-site":
        raise Refusal("forbidden", "Pages of other sites may not call this server.")


class _Answer:
    """The way back: remembers whether it has begun, adds headers at its start."""

    __slots__ = ("_send", "extra", "is_started")

    def __init__(self, send: ASGISendCallable) -> None:
        self._send = send
        self.extra: tuple[tuple[bytes, bytes], ...] = ()
        self.is_started = False

    async def send(self, message: ASGISendEvent) -> None:
        if message["type"] == "http.response.start":
            self.is_started = True
            if self.extra:
                message["headers"] = [*message["headers"], *self.extra]
        await self._send(message)


class _Body:
    """The way in: counts the body's bytes and does not wait for them for ever."""

    __slots__ = ("_is_read", "_limit", "_read", "_receive")

    def __init__(
        self, scope: HTTPScope, headers: dict[bytes, bytes], receive: ASGIReceiveCallable
    ) -> None:
        self._receive = receive
        self._limit = LARGEST_UPLOAD if scope["path"] == UPLOADS else LARGEST_BODY
        self._read = 0
        announced = headers.get(b"content-length", b"0")
        self._is_read = announced == b"0" and b"transfer-encoding" not in headers
        if announced.isdigit() and int(announced) > self._limit:
            raise self._too_large()

    def _too_large(self) -> Refusal:
        detail = f"A body may have {self._limit // 1024:,} KiB here. Send less."
        return Refusal("body-too-large", detail, ((b"connection", b"close"),))

    async def receive(self) -> ASGIReceiveEvent:
        if self._is_read:
            return await self._receive()
        try:
            async with asyncio.timeout(BODY_TIME_OUT):
                message: Any = await self._receive()
        except TimeoutError:
            raise Refusal(
                "body-too-slow",
                f"The rest of the body did not come within {BODY_TIME_OUT:g} s. Send it again.",
                ((b"connection", b"close"),),
            ) from None
        self._read += len(message.get("body", b""))
        if self._read > self._limit:
            raise self._too_large()
        self._is_read = not message.get("more_body", False)
        return message  # type: ignore[no-any-return]


async def _refuse(
    refusal: Refusal, scope: HTTPScope, receive: ASGIReceiveCallable, send: ASGISendCallable
) -> None:
    body = refusal.body(scope["path"], str(cast("dict[str, Any]", scope).get("trace_id", "")))
    headers = [
        (b"content-type", b"application/problem+json"),
        (b"content-length", str(len(body)).encode()),
        (b"cache-control", b"no-store"),
        *refusal.headers,
    ]
    await send(
        {
            "type": "http.response.start",
            "status": refusal.status,
            "headers": headers,
            "trailers": False,
        }
    )
    await send({"type": "http.response.body", "body": body, "more_body": True})
    if refusal.kind == "body-too-large":
        await _drain(receive)
    await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _drain(receive: ASGIReceiveCallable) -> None:
    """Read on for a moment: a client that is still sending would miss the answer otherwise."""
    try:
        async with asyncio.timeout(_LINGER):
            while True:
                message: Any = await receive()
                if not message.get("more_body", False):
                    return
    except TimeoutError:
        return

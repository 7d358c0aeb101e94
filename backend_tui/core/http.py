"""One HTTP client for everything: exchanges as streams of events, phases timed, failures in words.

httpx is imported here and nowhere else, in a thread, when the first request leaves.
"""

from __future__ import annotations

import asyncio
import json
import ssl
import sys
import time
from collections.abc import AsyncGenerator, AsyncIterator, Iterable
from contextlib import aclosing, asynccontextmanager
from typing import TYPE_CHECKING, Any, Final, Self
from urllib.parse import urlsplit

from backend_tui.core.errors import BackendError
from backend_tui.core.exchange import (
    ChunkArrived,
    ExchangeEvent,
    Finished,
    HeadArrived,
    Headers,
    HttpRequest,
    Phase,
    Redirected,
    Sent,
    Stopwatch,
    Timeouts,
    Timings,
    origin,
    redirected,
    step,
)
from backend_tui.core.http_failure import HttpError, failure, host_of, invalid_url, timed_out
from backend_tui.core.server_sent import EventParser, ServerSentEvent
from backend_tui.core.text import clean_line

if TYPE_CHECKING:
    from types import ModuleType, TracebackType

    import httpx

__all__ = [
    "ChunkArrived",
    "ExchangeEvent",
    "Finished",
    "HeadArrived",
    "HttpClient",
    "HttpError",
    "HttpRequest",
    "Phase",
    "Redirected",
    "Sent",
    "ServerSentEvent",
    "Stopwatch",
    "Timeouts",
    "Timings",
    "origin",
]

_DEFAULT_TIMEOUTS: Final = Timeouts()
_LOOPBACK: Final = ("all://127.0.0.1", "all://localhost", "all://[::1]")


class HttpClient:
    """One kept-alive pool of connections; an async context manager. Holds no cookies of its own."""

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self._tls = tls
        self._clients: dict[str, httpx.AsyncClient] = {}
        self._library: ModuleType | None = None
        self._opening = asyncio.Lock()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Close every connection; the client may be used again afterwards."""
        clients, self._clients = self._clients, {}
        for client in clients.values():
            await client.aclose()

    async def exchange(
        self,
        request: HttpRequest,
        timeouts: Timeouts = _DEFAULT_TIMEOUTS,
        *,
        redirects: int = 0,
        stopwatch: Stopwatch | None = None,
    ) -> AsyncGenerator[ExchangeEvent]:
        """Sent, HeadArrived, any ChunkArrived, Finished; first a Redirected for each hop followed.

        Raises `HttpError`, also in the middle of a body. Closing the generator or cancelling the
        task closes the socket at once. A given `stopwatch` can be read at any time, also after.
        """
        stopwatch = stopwatch or Stopwatch()
        deadline = None if timeouts.total is None else time.monotonic() + timeouts.total
        for hop in range(redirects + 1):
            onward: HttpRequest | None = None
            async with aclosing(self._hop(request, timeouts, deadline, stopwatch)) as events:
                async for event in events:
                    if isinstance(event, HeadArrived) and hop < redirects:
                        onward = redirected(request, event)
                        if onward is not None:
                            stopwatch.turn()
                            yield step(request, onward, event)
                            break
                    yield event
            if onward is None:
                return
            request = onward

    async def _hop(
        self,
        request: HttpRequest,
        timeouts: Timeouts,
        deadline: float | None,
        stopwatch: Stopwatch,
    ) -> AsyncGenerator[ExchangeEvent]:
        client, library = await self._client(request.url)
        with _worded(library, request.url, timeouts):
            outgoing = _build(client, library, request, timeouts, stopwatch)
        stopwatch.pause()
        yield Sent(request.method, str(outgoing.url), _texts(outgoing.headers.raw))
        stopwatch.resume()
        stopwatch.begin()
        with _worded(library, request.url, timeouts):
            async with _within(deadline, request.url, timeouts):
                response = await client.send(outgoing, stream=True)
        try:
            stopwatch.pause()
            yield _head(response)
            stopwatch.resume()
            chunks = response.aiter_bytes()
            while True:
                with _worded(library, request.url, timeouts):
                    async with _within(deadline, request.url, timeouts):
                        chunk = await anext(chunks, None)
                if chunk is None:
                    break
                if chunk:
                    stopwatch.pause()
                    yield ChunkArrived(chunk, response.num_bytes_downloaded)
                    stopwatch.resume()
        finally:
            await response.aclose()
        yield Finished(stopwatch.read(is_over=True))

    async def get_json(self, url: str, headers: Headers = ()) -> object:
        """The decoded JSON body of a 2xx answer; anything else raises `BackendError`."""
        request = HttpRequest("GET", url, (*headers, ("Accept", "application/json")))
        return await self.request_json(request)

    async def request_json(self, request: HttpRequest, limit: int = 64 << 20) -> object:
        """As `get_json`, for any request; a body over `limit` bytes is refused."""
        status, body = 0, bytearray()
        async with aclosing(self.exchange(request, Timeouts(total=30))) as events:
            async for event in events:
                if isinstance(event, HeadArrived):
                    status = event.status
                elif isinstance(event, ChunkArrived):
                    body += event.data
                    if len(body) > limit:
                        raise BackendError(
                            f"The answer of {host_of(request.url)} is too large.",
                            f"It has more than {limit >> 20} MB.",
                        )
        if not 200 <= status < 300:
            raise BackendError(
                f"{host_of(request.url)} answered {status}.",
                f"{request.method} {clean_line(urlsplit(request.url).path)} was asked for.",
                _problem_detail(bytes(body)),
            )
        try:
            return await asyncio.to_thread(json.loads, bytes(body))
        except (ValueError, RecursionError) as wrong:
            raise BackendError(
                f"{host_of(request.url)} answered something that is no JSON.",
                clean_line(str(wrong)),
                f"Look at {clean_line(urlsplit(request.url).path)} in the REST pane.",
            ) from wrong

    async def server_sent_events(
        self, url: str, headers: Headers = ()
    ) -> AsyncGenerator[ServerSentEvent]:
        """The events of a stream until the server ends it; a read waits 40 s for a heartbeat."""
        accept = (("Accept", "text/event-stream"), ("Cache-Control", "no-store"))
        request = HttpRequest("GET", url, (*headers, *accept))
        parser = EventParser()
        async with aclosing(self.exchange(request, Timeouts(read=40))) as events:
            async for event in events:
                if isinstance(event, HeadArrived) and event.status != 200:
                    raise BackendError(
                        f"{host_of(url)} has no event stream at {clean_line(urlsplit(url).path)}.",
                        f"It answered {event.status}.",
                        "Check the address and the token.",
                    )
                if isinstance(event, ChunkArrived):
                    for message in parser.feed(event.data):
                        yield message

    async def tls(self) -> ssl.SSLContext:
        """What https exchanges trust, for a socket opened beside them."""
        library = await asyncio.to_thread(_import_library)
        return await asyncio.to_thread(self._context, "https", library)

    async def _client(self, url: str) -> tuple[httpx.AsyncClient, ModuleType]:
        scheme = url.partition(":")[0].lower()
        if scheme not in ("http", "https"):
            raise invalid_url(url, "It must begin with http:// or https://.")
        host = origin(url)[1]
        if not host or " " in host:
            raise invalid_url(url, "It names no host." if not host else "A host has no spaces.")
        async with self._opening:
            if self._library is None:
                self._library = await asyncio.to_thread(_import_library)
            if scheme not in self._clients:
                context = await asyncio.to_thread(self._context, scheme, self._library)
                self._clients[scheme] = _open_client(self._library, context)
            return self._clients[scheme], self._library

    def _context(self, scheme: str, library: ModuleType) -> ssl.SSLContext:
        """For https the machine's and certifi's authorities; for http one that trusts nobody."""
        if scheme == "http":
            return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        if self._tls is not None:
            return self._tls
        context: ssl.SSLContext = library.create_ssl_context()
        context.load_default_certs()
        return context


def _import_library() -> ModuleType:
    """httpx without its own command line, which would bring click, Rich's and Pygments' all."""
    is_new = "httpx" not in sys.modules
    if is_new:
        sys.modules["httpx._main"] = None  # type: ignore[assignment] # to httpx: not installed
    import httpx

    if is_new:
        sys.modules.pop("httpx._main", None)  # another thread may have been here too
    return httpx


def _open_client(library: ModuleType, context: ssl.SSLContext) -> httpx.AsyncClient:
    from http.cookiejar import CookieJar, DefaultCookiePolicy

    client: httpx.AsyncClient = library.AsyncClient(
        verify=context,
        cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
        mounts=dict.fromkeys(_LOOPBACK),
        limits=library.Limits(max_connections=None, max_keepalive_connections=20),
        headers={"User-Agent": "backend-tui"},
        follow_redirects=False,
    )
    return client


def _build(
    client: httpx.AsyncClient,
    library: ModuleType,
    request: HttpRequest,
    timeouts: Timeouts,
    stopwatch: Stopwatch,
) -> httpx.Request:
    allowed = library.Timeout(
        connect=timeouts.connect, read=timeouts.read, write=timeouts.write, pool=timeouts.connect
    )
    headers = [(name.encode(), value.encode()) for name, value in request.headers]
    try:
        return client.build_request(
            request.method,
            request.url,
            headers=headers,
            content=request.body or None,
            timeout=allowed,
            extensions={"trace": stopwatch.note},
        )
    except (ValueError, TypeError) as wrong:
        raise invalid_url(request.url, str(wrong)) from wrong


class _worded:  # noqa: N801 - reads as a clause
    """Foreign exceptions inside become an `HttpError` about the URL."""

    def __init__(self, library: ModuleType, url: str, timeouts: Timeouts) -> None:
        self._foreign = (library.HTTPError, library.InvalidURL, library.StreamError, OSError)
        self._url = url
        self._timeouts = timeouts

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, self._foreign):
            seconds = {
                "connect": self._timeouts.connect,
                "read": self._timeouts.read or 0,
                "write": self._timeouts.write,
                "pool": self._timeouts.connect,
            }
            raise failure(error, self._url, seconds) from error


@asynccontextmanager
async def _within(deadline: float | None, url: str, timeouts: Timeouts) -> AsyncIterator[None]:
    """Bounds one wait by the deadline of the whole exchange (`time.monotonic()` seconds)."""
    if deadline is None:
        yield
        return
    limit = asyncio.timeout(deadline - time.monotonic())
    try:
        async with limit:
            yield
    except TimeoutError as late:
        if not limit.expired():
            raise
        why = f"It was not complete after {timeouts.total:g} s."
        raise timed_out(host_of(url), "total", why) from late


def _head(response: httpx.Response) -> HeadArrived:
    stream: Any = response.extensions.get("network_stream")
    address = stream.get_extra_info("server_addr") if stream else None
    secured = stream.get_extra_info("ssl_object") if stream else None
    return HeadArrived(
        response.status_code,
        _text(response.extensions.get("reason_phrase", b"")),
        response.http_version,
        _texts(response.headers.raw),
        str(response.url),
        ":".join(str(part) for part in address[:2]) if isinstance(address, tuple) else "",
        " ".join((secured.version() or "", (secured.cipher() or ("",))[0])) if secured else "",
    )


def _problem_detail(body: bytes) -> str:
    try:
        problem = json.loads(body)
    except (ValueError, RecursionError):
        return ""
    detail = problem.get("detail") or problem.get("title") if isinstance(problem, dict) else ""
    return clean_line(detail) if isinstance(detail, str) else ""


def _texts(raw: Iterable[tuple[bytes, bytes]]) -> Headers:
    return tuple((_text(name), _text(value)) for name, value in raw)


def _text(raw: bytes) -> str:
    """Header bytes as clean text: UTF-8 when they are, else Latin-1, as servers send both."""
    try:
        return clean_line(raw.decode("utf-8"))
    except UnicodeDecodeError:
        return clean_line(raw.decode("latin-1"))

"""The ASGI wrapper around Django: one journey a request, its ids in, its timings out."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, cast

from demo_server.tracing.endpoints import close_streams, endpoints
from demo_server.tracing.recorder import here, recorder
from demo_server.tracing.spans import Journey, Span

if TYPE_CHECKING:
    from asgiref.typing import (
        ASGI3Application,
        ASGIReceiveCallable,
        ASGIReceiveEvent,
        ASGISendCallable,
        ASGISendEvent,
        HTTPScope,
        Scope,
    )


__all__ = ["close_streams", "endpoints", "traced"]

_TRACEPARENT = re.compile(rb"(?!ff)[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}(?:-.*)?")
_BEFORE_CACHE = (("middleware", "mw"), ("auth", "auth"), ("view", "view"))
_NO_TRACE = "0" * 32
_NO_SPAN = "0" * 16


def traced(app: ASGI3Application) -> ASGI3Application:
    """The same application, each of whose HTTP requests is recorded as a journey."""

    async def application(
        scope: Scope, receive: ASGIReceiveCallable, send: ASGISendCallable
    ) -> None:
        if scope["type"] != "http":
            await app(scope, receive, send)
            return
        journey = _begin(scope)
        passage = _Passage(journey, receive, send)
        recorder.begin(journey)
        here.set(journey.root)
        try:
            await app(scope, passage.receive, passage.send)
        except BaseException as error:
            journey.root.fail(error)
            raise
        finally:
            here.set(None)
            recorder.end(journey)

    return application


def _begin(scope: HTTPScope) -> Journey:
    query = scope["query_string"].decode("latin-1")
    journey = Journey(scope["method"], scope["path"], query, *_origin(scope))
    cast("dict[str, Any]", scope)["trace_id"] = journey.trace_id  # problem details repeat it
    return journey


class _Passage:
    """The messages of one request on their way, counted and stamped."""

    __slots__ = ("_journey", "_receive", "_send", "_sending")

    def __init__(
        self, journey: Journey, receive: ASGIReceiveCallable, send: ASGISendCallable
    ) -> None:
        self._journey = journey
        self._receive = receive
        self._send = send
        self._sending: Span | None = None

    async def receive(self) -> ASGIReceiveEvent:
        message = await self._receive()
        if message["type"] == "http.request":
            self._journey.bytes_in += len(message.get("body", b""))
        elif message["type"] == "http.disconnect":
            sending = self._sending
            self._journey.client_left = sending is None or not sending.ended
        return message

    async def send(self, message: ASGISendEvent) -> None:
        journey = self._journey
        if message["type"] == "http.response.start":
            journey.status = message["status"]
            if journey.status >= 500:
                journey.root.is_error = True
            stamps = (
                (b"x-trace-id", journey.trace_id.encode()),
                (b"server-timing", server_timing(journey).encode()),
            )
            message["headers"] = [*message["headers"], *stamps]
            self._sending = Span(journey, journey.root, "send", "send answer")
            await self._send(message)
        elif message["type"] == "http.response.body":
            journey.bytes_out += len(message.get("body", b""))
            await self._send(message)
            if not message.get("more_body", False):
                recorder.end(journey)  # what Django does after the last byte, nobody waits for
        else:
            await self._send(message)


def _origin(scope: HTTPScope) -> tuple[str, str | None]:
    """Trace and parent id of the request's `traceparent`, when it brings a valid one."""
    for name, value in scope["headers"]:
        if name == b"traceparent":
            found = _TRACEPARENT.fullmatch(value)
            if found is None:
                break
            trace_id, parent_id = found[1].decode(), found[2].decode()
            if trace_id != _NO_TRACE and parent_id != _NO_SPAN:
                return trace_id, parent_id
            break
    return "", None


def server_timing(journey: Journey) -> str:
    """The `Server-Timing` value: the phases that have happened so far, in milliseconds."""
    spent = journey.phases()
    parts = [f"{name};dur={spent[kind] / 1e6:.3f}" for kind, name in _BEFORE_CACHE if kind in spent]
    if "cache" in spent:
        found = journey.cache_hits or journey.cache_misses
        says = ("desc=miss;" if journey.cache_misses else "desc=hit;") if found else ""
        parts.append(f"cache;{says}dur={spent['cache'] / 1e6:.3f}")
    if journey.sql:
        noun = "query" if journey.sql == 1 else "queries"
        parts.append(f'db;dur={spent.get("db", 0) / 1e6:.3f};desc="{journey.sql} {noun}"')
    if "serialize" in spent:
        parts.append(f"ser;dur={spent['serialize'] / 1e6:.3f}")
    return ", ".join(parts) or f"total;dur={sum(spent.values()) / 1e6:.3f}"

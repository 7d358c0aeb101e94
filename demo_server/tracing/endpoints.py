"""What the workbench reads, outside of Django: journeys, plans and the cache feed, by its token."""

from __future__ import annotations

import asyncio
import hmac
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

from django.conf import settings

from demo_server.tracing.cache_events import cache_events
from demo_server.tracing.plan import NoPlanError, plan_of
from demo_server.tracing.recorder import recorder
from demo_server.tracing.sse import stream
from demo_server.tracing.wire import encode, journey_document

if TYPE_CHECKING:
    from asgiref.typing import ASGIReceiveCallable, ASGISendCallable, HTTPScope

    from demo_server.tracing.spans import Journey

WAIT_FOR_JOURNEY = 2.0
_TRACE = re.compile(r"/_trace/([0-9a-f]{32})")
_PLAN = re.compile(r"/_trace/([0-9a-f]{32})/spans/([0-9a-f]{16})/plan")


async def endpoints(scope: HTTPScope, receive: ASGIReceiveCallable, send: ASGISendCallable) -> None:
    """The ASGI application for every path under `/_trace` and `/_cache`."""
    path, method = scope["path"], scope["method"]
    if not _has_token(scope):
        await _problem(send, 404, "Not Found", "There is nothing here.")
    elif path in {"/_trace", "/_cache/events"}:
        if method != "GET":
            await _problem(send, 405, "Method Not Allowed", "Read it with GET.", b"GET")
        elif path == "/_trace":
            await stream(receive, send, "trace", recorder.broadcast, _journey_event, _missed(scope))
        else:
            await stream(receive, send, "operation", cache_events.broadcast, _operation_event, [])
    elif found := _TRACE.fullmatch(path):
        if method == "GET":
            await _one_journey(send, found[1])
        else:
            await _problem(send, 405, "Method Not Allowed", "Read it with GET.", b"GET")
    elif found := _PLAN.fullmatch(path):
        if method == "POST":
            await _plan(send, found[1], found[2])
        else:
            await _problem(send, 405, "Method Not Allowed", "Ask for it with POST.", b"POST")
    else:
        await _problem(send, 404, "Not Found", "There is nothing here.")


def close_streams() -> None:
    """End every stream at once, so that the server can stop."""
    recorder.broadcast.close()
    cache_events.broadcast.close()


async def _one_journey(send: ASGISendCallable, trace_id: str) -> None:
    journey = await recorder.wait_for(trace_id, WAIT_FOR_JOURNEY)
    if journey is None:
        await _problem(send, 404, "Not Found", "No finished journey of this id is kept.")
    else:
        await _answer(send, 200, journey_document(journey))


async def _plan(send: ASGISendCallable, trace_id: str, span_id: str) -> None:
    journey = recorder.find(trace_id)
    span = next((each for each in journey.spans if each.id == span_id), None) if journey else None
    if span is None:
        await _problem(send, 404, "Not Found", "No such step is kept.")
        return
    try:
        await _answer(send, 200, await asyncio.to_thread(plan_of, span))
    except NoPlanError as reason:
        await _problem(send, 422, "Unprocessable Content", str(reason))


def _missed(scope: HTTPScope) -> list[Journey]:
    """The kept journeys after `?since=` or the `Last-Event-ID` of a reader that comes back."""
    query = parse_qs(scope["query_string"].decode("latin-1"))
    since = query.get("since", [""])[-1] or _header(scope, b"last-event-id").decode("latin-1")
    if not since.isdecimal():
        return []
    return [journey for journey in recorder.finished if journey.sequence > int(since)]


def _journey_event(journey: Journey) -> tuple[int, dict[str, Any]]:
    return journey.sequence, journey_document(journey)


def _operation_event(document: dict[str, Any]) -> tuple[int, dict[str, Any]]:
    return document["sequence"], document


def _has_token(scope: HTTPScope) -> bool:
    token = str(settings.WORKBENCH_TOKEN).encode()
    return bool(token) and hmac.compare_digest(_header(scope, b"x-workbench-token"), token)


def _header(scope: HTTPScope, name: bytes) -> bytes:
    return next((value for key, value in scope["headers"] if key == name), b"")


async def _problem(
    send: ASGISendCallable, status: int, title: str, detail: str, allow: bytes = b""
) -> None:
    document = {"type": "about:blank", "title": title, "status": status, "detail": detail}
    headers = [(b"allow", allow)] if allow else []
    await _answer(send, status, document, b"application/problem+json", headers)


async def _answer(
    send: ASGISendCallable,
    status: int,
    document: object,
    content_type: bytes = b"application/json",
    headers: list[tuple[bytes, bytes]] | None = None,
) -> None:
    body = encode(document)
    await send(
        {
            "type": "http.response.start",
            "status": status,
            "headers": [
                (b"content-type", content_type),
                (b"content-length", str(len(body)).encode()),
                (b"cache-control", b"no-store"),
                *(headers or ()),
            ],
            "trailers": False,
        }
    )
    await send({"type": "http.response.body", "body": body, "more_body": False})

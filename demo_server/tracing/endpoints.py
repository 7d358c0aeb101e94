"""What the workbench reads, outside of Django: journeys, plans and the cache feed, by its token."""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING, Any

from demo_server.tracing import cache_endpoints, cache_events
from demo_server.tracing.plan import NoPlanError, plan_of
from demo_server.tracing.recorder import recorder
from demo_server.tracing.sse import stream
from demo_server.tracing.wire import journey_document
from demo_server.workbench import answer, has_token, header, problem, query

if TYPE_CHECKING:
    from asgiref.typing import ASGIReceiveCallable, ASGISendCallable, HTTPScope

    from demo_server.tracing.spans import Journey

WAIT_FOR_JOURNEY = 2.0
_TRACE = re.compile(r"/_trace/([0-9a-f]{32})")
_PLAN = re.compile(r"/_trace/([0-9a-f]{32})/spans/([0-9a-f]{16})/plan")


async def endpoints(scope: HTTPScope, receive: ASGIReceiveCallable, send: ASGISendCallable) -> None:
    """The ASGI application for every path under `/_trace` and `/_cache`."""
    path, method = scope["path"], scope["method"]
    if not has_token(scope):
        await problem(send, 404, "There is nothing here.")
    elif path in {"/_trace", "/_cache/events"}:
        if method != "GET":
            await problem(send, 405, "Read it with GET.", allow="GET")
        elif path == "/_trace":
            await stream(receive, send, "trace", recorder.broadcast, _journey_event, _missed(scope))
        else:
            await cache_events.stream(scope, receive, send)
    elif found := _TRACE.fullmatch(path):
        if method == "GET":
            await _one_journey(send, found[1])
        else:
            await problem(send, 405, "Read it with GET.", allow="GET")
    elif found := _PLAN.fullmatch(path):
        if method == "POST":
            await _plan(send, found[1], found[2])
        else:
            await problem(send, 405, "Ask for it with POST.", allow="POST")
    elif path == "/_cache" or path.startswith("/_cache/"):
        await cache_endpoints.endpoints(scope, receive, send)
    else:
        await problem(send, 404, "There is nothing here.")


def close_streams() -> None:
    """End every stream at once, so that the server can stop."""
    recorder.broadcast.close()
    cache_events.close()


async def _one_journey(send: ASGISendCallable, trace_id: str) -> None:
    journey = await recorder.wait_for(trace_id, WAIT_FOR_JOURNEY)
    if journey is None:
        await problem(send, 404, "No finished journey of this id is kept.")
    else:
        await answer(send, 200, journey_document(journey))


async def _plan(send: ASGISendCallable, trace_id: str, span_id: str) -> None:
    journey = recorder.find(trace_id)
    span = next((each for each in journey.spans if each.id == span_id), None) if journey else None
    if span is None:
        await problem(send, 404, "No such step is kept.")
        return
    try:
        await answer(send, 200, await asyncio.to_thread(plan_of, span))
    except NoPlanError as reason:
        await problem(send, 422, str(reason))


def _missed(scope: HTTPScope) -> list[Journey]:
    """The kept journeys after `?since=` or the `Last-Event-ID` of a reader that comes back."""
    since = query(scope).get("since") or header(scope, b"last-event-id").decode("latin-1")
    if not since.isdecimal():
        return []
    return [journey for journey in recorder.finished if journey.sequence > int(since)]


def _journey_event(journey: Journey) -> tuple[int, dict[str, Any]]:
    return journey.sequence, journey_document(journey)

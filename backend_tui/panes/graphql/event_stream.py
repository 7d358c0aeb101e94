"""Subscriptions by server-sent events: graphql-sse in its distinct connections mode."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any, Final

from backend_tui.core.body.source import BodySource
from backend_tui.core.exchange import (
    ChunkArrived,
    HeadArrived,
    HttpRequest,
    Sent,
    Stopwatch,
    Timeouts,
)
from backend_tui.core.http import HttpClient
from backend_tui.core.http_failure import host_of
from backend_tui.core.server_sent import EventParser, ServerSentEvent
from backend_tui.core.text import decode
from backend_tui.panes.graphql.judging import judge
from backend_tui.panes.graphql.streaming import (
    Answered,
    Broken,
    Completed,
    Numbering,
    Opened,
    StreamItem,
)

_LONGEST_ANSWER: Final = 4 << 20
_RETRIED: Final = frozenset({408, 425, 429, 500, 502, 503, 504})


async def event_stream(
    http: HttpClient,
    request: HttpRequest,
    numbering: Numbering,
    stopwatch: Stopwatch,
    timeouts: Timeouts,
) -> AsyncGenerator[Sent | StreamItem]:
    """One connection: `Sent`, `Opened`, events, `Completed`; or `Answered` when it is no stream.

    Raises `Broken` when it ends without `complete`, `BackendError` when it cannot be opened.
    """
    parser = EventParser(keeps_empty=True)
    body = BodySource()
    head: HeadArrived | None = None
    is_stream = False
    quiet = Timeouts(timeouts.connect, None, timeouts.write)
    exchange = http.exchange(request, quiet, stopwatch=stopwatch)
    async with aclosing(exchange) as events:
        async for event in events:
            match event:
                case Sent():
                    yield event
                case HeadArrived():
                    head = event
                    is_stream = event.status == 200 and _media(event) == "text/event-stream"
                    if is_stream:
                        yield Opened(numbering.now_us(), event)
                case ChunkArrived(data) if is_stream:
                    for message in parser.feed(data):
                        item = _item(message, numbering)
                        if item is not None:
                            yield item
                        if isinstance(item, Completed):
                            return
                case ChunkArrived(data):
                    body.append(data)
                    if body.size > _LONGEST_ANSWER:
                        break
    if is_stream or head is None:
        raise Broken(
            f"{host_of(request.url)} ended the stream early.",
            "It never said that the subscription is complete.",
        )
    answer = await judge(head.status, _header(head, "content-type"), body)
    if answer.verdict == "not GraphQL" and head.status in _RETRIED:
        raise Broken(f"{host_of(request.url)} answered {head.status}.", answer.words)
    yield Answered(answer, decode(body.read(0, body.size)))


def _item(message: ServerSentEvent, numbering: Numbering) -> StreamItem | None:
    if message.event == "complete":
        return Completed()
    if message.event not in ("next", "message"):
        return None
    try:
        value: Any = json.loads(message.data)
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, dict):
        raise Broken(
            "An event of the stream is no GraphQL.",
            "Its data is no JSON object.",
            "Look at the stream in the REST pane.",
            is_final=True,
        )
    return numbering.event(message.data, value)


def _media(head: HeadArrived) -> str:
    return _header(head, "content-type").partition(";")[0].strip().lower()


def _header(head: HeadArrived, name: str) -> str:
    return next((value for key, value in head.headers if key.lower() == name), "")

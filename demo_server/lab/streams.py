"""Answers that arrive piece by piece: /lab/stream as server-sent events or as JSON lines."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Annotated, Final, Literal

import msgspec
from django.http import StreamingHttpResponse
from msgspec import UNSET, Meta, UnsetType

from demo_server.rest_api.layer import negotiation
from demo_server.rest_api.layer.operation import Call, Media, Reply, operation
from demo_server.rest_api.layer.schema import Query

_TYPES: Final = {"ndjson": "application/x-ndjson", "sse": "text/event-stream"}


class StreamQuery(Query):
    """How many pieces, how fast, in which format."""

    count: Annotated[int, Meta(ge=0, le=10_000, description="How many events")] = 10
    every_ms: Annotated[int, Meta(ge=0, le=10_000, description="Milliseconds between events")] = 100
    format: (
        Annotated[Literal["sse", "ndjson"], Meta(description="Wins over the Accept header")]
        | UnsetType
    ) = UNSET


@operation(
    "Events one by one",
    query=StreamQuery,
    media=tuple(Media(name, {"type": "string"}) for name in _TYPES.values()),
)
async def lab_stream(call: Call[StreamQuery, None]) -> Reply:
    """Numbered ticks, as server-sent events or as newline-delimited JSON."""
    accept = call.request.META.get("HTTP_ACCEPT", "")
    chosen = call.query.format
    media = (
        negotiation.choose(accept, tuple(_TYPES.values())) if chosen is UNSET else _TYPES[chosen]
    )
    chunks = _events(call.query.count, call.query.every_ms, media == _TYPES["sse"])
    headers = {"Cache-Control": "no-store"}
    return Reply(finished=StreamingHttpResponse(chunks, content_type=media, headers=headers))


async def _events(count: int, every_ms: int, as_events: bool) -> AsyncIterator[bytes]:
    for n in range(1, count + 1):
        tick = msgspec.json.encode({"n": n, "of": count, "at": datetime.now(UTC)})
        yield b"id: %d\nevent: tick\ndata: %s\n\n" % (n, tick) if as_events else tick + b"\n"
        if n < count:
            await asyncio.sleep(every_ms / 1000)
    if as_events:
        yield b"event: end\ndata: {}\n\n"

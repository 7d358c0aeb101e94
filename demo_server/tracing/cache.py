"""Every cache operation as a span, told by the cache feed; the cache itself knows nothing of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from demo_server.caching.feed import subscribe, trace_by
from demo_server.tracing.recorder import here
from demo_server.tracing.spans import CacheSpan

if TYPE_CHECKING:
    from demo_server.caching.feed import Operation


# What is told beside the operations of a journey: its loads are there as the SQL they ran.
NO_SPANS = frozenset({"load", "expire", "evict", "flush"})


def install() -> None:
    """Trace every cache operation from now on."""
    subscribe(record)
    trace_by(trace_id)


def trace_id() -> str | None:
    """The id of the journey that the running code is part of."""
    span = here.get()
    return None if span is None else span.journey.trace_id


def record(operation: Operation) -> None:
    """Add a finished cache operation to the journey it was part of."""
    parent = here.get()
    if parent is None or parent.journey.is_finished or operation.op in NO_SPANS:
        return
    if operation.strategy == "http":
        return  # that was the client's cache; the answer's status tells
    CacheSpan(parent, operation)
    if operation.op == "get":
        parent.journey.count_lookup(operation.result == "hit")

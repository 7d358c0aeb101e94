"""Every cache operation as a span, told by the cache feed; the cache itself knows nothing of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from demo_server.caching.feed import subscribe
from demo_server.tracing.recorder import here
from demo_server.tracing.wire import shown_key

if TYPE_CHECKING:
    from demo_server.caching.feed import Operation

_LOOKUPS = frozenset({"get", "get_many"})


def install() -> None:
    """Trace every cache operation from now on."""
    subscribe(record)


def record(operation: Operation) -> None:
    """Add a finished cache operation to the journey it was part of."""
    parent = here.get()
    if parent is None or parent.journey.is_finished:
        return
    op, key, result, strategy, started, ended, size, ttl = operation
    journey = parent.journey
    key = shown_key(key)
    span = journey.open(parent, "cache", f"{op} {key}")
    span.started = started
    journey.close(span, ended)
    attributes = span.attributes
    attributes["cache.operation"] = op
    attributes["cache.key"] = key
    attributes["cache.result"] = result
    if op in _LOOKUPS or op == "join":
        attributes["cache.hit"] = result == "hit"
    if op in _LOOKUPS:
        journey.count_lookup(result == "hit")
    if strategy is not None:
        attributes["cache.strategy"] = strategy
    if ttl is not None:
        attributes["cache.ttl_s"] = ttl
    if size is not None:
        attributes["cache.item.size"] = size
    span.is_error = result == "error"

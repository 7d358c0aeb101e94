"""Every cache operation as a span, told by the cache feed; the cache itself knows nothing of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from demo_server.caching.feed import subscribe
from demo_server.tracing.recorder import here
from demo_server.tracing.spans import CacheSpan
from demo_server.tracing.wire import LOOKUPS

if TYPE_CHECKING:
    from demo_server.caching.feed import Operation


def install() -> None:
    """Trace every cache operation from now on."""
    subscribe(record)


def record(operation: Operation) -> None:
    """Add a finished cache operation to the journey it was part of."""
    parent = here.get()
    if parent is None or parent.journey.is_finished:
        return
    CacheSpan(parent, operation)
    if operation.op in LOOKUPS:
        parent.journey.count_lookup(operation.result == "hit")

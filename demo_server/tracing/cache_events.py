"""The cache feed for the workbench: made into documents only while somebody listens."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from demo_server.caching.feed import subscribe
from demo_server.tracing.listening import Broadcast
from demo_server.tracing.recorder import here
from demo_server.tracing.wire import operation_document

if TYPE_CHECKING:
    from collections.abc import Callable

    from demo_server.caching.feed import Operation

QUEUED = 2000


class CacheEvents:
    """Numbers the operations and sends them to everyone who listens."""

    def __init__(self) -> None:
        self.broadcast: Broadcast[dict[str, Any]] = Broadcast(QUEUED, self._listen)
        self._sequence = 0
        self._unsubscribe: Callable[[], None] | None = None

    def _listen(self, is_wanted: bool) -> None:
        if is_wanted:
            self._unsubscribe = subscribe(self._announce)
        elif self._unsubscribe is not None:
            self._unsubscribe()
            self._unsubscribe = None

    def _announce(self, operation: Operation) -> None:
        self._sequence += 1
        span = here.get()
        trace_id = None if span is None else span.journey.trace_id
        self.broadcast.send(operation_document(operation, self._sequence, trace_id))


cache_events = CacheEvents()

"""The journey of a request as data: spans, exact counters, and the ids that tie panes together.

The wire form is the demo server's Trace JSON; `parse_trace` cleans every text in it. Times are µs
since the request began, counters are exact.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from backend_tui.core.errors import BackendError
from backend_tui.core.text import clean

AttributeValue = str | int | float | bool | None
_NO_ATTRIBUTES: Final[Mapping[str, AttributeValue]] = {}


@dataclass(frozen=True, slots=True)
class Span:
    """One stretch of work; `kind` is the wire's word (db, cache, view …) or `client`."""

    id: str
    parent: str | None
    name: str
    kind: str
    start_us: int
    duration_us: int
    is_error: bool = False
    attributes: Mapping[str, AttributeValue] = field(default_factory=dict)

    @property
    def end_us(self) -> int:
        return self.start_us + self.duration_us


@dataclass(frozen=True, slots=True)
class Counters:
    """What one journey did, counted, not timed; bytes are of the bodies."""

    sql: int = 0
    rows: int = 0
    cache_hits: int = 0
    cache_misses: int = 0
    duplicates: int = 0
    request_bytes: int = 0
    response_bytes: int = 0
    spans_dropped: int = 0


@dataclass(frozen=True, slots=True)
class Trace:
    """One journey: its request in short, its counters and its spans ordered by start.

    `status` 0: none was sent. `parent_id` is the caller's span in the request's `traceparent`.
    """

    trace_id: str
    method: str
    path: str
    status: int
    started_at: str
    duration_us: int
    spans: tuple[Span, ...]
    counters: Counters = Counters()
    query: str = ""
    route: str = ""
    service: str = ""
    sequence: int = 0
    parent_id: str | None = None

    @property
    def root(self) -> Span | None:
        """The first span without a parent among the spans; None for a trace without spans."""
        known = {span.id for span in self.spans}
        return next((span for span in self.spans if span.parent not in known), None)

    def around(self, client_spans: tuple[Span, ...]) -> Trace:
        """The same journey inside the client's own spans, whose clock is the one that counts.

        The two clocks are not compared: the server's spans begin with the client's `wait`, or as
        much earlier as it takes for them to end before the client has the whole answer.
        """
        wait = next((span for span in client_spans if span.name == "wait"), None)
        if wait is None:
            return replace(self, spans=client_spans + self.spans)
        root = self.root
        end_us = max(span.end_us for span in client_spans)
        shift_us = max(min(wait.start_us, end_us - self.duration_us), 0)
        moved = tuple(
            replace(
                span,
                start_us=span.start_us + shift_us,
                parent=wait.id if span is root else span.parent,
            )
            for span in self.spans
        )
        spans = sorted(client_spans + moved, key=lambda span: (span.start_us, -span.duration_us))
        return replace(self, spans=tuple(spans))


@dataclass(frozen=True, slots=True)
class TraceContext:
    """A W3C trace context: 32 and 16 hex digits, never all zero."""

    trace_id: str
    span_id: str

    @property
    def traceparent(self) -> str:
        return f"00-{self.trace_id}-{self.span_id}-01"


def new_context() -> TraceContext:
    """A fresh random context."""
    return TraceContext(secrets.token_hex(16), secrets.token_hex(8))


def parse_trace(document: object) -> Trace:
    """The trace of one decoded Trace JSON; every text clean; `BackendError` when it is none."""
    try:
        return _trace(document)
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as wrong:
        raise BackendError(
            "The journey could not be read.",
            f"The server sent something that is no trace ({type(wrong).__name__}).",
            "Check that the server is the bundled shop of the same version.",
        ) from wrong


def trace_document(trace: Trace) -> dict[str, object]:
    """The trace as stable JSON members: the shape `--json` prints."""
    counters = {name: getattr(trace.counters, name) for name in Counters.__slots__}
    return {
        "trace_id": trace.trace_id,
        "method": trace.method,
        "path": trace.path,
        "query": trace.query,
        "route": trace.route,
        "status": trace.status,
        "started_at": trace.started_at,
        "duration_us": trace.duration_us,
        "service": trace.service,
        "counters": counters,
        "spans": [
            {
                "id": span.id,
                "parent": span.parent,
                "name": span.name,
                "kind": span.kind,
                "start_us": span.start_us,
                "duration_us": span.duration_us,
                "status": "error" if span.is_error else "ok",
                "attributes": dict(span.attributes),
            }
            for span in trace.spans
        ],
    }


def _trace(document: Any) -> Trace:
    counters = document["counters"]
    return Trace(
        trace_id=_text(document["trace_id"]),
        method=_text(document["method"]),
        path=_text(document["path"]),
        query=_text(document.get("query") or ""),
        route=_text(document.get("route") or ""),
        status=int(document["status"] or 0),
        started_at=_text(document["started_at"]),
        duration_us=int(document["duration_us"]),
        service=_text(document.get("service") or ""),
        sequence=int(document.get("sequence") or 0),
        parent_id=_text(document["parent_id"]) if document.get("parent_id") else None,
        counters=Counters(**{name: int(counters.get(name, 0)) for name in Counters.__slots__}),
        spans=tuple(_span(span) for span in document["spans"]),
    )


def _span(span: Any) -> Span:
    attributes = span.get("attributes") or _NO_ATTRIBUTES
    return Span(
        id=_text(span["id"]),
        parent=_text(span["parent"]) if span.get("parent") else None,
        name=_text(span["name"]),
        kind=_text(span["kind"]),
        start_us=int(span["start_us"]),
        duration_us=int(span["duration_us"]),
        is_error=span.get("status") == "error",
        attributes={_text(key): _attribute(value) for key, value in attributes.items()},
    )


def _attribute(value: Any) -> AttributeValue:
    if value is None or isinstance(value, bool | int | float):
        return value
    return _text(value if isinstance(value, str) else repr(value))


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"text expected, {type(value).__name__} found")
    return clean(value)

"""Journeys and cache operations as the JSON that the workbench reads."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import msgspec

from demo_server.tracing.spans import CacheSpan, MiddlewareSpan, StatementSpan

if TYPE_CHECKING:
    from demo_server.caching.feed import Operation
    from demo_server.tracing.spans import Journey, Span

MASK = "•••"
SERVICE = "demo"
_encoder = msgspec.json.Encoder(enc_hook=str)
_SESSION_KEY = re.compile(r"(session\w*(?:\.\w+)*?(?:\.cache|\.cached_db|:))[^:]+$", re.IGNORECASE)


def encode(document: object) -> bytes:
    """Any of the documents below as JSON bytes."""
    return _encoder.encode(document)


def journey_document(journey: Journey) -> dict[str, Any]:
    """The trace document of a finished journey; times in µs since its first byte."""
    root = journey.root
    return {
        "sequence": journey.sequence,
        "trace_id": journey.trace_id,
        "root_id": root.id,
        "parent_id": journey.parent_id,
        "started_at": instant(journey.started_at_ns),
        "duration_us": _micros(root.ended - root.started),
        "method": journey.method,
        "path": journey.path,
        "query": journey.query,
        "route": journey.route,
        "status": journey.status,
        "service": SERVICE,
        "counters": {
            "sql": journey.sql,
            "rows": journey.rows,
            "cache_hits": journey.cache_hits,
            "cache_misses": journey.cache_misses,
            "duplicates": journey.duplicates,
            "response_bytes": journey.bytes_out,
            "request_bytes": journey.bytes_in,
            "spans_dropped": journey.spans_dropped,
        },
        "spans": [_span_document(span, root.started) for span in journey.timeline()],
    }


def _request(journey: Journey) -> dict[str, Any]:
    """The attributes of the root: what was asked and what was answered."""
    request: dict[str, Any] = {
        "http.request.method": journey.method,
        "url.path": journey.path,
    }
    if journey.route is not None:
        request["http.route"] = journey.route
    if journey.status is not None:
        request["http.response.status_code"] = journey.status
    if journey.client_left:
        request["http.client_left"] = True
    return request


def _span_document(span: Span, origin: int) -> dict[str, Any]:
    return {
        "id": span.id,
        "parent": span.parent.id if span.parent else None,
        "name": _name(span),
        "kind": span.kind,
        "start_us": _micros(span.started - origin),
        "duration_us": _micros(span.ended - span.started),
        "status": "error" if span.is_error else "ok",
        "attributes": {**span.attributes, **_function(span), **_measured(span)},
    }


def _name(span: Span) -> str:
    if isinstance(span, CacheSpan):
        return f"{span.operation.op} {shown_key(span.operation.key)}"
    return span.name


def _function(span: Span) -> dict[str, str]:
    function = span.function
    if function is None:
        return {}
    if not isinstance(function, str):
        function = f"{getattr(function, '__module__', '')}.{span.name}"
    return {"code.function.name": function}


def _measured(span: Span) -> dict[str, Any]:
    """The attributes that are worked out only when somebody reads them."""
    if isinstance(span, MiddlewareSpan):
        inner_started = span.inner_started or span.ended
        inner_ended = span.inner_ended or span.ended
        return {
            "in_us": _micros(inner_started - span.started),
            "out_us": _micros(span.ended - inner_ended),
        }
    if span.kind == "server":
        return _request(span.journey)
    if span.kind == "send":
        return {"http.response.body.size": span.journey.bytes_out}
    if isinstance(span, CacheSpan):
        return _lookup(span.operation)
    return _statement(span) if isinstance(span, StatementSpan) else {}


def _statement(span: StatementSpan) -> dict[str, Any]:
    measured: dict[str, Any] = {
        "db.system.name": span.system,
        "db.operation.name": span.verb,
        "db.query.text": span.text,
        "db.query.parameters": parameters_text(span.parameters),
        "db.duplicate": span.is_duplicate,
        "db.fetch_us": _micros(span.fetch_ns),
    }
    if span.rows is not None:
        measured["db.response.returned_rows"] = span.rows
    if span.affected is not None:
        measured["db.response.affected_rows"] = span.affected
    return measured


def _lookup(operation: Operation) -> dict[str, Any]:
    op = operation.op
    measured: dict[str, Any] = {
        "cache.operation": op,
        "cache.key": shown_key(operation.key),
        "cache.result": operation.result,
    }
    if op in {"get", "join"}:
        measured["cache.hit"] = operation.result == "hit"
    if operation.strategy is not None:
        measured["cache.strategy"] = operation.strategy
    if operation.ttl is not None:
        measured["cache.ttl_s"] = operation.ttl
    if operation.size is not None:
        measured["cache.item.size"] = operation.size
    return measured


def parameters_text(parameters: Any) -> str:
    """The parameters of a statement as JSON text; long ones are cut."""
    if parameters is None:
        return "[]"
    return json.dumps(parameters, default=_shown, ensure_ascii=False)


def shown_key(key: str) -> str:
    """A cache key without the session id that it may hold."""
    return _SESSION_KEY.sub(rf"\1{MASK}", key) if "session" in key else key


def instant(nanoseconds: int) -> str:
    """A point in time as RFC 3339 in UTC, with microseconds."""
    seconds, rest = divmod(nanoseconds, 1_000_000_000)
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}.{rest // 1000:06d}Z"


def _micros(nanoseconds: int) -> int:
    return (nanoseconds + 500) // 1000


def _shown(value: object) -> str:
    return f"{len(value)} bytes" if isinstance(value, (bytes, memoryview)) else str(value)

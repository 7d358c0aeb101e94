"""Journeys as OpenTelemetry's OTLP JSON, out and in: hex ids, nanoseconds, typed values.

https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from backend_tui import __version__
from backend_tui.core.counting import count
from backend_tui.core.errors import BackendError
from backend_tui.core.text import clean
from backend_tui.core.trace import AttributeValue, Span, Trace

_KIND: Final = "backend_tui.kind"
_KINDS: Final = {"server": 2, "client": 3, "db": 3, "cache": 3}
_NAMES: Final = {
    "SPAN_KIND_SERVER": 2,
    "SPAN_KIND_CLIENT": 3,
    "SPAN_KIND_PRODUCER": 4,
    "SPAN_KIND_CONSUMER": 5,
}
_ERROR: Final = (2, "STATUS_CODE_ERROR")
_CACHES: Final = frozenset({"redis", "valkey", "memcached"})
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_LARGEST: Final = 2**63


def export_document(traces: Iterable[Trace]) -> dict[str, object]:
    """One OTLP/JSON export of the journeys, a resource for each service."""
    services: dict[str, list[dict[str, object]]] = {}
    for trace in traces:
        services.setdefault(trace.service, []).extend(_exported(trace))
    return {
        "resourceSpans": [
            {
                "resource": {"attributes": [_pair("service.name", service or "unknown_service")]},
                "scopeSpans": [
                    {"scope": {"name": "backend-tui", "version": __version__}, "spans": spans}
                ],
            }
            for service, spans in services.items()
        ]
    }


def parse_export(document: object) -> tuple[Trace, ...]:
    """The journeys in an OTLP/JSON export, each with the spans this export holds of it.

    Every text is clean. Raises `BackendError` for anything that is no such export.
    """
    try:
        return _parsed(document)
    except (
        KeyError,
        TypeError,
        ValueError,
        AttributeError,
        OverflowError,
        RecursionError,
    ) as wrong:
        raise BackendError(
            "The telemetry could not be read.",
            f"It is no OTLP export of traces ({type(wrong).__name__}: {clean(str(wrong))[:120]}).",
            "Send what an OpenTelemetry exporter sends to /v1/traces.",
        ) from wrong


def merged(known: Trace, more: Trace) -> Trace:
    """One journey of two parts that came in different exports; times are moved to one origin."""
    earlier, later = sorted((known, more), key=lambda trace: unix_ns(trace.started_at))
    shift = (unix_ns(later.started_at) - unix_ns(earlier.started_at)) // 1_000
    moved = (replace(span, start_us=span.start_us + shift) for span in later.spans)
    spans = {span.id: span for span in (*earlier.spans, *moved)}
    return _described(known.trace_id, earlier.started_at, spans.values(), known.service)


def unix_ns(started_at: str) -> int:
    """Nanoseconds since 1970 of an ISO time; a time without zone is UTC; 0 for no time at all."""
    try:
        at = datetime.fromisoformat(started_at)
    except ValueError:
        return 0
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    return (at - _EPOCH) // timedelta(microseconds=1) * 1_000


def _exported(trace: Trace) -> list[dict[str, object]]:
    begin = unix_ns(trace.started_at)
    root = trace.root
    return [_exported_span(trace, span, begin, span is root) for span in trace.spans]


def _exported_span(trace: Trace, span: Span, begin: int, is_root: bool) -> dict[str, object]:
    attributes = dict(span.attributes)
    if is_root:
        attributes = {**_request_attributes(trace), **attributes}
    attributes[_KIND] = span.kind
    start = begin + span.start_us * 1_000
    document: dict[str, object] = {
        "traceId": trace.trace_id,
        "spanId": span.id,
        "name": span.name,
        "kind": _KINDS.get(span.kind, 1),
        "startTimeUnixNano": str(max(start, 0)),
        "endTimeUnixNano": str(max(start + span.duration_us * 1_000, 0)),
        "attributes": [_pair(key, value) for key, value in attributes.items()],
        "status": {"code": 2} if span.is_error else {},
    }
    parent = span.parent or (trace.parent_id if is_root else None)
    if parent:
        document["parentSpanId"] = parent
    return document


def _request_attributes(trace: Trace) -> dict[str, AttributeValue]:
    found: dict[str, AttributeValue] = {"url.path": trace.path}
    if trace.method:
        found["http.request.method"] = trace.method
    if trace.query:
        found["url.query"] = trace.query
    if trace.route:
        found["http.route"] = trace.route
    if trace.status:
        found["http.response.status_code"] = trace.status
    if trace.counters.request_bytes:
        found["http.request.body.size"] = trace.counters.request_bytes
    if trace.counters.response_bytes:
        found["http.response.body.size"] = trace.counters.response_bytes
    return found


def _pair(key: str, value: AttributeValue) -> dict[str, object]:
    return {"key": key, "value": _typed(value)}


def _typed(value: AttributeValue) -> dict[str, object]:
    match value:
        case None:
            return {}
        case bool():
            return {"boolValue": value}
        case int() if -_LARGEST <= value < _LARGEST:
            return {"intValue": str(value)}
        case float():
            is_plain = value == value and abs(value) != float("inf")
            names = {float("inf"): "Infinity", float("-inf"): "-Infinity"}
            return {"doubleValue": value if is_plain else names.get(value, "NaN")}
    return {"stringValue": str(value)}


def _parsed(document: Any) -> tuple[Trace, ...]:
    if not isinstance(document, Mapping):
        raise TypeError("an object is expected")
    found: dict[str, list[tuple[int, int, Span]]] = {}
    services: dict[str, str] = {}
    for resource in document.get("resourceSpans") or ():
        described = _attributes((resource.get("resource") or {}).get("attributes"))
        service = str(described.get("service.name") or "")
        for scope in resource.get("scopeSpans") or ():
            for raw in scope.get("spans") or ():
                trace_id = _hex(raw["traceId"], 32)
                services.setdefault(trace_id, service)
                found.setdefault(trace_id, []).append(_span(raw))
    return tuple(_gathered(trace_id, services[trace_id], found[trace_id]) for trace_id in found)


def _gathered(trace_id: str, service: str, timed: list[tuple[int, int, Span]]) -> Trace:
    begin = min(start for start, _, _ in timed)
    spans = (
        replace(span, start_us=(start - begin) // 1_000, duration_us=max(end - start, 0) // 1_000)
        for start, end, span in timed
    )
    started = _EPOCH + timedelta(microseconds=begin // 1_000)
    at = started.isoformat(timespec="microseconds").replace("+00:00", "Z")
    return _described(trace_id, at, spans, service)


def _described(trace_id: str, started_at: str, spans: Iterable[Span], service: str) -> Trace:
    """The journey of these spans: its request from the root, its counters counted."""
    ordered = tuple(sorted(spans, key=lambda span: (span.start_us, -span.duration_us)))
    bare = Trace(trace_id, "", "", 0, started_at, 0, ordered, service=service)
    root = bare.root
    given = root.attributes if root else {}
    return replace(
        bare,
        method=_first(given, "http.request.method", "http.method"),
        path=_first(given, "url.path", "http.target") or (root.name if root else ""),
        query=_first(given, "url.query"),
        route=_first(given, "http.route"),
        status=_number(given, "http.response.status_code", "http.status_code"),
        duration_us=max((span.end_us for span in ordered), default=0),
        counters=count(
            ordered,
            _number(given, "http.request.body.size", "http.request_content_length"),
            _number(given, "http.response.body.size", "http.response_content_length"),
        ),
    )


def _span(raw: Any) -> tuple[int, int, Span]:
    """Start and end in nanoseconds and the span, whose own times are not set yet."""
    attributes = _attributes(raw.get("attributes"))
    for event in raw.get("events") or ():
        if event.get("name") == "exception":
            attributes.update(_attributes(event.get("attributes")))
    own_kind = attributes.pop(_KIND, None)
    kind = own_kind if isinstance(own_kind, str) else _kind(raw.get("kind"), attributes)
    start, end = int(raw["startTimeUnixNano"]), int(raw.get("endTimeUnixNano") or 0)
    parent = raw.get("parentSpanId")
    status = raw.get("status") or {}
    if status.get("message"):
        attributes.setdefault("exception.message", clean(str(status["message"])))
    span = Span(
        _hex(raw["spanId"], 16),
        _hex(parent, 16) if parent else None,
        clean(str(raw.get("name") or "")),
        kind,
        0,
        0,
        status.get("code") in _ERROR,
        attributes,
    )
    return start, max(end, start), span


def _kind(code: Any, attributes: Mapping[str, AttributeValue]) -> str:
    """Our word for what OpenTelemetry says by span kind and attributes."""
    system = attributes.get("db.system.name") or attributes.get("db.system")
    if system is not None:
        return "cache" if str(system) in _CACHES else "db"
    number = _NAMES.get(code, 1) if isinstance(code, str) else code
    return {2: "server", 3: "client", 4: "task", 5: "task"}.get(number, "work")


def _attributes(raw: Any) -> dict[str, AttributeValue]:
    return {clean(str(pair["key"])): _value(pair.get("value") or {}) for pair in raw or ()}


def _value(raw: Any) -> AttributeValue:
    match raw:
        case {"stringValue": str(text)}:
            return clean(text)
        case {"boolValue": bool(flag)}:
            return flag
        case {"intValue": number}:
            return int(number)
        case {"doubleValue": number}:
            return float(number)
        case {"arrayValue": array}:
            return ", ".join(str(_value(each)) for each in array.get("values") or ())
        case {"kvlistValue": pairs}:
            listed = pairs.get("values") or ()
            return ", ".join(f"{clean(str(p['key']))}={_value(p.get('value'))}" for p in listed)
        case {"bytesValue": encoded}:
            return clean(str(encoded))
    return None


def _hex(raw: Any, length: int) -> str:
    text = str(raw).lower()
    if len(text) != length or not all(char in "0123456789abcdef" for char in text):
        raise ValueError(f"an id of {length} hex digits is expected")
    return text


def _first(attributes: Mapping[str, AttributeValue], *keys: str) -> str:
    return next((str(attributes[key]) for key in keys if attributes.get(key)), "")


def _number(attributes: Mapping[str, AttributeValue], *keys: str) -> int:
    found = next((attributes[key] for key in keys if attributes.get(key)), 0)
    if isinstance(found, int | float):
        return int(found)
    return int(found) if found is not None and found.isdecimal() else 0

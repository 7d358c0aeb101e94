"""The client's side of a journey: its phases as spans, around what the server tells of itself."""

from __future__ import annotations

import hashlib
from urllib.parse import urlsplit

from backend_tui.core.exchange import HttpRequest, Timings
from backend_tui.core.text import clean, clean_line
from backend_tui.core.trace import Counters, Span, Trace, TraceContext
from backend_tui.panes.rest.exchanges import Exchange

_NAMES = {
    "redirect": "redirects",
    "connect": "connect",
    "tls": "tls handshake",
    "send": "send",
    "wait": "wait",
    "download": "download",
}


def client_spans(
    request: HttpRequest, timings: Timings, context: TraceContext | None, status: int | None
) -> tuple[Span, ...]:
    """The whole exchange as one span and its phases beneath it."""
    root = context.span_id if context else _id(request.url, "root")
    whole = Span(
        root,
        None,
        f"{request.method} {clean_line(urlsplit(request.url).path) or '/'}",
        "client",
        0,
        timings.total_us,
        is_error=status is None or status >= 500,
        attributes={
            "http.request.method": clean_line(request.method),
            "url.full": clean_line(request.url),
            "http.response.status_code": status,
        },
    )
    phases = tuple(
        Span(
            _id(root, phase.name),
            root,
            _NAMES[phase.name],
            "client",
            phase.start_us,
            phase.duration_us,
        )
        for phase in timings.phases
    )
    return (whole, *phases)


def client_trace(exchange: Exchange) -> Trace:
    """The journey as far as the client alone can tell it."""
    request = exchange.request or HttpRequest(exchange.draft.method, exchange.draft.url)
    parts = urlsplit(request.url)
    return Trace(
        trace_id=exchange.context.trace_id if exchange.context else "",
        method=clean(request.method),
        path=clean(parts.path),
        status=exchange.status or 0,
        started_at=exchange.at.isoformat().replace("+00:00", "Z"),
        duration_us=exchange.timings.total_us,
        spans=client_spans(request, exchange.timings, exchange.context, exchange.status),
        counters=Counters(request_bytes=len(request.body), response_bytes=exchange.size),
        query=clean(parts.query),
        service=clean(parts.netloc.rpartition("@")[2]),
    )


def joined(trace: Trace, exchange: Exchange) -> Trace:
    """The server's journey inside the client's; its counters stay the server's own."""
    if exchange.request is None:
        return trace
    spans = client_spans(exchange.request, exchange.timings, exchange.context, exchange.status)
    return trace.around(spans)


def _id(*parts: str) -> str:
    return hashlib.blake2b("/".join(parts).encode("utf-8", "replace"), digest_size=8).hexdigest()

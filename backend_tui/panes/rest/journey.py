"""The client's side of a journey: its phases as spans, around what the server tells of itself."""

from __future__ import annotations

from urllib.parse import urlsplit

from backend_tui.core.client_spans import client_spans
from backend_tui.core.exchange import HttpRequest
from backend_tui.core.text import clean
from backend_tui.core.trace import Counters, Trace
from backend_tui.panes.rest.exchanges import Exchange


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
        spans=client_spans(
            request, exchange.timings, exchange.context, exchange.status, exchange.cache
        ),
        counters=Counters(request_bytes=len(request.body), response_bytes=exchange.size),
        query=clean(parts.query),
        service=clean(parts.netloc.rpartition("@")[2]),
    )


def joined(trace: Trace, exchange: Exchange) -> Trace:
    """The server's journey inside the client's; its counters stay the server's own."""
    if exchange.request is None:
        return trace
    spans = client_spans(
        exchange.request, exchange.timings, exchange.context, exchange.status, exchange.cache
    )
    return trace.around(spans)

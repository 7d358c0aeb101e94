"""The journey of a run: what the client itself saw, and the server's own inside it."""

from __future__ import annotations

from urllib.parse import urlsplit

from backend_tui.core.client_spans import client_spans
from backend_tui.core.exchange import HttpRequest
from backend_tui.core.text import clean
from backend_tui.core.trace import Counters, Trace
from backend_tui.panes.graphql.run import Run


def client_trace(run: Run) -> Trace:
    """The journey as far as the client alone can tell it."""
    request = run.request or HttpRequest("POST", run.draft.endpoint)
    parts = urlsplit(request.url)
    return Trace(
        trace_id=run.context.trace_id if run.context else "",
        method=clean(request.method),
        path=clean(parts.path),
        status=run.status or 0,
        started_at=run.at.isoformat().replace("+00:00", "Z"),
        duration_us=run.timings.total_us,
        spans=client_spans(request, run.timings, run.context, run.status),
        counters=Counters(request_bytes=len(request.body), response_bytes=run.size),
        query=clean(parts.query),
        service=clean(parts.netloc.rpartition("@")[2]),
    )


def joined(trace: Trace, run: Run) -> Trace:
    """The server's journey inside the client's; its counters stay the server's own."""
    if run.request is None:
        return trace
    return trace.around(client_spans(run.request, run.timings, run.context, run.status))

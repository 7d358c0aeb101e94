"""The client's side of a journey: the whole exchange and its phases as spans."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from backend_tui.core.exchange import HttpRequest, Timings
from backend_tui.core.text import clean_line
from backend_tui.core.trace import Span, TraceContext
from backend_tui.core.units import duration_text

if TYPE_CHECKING:
    from backend_tui.core.http_cache.outcome import CacheOutcome

_NAMES: Final = {
    "redirect": "redirects",
    "connect": "connect",
    "tls": "tls handshake",
    "send": "send",
    "wait": "wait",
    "download": "download",
}


def client_spans(
    request: HttpRequest,
    timings: Timings,
    context: TraceContext | None,
    status: int | None,
    cache: CacheOutcome | None = None,
) -> tuple[Span, ...]:
    """The whole exchange as one span, beneath it the look into a cache and the phases."""
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
    if cache is None:
        return (whole, *phases)
    looked = Span(
        _id(root, "cache"),
        root,
        "http cache",
        "client",
        0,
        cache.lookup_us,
        attributes={
            "http.cache": cache.words,
            "http.cache.status": cache.status,
            "http.cache.why": cache.why or None,
            "http.cache.wire_requests": cache.wire_requests,
            "http.cache.saved_bytes": cache.saved_bytes,
            "http.cache.lookup": duration_text(cache.lookup_us),
        },
    )
    return (whole, looked, *phases)


def _id(*parts: str) -> str:
    return hashlib.blake2b("/".join(parts).encode("utf-8", "replace"), digest_size=8).hexdigest()

"""Answers and stored entries for the cache's tests, at a time of their own."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

from backend_tui.core.exchange import HeadArrived, Headers, HttpRequest
from backend_tui.core.http_cache.directives import combined, names_in
from backend_tui.core.http_cache.entry import Entry, storable, varied
from backend_tui.core.http_cache.store import cache_url, partition

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
URL = "http://shop.test/a"


def date(offset_s: float = 0) -> str:
    """An HTTP date so many seconds from `NOW`."""
    return format_datetime(NOW + timedelta(seconds=offset_s), usegmt=True)


def pairs(text: str) -> Headers:
    """Header lines, one field a line."""
    lines = [line.strip() for line in text.strip().splitlines() if line.strip()]
    return tuple((line.partition(":")[0], line.partition(":")[2].strip()) for line in lines)


def asked(text: str = "", method: str = "GET", url: str = URL) -> HttpRequest:
    return HttpRequest(method, url, pairs(text))


def head(text: str = "", status: int = 200) -> HeadArrived:
    return HeadArrived(status, "", "HTTP/1.1", pairs(text), URL)


def entry(
    text: str, request: HttpRequest | None = None, status: int = 200, body: bytes = b"x" * 100
) -> Entry:
    """An answer that came at `NOW`, monotonic time 0."""
    request, came = request or asked(), head(text, status)
    at = NOW.timestamp()
    return Entry(
        cache_url(request.url),
        partition(request),
        head(text, status)
        if not text
        else HeadArrived(status, "", "HTTP/1.1", storable(came.headers), URL),
        body,
        len(body),
        varied(request, names_in(combined(came.headers, "vary"))),
        at,
        at,
        0.0,
    )

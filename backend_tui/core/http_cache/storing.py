"""Which answers may be stored, and why not the others (RFC 9111 3)."""

from __future__ import annotations

from typing import Final

from backend_tui.core.exchange import HeadArrived, HttpRequest
from backend_tui.core.http_cache.directives import cache_control, combined, names_in
from backend_tui.core.http_cache.freshness import HEURISTIC_STATUSES

_UNDERSTOOD: Final = HEURISTIC_STATUSES | {302, 303, 307, 400, 401, 403, 406, 409, 415, 422, 429}
_EXPLICIT: Final = ("max-age", "public", "private")


def refusal(request: HttpRequest, head: HeadArrived) -> str:
    """Why the answer may not be stored, in a few words; empty when it may."""
    told = cache_control(head.headers)
    status = head.status
    if request.method != "GET":
        return f"an answer to {request.method}"
    if "no-store" in cache_control(request.headers):
        return "the request says no-store"
    if status == 206:
        return "partial content"
    if status < 200 or status == 304:
        return f"status {status}"
    if "must-understand" in told:
        if status not in _UNDERSTOOD:
            return f"must-understand, and status {status} is not"
    elif "no-store" in told:
        return "no-store"
    if "*" in names_in(combined(head.headers, "vary")):
        return "Vary: * suits no later request"
    has_expires = combined(head.headers, "expires") is not None
    is_explicit = has_expires or any(name in told for name in _EXPLICIT)
    if not is_explicit and status not in HEURISTIC_STATUSES:
        return f"status {status} without max-age"
    if not ("max-age" in told or has_expires or _validators(head)):
        return "no max-age, Expires, ETag or Last-Modified"
    return ""


def _validators(head: HeadArrived) -> bool:
    return any(combined(head.headers, name) for name in ("etag", "last-modified"))

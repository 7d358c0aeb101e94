"""A failure outside the REST layer: a page for a browser, problem details for a program."""

from __future__ import annotations

import json
from typing import Final

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.template import loader

KINDS: Final = {
    400: "invalid-parameters",
    403: "forbidden",
    404: "not-found",
    500: "internal-error",
    503: "unavailable",
}


def response(request: HttpRequest, status: int, title: str, detail: str) -> HttpResponse:
    """The failure, in the form this address speaks."""
    if request.path.startswith(settings.LEAN_PREFIXES):
        return HttpResponse(
            problem(status, title, detail, request.path, trace_id=trace_id(request)),
            status=status,
            content_type="application/problem+json",
            headers={"Cache-Control": "no-store"},
        )
    page = loader.render_to_string(
        "shop/failure.html", {"status": status, "title": title, "detail": detail}
    )
    return HttpResponse(page, status=status, headers={"Cache-Control": "no-store"})


def problem(
    status: int, title: str, detail: str, instance: str, kind: str = "", trace_id: str = ""
) -> bytes:
    """Problem details (RFC 9457) of a failure, with the id of its journey when it makes one."""
    details = {
        "type": f"/api/problems/{kind or KINDS[status]}",
        "title": title,
        "status": status,
        "detail": detail,
        "instance": instance,
    }
    if trace_id:
        details["trace_id"] = trace_id
    return json.dumps(details, ensure_ascii=False).encode("utf-8", "backslashreplace")


def trace_id(request: HttpRequest) -> str:
    """The id under which this request's journey is kept; empty when it makes none."""
    scope = getattr(request, "scope", None)
    found = scope.get("trace_id", "") if isinstance(scope, dict) else ""
    return found if isinstance(found, str) else ""

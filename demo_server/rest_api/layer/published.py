"""An OpenAPI document as an address: encoded once, answered with an ETag."""

from collections.abc import Callable, Coroutine
from typing import Any

import msgspec
from django.http import HttpRequest, HttpResponse

from demo_server.rest_api.layer import problem
from demo_server.rest_api.layer.conditional import is_unchanged, weak
from demo_server.rest_api.layer.problem import Problem


def published(
    build: Callable[[], dict[str, Any]],
) -> Callable[..., Coroutine[Any, Any, HttpResponse]]:
    """A view of the document that `build` makes when it is first asked for."""
    kept: list[bytes] = []

    async def view(request: HttpRequest) -> HttpResponse:
        if request.method not in {"GET", "HEAD"}:
            allowed = {"Allow": "GET, HEAD"}
            return problem.response(request, Problem("method-not-allowed", headers=allowed))
        if not kept:
            kept.append(msgspec.json.format(msgspec.json.encode(build()), indent=1))
        etag = weak(kept[0])
        headers = {"ETag": etag, "Cache-Control": "no-cache"}
        if is_unchanged(request, etag):
            return HttpResponse(status=304, headers=headers)
        headers["Content-Length"] = str(len(kept[0]))
        return HttpResponse(kept[0], content_type="application/json", headers=headers)

    view.csrf_exempt = True  # type: ignore[attr-defined]
    return view

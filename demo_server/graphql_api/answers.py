"""A performed request as an HTTP answer: status, media type, headers."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator
from typing import Any, Final

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse

from demo_server.graphql_api import limits, streams
from demo_server.graphql_api.engine import Engine
from demo_server.graphql_api.negotiation import EVENTS, GRAPHQL, StreamType
from demo_server.graphql_api.requests import Malformed
from demo_server.rest_api.layer.problem import Problem

_HEADERS: Final = {"Cache-Control": "no-store", "Vary": "Accept, Authorization, Cookie"}
_CODES: Final = {401: "UNAUTHENTICATED", 403: "FORBIDDEN"}
PARTIAL: Final = 294
"""Some data and some errors, as the specification's draft recommends to say it."""


def whole(engine: Engine, media: str, answer: Any, cost: int | None = None) -> HttpResponse:
    """An answer to a well-formed request. For application/json the status is always 200."""
    status = 200
    if media == GRAPHQL and isinstance(answer, dict):
        if "data" not in answer:
            status = 400
        elif "errors" in answer and answer["data"] is not None:
            status = PARTIAL
    headers = {} if cost is None else {"X-GraphQL-Cost": f"{cost}; limit={limits.HIGHEST_COST}"}
    return _json(engine, media, answer, status, headers)


def malformed(engine: Engine, media: str, failure: Malformed) -> HttpResponse:
    """An answer to what is no GraphQL request."""
    body = engine.refusal([failure.error], "BAD_REQUEST")
    return _json(engine, media, body, failure.status, failure.headers)


def refused(engine: Engine, media: str, problem: Problem) -> HttpResponse:
    """An answer to who may not ask at all: a bad token, a session without its CSRF proof."""
    code = _CODES.get(problem.status, "BAD_REQUEST")
    error = {"message": problem.detail, "extensions": {"code": code}}
    return _json(engine, media, {"errors": [error]}, problem.status, problem.headers)


def _json(
    engine: Engine, media: str, answer: Any, status: int, headers: dict[str, str]
) -> HttpResponse:
    body = engine.encode(answer)
    return HttpResponse(
        body,
        status=status,
        content_type=f"{media}; charset=utf-8",
        headers={**_HEADERS, "Content-Length": str(len(body)), **headers},
    )


def streamed(
    engine: Engine, media: StreamType, source: AsyncGenerator[dict[str, Any], None]
) -> StreamingHttpResponse:
    """An answer that comes in parts."""
    is_events = media == EVENTS
    write = streams.server_sent if is_events else streams.multipart
    return StreamingHttpResponse(
        write(source, engine.encode),
        content_type=streams.SERVER_SENT if is_events else streams.MULTIPART,
        headers={**_HEADERS, "X-Accel-Buffering": "no"},
    )


async def single(answer: dict[str, Any]) -> AsyncGenerator[dict[str, Any], None]:
    """One answer as a stream of one."""
    yield answer


async def following(items: AsyncIterator[dict[str, Any]]) -> AsyncGenerator[dict[str, Any], None]:
    """An iterator as the generator that a stream can close."""
    async for item in items:
        yield item


def page(request: HttpRequest, html: str) -> HttpResponse:
    """The page for a person with a browser."""
    del request
    return HttpResponse(html, headers={"Cache-Control": "no-cache", "Vary": "Accept"})

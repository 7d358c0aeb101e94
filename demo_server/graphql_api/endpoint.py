"""The door of /graphql: what is behind it is loaded when somebody first knocks."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, Final

from django.http import HttpRequest
from django.http.response import HttpResponseBase

_loading: Final = asyncio.Lock()
_loaded: dict[str, Any] = {}


def load() -> None:
    """Import graphql-core and make the schema; takes a third of a second, once."""
    from demo_server.graphql_api import socket, view
    from demo_server.graphql_api.engine import engine

    engine()
    _loaded.update(view=view.answer, socket=socket.serve)


async def _part(name: str) -> Callable[..., Awaitable[Any]]:
    if name not in _loaded:
        async with _loading:
            if name not in _loaded:
                await asyncio.to_thread(load)
    part: Callable[..., Awaitable[Any]] = _loaded[name]
    return part


async def graphql(request: HttpRequest) -> HttpResponseBase:
    """The view."""
    answer: HttpResponseBase = await (await _part("view"))(request)
    return answer


graphql.csrf_exempt = True  # type: ignore[attr-defined]  # checked where a session is used


async def websocket(scope: Any, receive: Any, send: Any) -> None:
    """The ASGI application for WebSockets, beside Django, which has none."""
    await (await _part("socket"))(scope, receive, send)


def close_streams() -> None:
    """End every stream at once, so that the server can stop."""
    if _loaded:
        from demo_server.graphql_api.streams import close_streams as close

        close()

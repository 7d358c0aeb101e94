"""The ASGI application: the workbench's own endpoints, and Django behind tracing and the guard."""

# ruff: noqa: E402 - models can be imported only after django.setup()

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "demo_server.settings")

import django

django.setup()

from django.conf import settings
from django.core.handlers.asgi import ASGIHandler
from django.core.signals import request_started
from django.db import close_old_connections, reset_queries

from demo_server import status
from demo_server.caching.backend import RedisCache
from demo_server.caching.foreign import default_cache
from demo_server.graphql_api import endpoint
from demo_server.guard import Guard
from demo_server.lean import LeanHandler
from demo_server.tracing import asgi as tracing
from demo_server.tracing.asgi import endpoints, traced
from demo_server.tracing.handler import TracedASGIHandler, TracedHandling

if TYPE_CHECKING:
    from collections.abc import Callable

    from asgiref.typing import (
        ASGI3Application,
        ASGIReceiveCallable,
        ASGISendCallable,
        Scope,
    )

__all__ = ["application", "close_streams"]


class TracedLeanHandler(TracedHandling, LeanHandler):
    """`LeanHandler` that tells of its steps."""


def handler(kind: Callable[[], Any], middleware: list[str]) -> Any:
    """Django with this stack of middleware; it reads the setting once, while it is made."""
    settings.MIDDLEWARE = middleware
    return kind()


def by_prefix(lean: ASGI3Application, pages: ASGI3Application) -> ASGI3Application:
    """The lean stack for the APIs, Django's standard one for pages and the admin."""
    prefixes: tuple[str, ...] = settings.LEAN_PREFIXES

    async def application(
        scope: Scope, receive: ASGIReceiveCallable, send: ASGISendCallable
    ) -> None:
        if scope["type"] == "websocket":
            await endpoint.websocket(scope, receive, send)  # Django has none
        elif scope["type"] == "http":
            is_lean = scope["path"].startswith(prefixes)
            await (lean if is_lean else pages)(scope, receive, send)

    return application


def beside(direct: Callable[..., Any], guarded: ASGI3Application) -> ASGI3Application:
    """The workbench's endpoints, which make no journeys, beside everything else."""

    async def application(
        scope: Scope, receive: ASGIReceiveCallable, send: ASGISendCallable
    ) -> None:
        is_direct = scope["type"] == "http" and (
            scope["path"] == "/healthz" or scope["path"].startswith("/_")
        )
        await (direct if is_direct else guarded)(scope, receive, send)

    return application


async def direct(scope: Any, receive: ASGIReceiveCallable, send: ASGISendCallable) -> None:
    """`/healthz`, `/_workbench`, and what the tracing shows."""
    if scope["path"] in {"/healthz", "/_workbench"}:
        await status.endpoints(scope, receive, send)
    else:
        await endpoints(scope, receive, send)


# At a request's end Django gives its connections back. Doing it at the beginning too would cost
# every request a thread, also one that is answered from the cache.
request_started.disconnect(reset_queries)
request_started.disconnect(close_old_connections)


async def follow_cache() -> None:
    """Hear what expires in the cache and tell it in the feed, until cancelled."""
    cache = default_cache()
    if isinstance(cache, RedisCache):
        await cache.follow()


def close_streams() -> None:
    """End every stream at once, so that the server can stop."""
    tracing.close_streams()
    endpoint.close_streams()


_pages_middleware = list(settings.MIDDLEWARE)
_django = by_prefix(
    lean=handler(TracedLeanHandler if settings.TRACING else LeanHandler, settings.LEAN_MIDDLEWARE),
    pages=handler(TracedASGIHandler if settings.TRACING else ASGIHandler, _pages_middleware),
)
_guarded: ASGI3Application = Guard(_django, rate=settings.RATE_LIMIT)
application = beside(Guard(direct, rate=0), traced(_guarded) if settings.TRACING else _guarded)

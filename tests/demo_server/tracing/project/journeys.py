"""A small Django project in which every step of a journey is known beforehand."""
# ruff: noqa: E402 - Django is set up before what needs it is imported

from __future__ import annotations

import asyncio
import os
from typing import TYPE_CHECKING, Any

import django
from django.conf import settings

settings.configure(
    SECRET_KEY="only-for-this-test",
    ALLOWED_HOSTS=["127.0.0.1"],
    ROOT_URLCONF="journeys",
    WORKBENCH_TOKEN=os.environ["JOURNEYS_TOKEN"],
    DATABASES={
        "default": {
            "ENGINE": "demo_server.shop.database.pooled_sqlite",
            "NAME": os.environ["JOURNEYS_DATABASE"],
        }
    },
    CACHES={
        "default": {
            "BACKEND": "demo_server.caching.backend.RedisCache",
            "LOCATION": os.environ["JOURNEYS_REDIS"],
            "KEY_PREFIX": "t",
        }
        if os.environ.get("JOURNEYS_REDIS")
        else {"BACKEND": "demo_server.caching.backend.LocalCache", "KEY_PREFIX": "t"}
    },
    INSTALLED_APPS=["demo_server.tracing"] if os.environ["JOURNEYS_TRACING"] == "1" else [],
    MIDDLEWARE=[
        "journeys.native",
        "django.middleware.http.ConditionalGetMiddleware",
        "journeys.Guarding",
    ],
)
django.setup()

from asgiref.sync import sync_to_async
from django.core.cache import cache
from django.core.handlers.asgi import ASGIHandler
from django.db import connection
from django.http import HttpResponse, JsonResponse, StreamingHttpResponse
from django.urls import path
from django.utils.decorators import async_only_middleware

from demo_server.caching.aside import remember
from demo_server.tracing.asgi import endpoints, traced
from demo_server.tracing.handler import TracedASGIHandler
from demo_server.tracing.recorder import step

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from django.http import HttpRequest

with connection.cursor() as setup:
    setup.execute("CREATE TABLE thing (id INTEGER PRIMARY KEY, name TEXT)")
    setup.execute("CREATE TABLE session_thing (id INTEGER PRIMARY KEY, password TEXT)")
    setup.executemany("INSERT INTO thing VALUES (%s, %s)", [(n, f"n{n}") for n in range(1, 51)])


@async_only_middleware
def native(get_response: Any) -> Any:
    async def middleware(request: HttpRequest) -> HttpResponse:
        await asyncio.sleep(0.002)
        response: HttpResponse = await get_response(request)
        return response

    return middleware


class Guarding:
    """A synchronous middleware with a hook before the view."""

    def __init__(self, get_response: Any) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if "stop" in request.GET:
            return HttpResponse("stopped", status=403)
        response: HttpResponse = self.get_response(request)
        response["X-Guarded"] = str(getattr(request, "seen", ""))
        return response

    def process_view(self, request: Any, view: Any, args: Any, kwargs: Any) -> None:
        request.seen = kwargs.get("number", "nothing")


def rows(sql: str, *parameters: str | int) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return list(cursor.fetchall())


async def one(request: HttpRequest, number: int) -> HttpResponse:
    async def load() -> Any:
        return await sync_to_async(rows)("SELECT id, name FROM thing WHERE id = %s", number)

    found = await remember(f"thing:{number}", 60, load)
    return JsonResponse({"found": found})


def each_by_itself(request: HttpRequest) -> HttpResponse:
    names = [rows("SELECT name FROM thing WHERE id = %s", n)[0][0] for n in range(1, 6)]
    everything = rows("SELECT * FROM thing ORDER BY id")
    return JsonResponse({"names": names, "all": len(everything)})


def secrets(request: HttpRequest) -> HttpResponse:
    rows("SELECT id FROM session_thing WHERE password = %s", "hunter2")
    cache.get("django.contrib.sessions.cacheabcdefsecret")
    rows("INSERT INTO session_thing (password) VALUES (%s) RETURNING id", "new")
    return HttpResponse("ok")


def broken(request: HttpRequest) -> HttpResponse:
    rows("SELECT nothing FROM nowhere")
    return HttpResponse("never")


async def many(request: HttpRequest) -> HttpResponse:
    for number in range(int(request.GET.get("steps", "10000"))):
        with step("task", f"step {number}"):
            pass
    return HttpResponse("many")


async def ticking(request: HttpRequest) -> StreamingHttpResponse:
    async def ticks() -> AsyncIterator[bytes]:
        for number in range(int(request.GET.get("ticks", "5"))):
            with step("task", f"tick {number}"):
                await asyncio.sleep(0.01)
            yield b"tick\n"

    return StreamingHttpResponse(ticks())


async def echo(request: HttpRequest) -> HttpResponse:
    return HttpResponse(request.body)


def lookups(request: HttpRequest) -> HttpResponse:
    for number in range(int(request.GET["number"])):
        cache.get(f"thing:{number % 1000}")
    return HttpResponse("looked up")


urlpatterns = [
    path("lookups", lookups),
    path("things/<int:number>", one),
    path("each", each_by_itself),
    path("secrets", secrets),
    path("broken", broken),
    path("many", many),
    path("ticking", ticking),
    path("echo", echo),
]

_is_traced = os.environ["JOURNEYS_TRACING"] == "1"
_handler: Any = TracedASGIHandler() if _is_traced else ASGIHandler()
_django = traced(_handler) if _is_traced else _handler


async def application(scope: Any, receive: Any, send: Any) -> None:
    is_for_workbench = scope.get("path", "").startswith(("/_trace", "/_cache"))
    await (endpoints if is_for_workbench else _django)(scope, receive, send)

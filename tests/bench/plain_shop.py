"""The peer of the shop: one cached product in plain Django, without REST layer and tracing."""
# ruff: noqa: E402 - Django is set up before what needs it is imported

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import django
from django.conf import settings

settings.configure(
    SECRET_KEY="only-for-this-bench",
    ALLOWED_HOSTS=["127.0.0.1"],
    ROOT_URLCONF="tests.bench.plain_shop",
    CACHES={
        "default": {
            "BACKEND": "demo_server.caching.backend.RedisCache",
            "LOCATION": os.environ["DEMO_REDIS_URL"],
            "KEY_PREFIX": "plain",
        }
    },
    MIDDLEWARE=[],
)
django.setup()

from django.core.cache import cache
from django.core.handlers.asgi import ASGIHandler
from django.http import HttpRequest, HttpResponse
from django.urls import path

if TYPE_CHECKING:
    from django.urls import URLPattern


async def product(request: HttpRequest, number: int) -> HttpResponse:
    """The bytes in the cache as JSON; whoever measures has put them there."""
    key = f"products:{number}"
    if request.method == "PUT":
        await cache.aset(key, request.body, None)
    body = await cache.aget(key)
    if body is None:
        return HttpResponse(status=404)
    return HttpResponse(body, content_type="application/json")


urlpatterns: list[URLPattern] = [path("api/products/<int:number>", product)]
application = ASGIHandler()

"""Django's handler with spans around each middleware, the URL resolution and the view."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

from asgiref.sync import iscoroutinefunction
from django.core.handlers.asgi import ASGIHandler
from django.utils.module_loading import import_string

from demo_server.tracing.middleware import traced
from demo_server.tracing.recorder import here, step

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest

_PARAMETER = re.compile(r"<(?:\w+:)?(\w+)>")


@lru_cache(maxsize=1024)
def template_of(route: str) -> str:
    """Django's route as a path template: `api/products/<int:id>` is `/api/products/{id}`."""
    return "/" + _PARAMETER.sub(r"{\1}", route.lstrip("^/").rstrip("$"))


class TracedHandling:
    """What a Django handler needs to tell of its steps; put it before the handler class."""

    def load_middleware(self, is_async: bool = False) -> None:
        """Load `settings.MIDDLEWARE`, each class wrapped in a span."""
        with patch("django.core.handlers.base.import_string", _import_traced):
            super().load_middleware(is_async=is_async)  # type: ignore[misc]

    def resolve_request(self, request: HttpRequest) -> Any:
        """Find the view inside a span and name the journey after its route."""
        with step("routing", "resolve URL") as span:
            match = super().resolve_request(request)  # type: ignore[misc]
        if span is not None and match.route is not None:
            journey = span.journey
            journey.route = template_of(match.route)
            journey.root.name = f"{journey.method} {journey.route}"
            span.attributes["http.route"] = journey.route
            span.function = match._func_path  # noqa: SLF001
        return match

    def make_view_atomic(self, view: Callable[..., Any]) -> Callable[..., Any]:
        """The view as Django calls it, inside a span."""
        atomic: Callable[..., Any] = super().make_view_atomic(view)  # type: ignore[misc]
        if here.get() is None:
            return atomic
        return _traced_view(atomic, view)


class TracedASGIHandler(TracedHandling, ASGIHandler):
    """`ASGIHandler` that tells of its steps."""


def _import_traced(path: str) -> Any:
    return traced(import_string(path), path)


@lru_cache(maxsize=512)
def _traced_view(view: Callable[..., Any], named: Any) -> Callable[..., Any]:
    function = getattr(named, "view_class", named)
    name = getattr(function, "__qualname__", type(function).__qualname__)
    if "<locals>" in name:
        name = function.__name__
    path = f"{getattr(function, '__module__', '')}.{name}"

    async def call_async(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        with step("view", name) as span:
            if span is not None:
                span.function = path
            return await view(request, *args, **kwargs)

    def call(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        with step("view", name) as span:
            if span is not None:
                span.function = path
            return view(request, *args, **kwargs)

    return call_async if iscoroutinefunction(view) else call

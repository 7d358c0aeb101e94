"""Each middleware as a span, with its own time on the way in and on the way out."""

from __future__ import annotations

from time import perf_counter_ns
from typing import TYPE_CHECKING, Any

from asgiref.sync import iscoroutinefunction

from demo_server.tracing.recorder import here
from demo_server.tracing.spans import MiddlewareSpan

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from django.http import HttpRequest, HttpResponseBase

    Ask = Callable[[HttpRequest], HttpResponseBase]
    AsyncAsk = Callable[[HttpRequest], Awaitable[HttpResponseBase]]

_HOOKS = ("process_view", "process_template_response", "process_exception")


def traced(middleware: Callable[[Any], Any], path: str) -> Callable[[Any], Any]:
    """A factory that behaves as the given one, and whose product records a span a request."""
    name = path.rpartition(".")[2]

    def factory(get_response: Any) -> Any:
        is_async = iscoroutinefunction(get_response)
        inner = _async_inner(get_response) if is_async else _inner(get_response)
        instance = middleware(inner)
        if instance is None:
            return None
        if iscoroutinefunction(instance):
            outer: Any = _async_outer(instance, name, path)
        else:
            outer = _outer(instance, name, path)
        for hook in _HOOKS:
            if hasattr(instance, hook):
                setattr(outer, hook, getattr(instance, hook))
        return outer

    factory.sync_capable = getattr(middleware, "sync_capable", True)  # type: ignore[attr-defined]
    factory.async_capable = getattr(middleware, "async_capable", False)  # type: ignore[attr-defined]
    return factory


def _async_outer(instance: AsyncAsk, name: str, path: str) -> AsyncAsk:
    async def outer(request: HttpRequest) -> HttpResponseBase:
        parent = here.get()
        if parent is None or parent.journey.is_finished:
            return await instance(request)
        span = MiddlewareSpan(parent, name)
        span.function = path
        here.set(span)
        try:
            return await instance(request)
        except BaseException as error:
            span.fail(error)
            raise
        finally:
            span.end()
            here.set(parent)

    return outer


def _outer(instance: Ask, name: str, path: str) -> Ask:
    def outer(request: HttpRequest) -> HttpResponseBase:
        parent = here.get()
        if parent is None or parent.journey.is_finished:
            return instance(request)
        span = MiddlewareSpan(parent, name)
        span.function = path
        here.set(span)
        try:
            return instance(request)
        except BaseException as error:
            span.fail(error)
            raise
        finally:
            span.end()
            here.set(parent)

    return outer


def _async_inner(get_response: AsyncAsk) -> AsyncAsk:
    async def inner(request: HttpRequest) -> HttpResponseBase:
        span = here.get()
        if not isinstance(span, MiddlewareSpan):
            return await get_response(request)
        span.inner_started = perf_counter_ns()
        try:
            return await get_response(request)
        finally:
            span.inner_ended = perf_counter_ns()

    return inner


def _inner(get_response: Ask) -> Ask:
    def inner(request: HttpRequest) -> HttpResponseBase:
        span = here.get()
        if not isinstance(span, MiddlewareSpan):
            return get_response(request)
        span.inner_started = perf_counter_ns()
        try:
            return get_response(request)
        finally:
            span.inner_ended = perf_counter_ns()

    return inner

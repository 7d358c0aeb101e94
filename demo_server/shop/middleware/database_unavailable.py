"""A database that does not answer, or is busy too long, is a 503 that says when to return."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable

from asgiref.sync import markcoroutinefunction
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

from demo_server.caching.write_back.log import LogAway
from demo_server.shop import failures

logger = logging.getLogger("demo_server.database")


def explain(error: str) -> str:
    """The database's own message in words for the client; nothing of the request is in them."""
    if "full" in error:
        return "The database's disk is full. Nothing was changed; free some space there."
    if "readonly" in error:
        return "The database cannot be written. Nothing was changed; check its permissions."
    return "The database is busy or does not answer. Nothing was changed; repeat in a second."


def explain_log(request: HttpRequest, error: str) -> str:
    """The same of the log of deferred writes, without which nobody knows the newest values."""
    if request.method in {"GET", "HEAD"}:
        return f"{error} What was acknowledged is kept; repeat in a second."
    return (
        f"{error} Whether this was noted is open: repeat it in a second, with the same "
        "Idempotency-Key, and it counts once."
    )


class DatabaseUnavailable:
    """Turns the database's own errors into an answer; the cause goes to the log."""

    sync_capable = False
    async_capable = True

    def __init__(self, get_response: Callable[[HttpRequest], Awaitable[HttpResponseBase]]) -> None:
        self.get_response = get_response
        markcoroutinefunction(self)

    async def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer as the view does."""
        return await self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """503 with Retry-After for a database error, nothing for others."""
        if not isinstance(error, OperationalError | InterfaceError):
            return None
        logger.error("%s %s: %s", request.method, request.path, error)
        if isinstance(error, LogAway):
            title, detail = "Cache unavailable", explain_log(request, str(error))
        else:
            title, detail = "Database unavailable", explain(str(error))
        response = failures.response(request, 503, title, detail)
        response.headers["Retry-After"] = "1"
        return response

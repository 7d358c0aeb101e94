"""Idempotency-Key: a POST sent twice with one key is done once, and answered twice alike."""

import re
from collections.abc import Awaitable, Callable
from hashlib import sha256
from typing import Any, Final

import msgspec
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

from demo_server.rest_api.layer.operation import Call
from demo_server.rest_api.layer.problem import Problem, Violation

KEY_PATTERN: Final = "^[!-~]{1,255}$"
KEPT_S: Final = 24 * 3600
WORKING_S: Final = 60
"""How long a key stays taken when the server dies at work."""

_KEY: Final = re.compile(r"[!-~]{1,255}", re.ASCII)
_REPEATED_HEADERS: Final = ("Content-Type", "Content-Length", "Location", "ETag", "Cache-Control")


class _Record(msgspec.Struct, frozen=True):
    fingerprint: str
    status: int = 0
    headers: dict[str, str] = {}
    body: bytes = b""


def key_of(request: HttpRequest) -> str:
    """The request's key, empty when it has none; Problem 400 when it is malformed."""
    given = request.META.get("HTTP_IDEMPOTENCY_KEY")
    if given is None:
        return ""
    if not _KEY.fullmatch(given):
        rule = "Expected 1 to 255 visible ASCII characters without spaces"
        errors = [Violation(detail=rule, header="Idempotency-Key")]
        raise Problem("invalid-parameters", errors=errors)
    return str(given)


async def once(
    key: str, call: Call[Any, Any], answer: Callable[[], Awaitable[HttpResponseBase]]
) -> HttpResponseBase:
    """The answer, or the kept one of the first request with this key.

    Problem 409 while the first is being worked on, 422 when its body was another. A first
    request that failed keeps nothing: it may be sent again.
    """
    place = f"idempotency:{digest(key, call)}"
    fingerprint = sha256(call.request.body).hexdigest()
    working = msgspec.msgpack.encode(_Record(fingerprint))
    if not await cache.aadd(place, working, WORKING_S):
        return _repeat(await cache.aget(place), fingerprint)
    try:
        response = await answer()
    except BaseException:
        await cache.adelete(place)
        raise
    if isinstance(response, HttpResponse) and response.status_code < 300:
        record = _record(fingerprint, response)
        await cache.aset(place, msgspec.msgpack.encode(record), KEPT_S)
    else:
        await cache.adelete(place)
    return response


def digest(key: str, call: Call[Any, Any]) -> str:
    """A key of this caller at this address, as 64 hex digits."""
    said = f"{call.identity.user_id}\n{call.request.path}\n{key}"
    return sha256(said.encode()).hexdigest()


def _repeat(kept: bytes | None, fingerprint: str) -> HttpResponse:
    record = msgspec.msgpack.decode(kept, type=_Record) if kept else None
    if record is not None and record.fingerprint != fingerprint:
        raise Problem("key-reused")
    if record is None or not record.status:
        raise Problem("in-progress", headers={"Retry-After": "1"})
    headers = {**record.headers, "Idempotency-Replayed": "true"}
    return HttpResponse(record.body, status=record.status, headers=headers)


def _record(fingerprint: str, response: HttpResponse) -> _Record:
    kept = {name: response[name] for name in _REPEATED_HEADERS if name in response}
    return _Record(fingerprint, response.status_code, kept, response.content)

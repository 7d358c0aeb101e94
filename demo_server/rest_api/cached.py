"""Answers kept in the cache as the bytes they were sent as: a hit needs no SQL and no encoding.

How each is kept, the policy of its route says (`demo_server.caching.routes`).
"""

from __future__ import annotations

from hashlib import blake2b
from typing import TYPE_CHECKING, Any, Final, NoReturn

from demo_server.caching import control
from demo_server.caching.routes import BY_NAME
from demo_server.caching.strategies.strategy import Absent, Sourced
from demo_server.rest_api.layer.conditional import strong, weak
from demo_server.rest_api.layer.operation import Call, Reply, encoder
from demo_server.rest_api.layer.problem import Problem

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from demo_server.caching.strategies.strategy import Apply, Change

_LONGEST_READABLE: Final = 120
_ABSENCES: Final = frozenset({"not-found", "gone"})


async def item(name: str, number: int, load: Callable[[], Awaitable[Any]]) -> Reply:
    """One thing of the route `name`: what `load` gives, encoded. Raises what `load` raises."""
    route = BY_NAME[name]

    async def loaded() -> Sourced:
        try:
            return sourced(await load())
        except Problem as problem:
            if problem.kind in _ABSENCES:
                raise Absent(f"{problem.kind}\n{problem.detail}") from problem
            raise

    try:
        body = await control.read(route, f"{route.group}:{number}", loaded)
    except Absent as absence:
        _say(absence)
    return Reply(encoded=body, etag=strong(body))


async def changed(name: str, number: int, change: Change, apply: Apply) -> Reply:
    """One thing of the route `name` after `change`, which `apply` writes to the database."""
    route = BY_NAME[name]
    body = await control.write(route, f"{route.group}:{number}", change, apply)
    return Reply(encoded=body, etag=strong(body))


async def listing(name: str, call: Call[Any, Any], load: Callable[[], Awaitable[Any]]) -> Reply:
    """A list of the route `name`: kept for its address, until anything of its group changes."""
    route = BY_NAME[name]

    async def loaded() -> Sourced:
        return Sourced(encoder.encode(await load()))

    place = f"{call.request.path}?{call.request.META.get('QUERY_STRING', '')}"
    if len(place) > _LONGEST_READABLE or not place.isprintable() or " " in place:
        place = blake2b(place.encode(), digest_size=16).hexdigest()
    body = await control.read(route, f"{route.group}:list:{place}", loaded)
    return Reply(encoded=body, etag=weak(body))


def sourced(out: Any) -> Sourced:
    """A thing as it is cached: its bytes, and its version when it has one."""
    return Sourced(encoder.encode(out), getattr(out, "version", 0))


def _say(absence: Absent) -> NoReturn:
    kind, _, detail = absence.reason.partition("\n")
    raise Problem(kind, detail) from None

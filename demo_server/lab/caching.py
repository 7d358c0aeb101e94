"""The verbs of the strategy lab: policies, the clock, expiry; behind the workbench's token."""

from __future__ import annotations

from math import isfinite
from typing import Any, Final

from demo_server.caching import clock, control
from demo_server.caching.fitness import MEMBERS, Unfit
from demo_server.caching.routes import BY_NAME
from demo_server.caching.store import Unreachable
from demo_server.caching.strategies.strategy import CannotEnter
from demo_server.workbench import Asked, Refused, Verb

FARTHEST: Final = 30 * 86_400.0


async def change(asked: Asked) -> dict[str, Any]:
    """Change members of a route's policy; the route as it is then."""
    name = asked.parts["name"]
    route = BY_NAME.get(name)
    if route is None:
        known = ", ".join(BY_NAME)
        raise Refused(404, f"There is no route {name[:40]!r}. Known: {known}.")
    try:
        await control.change(route, asked.members(*MEMBERS))
    except Unfit as unfit:
        raise Refused(422, str(unfit), member=unfit.member) from None
    except CannotEnter as reason:
        raise Refused(422, str(reason), member="strategy") from None
    return control.document(route)


async def reset(asked: Asked) -> dict[str, Any]:
    """Back to what the shop starts with: policies, empty caches, counters, the clock."""
    del asked
    await control.reset()
    return {"routes": control.documents()}


async def advance(asked: Asked) -> dict[str, Any]:
    """Put the cache's clock forward."""
    seconds = asked.members("advance_s").get("advance_s")
    if not isinstance(seconds, (int, float)) or isinstance(seconds, bool):
        raise Refused(422, 'Say how far: {"advance_s": 30}.')
    if not isfinite(seconds) or not 0 < seconds <= FARTHEST:
        raise Refused(422, f"advance_s is above 0 and at most {FARTHEST:.0f} seconds.")
    try:
        shrunk = await control.advance(seconds)
    except Unreachable as error:
        raise Refused(503, f"{error} The clock went on, the times to live did not.") from None
    return {"offset_s": clock.offset(), "keys": shrunk}


async def expire(asked: Asked) -> dict[str, Any]:
    """Let one key's time be over."""
    key = asked.members("key").get("key")
    if not isinstance(key, str) or not key:
        raise Refused(422, 'Say which key: {"key": "products:7"}.')
    try:
        return {"key": key, "was_there": await control.expire(key)}
    except Unreachable as error:
        raise Refused(503, str(error)) from None


VERBS: Final = (
    Verb("PATCH", "/_cache/routes/{name}", change),
    Verb("POST", "/_cache/reset", reset),
    Verb("POST", "/_cache/clock", advance),
    Verb("POST", "/_cache/expire", expire),
)

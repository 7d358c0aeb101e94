"""Everything under `/_cache`: what the feed tells, and the verbs that steer the cache."""

from __future__ import annotations

from collections import Counter
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Final

from django.core.cache import cache as shop_cache

from demo_server import workbench
from demo_server.caching import clock
from demo_server.caching.feed import SOURCE, ring
from demo_server.workbench import Asked, Verb

if TYPE_CHECKING:
    from asgiref.typing import ASGIReceiveCallable, ASGISendCallable, HTTPScope

# Each offers `VERBS`; they need the shop's models, so they are imported when first asked.
LABS: Final = ("demo_server.lab.caching", "demo_server.lab.write_back")


async def endpoints(scope: HTTPScope, receive: ASGIReceiveCallable, send: ASGISendCallable) -> None:
    """The ASGI application for `/_cache` and below, except its stream; the token was checked."""
    verbs = (_STATE,) if scope["path"] == "/_cache" else _lab()
    await workbench.dispatch(scope, receive, send, verbs)


async def state(asked: Asked) -> dict[str, Any]:
    """The store, how far the feed is, and what the routes do with the cache."""
    del asked
    describe = getattr(shop_cache, "describe", None)
    return {
        "source": SOURCE,
        "store": await describe() if describe else _foreign(),
        "sequence": ring.newest,
        "ring": {"capacity": ring.capacity, "kept": ring.kept},
        "clock": {"offset_s": clock.offset()},
        **_strategies(),
    }


_STATE: Final = Verb("GET", "/_cache", state)


def _foreign() -> dict[str, Any]:
    """A cache backend of somebody else: it announces nothing."""
    prefix = shop_cache.key_prefix
    return {"kind": "foreign", "tells_expiry": False, "prefix": prefix, "fsync": None}


def _strategies() -> dict[str, Any]:
    """`routes`: each with its policy and counters; and the same `counters` by strategy."""
    from demo_server.caching import control

    routes = control.documents()
    counters: dict[str, Counter[str]] = {}
    for route in routes:
        counters.setdefault(route["policy"]["strategy"], Counter()).update(route["counters"])
    return {"routes": routes, "counters": counters}


@cache
def _lab() -> tuple[Verb, ...]:
    found = [import_module(name) for name in LABS if find_spec(name)]
    return tuple(verb for module in found for verb in module.VERBS)

"""Everything under `/_cache`: what the feed tells, and the verbs that steer the cache."""

from __future__ import annotations

from collections import Counter
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from demo_server import workbench
from demo_server.caching import clock
from demo_server.caching.feed import SOURCE, ring
from demo_server.caching.foreign import default_cache
from demo_server.workbench import Asked, Verb

if TYPE_CHECKING:
    from asgiref.typing import ASGIReceiveCallable, ASGISendCallable, HTTPScope


async def endpoints(scope: HTTPScope, receive: ASGIReceiveCallable, send: ASGISendCallable) -> None:
    """The ASGI application for `/_cache` and below, except its stream; the token was checked."""
    verbs = (_STATE,) if scope["path"] == "/_cache" else _lab()
    await workbench.dispatch(scope, receive, send, verbs)


async def state(asked: Asked) -> dict[str, Any]:
    """The store, how far the feed is, and what the routes do with the cache."""
    del asked
    return {
        "source": SOURCE,
        "store": await default_cache().describe(),
        "sequence": ring.newest,
        "ring": {"capacity": ring.capacity, "kept": ring.kept},
        "clock": {"offset_s": clock.offset()},
        **_strategies(),
    }


_STATE: Final = Verb("GET", "/_cache", state)


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
    """The lab needs the shop's models, which a project without the shop does not have."""
    from demo_server.lab import caching, write_back

    return (*caching.VERBS, *write_back.VERBS)

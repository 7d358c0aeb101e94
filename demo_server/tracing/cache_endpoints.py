"""Everything under `/_cache`: what the feed tells, and the verbs that steer the cache."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Final

from demo_server import workbench
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
    """The store and how far the feed is."""
    from django.core.cache import cache as shop_cache

    del asked
    return {"store": {"kind": shop_cache.kind, "prefix": shop_cache.key_prefix}}  # type: ignore[attr-defined]


_STATE: Final = Verb("GET", "/_cache", state)


@cache
def _lab() -> tuple[Verb, ...]:
    found = [import_module(name) for name in LABS if find_spec(name)]
    return tuple(verb for module in found for verb in module.VERBS)

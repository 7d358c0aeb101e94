"""Cache-aside for code that has no route: look, else load once for all who wait, and store it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypeVar, cast

from django.core.cache import cache

from demo_server.caching.strategies import STRATEGIES, flights
from demo_server.caching.strategies.numbers import arenew, renew
from demo_server.caching.strategies.numbers import current as generation
from demo_server.caching.strategies.strategy import Item, Policy, Sourced

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

__all__ = ["aforget", "arenew", "forget", "generation", "remember", "renew"]

T = TypeVar("T")
FOR_EVER: Final = 10 * 365 * 86_400.0


async def remember(key: str, ttl: float | None, load: Callable[[], Awaitable[T]]) -> T:
    """The cached value of `key`, else what `load` gives, kept for `ttl` seconds (None: for ever).

    Of many who miss at the same time one loads and the others wait for it; they share the very
    same object, so treat it as read-only. What `load` raises, all of them get. When the one who
    loads is cancelled, one of the waiting takes over.
    """

    async def sourced() -> Sourced:
        return Sourced(await load())

    policy = Policy(ttl_s=FOR_EVER if ttl is None else ttl, jitter=0.0)
    value: Any = await STRATEGIES["cache-aside"].read(Item(key, "", policy), sourced)
    return cast("T", value)


def forget(*keys: str) -> None:
    """Drop these keys, from a thread; a load that began before will not be stored."""
    for key in keys:
        flights.outdate(cache.make_key(key))
        cache.delete(key)


async def aforget(*keys: str) -> None:
    """Drop these keys; a load that began before will not be stored."""
    for key in keys:
        flights.outdate(cache.make_key(key))
        await cache.adelete(key)

"""Cache-aside: look, and when it is not there load it once for everyone who waits, and store it."""

from __future__ import annotations

import asyncio
from time import perf_counter_ns, time_ns
from typing import TYPE_CHECKING, Any, Final, TypeVar, cast

from django.core.cache import cache

from demo_server.caching.feed import announce, strategy

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

T = TypeVar("T")

_ABSENT: Final = object()


class _Flight:
    """A load in progress: who needs the same key waits for `landed`."""

    __slots__ = ("is_outdated", "landed")

    def __init__(self) -> None:
        self.landed: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self.is_outdated = False

    def is_of_this_loop(self) -> bool:
        return self.landed.get_loop() is asyncio.get_running_loop()


_flights: dict[str, _Flight] = {}


async def remember(key: str, ttl: float | None, load: Callable[[], Awaitable[T]]) -> T:
    """The cached value of `key`, else what `load` gives, kept for `ttl` seconds (None: for ever).

    Of many who miss at the same time one loads and the others wait for it; they share the very
    same object, so treat it as read-only. What `load` raises, all of them get. When the one who
    loads is cancelled, one of the waiting takes over.
    """
    while True:
        with strategy("aside"):
            value = await cache.aget(key, _ABSENT)
        if value is not _ABSENT:
            return cast("T", value)
        flight = _flights.get(key)
        if flight is None or not flight.is_of_this_loop():
            return await _load(key, ttl, load)
        started = perf_counter_ns()
        await asyncio.wait((flight.landed,))
        if not flight.landed.cancelled():
            with strategy("aside"):
                announce("join", cache.make_key(key), "hit", started)
            return cast("T", flight.landed.result())


async def _load(key: str, ttl: float | None, load: Callable[[], Awaitable[T]]) -> T:
    flight = _flights[key] = _Flight()
    try:
        value = await load()
        if not flight.is_outdated:
            with strategy("aside"):
                await cache.aset(key, value, ttl)
        if not flight.landed.done():
            flight.landed.set_result(value)
        return value
    except Exception as error:
        flight.landed.set_exception(error)
        flight.landed.exception()
        raise
    finally:
        if _flights.get(key) is flight:
            del _flights[key]
        flight.landed.cancel()


def forget(*keys: str) -> None:
    """Drop these keys, from a thread; a load that began before will not be stored."""
    for key in keys:
        _outdate(key)
        cache.delete(key)


async def aforget(*keys: str) -> None:
    """Drop these keys; a load that began before will not be stored."""
    for key in keys:
        _outdate(key)
        await cache.adelete(key)


def _outdate(key: str) -> None:
    """Those who come now start a load of their own instead of joining the old one."""
    if flight := _flights.pop(key, None):
        flight.is_outdated = True


async def generation(group: str) -> int:
    """The number that stands in the keys of a group, such as every page of a list."""
    key = f"{group}:generation"
    with strategy("generation"):
        number = await cache.aget(key)
        if number is None:
            first = time_ns()
            is_first = await cache.aadd(key, first, None)
            number = first if is_first else await cache.aget(key, 0)
    return cast("int", number)


def renew(group: str) -> None:
    """Outdate all keys of a group at once, from a thread: the old ones are never asked for again.

    The number is a time, so that it never repeats after the cache has forgotten it.
    """
    with strategy("generation"):
        cache.set(f"{group}:generation", time_ns(), None)


async def arenew(group: str) -> None:
    """Outdate all keys of a group at once."""
    with strategy("generation"):
        await cache.aset(f"{group}:generation", time_ns(), None)

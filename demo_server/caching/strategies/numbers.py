"""Numbers that outdate many keys at once: the version of an item, the generation of a group.

A number is a time in nanoseconds, so that none comes back after the cache has forgotten it.
"""

from __future__ import annotations

from time import time_ns
from typing import cast

from django.core.cache import cache

from demo_server.caching.feed import strategy


async def current(name: str) -> int:
    """The number of an item or a group, which stands in its keys or beside its values."""
    key = f"{name}:generation"
    with strategy("generation"):
        number = await cache.aget(key)
        if number is None:
            first = time_ns()
            is_first = await cache.aadd(key, first, None)
            number = first if is_first else await cache.aget(key, 0)
    return cast("int", number)


def renew(name: str) -> None:
    """Outdate all that the number stands for, from a thread; the old is never asked for again."""
    with strategy("generation"):
        cache.set(f"{name}:generation", time_ns(), None)


async def arenew(name: str) -> None:
    """Outdate all that the number stands for."""
    with strategy("generation"):
        await cache.aset(f"{name}:generation", time_ns(), None)

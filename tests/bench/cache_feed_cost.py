"""What the cache feed adds to a GET: with it, against a cache that announces nothing."""

from __future__ import annotations

import asyncio
import gc
import os
from time import perf_counter, perf_counter_ns
from typing import TYPE_CHECKING, Final
from unittest.mock import patch

from tests.bench.row import Row
from tests.bench.servers import valkey

if TYPE_CHECKING:
    from collections.abc import Callable

    from demo_server.caching.backend import ObservedCache

ROUNDS: Final = 200
GETS_IN_PROCESS: Final = 500
GETS_OF_VALKEY: Final = 20
KEY: Final = "products:7"
VALUE: Final = b'{"id": 7}' * 100
MUST: Final = 1.25
ANNOUNCEMENTS: Final = 1000


def silent(*_: object, **__: object) -> None:
    """Announces nothing."""


def compare(measure: Callable[[], float]) -> tuple[float, float, float]:
    """The ratio of the best times with the feed and without it, and both in µs for each GET.

    Short measurements in turn, so that in some of them nothing else was running.
    """
    from demo_server.caching import backend, feed

    times: dict[bool, list[float]] = {True: [], False: []}
    gc.disable()
    for number in range(2 * ROUNDS):
        is_telling = number % 2 == 0
        with patch.object(backend, "announce", feed.announce if is_telling else silent):
            times[is_telling].append(measure() * 1e6)
    gc.enable()
    telling, quiet = min(times[True]), min(times[False])
    return telling / quiet, telling, quiet


def in_thread(cache: ObservedCache, number: int) -> float:
    """Seconds for one `get`."""
    started = perf_counter()
    for _ in range(number):
        cache.get(KEY)
    return (perf_counter() - started) / number


def on_the_loop(cache: ObservedCache, loop: asyncio.AbstractEventLoop, number: int) -> float:
    """Seconds for one `aget`."""

    async def ask() -> float:
        started = perf_counter()
        for _ in range(number):
            await cache.aget(KEY)
        return (perf_counter() - started) / number

    return loop.run_until_complete(ask())


def announcement() -> float:
    """Microseconds for one announcement, its place in the ring included."""
    from demo_server.caching.feed import announce

    started = perf_counter_ns()
    for _ in range(ANNOUNCEMENTS):
        announce("get", KEY, "hit", started, size=900)
    return (perf_counter_ns() - started) / ANNOUNCEMENTS / 1000


def main() -> None:
    """One row for a GET of each kind, and one for the announcement alone."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "demo_server.settings")
    from demo_server.caching.backend import LocalCache, RedisCache

    with valkey() as url:
        remote = RedisCache(url, {"KEY_PREFIX": "bench"})
        local = LocalCache("bench", {"KEY_PREFIX": "bench"})
        for cache in (remote, local):
            cache.set(KEY, VALUE)
        loop = asyncio.new_event_loop()
        kinds: tuple[tuple[str, Callable[[], float]], ...] = (
            ("of Valkey on the loop", lambda: on_the_loop(remote, loop, GETS_OF_VALKEY)),
            ("of Valkey in a thread", lambda: in_thread(remote, GETS_OF_VALKEY)),
            ("in process", lambda: in_thread(local, GETS_IN_PROCESS)),
        )
        for says, measure in kinds:
            measure()
            ratio, telling, quiet = compare(measure)
            note = f"{telling:.2f} µs vs {quiet:.2f} µs"
            Row(f"a GET {says} with the cache feed, against without", ratio, MUST, note=note).show()
        loop.close()
    each = min(announcement() for _ in range(ROUNDS))
    Row("one announcement to the cache feed", each, 1.0, "µs").show()


if __name__ == "__main__":
    main()

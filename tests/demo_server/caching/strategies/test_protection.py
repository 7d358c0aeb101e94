"""Twenty miss at once: each loads, or one in this process does, or one in all processes."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from demo_server.caching import counters
from demo_server.caching.strategies import STRATEGIES, flights
from demo_server.caching.strategies.slot import Slot, new_token
from tests.demo_server.caching.strategies.conftest import Source, until

if TYPE_CHECKING:
    from collections.abc import Callable

    from demo_server.caching.counters import Counters
    from demo_server.caching.feed import Operation
    from demo_server.caching.strategies.strategy import Item

CLIENTS = 20
aside = STRATEGIES["cache-aside"]


async def burst(item: Item, source: Source, name: str = "cache-aside") -> list[Any]:
    """So many readers who have all missed before the source answers."""
    strategy = STRATEGIES[name]
    readers = [asyncio.create_task(strategy.read(item, source.load)) for _ in range(CLIENTS)]
    await source.was_asked.wait()
    await until(lambda: counters.of("test").misses == CLIENTS)
    source.may_answer.set()
    return await asyncio.gather(*readers)


@pytest.mark.parametrize(
    ("protection", "loads", "joined", "lease_waits"),
    [("none", CLIENTS, 0, 0), ("flight", 1, CLIENTS - 1, 0), ("lease", 1, 0, CLIENTS - 1)],
)
async def test_stampede(
    item: Callable[..., Item],
    counted: Counters,
    operations: list[Operation],
    protection: str,
    loads: int,
    joined: int,
    lease_waits: int,
) -> None:
    source = Source(is_quick=False)
    thing = item(protection=protection)
    assert await burst(thing, source) == ["one"] * CLIENTS
    assert source.loads == counted.loads == loads
    assert (counted.requests, counted.hits, counted.misses) == (CLIENTS, 0, CLIENTS)
    assert (counted.joined, counted.lease_waits) == (joined, lease_waits)
    gets = [each for each in operations if each.op == "get"]
    assert len(gets) == CLIENTS
    assert {each.route for each in gets} == {"test"}
    assert sum(each.op == "load" for each in operations) == loads
    assert await aside.read(thing, source.load) == "one"
    assert (source.loads, counted.hits) == (loads, 1)


async def test_lease_waits_for_who_loads_in_another_process(
    item: Callable[..., Item], counted: Counters
) -> None:
    thing, source = item(protection="lease"), Source()
    other, token = Slot(thing, "cache-aside"), new_token()
    assert await other.take(token) is True
    reader = asyncio.create_task(aside.read(thing, source.load))
    await until(lambda: counted.lease_waits)
    await other.store((await Source("theirs").load()), 0.01, token)
    assert await reader == "theirs"
    assert (source.loads, counted.lease_waits, counted.misses) == (0, 1, 1)


async def test_failed_load_gives_the_lease_back(
    item: Callable[..., Item], counted: Counters
) -> None:
    thing, source = item(protection="lease"), Source()
    source.failure = ConnectionError("the database is away")
    with pytest.raises(ConnectionError):
        await aside.read(thing, source.load)
    source.failure = None
    assert await aside.read(thing, source.load) == "one"
    assert (counted.loads, counted.load_failures, counted.lease_waits) == (2, 1, 0)


async def test_cancelled_load_gives_the_lease_back(item: Callable[..., Item]) -> None:
    thing, source = item(protection="lease"), Source(is_quick=False)
    first = asyncio.create_task(aside.read(thing, source.load))
    await source.was_asked.wait()
    second = asyncio.create_task(aside.read(thing, source.load))
    await asyncio.sleep(0)
    first.cancel()
    source.may_answer.set()
    assert await second == "one"
    with pytest.raises(asyncio.CancelledError):
        await first
    assert source.loads == 2


async def test_stale_fill_is_refused(
    item: Callable[..., Item], counted: Counters, operations: list[Operation]
) -> None:
    """The reader loads; a writer in another process commits and deletes; the fill comes late."""
    thing, source = item(protection="lease"), Source(is_quick=False)
    reader = asyncio.create_task(aside.read(thing, source.load))
    await source.was_asked.wait()
    await source.apply({"value": "two"})
    slot = Slot(thing, "cache-aside")
    await slot.cache.store.aexecute(("DEL", slot._lease(), slot.name))
    source.may_answer.set()
    assert await reader == "one", "who asked before the write may get the old value"
    assert counted.refused_fills == 1
    assert [each.result for each in operations if each.op == "set"] == ["refused"]
    assert await aside.read(thing, source.load) == "two"


async def test_without_lease_the_stale_fill_of_another_process_stays(
    item: Callable[..., Item], counted: Counters
) -> None:
    """Why there are leases: the same order of events, and the old value lies in the cache."""
    thing, source = item(protection="none"), Source(is_quick=False)
    reader = asyncio.create_task(aside.read(thing, source.load))
    await source.was_asked.wait()
    await source.apply({"value": "two"})
    slot = Slot(thing, "cache-aside")
    await slot.cache.store.aexecute(("DEL", slot.name))
    source.may_answer.set()
    await reader
    assert await aside.read(thing, source.load) == "one"
    assert counted.refused_fills == 0


async def test_flight_that_was_outdated_in_this_process_is_not_stored(
    item: Callable[..., Item], counted: Counters
) -> None:
    thing, source = item(), Source(is_quick=False)
    reader = asyncio.create_task(aside.read(thing, source.load))
    await source.was_asked.wait()
    await source.apply({"value": "two"})
    flights.outdate(Slot(thing, "cache-aside").flight)
    source.may_answer.set()
    assert await reader == "one"
    assert counted.refused_fills == 1
    assert await aside.read(thing, source.load) == "two"

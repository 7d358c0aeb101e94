"""Written through: both have it at once, the newest wins, and what is unsure is deleted."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from demo_server.caching.strategies import STRATEGIES, through
from demo_server.caching.strategies.slot import Slot, new_token
from demo_server.caching.strategies.strategy import Sourced
from tests.demo_server.caching.strategies.conftest import Source

if TYPE_CHECKING:
    from collections.abc import Callable

    from demo_server.caching.counters import Counters
    from demo_server.caching.feed import Operation
    from demo_server.caching.strategies.strategy import Item

strategy = STRATEGIES["write-through"]


async def nothing_to_load() -> Sourced:
    raise AssertionError("it should lie in the cache")


async def test_reader_finds_what_was_written_without_a_load(
    item: Callable[..., Item], counted: Counters, operations: list[Operation]
) -> None:
    thing, source = item(), Source()
    assert await strategy.write(thing, {"value": "two"}, source.apply) == "two"
    assert await strategy.read(thing, nothing_to_load) == "two"
    assert (counted.hits, counted.misses, counted.loads) == (1, 0, 0)
    told = [(each.op, each.result, each.strategy) for each in operations if "lease" not in each.key]
    assert told == [("set", "stored", "write-through"), ("get", "hit", "write-through")]


async def test_hundred_racing_writers_leave_the_newest(item: Callable[..., Item]) -> None:
    """Each commits in order, and reaches the cache in any order."""
    thing, source = item(), Source()
    committed: list[str] = []

    async def write(number: int) -> None:
        async def apply(change: Any) -> Sourced:
            sourced = await source.apply(change)
            committed.append(sourced.value)
            for _ in range((number * 7) % 13):
                await asyncio.sleep(0)
            return sourced

        await strategy.write(thing, {"value": f"v{number}"}, apply)

    await asyncio.gather(*(write(number) for number in range(100)))
    assert await strategy.read(thing, source.load) == committed[-1] == source.value


async def test_older_write_that_comes_late_is_refused(
    item: Callable[..., Item], counted: Counters
) -> None:
    thing = item()
    slot, early, late = Slot(thing, "write-through", is_versioned=True), new_token(), new_token()
    await slot.claim(early, by_force=True)
    await slot.claim(late, by_force=True)
    await slot.put(Sourced("three", 3), late)
    await slot.put(Sourced("two", 2), early)
    assert await strategy.read(thing, nothing_to_load) == "three"
    assert counted.refused_fills == 1


async def test_write_that_somebody_outdated_meanwhile_is_not_stored(
    item: Callable[..., Item],
) -> None:
    """Another program commits version 3 and deletes, between this writer's commit and its SET."""
    thing, source, token = item(), Source("three"), new_token()
    slot = Slot(thing, "write-through", is_versioned=True)
    await slot.claim(token, by_force=True)
    await slot.delete()
    await slot.put(Sourced("two", 2), token)
    assert await strategy.read(thing, source.load) == "three"


async def test_old_load_never_replaces_what_was_written(
    item: Callable[..., Item], counted: Counters
) -> None:
    thing, source = item(protection="none"), Source(is_quick=False)
    reader = asyncio.create_task(strategy.read(thing, source.load))
    await source.was_asked.wait()
    await strategy.write(thing, {"value": "two"}, source.apply)
    source.may_answer.set()
    assert await reader == "one"
    assert await strategy.read(thing, nothing_to_load) == "two"
    assert counted.refused_fills == 1


async def test_failed_write_leaves_nothing_in_the_cache(item: Callable[..., Item]) -> None:
    thing, source = item(), Source()
    await strategy.write(thing, {"value": "two"}, source.apply)

    async def refuse(change: Any) -> Sourced:
        raise ValueError("a rule forbids it")

    with pytest.raises(ValueError, match="forbids"):
        await strategy.write(thing, {"value": "three"}, refuse)
    assert await strategy.read(thing, source.load) == "two"


async def test_cancelled_write_whose_commit_comes_later_outdates_the_key(
    item: Callable[..., Item],
) -> None:
    """The client leaves; the thread commits all the same, and then nobody else stores the value."""
    thing, source = item(), Source()
    committing, may_commit = asyncio.Event(), asyncio.Event()
    was_left_to_the_writer: list[bool] = []

    async def commit() -> None:
        await may_commit.wait()
        was_left_to_the_writer.append(through.is_stored_by_its_writer(thing.key))

    async def apply(change: Any) -> Sourced:
        thread = asyncio.create_task(commit())
        committing.set()
        await asyncio.shield(thread)
        return await source.apply(change)

    writer = asyncio.create_task(strategy.write(thing, {"value": "two"}, apply))
    await committing.wait()
    writer.cancel()
    with pytest.raises(asyncio.CancelledError):
        await writer
    may_commit.set()
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert was_left_to_the_writer == [False]


@pytest.mark.parametrize("name", ["none", "cache-aside", "read-through", "refresh-ahead"])
async def test_other_strategies_write_the_source(item: Callable[..., Item], name: str) -> None:
    thing, source = item(), Source()
    assert await STRATEGIES[name].write(thing, {"value": "two"}, source.apply) == "two"
    assert (source.value, source.version) == ("two", 2)


async def test_no_cache_never_touches_the_cache(
    item: Callable[..., Item], counted: Counters, operations: list[Operation]
) -> None:
    thing, source = item(), Source()
    for _ in range(3):
        assert await STRATEGIES["none"].read(thing, source.load) == "one"
    assert source.loads == counted.loads == 3
    assert {each.op for each in operations} == {"load"}

"""Cache-aside loads once for all who wait, and never stores what was outdated meanwhile."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from django.core.cache import cache

from demo_server.caching.aside import aforget, arenew, forget, generation, remember, renew

if TYPE_CHECKING:
    from demo_server.caching.feed import Operation


@pytest.fixture(autouse=True)
def _empty_cache() -> None:
    cache.clear()


class Source:
    """Something slow to load, that counts how often it was asked and answers when told."""

    def __init__(self, value: object = "value") -> None:
        self.value = value
        self.loads = 0
        self.may_answer = asyncio.Event()
        self.was_asked = asyncio.Event()

    async def load(self) -> object:
        self.loads += 1
        self.was_asked.set()
        await self.may_answer.wait()
        if isinstance(self.value, Exception):
            raise self.value
        return self.value


async def test_second_ask_is_a_hit_and_loads_nothing(operations: list[Operation]) -> None:
    source = Source()
    source.may_answer.set()
    assert await remember("k", 60, source.load) == "value"
    assert await remember("k", 60, source.load) == "value"
    assert source.loads == 1
    assert [(each.op, each.result, each.strategy) for each in operations] == [
        ("get", "miss", "cache-aside"),
        ("load", "loaded", "cache-aside"),
        ("set", "stored", "cache-aside"),
        ("get", "hit", "cache-aside"),
    ]


async def test_remembered_none_is_a_hit() -> None:
    source = Source(None)
    source.may_answer.set()
    assert await remember("k", 60, source.load) is None
    assert await remember("k", 60, source.load) is None
    assert source.loads == 1


async def test_fifty_who_miss_together_load_once(operations: list[Operation]) -> None:
    source = Source()
    tasks = [asyncio.create_task(remember("k", 60, source.load)) for _ in range(50)]
    await source.was_asked.wait()
    source.may_answer.set()
    assert await asyncio.gather(*tasks) == ["value"] * 50
    assert source.loads == 1
    assert sum(each.cause == "joined" for each in operations) == 49


async def test_failed_load_reaches_all_who_wait_and_is_not_kept() -> None:
    source = Source(LookupError("no such product"))
    tasks = [asyncio.create_task(remember("k", 60, source.load)) for _ in range(3)]
    await source.was_asked.wait()
    source.may_answer.set()
    results = await asyncio.gather(*tasks, return_exceptions=True)
    assert [type(each) for each in results] == [LookupError] * 3
    source.value = "mended"
    assert await remember("k", 60, source.load) == "mended"


async def test_cancelled_loader_hands_over_to_one_who_waits() -> None:
    source = Source()
    first = asyncio.create_task(remember("k", 60, source.load))
    await source.was_asked.wait()
    others = [asyncio.create_task(remember("k", 60, source.load)) for _ in range(5)]
    await asyncio.sleep(0)
    first.cancel()
    with pytest.raises(asyncio.CancelledError):
        await first
    source.may_answer.set()
    assert await asyncio.gather(*others) == ["value"] * 5
    assert source.loads == 2


async def test_cancelled_waiter_leaves_the_loader_alone() -> None:
    source = Source()
    first = asyncio.create_task(remember("k", 60, source.load))
    await source.was_asked.wait()
    waiting = asyncio.create_task(remember("k", 60, source.load))
    await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    source.may_answer.set()
    assert await first == "value"


@pytest.mark.parametrize("in_thread", [False, True])
async def test_load_that_was_outdated_meanwhile_is_not_stored(in_thread: bool) -> None:
    old, new = Source("old"), Source("new")
    new.may_answer.set()
    first = asyncio.create_task(remember("k", 60, old.load))
    await old.was_asked.wait()
    await (asyncio.to_thread(forget, "k") if in_thread else aforget("k"))
    assert await remember("k", 60, new.load) == "new"
    old.may_answer.set()
    assert await first == "old"
    assert await remember("k", 60, old.load) == "new"


async def test_renewed_group_gets_a_number_it_never_had() -> None:
    numbers = [await generation("products")]
    assert await generation("products") == numbers[0]
    await arenew("products")
    numbers.append(await generation("products"))
    await asyncio.to_thread(renew, "products")
    numbers.append(await generation("products"))
    assert len(set(numbers)) == 3

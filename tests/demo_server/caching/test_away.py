"""The cache degrades while its server is away, quickly, and is whole again afterwards."""

from __future__ import annotations

import asyncio
from time import perf_counter
from typing import TYPE_CHECKING

from demo_server.caching.backend import RedisCache

if TYPE_CHECKING:
    from demo_server.caching.feed import Operation
    from tests.real_caches import CacheServer


async def back(cache: RedisCache) -> None:
    """Until the cache answers again."""
    async with asyncio.timeout(10):
        while not await cache.is_reachable():  # noqa: ASYNC110 - no event tells it
            await asyncio.sleep(0.02)


async def test_killed_server_makes_gets_misses_and_comes_back(
    valkey: CacheServer, operations: list[Operation]
) -> None:
    cache = RedisCache(valkey.url, {"KEY_PREFIX": "away"})
    await cache.aset("key", "value")
    valkey.kill()
    operations.clear()
    assert await cache.aget("key", "default") == "default"
    await cache.aset("key", "dropped")
    assert await cache.aadd("key", 1) is False
    assert await cache.adelete("key") is False
    assert await cache.atouch("key") is False
    assert await cache.aget_many(["key"]) == {}
    assert cache.get("key") is None
    assert cache.clear() is False
    assert await cache.is_reachable() is False
    assert {each.result for each in operations} == {"error"}
    valkey.start()
    await back(cache)
    assert await cache.aget("key") is None
    await cache.aset("key", "again")
    assert await cache.aget("key") == "again"


async def test_restart_between_two_requests_is_not_noticed(
    valkey: CacheServer, operations: list[Operation]
) -> None:
    cache = RedisCache(valkey.url, {"KEY_PREFIX": "away"})
    await cache.aset("key", "value")
    valkey.kill()
    valkey.start()
    operations.clear()
    assert await cache.aget("key") is None
    assert [each.result for each in operations] == ["miss"]


async def test_hanging_server_costs_one_time_out_not_one_for_each_request(
    valkey: CacheServer,
) -> None:
    cache = RedisCache(valkey.url, {"KEY_PREFIX": "away"})
    await cache.aset("key", "value")
    valkey.freeze()
    started = perf_counter()
    assert await cache.aget("key") is None
    first = perf_counter() - started
    started = perf_counter()
    for _ in range(100):
        assert await cache.aget("key") is None
    others = perf_counter() - started
    valkey.thaw()
    assert first < 4
    assert others < first
    await back(cache)
    assert await cache.aget("key") == "value"


async def test_what_was_outdated_meanwhile_is_never_read_again(valkey: CacheServer) -> None:
    cache = RedisCache(valkey.url, {"KEY_PREFIX": "away"})
    await cache.aset_many({"products:7": "old", "products:8": "old", "kept": "value"})
    await cache.aset("products:generation", 1, None)
    valkey.freeze()
    assert await cache.adelete("products:7") is False
    cache.delete("products:8")
    await cache.aset("products:generation", 2, None)
    await cache.aset("kept", "a copy with a time to live", 60)
    valkey.thaw()
    async with asyncio.timeout(10):
        while await cache.aget("kept") is None:  # noqa: ASYNC110 - no event tells it
            await asyncio.sleep(0.02)
    assert await cache.aget_many(["products:7", "products:8", "products:generation"]) == {}
    assert cache.get("kept") == "value"
    await cache.aset("products:7", "new")
    assert await cache.aget("products:7") == "new"


async def test_an_invalidation_that_was_cancelled_is_made_up_for(valkey: CacheServer) -> None:
    cache = RedisCache(valkey.url, {"KEY_PREFIX": "away"})
    await cache.aset("products:7", "old")
    deleting = asyncio.create_task(cache.adelete("products:7"))
    await asyncio.sleep(0)
    deleting.cancel()
    await asyncio.gather(deleting, return_exceptions=True)
    assert await cache.aget("products:7") is None


async def test_cancelled_get_leaves_no_answer_for_the_next(valkey: CacheServer) -> None:
    cache = RedisCache(valkey.url, {"KEY_PREFIX": "away"})
    await cache.aset_many({str(number): number for number in range(50)})
    for number in range(50):
        task = asyncio.create_task(cache.aget(str(number)))
        await asyncio.sleep(0)
        task.cancel()
    assert [await cache.aget(str(number)) for number in range(50)] == list(range(50))

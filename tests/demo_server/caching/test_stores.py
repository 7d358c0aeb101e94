"""The contract of the shop's cache, kept by Redis, Valkey, Memcached and in process alike."""

from __future__ import annotations

import asyncio
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from demo_server.caching.values import decode, encode

if TYPE_CHECKING:
    from demo_server.caching.backend import ObservedCache
    from demo_server.caching.feed import Operation

VALUES = [
    *(None, False, True, 0, -7, 2**70, 1.5, "", "ü", b"", b"12", b"-1", b"\x80x", b'{"a": 1}'),
    *((1, 2), [1], {"a": Decimal("1.10")}, {"nested": [None, b"x"]}),
]


@pytest.mark.parametrize("value", VALUES, ids=repr)
async def test_value_comes_back_as_it_was_with_its_type(
    store_cache: ObservedCache, value: Any
) -> None:
    await store_cache.aset("key", value)
    for found in (await store_cache.aget("key", "absent"), store_cache.get("key", "absent")):
        assert found == value
        assert type(found) is type(value)


@given(st.one_of(st.binary(), st.integers(), st.text(), st.none(), st.booleans()))
def test_encoding_is_undone_by_decoding(value: object) -> None:
    found = decode(encode(value))
    assert found == value
    assert type(found) is type(value)


async def test_each_operation_is_announced_once_with_its_result(
    store_cache: ObservedCache, operations: list[Operation]
) -> None:
    await store_cache.aget("a")
    await store_cache.aset("a", b"four", 60)
    await store_cache.aget("a")
    await store_cache.aadd("a", 1)
    await store_cache.atouch("a", 30)
    await store_cache.adelete("a")
    await store_cache.adelete("a")
    await store_cache.aadd("a", 1, 9)
    await store_cache.aincr("a", 2)
    await store_cache.ahas_key("a")
    assert [(each.op, each.result, each.size, each.ttl) for each in operations] == [
        ("get", "miss", None, None),
        ("set", "stored", 4, 60),
        ("get", "hit", 4, None),
        ("add", "refused", 1, 60),
        ("touch", "hit", None, 30),
        ("delete", "deleted", None, None),
        ("delete", "miss", None, None),
        ("add", "stored", 1, 9),
        ("incr", "stored", None, None),
        ("exists", "hit", None, None),
    ]
    assert all(each.ended_ns >= each.started_ns for each in operations)
    assert {each.key for each in operations} == {f"{store_cache.key_prefix}:a"}


async def test_threads_and_the_loop_see_the_same_entries(store_cache: ObservedCache) -> None:
    await asyncio.to_thread(store_cache.set, "from-thread", 1)
    assert await store_cache.aget("from-thread") == 1
    await store_cache.aset("from-loop", 2)
    assert await asyncio.to_thread(store_cache.get, "from-loop") == 2


async def test_counting_needs_a_key_and_keeps_the_number(store_cache: ObservedCache) -> None:
    with pytest.raises(ValueError, match="not found"):
        await store_cache.aincr("visits")
    await store_cache.aset("visits", 41)
    assert await store_cache.aincr("visits") == 42
    assert await store_cache.adecr("visits", 2) == 40
    assert store_cache.get("visits") == 40


async def test_time_to_live_of_nothing_removes_and_short_one_ends(
    store_cache: ObservedCache,
) -> None:
    await store_cache.aset("gone", 1)
    await store_cache.aset("gone", 2, 0)
    assert await store_cache.aget("gone") is None
    await store_cache.aset("brief", 1, 0.05)
    async with asyncio.timeout(5):
        while await store_cache.aget("brief") is not None:  # noqa: ASYNC110 - no event tells it
            await asyncio.sleep(0.01)


async def test_touch_without_limit_keeps_the_entry(store_cache: ObservedCache) -> None:
    assert await store_cache.atouch("absent", None) is False
    await store_cache.aset("kept", 1, 30)
    assert await store_cache.atouch("kept", None) is True
    assert await store_cache.atouch("kept", 0) is True
    assert await store_cache.aget("kept") is None


async def test_many_are_asked_at_once(
    store_cache: ObservedCache, operations: list[Operation]
) -> None:
    await store_cache.aset_many({"a": 1, "b": None})
    operations.clear()
    assert await store_cache.aget_many(["a", "b", "c"]) == {"a": 1, "b": None}
    assert [each.result for each in operations] == ["hit", "hit", "miss"]
    assert await store_cache.aget_many([]) == {}
    await store_cache.adelete_many(["a", "b"])
    assert await store_cache.aget_many(["a", "b"]) == {}


async def test_clear_leaves_the_keys_of_others(store_cache: ObservedCache) -> None:
    other = type(store_cache).__new__(type(store_cache))
    other.__dict__.update(store_cache.__dict__, key_prefix=store_cache.key_prefix + "-other")
    await store_cache.aset("mine", 1)
    await other.aset("theirs", 2)
    await store_cache.aclear()
    assert await store_cache.aget("mine") is None
    assert await other.aget("theirs") == 2


async def test_clear_finds_every_key_of_many_also_from_many_threads(
    store_cache: ObservedCache,
) -> None:
    names = [f"{'long' * 10}:{number}" for number in range(3000)]
    await asyncio.to_thread(store_cache.set_many, dict.fromkeys(names, 1), 600)
    await asyncio.gather(*(asyncio.to_thread(store_cache.clear) for _ in range(3)))
    assert await store_cache.aget_many(names) == {}


async def test_versions_do_not_meet(store_cache: ObservedCache) -> None:
    await store_cache.aset("key", "first")
    await store_cache.aset("key", "second", version=2)
    assert await store_cache.aget("key") == "first"
    assert await store_cache.aget("key", version=2) == "second"


async def test_store_is_reachable_and_says_its_kind(store_cache: ObservedCache) -> None:
    assert await store_cache.is_reachable() is True
    assert store_cache.kind in {"redis", "memcached", "local"}

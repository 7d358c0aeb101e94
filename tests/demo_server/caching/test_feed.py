"""The feed misses nothing, numbers everything, and its readers pay for themselves."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from itertools import count, pairwise
from time import perf_counter_ns
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from demo_server.caching.feed import KEPT, announce, ring, tell, told, trace_by
from demo_server.caching.ring import Ring

if TYPE_CHECKING:
    from demo_server.caching.backend import ObservedCache
    from demo_server.caching.feed import Operation

Numbered = tuple[int]


def filled(capacity: int, rows: int) -> Ring[Numbered]:
    ring: Ring[Numbered] = Ring(capacity)
    for number in range(1, rows + 1):
        ring.put((number,))
    return ring


@given(st.integers(1, 50), st.integers(0, 200), st.integers(0, 200), st.integers(1, 60))
def test_a_reader_gets_what_follows_or_the_oldest_that_is_kept(
    capacity: int, written: int, known: int, limit: int
) -> None:
    kept = filled(capacity, written)
    found = [number for (number,) in kept.after(known, limit)]
    first = max(known, written - capacity) + 1
    assert found == list(range(first, min(written, first + limit - 1) + 1))
    assert kept.newest == written
    assert kept.kept == min(written, capacity)


@settings(max_examples=20)
@given(st.permutations(range(1, 9)))
def test_rows_that_come_out_of_order_are_read_in_order(numbers: list[int]) -> None:
    ring: Ring[Numbered] = Ring(100)
    read: list[int] = []
    for number in numbers:
        ring.put((number,))
        read += [row[0] for row in ring.after(len(read), 100)]
        assert ring.newest == len(read) or numbers[-1] != number
    assert read == list(range(1, 9))
    assert ring.newest == 8


async def test_a_reader_follows_threads_that_write_and_knows_exactly_what_it_missed() -> None:
    kept: Ring[Numbered] = Ring(500)
    numbers = count(1)
    total, threads = 40_000, 4

    def write() -> None:
        for _ in range(total // threads):
            kept.put((next(numbers),))

    read: list[int] = []
    missed = 0
    with ThreadPoolExecutor(threads) as pool:
        writing = [pool.submit(write) for _ in range(threads)]
        while (read[-1] if read else 0) < total:
            last = read[-1] if read else 0
            assert await kept.wait(last, 10)
            rows = [row[0] for row in kept.after(last, 100)]
            missed += rows[0] - last - 1 if rows else 0
            read += rows
            await asyncio.sleep(0)
        assert all(each.exception() is None for each in writing)
    assert all(one < other for one, other in pairwise(read))
    assert len(read) + missed == total


async def test_waiting_ends_with_a_row_of_another_thread_and_with_the_end() -> None:
    kept = filled(10, 3)
    assert await kept.wait(3, 0.01) is False
    waiting = asyncio.create_task(kept.wait(3, 10))
    await asyncio.to_thread(kept.put, (4,))
    assert await waiting is True
    waiting = asyncio.create_task(kept.wait(4, 10))
    await asyncio.sleep(0)
    kept.close()
    assert await waiting is True
    assert kept.after(4, 10) == []


def test_what_is_announced_stands_in_the_ring_as_it_was_told(
    operations: list[Operation],
) -> None:
    known = ring.newest
    started = perf_counter_ns()
    trace_by(lambda: "a" * 32)
    try:
        with told(strategy="cache-aside", route="product"):
            announce("get", "shop:products:7", "miss", started)
            announce("load", "shop:products:7", "loaded", started, load_ns=1500)
            with told(cause=lambda value: "stale" if value == "old" else None):
                announce("get", "shop:products:7", "hit", started, size=3, value="old")
                announce("get", "shop:products:7", "hit", started, size=3, value="new")
                announce("get", "shop:products:7", "hit", started, size=3, cause="many")
        tell("expire", "shop:products:7", "expired")
    finally:
        trace_by(None)
    rows = ring.after(known, 100)
    assert [row[0] for row in rows] == list(range(known + 1, known + 7))
    assert rows == [tuple(each) for each in operations]
    assert [each.cause for each in operations] == [None, None, "stale", None, "many", None]
    assert operations[1].load_ns == 1500
    assert {each.route for each in operations[:5]} == {"product"}
    assert {each.strategy for each in operations[:5]} == {"cache-aside"}
    assert {each.trace_id for each in operations[:5]} == {"a" * 32}
    assert operations[5][5:] == (None, operations[5].ended_ns, *[None] * 6)
    assert all(each.ended_ns >= each.started_ns >= started for each in operations)


def test_the_ring_keeps_what_was_promised_and_no_row_is_collected() -> None:
    import gc

    announce("get", "key", "hit", perf_counter_ns())
    gc.collect()
    (row,) = ring.after(ring.newest - 1, 1)
    assert ring.capacity == KEPT == 100_000
    assert not gc.is_tracked(row)


async def test_many_are_told_one_by_one(
    store_cache: ObservedCache, operations: list[Operation]
) -> None:
    await store_cache.aset("a", 1)
    operations.clear()
    await store_cache.aget_many(["a", "b"])
    told_of: list[Any] = [(each.op, each.key, each.result, each.cause) for each in operations]
    name = store_cache.make_key
    assert told_of == [("get", name("a"), "hit", "many"), ("get", name("b"), "miss", "many")]


@pytest.mark.parametrize("key", ["with blanks", "ü", "x" * 300, "line\nbreak", "0" * 250])
async def test_any_text_is_a_key_and_is_told_as_it_is(
    store_cache: ObservedCache, operations: list[Operation], key: str
) -> None:
    await store_cache.aset(key, "value")
    assert store_cache.get(key) == "value"
    assert {each.key for each in operations} == {store_cache.make_key(key)}
    store_cache.clear()
    assert await store_cache.aget(key) is None

"""100 000 operations of threads and tasks: the feed counts, per key, what the clients counted."""

from __future__ import annotations

import asyncio
from collections import Counter
from random import Random
from typing import TYPE_CHECKING, Any

import pytest

from demo_server.caching.backend import RedisCache
from demo_server.caching.feed import ring

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from tests.real_caches import CacheServer, Kind

THREADS = TASKS = 5
OPERATIONS = 100_000
KEYS = [f"{group}:{number}" for group in ("products", "lists", "tags") for number in range(40)]
OPS = ("get_many", "get", "set", "add", "delete", "incr", "touch", "has_key")
WEIGHTS = (4, 4, 3, 1, 2, 1, 1, 1)
ABSENT = object()

Counts = Counter[tuple[str, str, str]]
Call = tuple[str, tuple[Any, ...]]


def client(
    cache: RedisCache, seed: int, operations: int, counts: Counts
) -> Generator[Call, Any, None]:
    """Calls of the cache, each answered by what it gave; counts what a client can know."""
    random = Random(seed)
    done = 0

    def note(key: str, op: str, result: str) -> None:
        nonlocal done
        counts[cache.make_key(key), op, result] += 1
        done += 1

    while done < operations:
        (op,) = random.choices(OPS, WEIGHTS)
        key, ttl = random.choice(KEYS), random.choice((0.02, 0.5, 60, None))
        if op == "get_many":
            keys = random.sample(KEYS, min(25, operations - done))
            found = yield ("get_many", (keys,))
            for each in keys:
                note(each, "get", "hit" if each in found else "miss")
        elif op == "get":
            found = yield ("get", (key, ABSENT))
            note(key, "get", "miss" if found is ABSENT else "hit")
        elif op == "set":
            yield ("set", (key, random.randrange(1000), ttl))
            note(key, "set", "stored")
        elif op == "add":
            is_added = yield ("add", (key, random.randrange(1000), ttl))
            note(key, "add", "stored" if is_added else "refused")
        elif op == "delete":
            note(key, "delete", "deleted" if (yield ("delete", (key,))) else "miss")
        elif op == "incr":
            note(key, "incr", "miss" if (yield ("incr", (key, 1))) is ABSENT else "stored")
        elif op == "touch":
            note(key, "touch", "hit" if (yield ("touch", (key, ttl))) else "miss")
        else:
            note(key, "exists", "hit" if (yield ("has_key", (key,))) else "miss")


def in_thread(cache: RedisCache, calls: Generator[Call, Any, None]) -> None:
    answer: Any = None
    while True:
        try:
            name, arguments = calls.send(answer)
        except StopIteration:
            return
        try:
            answer = getattr(cache, name)(*arguments)
        except ValueError:
            answer = ABSENT


async def on_the_loop(cache: RedisCache, calls: Generator[Call, Any, None]) -> None:
    answer: Any = None
    while True:
        try:
            name, arguments = calls.send(answer)
        except StopIteration:
            return
        try:
            answer = await getattr(cache, f"a{name}")(*arguments)
        except ValueError:
            answer = ABSENT


async def follow(known: int, prefix: str, counts: Counts, is_over: asyncio.Event) -> list[int]:
    """Count what the feed tells of our keys until all of it is read; the numbers that came."""
    numbers: list[int] = []
    while True:
        was_over = is_over.is_set()
        rows = ring.after(known, 5000)
        if not rows and was_over:
            return numbers
        for number, _, op, key, result, *_ in rows:
            numbers.append(number)
            if key.startswith(prefix):
                counts[key, op, result] += 1
        known = numbers[-1] if numbers else known
        if not was_over:
            await ring.wait(known, 0.05)


@pytest.mark.service("valkey")
async def test_feed_and_clients_agree_on_every_key(
    servers: Callable[[Kind], CacheServer],
) -> None:
    cache = RedisCache(servers("valkey").url, {"KEY_PREFIX": "exact"})
    known = ring.newest
    share = OPERATIONS // (THREADS + TASKS)
    counted = [Counts() for _ in range(THREADS + TASKS)]
    clients = [client(cache, seed, share, counts) for seed, counts in enumerate(counted)]
    heard: Counts = Counts()
    is_over = asyncio.Event()
    following = asyncio.create_task(follow(known, "exact:", heard, is_over))
    await asyncio.gather(
        *(asyncio.to_thread(in_thread, cache, each) for each in clients[:THREADS]),
        *(on_the_loop(cache, each) for each in clients[THREADS:]),
    )
    is_over.set()
    numbers = await following
    truth = sum(counted, Counts())
    assert truth.total() == OPERATIONS
    assert heard == truth
    assert len({key for key, _, _ in truth}) == len(KEYS)
    assert {(op, result) for _, op, result in truth} >= {
        ("get", "hit"), ("get", "miss"), ("add", "refused"), ("incr", "miss"), ("touch", "miss")
    }  # fmt: skip
    assert numbers == list(range(known + 1, known + 1 + len(numbers)))

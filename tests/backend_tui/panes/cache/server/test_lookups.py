"""Watching changes nothing of what is watched: our own looks are counted and left out, exactly."""

from __future__ import annotations

import asyncio
import json
import zlib
from contextlib import aclosing

from backend_tui.panes.cache.server import acts, scan
from backend_tui.panes.cache.server.big_keys import big_keys
from backend_tui.panes.cache.server.detail import opened
from backend_tui.panes.cache.server.info import History, Lookups
from backend_tui.panes.cache.server.server import Server
from tests.real_caches import CacheServer

TYPES: dict[bytes, tuple[str | bytes | int, ...]] = {
    b"string": ("SET", json.dumps({"a": 1})),
    b"packed": ("SET", zlib.compress(b"text" * 50)),
    b"number": ("SET", 42),
    b"list": ("RPUSH", "a", "b", "c"),
    b"set": ("SADD", "a", "b"),
    b"zset": ("ZADD", 1, "a", 2, "b"),
    b"hash": ("HSET", "f", "v"),
    b"stream": ("XADD", "*", "f", "v"),
    b"visitors": ("PFADD", "a"),
    b"bin\x00\xff": ("SET", b"\x00\xff"),
}


async def fill(server: Server) -> None:
    for key, said in TYPES.items():
        await server.ask(said[0], key, *said[1:])


async def test_browsing_and_previewing_change_the_shown_ratio_by_nothing(server: Server) -> None:
    await fill(server)
    for _ in range(7):
        await server.ask("GET", b"string")
    for _ in range(3):
        await server.ask("GET", b"absent")
    before = await server.sample()
    assert before.counted == Lookups(7, 3)
    async with aclosing(scan.pages(server)) as pages:
        found = [key async for page in pages for key in page.keys]
    assert sorted(found) == sorted(TYPES)
    await server.memory_of(found)
    async with aclosing(big_keys(server)) as measured:
        assert [each async for each in measured][-1].measured == len(TYPES)
    assert server.own == Lookups(), "SCAN and MEMORY USAGE count as no lookup"
    for key in found:
        await opened(server, key)
    await acts.edit(server, b"number", b"42", b"43")
    await acts.persist(server, b"list")
    await acts.rename(server, b"set", b"other")
    await acts.delete(server, b"zset")
    after = await server.sample()
    assert server.own.hits >= 2 * len(TYPES)
    assert after.lookups.hits == before.lookups.hits + server.own.hits
    assert after.counted == before.counted


async def test_a_key_that_is_gone_counts_as_our_miss_alone(server: Server) -> None:
    await server.ask("SET", "short", "1", "PX", 1)
    before = await server.sample()
    replies = await server.counted(b"absent", [("TYPE", b"absent"), ("GET", b"absent")])
    assert replies == [b"none", None]
    assert server.own.misses == 2
    assert (await server.sample()).counted == before.counted


async def test_looking_between_the_lookups_of_others_takes_none_of_theirs(
    server: Server, process: CacheServer
) -> None:
    from redis.asyncio import Redis

    await fill(server)
    asked = 0
    is_over = asyncio.Event()

    async def others() -> None:
        nonlocal asked
        async with Redis.from_url(process.url, protocol=2) as client:
            while not is_over.is_set():
                await client.get("string")
                await client.get("absent")
                asked += 1

    client = asyncio.create_task(others())
    for _ in range(40):
        for key in TYPES:
            await opened(server, key)
    is_over.set()
    await client
    assert asked > 40
    assert (await server.sample()).counted == Lookups(asked, asked)


async def test_windows_count_from_the_baseline_and_a_restart_begins_anew(
    server: Server, process: CacheServer
) -> None:
    history = History().after(await server.sample())
    assert history.window(None) is None
    for _ in range(4):
        await server.ask("INCR", "n")
        await server.ask("GET", "n")
    history = history.after(await server.sample())
    window = history.window(None)
    assert window is not None
    assert window.lookups == Lookups(4, 0)
    assert {name: calls for name, calls, _ in history.calls()}["INCR"] == 4
    assert history.zeroed().window(None) is None
    process.kill()
    process.start()
    await server.aclose()
    again = history.after(await server.sample())
    assert again.restarts == 1
    assert again.window(1.0) is None


async def test_looks_that_are_given_up_are_counted_all_the_same(server: Server) -> None:
    await fill(server)
    before = await server.sample()
    for number in range(60):
        looking = asyncio.create_task(opened(server, b"hash"))
        for _ in range(number % 12):
            await asyncio.sleep(0)
        looking.cancel()
        await asyncio.gather(looking, return_exceptions=True)
    after = await server.sample()
    assert after.counted == before.counted
    assert after.own.hits > 0

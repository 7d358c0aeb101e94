"""No request of the shop fails because the cache is killed under it, and the journey says so."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import httpx
import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.real_caches import CacheServer

TOKEN = {"X-Workbench-Token": "workbench-token-of-the-tests"}


@pytest.mark.service("valkey")
async def test_kill_of_valkey_under_requests_gives_no_server_error(
    valkey: CacheServer, start_shop: Callable[..., Any]
) -> None:
    server = start_shop(DEMO_REDIS_URL=valkey.url)
    async with httpx.AsyncClient(base_url=server.url, timeout=20, trust_env=False) as client:
        statuses: list[int] = []
        is_over = asyncio.Event()

        async def ask(number: int) -> None:
            while not is_over.is_set():
                answer = await client.get(f"/api/products/{number}")
                statuses.append(answer.status_code)

        async with asyncio.TaskGroup() as group:
            for number in range(1, 9):
                group.create_task(ask(number))
            for _ in range(3):
                await more(statuses, 40)
                await asyncio.to_thread(valkey.kill)
                await more(statuses, 80)
                await asyncio.to_thread(valkey.start)
            await more(statuses, 40)
            is_over.set()
        assert set(statuses) == {200}

        await asyncio.to_thread(valkey.kill)
        answer = await client.get("/api/products/30")
        found = await client.get(f"/_trace/{answer.headers['x-trace-id']}", headers=TOKEN)
        journey = found.json()
        cache = [span for span in journey["spans"] if span["kind"] == "cache"]
        assert [span["attributes"]["cache.result"] for span in cache] == ["error"] * len(cache)
        assert {span["status"] for span in cache} == {"error"}
        assert journey["status"] == answer.status_code == 200
        assert journey["counters"]["sql"] > 0

        await asyncio.to_thread(valkey.start)
        async with asyncio.timeout(10):
            while (await hits_of_the_second(client)) == 0:  # noqa: ASYNC110 - the cache says nothing
                await asyncio.sleep(0.05)


async def hits_of_the_second(client: httpx.AsyncClient) -> int:
    """Ask twice for the same; the cache hits of the second journey."""
    await client.get("/api/products/31")
    answer = await client.get("/api/products/31")
    found = await client.get(f"/_trace/{answer.headers['x-trace-id']}", headers=TOKEN)
    hits: int = found.json()["counters"]["cache_hits"]
    return hits


async def more(statuses: list[int], number: int) -> None:
    """Until that many further answers have come."""
    enough = len(statuses) + number
    async with asyncio.timeout(30):
        while len(statuses) < enough:  # noqa: ASYNC110 - answers come one by one
            await asyncio.sleep(0.01)

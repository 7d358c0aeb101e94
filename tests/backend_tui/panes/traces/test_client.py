"""The client against the real shop: live feed, single journeys, plans, kill and return."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing

import pytest

from backend_tui.core.errors import BackendError, UsageError
from backend_tui.core.feed import Lost, reconnecting
from backend_tui.panes.traces.client import Connected, StackTraceClient
from backend_tui.panes.traces.journey import Journey
from tests.backend_tui.panes.traces.conftest import Shop


async def _journey(items: AsyncGenerator[object]) -> Journey:
    async with asyncio.timeout(20):
        async for item in items:
            if isinstance(item, Journey):
                return item
    raise AssertionError("The feed ended.")


async def test_a_request_appears_as_it_ends_and_the_second_hits_the_cache(shop: Shop) -> None:
    client = StackTraceClient(shop)
    async with aclosing(client.follow()) as items:
        assert isinstance(await anext(items), Connected)
        await shop.get("/api/products")
        first = (await _journey(items)).trace
        await shop.get("/api/products")
        second = (await _journey(items)).trace
    await client.aclose()
    assert (first.method, first.path, first.status) == ("GET", "/api/products", 200)
    assert first.counters.sql >= 1
    assert first.counters.cache_misses >= 1
    assert second.counters.sql == 0
    assert second.counters.cache_hits == first.counters.cache_misses
    assert first.root is not None
    assert first.root.kind == "server"


async def test_a_journey_is_read_by_its_id_and_its_statement_explained(shop: Shop) -> None:
    client = StackTraceClient(shop)
    async with aclosing(client.follow()) as items:
        await anext(items)
        await shop.get("/api/products?page=3")
        seen = (await _journey(items)).trace
    trace = await client.trace(seen.trace_id)
    assert trace == seen
    query = next(span for span in trace.spans if span.kind == "db")
    assert await client.plan(trace, query)
    with pytest.raises(BackendError):
        await client.plan(trace, trace.spans[0])
    with pytest.raises(BackendError):
        await client.trace("1" * 32)
    with pytest.raises(UsageError, match="no trace id"):
        await client.trace("abc")
    await client.aclose()


async def test_a_feed_opened_again_misses_nothing(shop: Shop) -> None:
    client = StackTraceClient(shop)
    async with aclosing(client.follow()) as items:
        await anext(items)
        await shop.get("/api/products/1")
        await _journey(items)
    await shop.get("/api/products/2")
    async with aclosing(client.follow()) as items:
        assert (await _journey(items)).trace.path == "/api/products/2"
    await client.aclose()


async def test_a_killed_shop_is_told_and_followed_again_when_it_is_back(shop: Shop) -> None:
    client = StackTraceClient(shop)
    async with aclosing(reconnecting(client.follow)) as items:
        async with asyncio.timeout(20):
            while not isinstance(await anext(items), Connected):
                continue
            await shop.kill()
            lost = await anext(items)
        assert isinstance(lost, Lost)
        assert lost.error.what
        await shop.start()
        async with asyncio.timeout(40):
            while not isinstance(await anext(items), Connected):
                continue
        await shop.get("/api/categories")
        assert (await _journey(items)).trace.path == "/api/categories"
    await client.aclose()


async def test_a_server_without_journeys_is_named(shop: Shop) -> None:
    class Stranger(Shop):
        async def demo(self):  # type: ignore[no-untyped-def]
            from dataclasses import replace

            return replace(await shop.demo(), token="wrong")

    client = StackTraceClient(Stranger(shop.folder))
    with pytest.raises(BackendError, match="shows no journeys"):
        await anext(client.follow())
    await client.aclose()

"""The strategy lab on the real shop: policies, bursts, experiments, write-back."""

from __future__ import annotations

import pytest

from backend_tui.core.errors import BackendError, UsageError
from backend_tui.panes.cache.strategies import deferred, experiments
from backend_tui.panes.cache.strategies.client import StackStrategyClient
from backend_tui.panes.cache.strategies.lab import Route
from backend_tui.panes.cache.strategies.target import target_of

pytestmark = pytest.mark.service("valkey")


async def route(client: StackStrategyClient, name: str) -> Route:
    found = (await client.lab()).route(name)
    assert found is not None
    return found


async def test_every_route_tells_its_policy_and_those_to_play_with_come_first(
    client: StackStrategyClient,
) -> None:
    lab = await client.lab()
    assert [each.name for each in lab.routes][:2] == ["lab-a", "lab-b"]
    assert {"product", "products", "views"} <= {each.name for each in lab.routes}
    product = await route(client, "product")
    assert product.reads == "GET /api/products/{id}"
    assert product.policy.strategy == "cache-aside"
    assert product.counters.ratio is None
    assert lab.kind == "redis"


async def test_a_policy_changes_and_what_cannot_be_is_refused_with_why(
    client: StackStrategyClient,
) -> None:
    changed = await client.change("lab-a", {"strategy": "write-through", "ttl_s": 5})
    assert (changed.policy.strategy, changed.policy.ttl_s) == ("write-through", 5)
    assert await route(client, "lab-a") == changed
    with pytest.raises(UsageError) as refused:
        await client.change("tags", {"strategy": "write-through"})
    assert "write-through" in refused.value.why
    with pytest.raises(BackendError):
        await client.change("nowhere", {"ttl_s": 5})
    await client.reset()
    assert (await route(client, "lab-a")).policy.strategy == "cache-aside"


async def test_a_stampede_loads_many_times_without_a_lease_and_once_with_it(
    client: StackStrategyClient,
) -> None:
    without = await experiments.conduct(client, "expire", "lab-a", 1)
    leased = await experiments.conduct(client, "expire", "lab-b", 2)
    assert without.policy.protection == "none"
    assert leased.policy.protection == "lease"
    assert without.change.requests == leased.change.requests == experiments.CLIENTS
    assert without.change.loads > 5
    assert leased.change.loads == 1
    assert leased.change.lease_waits > 0
    assert without.change.statements > leased.change.statements


async def test_a_burst_on_a_warm_key_is_all_hits(client: StackStrategyClient) -> None:
    await client.ask("GET", "/api/products/1")
    run, result = await experiments.burst(client, "product", 10, 60)
    assert (result.sent, result.answered, result.good) == (60, 60, 60)
    assert 0 < result.median_us <= result.slowest_us <= result.total_us
    assert (run.change.requests, run.change.hits, run.change.loads) == (60, 60, 0)


async def test_a_write_past_the_cache_is_served_stale_until_the_ttl_is_over(
    client: StackStrategyClient,
) -> None:
    stale = await experiments.conduct(client, "stale", "lab-a")
    assert "▲ stale" in stale.seen[0]
    first = await experiments.conduct(client, "advance", "lab-a")
    assert "▲ stale" in first.seen[1]
    second = await experiments.conduct(client, "advance", "lab-a")
    assert second.seen[1].startswith("✓")
    assert second.change.loads == 1


async def test_write_through_is_read_without_a_load_and_cache_aside_with_one(
    client: StackStrategyClient,
) -> None:
    aside = await experiments.conduct(client, "write", "lab-a")
    await client.change("lab-a", {"strategy": "write-through"})
    through = await experiments.conduct(client, "write", "lab-a")
    assert aside.seen[0].startswith("✓")
    assert through.seen[0].startswith("✓")
    assert (aside.change.loads, through.change.loads) == (1, 0)


async def test_what_a_route_cannot_show_is_said(client: StackStrategyClient) -> None:
    with pytest.raises(UsageError) as refused:
        await experiments.conduct(client, "stale", "products")
    assert "lab" in refused.value.why
    with pytest.raises(UsageError) as unknown:
        await experiments.conduct(client, "burst", "nowhere")
    assert "lab-a" in unknown.value.hint


async def test_every_route_with_an_address_can_be_read(client: StackStrategyClient) -> None:
    for each in (await client.lab()).routes:
        target = target_of(each, load_ms=0)
        result = await client.burst(target.reads, 1, 1)
        assert result.good == 1, each.name


async def test_the_durable_log_loses_nothing_and_the_naive_buffer_what_waited(
    client: StackStrategyClient,
) -> None:
    with pytest.raises(UsageError):
        await deferred.crash(client)
    await deferred.defer(client, True)
    try:
        durable = await deferred.crash(client, 1, writes=20)
        state = await client.write_back()
        assert state.is_on
        assert state.fsync == "everysec"
        assert "kill -9" in state.survives
        await client.mode("naive")
        naive = await deferred.crash(client, 2, writes=20)
        await client.mode("durable")
    finally:
        await deferred.defer(client, False)
    assert (durable.waiting, durable.lost, durable.doubled) == (20, 0, 0)
    assert (naive.waiting, naive.lost, naive.doubled) == (20, 20, 0)
    assert "20 lost" in naive.words


async def test_what_waits_is_told_key_by_key(client: StackStrategyClient) -> None:
    await deferred.defer(client, True)
    try:
        await client.flusher("stop")
        await deferred.write(client, 3)
        waiting = await client.write_back()
        assert (waiting.state, waiting.pending, waiting.dirty_count) == ("stopped", 3, 1)
        assert [(each.key, each.entries) for each in waiting.dirty] == [(deferred.KEY, 3)]
        assert waiting.lag_s is not None
        assert waiting.lag_s > 0
        await client.flusher("flush")
        done = await client.write_back()
        assert (done.pending, done.dirty_count) == (0, 0)
        assert done.applied - waiting.applied == 3
    finally:
        await deferred.defer(client, False)

"""How long a value is kept, and when it is loaded anew: jitter, XFetch, refresh-ahead, absences."""

from __future__ import annotations

import asyncio
from math import exp
from typing import TYPE_CHECKING

import pytest

from demo_server.caching import clock
from demo_server.caching.strategies import STRATEGIES, chance, refresh_ahead
from demo_server.caching.strategies.envelope import Envelope, seal, unseal
from demo_server.caching.strategies.slot import Slot
from demo_server.caching.strategies.strategy import Absent, Policy, Sourced
from tests.demo_server.caching.strategies.conftest import Source, until

if TYPE_CHECKING:
    from collections.abc import Callable

    from demo_server.caching.counters import Counters
    from demo_server.caching.feed import Operation
    from demo_server.caching.strategies.strategy import Item


@pytest.mark.parametrize(
    "value", [None, False, 0, -3, "", "text", b"", b"plain", b"\x81v=9\nfake", b"\x80", {"a": [1]}]
)
def test_envelope_gives_back_what_was_sealed(value: object) -> None:
    assert unseal(seal(Envelope(value))).value == value
    whole = Envelope(value, 7, 1763850000.25, 1763850060.5, 0.0125, 99, True, 3)
    assert unseal(seal(whole)) == whole


def test_jitter_spreads_evenly_and_within_its_share() -> None:
    chance.seed(1)
    drawn = [chance.jittered(60, Policy(jitter=0.1)) for _ in range(2000)]
    assert min(drawn) >= 54
    assert max(drawn) <= 66
    assert sum(54 <= each < 57 for each in drawn) == pytest.approx(500, abs=80)
    assert {chance.jittered(60, Policy(jitter=0.0)) for _ in range(10)} == {60}


@pytest.mark.parametrize("loads_left", [0.0, 0.5, 1.0, 2.0, 5.0])
@pytest.mark.parametrize("beta", [0.5, 1.0, 2.0])
def test_early_expiration_has_its_distribution(loads_left: float, beta: float) -> None:
    chance.seed(7)
    policy = Policy(protection="early", beta=beta)
    load_s, draws = 100.0, 4000
    envelope = Envelope("v", expires_at=clock.now() + loads_left * load_s, load_s=load_s)
    share = sum(chance.is_due_early(envelope, policy) for _ in range(draws)) / draws
    assert share == pytest.approx(exp(-loads_left / beta), abs=0.025)


async def test_early_reader_loads_before_the_end_and_the_others_do_not(
    item: Callable[..., Item], counted: Counters, operations: list[Operation]
) -> None:
    strategy, source = STRATEGIES["cache-aside"], Source()
    thing = item(protection="early", ttl_s=30.0)
    await strategy.read(thing, source.load)
    slot = Slot(thing, "cache-aside")
    almost_over = Envelope("one", expires_at=clock.now() + 5, load_s=100.0)
    await slot.cache.store.aexecute(("SET", slot.name, seal(almost_over)))
    source.value, source.may_answer = "two", asyncio.Event()
    source.was_asked.clear()
    readers = [asyncio.create_task(strategy.read(thing, source.load)) for _ in range(20)]
    await source.was_asked.wait()
    await until(lambda: counted.hits == 20)
    source.may_answer.set()
    values = await asyncio.gather(*readers)
    assert source.loads == 2
    assert sorted(values) == ["one"] * 19 + ["two"]
    assert (counted.early, counted.hits, counted.misses) == (1, 20, 1)
    assert sum(each.cause == "early" and each.op == "get" for each in operations) == 1
    assert await strategy.read(thing, source.load) == "two"


async def test_early_load_that_fails_serves_what_is_still_good(item: Callable[..., Item]) -> None:
    strategy, source = STRATEGIES["cache-aside"], Source()
    thing = item(protection="early")
    slot = Slot(thing, "cache-aside")
    due = Envelope("good", expires_at=clock.now() + 5, load_s=1e6)
    await slot.cache.store.aexecute(("SET", slot.name, seal(due)))
    source.failure = ConnectionError("away")
    assert await strategy.read(thing, source.load) == "good"
    assert source.loads == 1


async def test_refresh_ahead_refreshes_once_and_serves_the_old_value_meanwhile(
    item: Callable[..., Item], counted: Counters, operations: list[Operation]
) -> None:
    strategy, source = STRATEGIES["refresh-ahead"], Source()
    thing = item(ttl_s=60.0, refresh_at=0.5)
    assert await strategy.read(thing, source.load) == "one"
    clock.put_forward(29)
    assert await strategy.read(thing, source.load) == "one"
    assert counted.stale_reads == 0
    clock.put_forward(2)
    source.value, source.may_answer = "two", asyncio.Event()
    source.was_asked.clear()
    assert [await strategy.read(thing, source.load) for _ in range(20)] == ["one"] * 20
    await source.was_asked.wait()
    source.may_answer.set()
    await refresh_ahead.settled()
    assert await strategy.read(thing, source.load) == "two"
    assert source.loads == 2
    assert (counted.stale_reads, counted.hits, counted.misses) == (20, 22, 1)
    assert [each.cause for each in operations if each.op == "load"] == [None, "refresh"]


async def test_refresh_of_what_was_changed_meanwhile_is_refused(
    item: Callable[..., Item], counted: Counters
) -> None:
    strategy, source = STRATEGIES["refresh-ahead"], Source()
    thing = item(ttl_s=60.0, refresh_at=0.5)
    await strategy.read(thing, source.load)
    clock.put_forward(31)
    source.may_answer = asyncio.Event()
    source.was_asked.clear()
    await strategy.read(thing, source.load)
    await source.was_asked.wait()
    await source.apply({"value": "new"})
    await Slot(thing, "refresh-ahead").delete()
    source.may_answer.set()
    await refresh_ahead.settled()
    assert counted.refused_fills == 1
    assert await strategy.read(thing, source.load) == "new"


async def test_refresh_that_fails_leaves_the_old_value(
    item: Callable[..., Item], counted: Counters
) -> None:
    strategy, source = STRATEGIES["refresh-ahead"], Source()
    thing = item(ttl_s=60.0, refresh_at=0.5)
    await strategy.read(thing, source.load)
    clock.put_forward(31)
    source.failure = ConnectionError("away")
    for _ in range(5):
        assert await strategy.read(thing, source.load) == "one"
        await refresh_ahead.settled()
    assert (counted.loads, counted.load_failures) == (2, 1), "once in the time of a lease"


async def test_absence_is_kept_for_its_own_time_and_is_not_a_cached_none(
    item: Callable[..., Item], counted: Counters, operations: list[Operation]
) -> None:
    strategy = STRATEGIES["read-through"]
    thing, asked = item(negative_ttl_s=5.0, ttl_s=60.0), 0

    async def nothing() -> Sourced:
        nonlocal asked
        asked += 1
        raise Absent("no thing 1")

    for _ in range(3):
        with pytest.raises(Absent, match="no thing 1"):
            await strategy.read(thing, nothing)
    assert (asked, counted.negative_hits, counted.hits, counted.misses) == (1, 2, 2, 1)
    assert [each.cause for each in operations if each.result == "hit"] == ["negative"] * 2
    assert [each.ttl for each in operations if each.op == "set"] == [5.0]

    async def none() -> Sourced:
        return Sourced(None)

    await Slot(thing, "read-through").delete()
    assert await strategy.read(thing, none) is None
    assert await strategy.read(thing, nothing) is None
    assert counted.negative_hits == 2


async def test_without_a_time_absences_are_not_kept(
    item: Callable[..., Item], counted: Counters
) -> None:
    async def nothing() -> Sourced:
        raise Absent("no")

    for protection in ("none", "flight", "lease"):
        for _ in range(2):
            with pytest.raises(Absent):
                await STRATEGIES["cache-aside"].read(item(protection=protection), nothing)
    assert (counted.loads, counted.load_failures) == (6, 0)


async def test_failures_are_never_kept(item: Callable[..., Item], counted: Counters) -> None:
    source = Source()
    source.failure = ConnectionError("away")
    thing = item(negative_ttl_s=5.0)
    for _ in range(3):
        with pytest.raises(ConnectionError):
            await STRATEGIES["read-through"].read(thing, source.load)
    assert (counted.loads, counted.load_failures, counted.negative_hits) == (3, 3, 0)

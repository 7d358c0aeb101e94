"""Missed, expired and evicted keys by notifications: all of them, and every gap is said."""

from __future__ import annotations

import asyncio
from collections import Counter
from contextlib import aclosing

import pytest
import redis

from backend_tui.core.errors import BackendError, UsageError
from backend_tui.panes.cache.observation import notifications, tap
from backend_tui.panes.cache.observation.notifications import missing_letters, same_letters
from backend_tui.panes.cache.observation.observation import SWITCHED_OFF, Observation
from tests.backend_tui.panes.cache.observation.conftest import (
    SETTING,
    first_counters,
    setting,
    watched,
)
from tests.real_caches import CacheServer, running


@pytest.mark.parametrize(
    ("value", "missing"),
    [
        ("", "Emxe"),
        ("xeEm", ""),
        ("AKE", "m"),
        ("A", "Em"),
        ("Kg$", "Emxe"),
        ("Ex", "me"),
        ("AKEm", ""),
    ],
)
def test_only_the_letters_that_are_not_there_are_missing(value: str, missing: str) -> None:
    assert missing_letters(value) == missing


def test_the_order_of_letters_means_nothing() -> None:
    assert same_letters("Emxe", "xeEm")
    assert same_letters("g$lshzxetdEm", "AmE")
    assert not same_letters("Emxe", "xeE")


async def test_every_missed_and_expired_key_of_every_database_is_told(
    server: CacheServer, client: redis.Redis
) -> None:
    observation = Observation(server.url, every=0.2)
    others = redis.Redis(port=server.port, db=9)

    def work() -> None:
        for number in range(200):
            client.get(f"absent:{number % 20}")
            client.set("there", 1)
            client.get("there")
        others.get(b"\x00\xff")
        client.set(b'"\n', 1, px=1)
        while client.get(b'"\n') is not None:
            pass

    seen = await watched(observation, "misses", work, "confirm", seconds=None)
    misses = Counter(row.key for row in seen.rows if row.result == "miss")
    assert misses["absent:7"] == 10
    assert misses["[9] \\x00\\xff"] == 1
    assert [(row.op, row.key) for row in seen.rows if row.result == "expired"] == [
        ("expire", '"\\x0a')
    ]
    assert seen.last.check.is_exact is True
    assert seen.counts["absent:7"].hits is None
    assert seen.counts["absent:7"].misses == 10
    assert seen.last.counters is not None
    assert seen.last.counters.hits >= 200
    assert (await observation.aclose()) is not None
    assert setting(client) == ""


async def test_every_evicted_key_is_told() -> None:
    with running("valkey", "--maxmemory", "3mb", "--maxmemory-policy", "allkeys-lru") as server:
        observation = Observation(server.url, every=0.2)
        with redis.Redis(port=server.port) as client:

            def work() -> None:
                for number in range(3_000):
                    client.set(f"filler:{number}", b"x" * 1_000)

            seen = await watched(observation, "misses", work, "confirm", seconds=None)
        await observation.aclose()
    evicted = [row for row in seen.rows if row.op == "evict"]
    assert seen.last.counters is not None
    assert len(evicted) == seen.last.counters.evicted > 100
    assert {row.result for row in evicted} == {"evicted"}


async def test_what_is_already_on_needs_nothing_and_stays(
    server: CacheServer, client: redis.Redis
) -> None:
    client.config_set(SETTING, "AKEm")
    observation = Observation(server.url, every=0.2)
    assert (await observation.offer("misses")).needs == "nothing"
    await watched(observation, "misses", lambda: client.get("a"), "nothing", seconds=None)
    assert (await observation.aclose()) is None
    assert setting(client) == "AKEm"


async def test_nothing_is_changed_without_consent(server: CacheServer, client: redis.Redis) -> None:
    observation = Observation(server.url, every=0.2)
    offer = await observation.offer("misses")
    assert offer.needs == "confirm"
    assert "Emxe" in offer.why
    for rung in ("misses", "exact"):
        with pytest.raises(UsageError):
            await anext(observation.events(rung))
    assert setting(client) == ""
    assert await observation.aclose() is None


async def test_a_gap_is_told_and_the_setting_is_made_again_on_a_restarted_server(
    server: CacheServer,
) -> None:
    observation = Observation(server.url, every=0.2)
    events = observation.events("misses", consent="confirm")
    async with asyncio.timeout(30), aclosing(events) as batches:
        await first_counters(batches)
        server.kill()
        lost = await anext(batch async for batch in batches if batch.gap is not None)
        assert lost.gap is not None
        assert lost.gap.to_ms is None
        await asyncio.to_thread(server.start)
        back = await anext(
            batch async for batch in batches if batch.gap is not None and batch.gap.to_ms
        )
        assert back.gap is not None
        assert back.gap.to_ms is not None
        assert back.gap.to_ms > back.gap.from_ms
        assert back.gap.is_restart
        await first_counters(batches)
        with redis.Redis(port=server.port) as client:
            assert same_letters(setting(client), "Emxe")
            client.get("after")
        rows = (await anext(batch async for batch in batches if batch.rows)).rows
        assert [(row.key, row.result) for row in rows] == [("after", "miss")]
    await observation.aclose()
    with redis.Redis(port=server.port) as client:
        assert setting(client) == ""


async def test_a_cut_subscriber_is_a_gap_without_a_restart(
    server: CacheServer, client: redis.Redis
) -> None:
    observation = Observation(server.url, every=0.2)
    events = observation.events("misses", consent="confirm")
    async with asyncio.timeout(30), aclosing(events) as batches:
        await first_counters(batches)
        assert client.client_kill_filter(_type="pubsub") == 1
        back = await anext(
            batch async for batch in batches if batch.gap is not None and batch.gap.to_ms
        )
        assert back.gap is not None
        assert not back.gap.is_restart
        assert back.gap.problem.why
    told = await observation.aclose()
    assert told is not None
    assert told.is_done


async def test_a_server_that_hangs_is_a_gap_until_it_answers_again(
    server: CacheServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tap, "LONGEST_SILENCE", 0.3)
    observation = Observation(server.url, every=0.1)
    async with asyncio.timeout(30), aclosing(observation.events("counters")) as batches:
        await first_counters(batches)
        server.freeze()
        lost = await anext(batch async for batch in batches if batch.gap is not None)
        assert lost.gap is not None
        assert lost.gap.to_ms is None
        assert "nothing was answered" in lost.gap.problem.why
        server.thaw()
        back = await anext(
            batch async for batch in batches if batch.gap is not None and batch.gap.to_ms
        )
        assert back.gap is not None
        assert not back.gap.is_restart


async def test_when_somebody_switches_it_off_the_rung_ends_and_nothing_is_put_back(
    server: CacheServer, client: redis.Redis
) -> None:
    observation = Observation(server.url, every=0.2)
    events = observation.events("misses", consent="confirm")
    async with asyncio.timeout(30), aclosing(events) as batches:
        await first_counters(batches)
        client.config_set(SETTING, "Kg")
        last = [batch async for batch in batches][-1]
    assert last.ended == SWITCHED_OFF
    told = await observation.aclose()
    assert told is not None
    assert not told.is_done
    assert setting(client) == "gK"


async def test_nothing_is_changed_when_nobody_could_put_it_back(
    server: CacheServer, client: redis.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(notifications, "_MODULE", "backend_tui.there_is_none")
    with pytest.raises(BackendError, match="not touched"):
        await anext(Observation(server.url).events("misses", consent="confirm"))
    assert setting(client) == ""


async def test_a_forbidden_config_refuses_the_rung_and_counters_go_on(
    server: CacheServer, client: redis.Redis
) -> None:
    client.acl_setuser(
        "reader",
        enabled=True,
        nopass=True,
        keys=["*"],
        channels=["*"],
        commands=["+@all", "-config"],
    )
    observation = Observation(server.url.replace("//", "//reader:x@"), every=0.2)
    offers = {offer.rung: offer for offer in await observation.offers()}
    assert offers["counters"].needs == "nothing"
    assert offers["misses"].needs == offers["exact"].needs == "refused"
    assert "config" in offers["misses"].why
    with pytest.raises(BackendError, match="cannot be had here"):
        await anext(observation.events("misses", consent="typed"))
    seen = await watched(observation, "counters", lambda: client.get("a"), seconds=None)
    assert seen.last.counters is not None
    assert seen.last.counters.misses == 1


async def test_a_setting_that_may_only_be_read_refuses_the_rung(
    server: CacheServer, client: redis.Redis
) -> None:
    client.acl_setuser(
        "reader",
        enabled=True,
        nopass=True,
        keys=["*"],
        channels=["*"],
        commands=["+@all", "-config|set", "-monitor"],
    )
    observation = Observation(server.url.replace("//", "//reader:x@"), every=0.2)
    offers = {offer.rung: offer for offer in await observation.offers()}
    assert offers["misses"].needs == "refused"
    assert "config|set" in offers["misses"].why
    client.config_set(SETTING, "Emxe")
    offers = {offer.rung: offer for offer in await observation.offers()}
    assert offers["misses"].needs == "nothing"
    assert offers["exact"].needs == "refused"
    assert "monitor" in offers["exact"].why


async def test_no_server_and_a_wrong_password_are_explained(server: CacheServer) -> None:
    with redis.Redis(port=server.port) as client:
        client.config_set("requirepass", "right")
    with pytest.raises(BackendError, match="password"):
        await Observation(server.url).offers()
    with pytest.raises(BackendError, match="password"):
        await Observation(server.url.replace("//", "//:wrong@")).offers()
    assert len(await Observation(server.url.replace("//", "//:right@")).offers()) == 3
    server.kill()
    with pytest.raises(BackendError, match="Nothing listens"):
        await Observation(server.url).offers()

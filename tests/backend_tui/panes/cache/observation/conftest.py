"""Real servers of both kinds, and an observation driven while real clients work."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import aclosing
from dataclasses import dataclass, field

import pytest
import redis

from backend_tui.panes.cache.observation.batch import Batch, KeyCount, Rung
from backend_tui.panes.cache.observation.observation import Observation
from backend_tui.panes.cache.observation.offers import Consent
from backend_tui.panes.cache.row import Row
from tests.real_caches import CacheServer, running

SETTING = "notify-keyspace-events"


@pytest.fixture(params=["valkey", "redis"])
def server(request: pytest.FixtureRequest) -> Iterator[CacheServer]:
    """A server of each kind, of the test's own."""
    with running(request.param) as started:
        yield started


@pytest.fixture
def client(server: CacheServer) -> Iterator[redis.Redis]:
    """Somebody else's client of that server."""
    with redis.Redis(port=server.port) as made:
        yield made


def setting(client: redis.Redis) -> str:
    """What the server's notifications are set to now."""
    return str(client.config_get(SETTING)[SETTING])


def names_of_clients(client: redis.Redis) -> list[str]:
    """The names of all connected clients."""
    return [each["name"] for each in client.client_list()]


@dataclass
class Seen:
    """Everything an observation told while the work was done, up to the check after it."""

    rows: list[Row] = field(default_factory=list)
    counts: dict[str, KeyCount] = field(default_factory=dict)
    batches: list[Batch] = field(default_factory=list)

    def add(self, batch: Batch) -> None:
        self.batches.append(batch)
        self.rows.extend(batch.rows)
        self.counts.update((each.key, each) for each in batch.counts)

    @property
    def last(self) -> Batch:
        return self.batches[-1]


async def watched(
    observation: Observation,
    rung: Rung,
    work: Callable[[], object],
    consent: Consent = "typed",
    seconds: float | None = 60,
) -> Seen:
    """Do the work in a thread once the counts have begun, and end with the check after it."""
    seen = Seen()
    working: asyncio.Task[object] | None = None
    checks = 0
    async with asyncio.timeout(60), aclosing(observation.events(rung, seconds, consent)) as batches:
        async for batch in batches:
            seen.add(batch)
            if batch.counters is None:
                continue
            if working is None:
                working = asyncio.create_task(asyncio.to_thread(work))
            elif working.done():
                checks += 1
                await working
                if checks == 2:
                    break
    return seen


async def first_counters(batches: AsyncGenerator[Batch]) -> Batch:
    """The first batch with counters: from then on everything is counted."""
    async for batch in batches:
        if batch.counters is not None:
            return batch
    raise AssertionError("It ended before it had counted anything.")

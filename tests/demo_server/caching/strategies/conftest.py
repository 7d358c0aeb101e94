"""The shop's cache on a real server and in process, and a source that answers when it is told."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest
from django.test import override_settings

from demo_server.caching import clock, counters
from demo_server.caching.strategies import chance
from demo_server.caching.strategies.strategy import Item, Policy, Sourced
from tests.real_caches import CacheServer, Kind, running

if TYPE_CHECKING:
    from demo_server.caching.counters import Counters


class Source:
    """A row with a version, slow to read until `may_answer` is set; it counts who asks."""

    def __init__(self, value: str = "one", *, is_quick: bool = True) -> None:
        self.value = value
        self.version = 1
        self.loads = 0
        self.may_answer = asyncio.Event()
        self.was_asked = asyncio.Event()
        self.failure: Exception | None = None
        if is_quick:
            self.may_answer.set()

    async def load(self) -> Sourced:
        """Reads first, then takes its time: a change meanwhile is not in what it gives."""
        self.loads += 1
        read = Sourced(self.value, self.version)
        self.was_asked.set()
        await self.may_answer.wait()
        if self.failure is not None:
            raise self.failure
        return read

    async def apply(self, change: Any) -> Sourced:
        """Commits at once."""
        self.value, self.version = change["value"], self.version + 1
        return Sourced(self.value, self.version)


async def until(condition: Callable[[], object]) -> None:
    """Let the others run until it holds."""
    async with asyncio.timeout(10):
        while not condition():  # noqa: ASYNC110 - counters tell nobody
            await asyncio.sleep(0)


@pytest.fixture(scope="session", params=["local", "valkey", "redis", "memcached"])
def location(request: pytest.FixtureRequest) -> Iterator[str]:
    """The URL of a real server for all tests, or nothing for the store in process."""
    if request.param == "local":
        yield ""
        return
    kind: Kind = request.param
    server: CacheServer
    with running(kind) as server:
        yield server.url


@pytest.fixture
def prefix(location: str) -> Iterator[str]:
    """The shop's cache is there, empty, under a prefix of its own; this one."""
    name = uuid4().hex[:8]
    backends = {"redis": "RedisCache", "memcached": "MemcachedCache", "": "LocalCache"}
    settings = {
        "BACKEND": f"demo_server.caching.backend.{backends[location.partition(':')[0]]}",
        "LOCATION": location or name,
        "KEY_PREFIX": name,
    }
    with override_settings(CACHES={"default": settings}):
        chance.seed(4)
        yield name
    chance.seed()
    clock.put_right()


@pytest.fixture
def item(prefix: str) -> Callable[..., Item]:
    """Makes the item `thing` with a policy of these members; its counters start at zero."""
    del prefix
    counters.zero()

    def make(**members: Any) -> Item:
        policy = Policy(**{"jitter": 0.0, **members})
        return Item("thing:1", "test", policy, "thing", "thing:1")

    return make


@pytest.fixture
def counted(prefix: str) -> Counters:
    """What was counted for the item of the test."""
    del prefix
    return counters.of("test")

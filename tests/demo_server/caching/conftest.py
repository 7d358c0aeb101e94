"""The caches on real servers and in process, which must behave alike, and what they announce."""

from __future__ import annotations

import os
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from tests.real_caches import CacheServer, Kind, running

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "demo_server.settings")

from demo_server.caching.backend import LocalCache, MemcachedCache, ObservedCache, RedisCache
from demo_server.caching.feed import Operation, subscribe

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


STORES: dict[str, Callable[[str, dict[str, Any]], ObservedCache]] = {
    "valkey": RedisCache,
    "redis": RedisCache,
    "memcached": MemcachedCache,
    "local": LocalCache,
}


@pytest.fixture
def valkey() -> Iterator[CacheServer]:
    """A Valkey to be killed and started again."""
    with running("valkey") as server:
        yield server


@pytest.fixture(scope="module")
def servers() -> Iterator[Callable[[Kind], CacheServer]]:
    """One server of each kind for the whole module, started when it is first asked for."""
    with ExitStack() as stack:
        started: dict[Kind, CacheServer] = {}

        def server(kind: Kind) -> CacheServer:
            if kind not in started:
                started[kind] = stack.enter_context(running(kind))
            return started[kind]

        yield server


@pytest.fixture(
    params=[
        pytest.param(kind, marks=() if kind == "local" else pytest.mark.service(kind))
        for kind in STORES
    ]
)
def store_cache(
    request: pytest.FixtureRequest, servers: Callable[[Kind], CacheServer]
) -> ObservedCache:
    """A cache of its own prefix on each store in turn."""
    params = {"KEY_PREFIX": uuid4().hex[:8], "TIMEOUT": 60}
    kind = request.param
    return STORES[kind]("tests" if kind == "local" else servers(kind).url, params)


@pytest.fixture
def operations() -> Iterator[list[Operation]]:
    """Every cache operation that is announced while the test runs."""
    heard: list[Operation] = []
    unsubscribe = subscribe(heard.append)
    yield heard
    unsubscribe()

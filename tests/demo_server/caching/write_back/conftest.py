"""A log on a real server with an append-only file, and the shop's database behind it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest

from tests.real_caches import CacheServer, Kind, running


@pytest.fixture(
    scope="session",
    params=[pytest.param(kind, marks=pytest.mark.service(kind)) for kind in ("valkey", "redis")],
)
def durable_cache(request: pytest.FixtureRequest) -> Iterator[CacheServer]:
    """A server that keeps what it acknowledges."""
    kind: Kind = request.param
    with running(kind, "--appendonly", "yes", "--appendfsync", "everysec") as server:
        yield server


@pytest.fixture
def log(durable_cache: CacheServer) -> Any:
    """An empty, open log of the test's own."""
    from demo_server.caching.write_back.log import Log

    log = Log(durable_cache.url, f"{{test-{uuid4().hex[:8]}}}")
    log.open("0-0", may_begin=True, lets_in=True)
    return log


@pytest.fixture
def ledger(shop_data: None) -> Any:
    """The seeded database's side."""
    from demo_server.shop.write_back.ledger import ShopLedger

    del shop_data
    ledger = ShopLedger()
    ledger.account()
    return ledger

"""Both real servers for every test that takes `server`: Valkey and Redis."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest

from backend_tui.panes.cache.server.address import parse_address
from backend_tui.panes.cache.server.server import Server
from tests.real_caches import CacheServer, Kind, running


@pytest.fixture(params=["valkey", "redis"])
def process(request: pytest.FixtureRequest) -> Iterator[CacheServer]:
    """A server process of the test's own."""
    kind: Kind = request.param
    with running(kind) as started:
        yield started


@pytest.fixture
async def server(process: CacheServer) -> AsyncIterator[Server]:
    """Asked through our own connection."""
    asked = Server(parse_address(process.url), is_embedded=True)
    yield asked
    await asked.aclose()

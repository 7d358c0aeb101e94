"""Two server processes on one Valkey: a lease holds between them, a flight does not."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import TYPE_CHECKING

import httpx
import pytest

from tests.demo_server.conftest import TOKEN, ShopServer
from tests.real_caches import running

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PATH = "/lab/cache/lab-b?load_ms=400"


@pytest.fixture
def servers(tmp_path: Path) -> Iterator[list[httpx.Client]]:
    """Clients of two servers with one database and one cache."""
    database = f"sqlite:///{tmp_path}/shared.sqlite3"
    with ExitStack() as stack:
        valkey = stack.enter_context(running("valkey"))
        clients = []
        for name in ("one", "two"):
            place = {"DEMO_REDIS_URL": valkey.url, "DEMO_DATABASE_URL": database}
            server = ShopServer(tmp_path / name, **place).start()
            stack.callback(server.stop)
            client = server.client(headers={"X-Workbench-Token": TOKEN})
            clients.append(stack.enter_context(client))
        yield clients


@pytest.mark.parametrize(("protection", "loads"), [("lease", 1), ("flight", 2)])
def test_burst_over_both(servers: list[httpx.Client], protection: str, loads: int) -> None:
    for client in servers:
        client.patch("/_cache/routes/lab-b", json={"protection": "flight"}).raise_for_status()
        changed = client.patch("/_cache/routes/lab-b", json={"protection": protection})
        assert changed.json()["policy"]["protection"] == protection
    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(lambda number: servers[number % 2].get(PATH), range(20)))
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.content for answer in answers}) == loads
    counted = [_counters(client) for client in servers]
    assert sum(each["loads"] for each in counted) == loads
    assert sum(each["requests"] for each in counted) == 20


def _counters(client: httpx.Client) -> dict[str, int]:
    routes = client.get("/_cache").json()["routes"]
    found: dict[str, int] = next(each["counters"] for each in routes if each["name"] == "lab-b")
    return found

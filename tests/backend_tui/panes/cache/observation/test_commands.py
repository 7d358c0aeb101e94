"""`cache watch --observe`: the same rungs without a screen, every line of JSON with stable keys."""

from __future__ import annotations

import asyncio
import io
import json
from typing import Any

import pytest
import redis

from backend_tui.core.errors import BackendError
from backend_tui.core.output import Output
from backend_tui.panes.cache.observation.batch import Rung
from backend_tui.panes.cache.observation.commands import INCOMPLETE, observe
from backend_tui.panes.cache.row import Row
from tests.backend_tui.panes.cache.observation.conftest import setting
from tests.real_caches import CacheServer

KEY = b"\x1b[31m:\x00"


async def printed(
    server: CacheServer, rung: Rung, *, as_json: bool = True, count: int | None = 3
) -> tuple[int, str, str]:
    """Exit code, data and words of an observation while a client reads one key, then another."""
    output = Output(io.StringIO(), io.StringIO())
    stopped = asyncio.Event()

    def read_keys() -> None:
        with redis.Redis(port=server.port) as client:
            client.set("there", 1)
            while not stopped.is_set():
                client.get("there")
                client.get(KEY)

    reading = asyncio.create_task(asyncio.to_thread(read_keys))
    try:
        code = await observe(output, server.url, rung, seconds=5, count=count, as_json=as_json)
    finally:
        stopped.set()
        await reading
    assert isinstance(output.data, io.StringIO)
    assert isinstance(output.words, io.StringIO)
    return code, output.data.getvalue(), output.words.getvalue()


async def test_exact_rows_and_the_end_are_json_lines(
    server: CacheServer, client: redis.Redis
) -> None:
    code, data, words = await printed(server, "exact")
    lines: list[dict[str, Any]] = [json.loads(line) for line in data.splitlines()]
    rows = [line for line in lines if "op" in line]
    assert code == 0
    assert len(rows) == 3
    assert all(tuple(row) == Row._fields for row in rows)
    assert {row["result"] for row in rows} == {"hit", "miss"}
    assert {row["key"] for row in rows} == {"there", "\\x1b[31m:\\x00"}
    assert {each["key"] for each in lines[-1]["keys"]} == {"there", "\\x1b[31m:\\x00"}
    assert set(lines[-1]["check"]) == {"is_exact", "lost", "difference", "unseen", "words"}
    assert "MONITOR" in words
    assert f'notify-keyspace-events is "{setting(client)}" again.' in words
    assert setting(client) == ""


async def test_counters_come_once_a_second(server: CacheServer) -> None:
    output = Output(io.StringIO(), io.StringIO())
    assert await observe(output, server.url, "counters", seconds=0.3, as_json=True) == 0
    assert isinstance(output.data, io.StringIO)
    lines = [json.loads(line) for line in output.data.getvalue().splitlines()]
    assert lines[0]["counters"]["hit_ratio"] is None
    assert lines[0]["counters"]["hits"] == 0
    assert lines[-1]["ended"] == "The time is over."


async def test_text_is_clean_and_ends_with_a_table(server: CacheServer) -> None:
    code, data, words = await printed(server, "misses", as_json=False, count=2)
    assert code == 0
    assert "\x1b" not in data + words
    assert "\\x1b[31m:\\x00" in data
    assert data.splitlines()[-2].split() == ["key", "hits", "misses"]


async def test_a_risky_server_is_left_alone_without_a_yes(server: CacheServer) -> None:
    with redis.Redis(port=server.port) as client:
        client.config_set("maxmemory", "16mb")
    output = Output(io.StringIO(), io.StringIO())
    with pytest.raises(BackendError, match="needs your consent"):
        await observe(output, server.url, "exact", seconds=1)
    assert await observe(output, server.url, "exact", seconds=0.2, is_sure=True) == 0


async def test_a_cut_monitor_is_incomplete(server: CacheServer) -> None:
    output = Output(io.StringIO(), io.StringIO())
    watching = asyncio.create_task(observe(output, server.url, "exact", seconds=30))
    with redis.Redis(port=server.port) as client:

        def cut() -> None:
            monitors: list[str] = []
            while not monitors:
                monitors = [each["id"] for each in client.client_list() if "O" in each["flags"]]
            client.client_kill_filter(_id=monitors[0])

        await asyncio.to_thread(cut)
        assert await watching == INCOMPLETE
        assert setting(client) == ""

"""`cache watch` and `cache stats` as programs use them."""

from __future__ import annotations

import asyncio
import io
import json
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from pathlib import Path

import pytest

from backend_tui.core.errors import BackendError
from backend_tui.core.output import Output
from backend_tui.panes.cache.client import StackCacheClient
from backend_tui.panes.cache.commands import _count, _count_kept, _followed, _print, _within
from backend_tui.panes.cache.feature import FEATURE
from backend_tui.panes.cache.live.filter import EVERYTHING, Filter, parse_filter
from backend_tui.panes.cache.live.printing import operation_line, stats_rows, summary_line
from backend_tui.panes.cache.live.statistics import Statistics
from tests.backend_tui.panes.cache.feed_server import feed_server
from tests.backend_tui.panes.cache.operations import batch, fill, hit, stored
from tests.backend_tui.stack_at import StackAt


async def watched(
    stack: StackAt, output: Output, chosen: Filter = EVERYTHING, *, count: int, as_json: bool
) -> None:
    client = StackCacheClient(stack)
    batches = _followed(client, output, is_from_start=True)
    async with asyncio.timeout(20):
        await _print(output, batches, chosen, count, as_json)
    await client.aclose()


def words(stream: object) -> str:
    assert isinstance(stream, io.StringIO)
    return stream.getvalue()


async def test_watch_prints_a_document_a_line_for_what_passes() -> None:
    output = Output(io.StringIO(), io.StringIO())
    async with feed_server() as (server, stack):
        server.say([*fill("product:1"), hit("product:1"), hit("list:2"), hit("product:3")])
        await watched(stack, output, parse_filter("product:* op:get"), count=3, as_json=True)
    rows = [json.loads(line) for line in words(output.data).splitlines()]
    assert [(row["sequence"], row["key"], row["result"]) for row in rows] == [
        (1, "product:1", "miss"),
        (4, "product:1", "hit"),
        (6, "product:3", "hit"),
    ]
    names = "sequence at_ms op key result strategy us size ttl_s load_us cause trace_id route"
    assert list(rows[0]) == names.split()
    assert "Following the shop's cache (redis)." in words(output.words)


async def test_watch_says_what_was_not_seen_and_prints_lines_for_people() -> None:
    output = Output(io.StringIO(), io.StringIO())
    async with feed_server() as (server, stack):
        server.say([hit()])
        server.skip(6_000)
        server.say([stored()])
        await watched(stack, output, count=2, as_json=False)
    lines = words(output.data).splitlines()
    assert lines[0].split()[1:4] == ["get", "hit", "product:1"]
    assert "ttl 60 s" in lines[1]
    assert "6000 operations were not seen." in words(output.words)


async def test_a_shop_that_never_was_there_ends_the_command() -> None:
    output = Output(io.StringIO(), io.StringIO())
    client = StackCacheClient(StackAt("http://127.0.0.1:9"))
    with pytest.raises(BackendError) as told:
        await _count(_followed(client, output, is_from_start=False), Statistics())
    assert told.value.hint
    await client.aclose()


async def test_stats_count_what_the_shop_keeps_by_caffeines_names() -> None:
    async with feed_server() as (server, stack):
        client, empty = StackCacheClient(stack), Statistics()
        await _count_kept(client, empty)
        document = empty.document("key")
        assert (document["total"]["hitRate"], document["entries"]) == (None, [])
        server.say([*fill("product:1"), hit("product:1"), hit("product:1"), hit("list:2")])
        books = Statistics()
        async with asyncio.timeout(20):
            await _count_kept(client, books)
        await client.aclose()
    document = books.document("prefix")
    first = document["entries"][0]
    assert (first["prefix"], first["requestCount"], first["hitCount"]) == ("product:", 3, 2)
    assert first["averageLoadPenalty"] == 2.0
    assert document["total"]["loadTimeSaved"] == 4.0
    assert document["exact"] is True
    header, rows = stats_rows(document)
    assert header[:3] == ("prefix", "requests", "hits")
    assert rows[0][:5] == ("product:", "3", "2", "1", "66.7 %")
    assert summary_line(document) == "4 requests, 3 hits, hit ratio 75.0 %; exact."


async def test_a_time_limit_ends_a_watch_in_peace() -> None:
    output = Output(io.StringIO(), io.StringIO())
    async with feed_server() as (server, stack):
        server.say([hit()])
        client, books = StackCacheClient(stack), Statistics()
        batches = _followed(client, output, is_from_start=True)
        async with asyncio.timeout(20):
            await _within(0.5, _count(batches, books))
        assert books.total.hits == 1
        await client.aclose()


def test_an_operation_as_a_line() -> None:
    line = operation_line(hit(cause="stale"))
    assert line.startswith("12:00:00.000  get    hit       product:1  31 µs  812 B  cache-aside")
    assert batch([hit()]).last == 1


def test_the_verbs_of_the_group() -> None:
    group = FEATURE.commands()
    assert {"watch", "stats", "keys", "strategy", "write-back"} <= set(group.commands)
    assert (FEATURE.key, FEATURE.digit) == ("f6", "6")


@asynccontextmanager
async def running(folder: Path, *verb: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """The command in a process of its own, with a stack of its own."""
    child = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "backend_tui", "--data-dir", str(folder), "cache", *verb),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    try:
        async with asyncio.timeout(60):
            yield child
    finally:
        if child.returncode is None:
            child.kill()
            await child.wait()


async def test_ctrl_c_ends_a_watch_with_130_and_leaves_nothing_behind(tmp_path: Path) -> None:
    async with running(tmp_path, "watch", "--json") as child:
        assert child.stderr is not None
        while b"Following the shop's cache" not in (line := await child.stderr.readline()):
            assert line, "the watch ended before it began"
        child.send_signal(signal.SIGINT)
        _, told = await child.communicate()
        assert child.returncode == 130
        assert b"Traceback" not in told


async def test_stats_of_a_new_shop_are_unknown_and_not_all_hits(tmp_path: Path) -> None:
    async with running(tmp_path, "stats", "--json", "--for", "0.3") as child:
        shown, _ = await child.communicate()
        assert child.returncode == 0
        document = json.loads(shown)
        assert document["total"]["hitRate"] is None
        assert document["seconds"] == 0.3


async def test_a_wrong_filter_is_a_wrong_usage(tmp_path: Path) -> None:
    async with running(tmp_path, "watch", "--filter", "result:mis") as child:
        _, told = await child.communicate()
        assert child.returncode == 2
        assert "There is no result “mis”." in told.decode()


async def test_the_client_leaves_nothing_open() -> None:
    async with feed_server() as (server, stack):
        client = StackCacheClient(stack)
        async with aclosing(client.follow()) as items:
            await anext(items)
        assert server.connections == 1
        await client.aclose()

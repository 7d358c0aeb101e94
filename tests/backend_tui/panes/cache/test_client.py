"""The client on a live server: it misses nothing, says what is lost, and believes nobody."""

from __future__ import annotations

import asyncio
import json
from contextlib import aclosing

import pytest
from hypothesis import given
from hypothesis import strategies as some

from backend_tui.core.clock import ManualClock
from backend_tui.core.errors import BackendError
from backend_tui.core.feed import Live, Lost, reconnecting
from backend_tui.core.http import HttpClient
from backend_tui.core.text import is_clean
from backend_tui.panes.cache.client import StackCacheClient
from backend_tui.panes.cache.model import CacheStatus, Connected
from backend_tui.panes.cache.row import Row
from backend_tui.panes.cache.wire import SLICE, Operations, masked_key, read_operations
from tests.backend_tui.panes.cache.feed_server import feed_server
from tests.backend_tui.panes.cache.operations import NOON, TRACE, fill, hit
from tests.backend_tui.stack_at import StackAt


async def taken(client: StackCacheClient, number: int, *, is_from_start: bool = True) -> list[Row]:
    """The first so many rows of one connection."""
    rows: list[Row] = []
    async with asyncio.timeout(20), aclosing(client.follow(is_from_start=is_from_start)) as items:
        async for item in items:
            if isinstance(item, Operations):
                rows += item.rows
                if len(rows) >= number:
                    break
    return rows


def event(rows: list[list[object]], **head: object) -> str:
    last = rows[-1][0] if rows else 0
    first = rows[0][0] if rows else 1
    document = {"source": "a", "first": first, "last": last, **head, "rows": rows}
    return json.dumps(document, separators=(",", ":"))


async def read(data: str) -> list[Operations]:
    return [each async for each in read_operations(data)]


async def test_what_happened_before_is_there_and_what_follows_comes_at_once() -> None:
    async with feed_server() as (server, stack):
        server.say(fill())
        client = StackCacheClient(stack)
        rows = await taken(client, 3)
        assert [(row.sequence, row.op, row.result) for row in rows] == [
            (1, "get", "miss"),
            (2, "load", "loaded"),
            (3, "set", "stored"),
        ]
        assert rows[1].load_us == 2_000.0
        assert rows[0].trace_id == TRACE
        server.say([hit()])
        assert [row.sequence for row in await taken(client, 1)] == [4]
        await client.aclose()


async def test_a_watch_from_now_on_leaves_out_what_was_before() -> None:
    async with feed_server() as (server, stack):
        server.say(fill())
        client = StackCacheClient(stack)
        async with asyncio.timeout(20), aclosing(client.follow()) as items:
            connected = await anext(items)
            assert connected == Connected(
                CacheStatus("life-1", 3, "redis", "shop", "everysec", tells_expiry=True, kept=3)
            )
            server.say([hit("product:9")])
            batch = await anext(items)
            assert isinstance(batch, Operations)
            assert [row.key for row in batch.rows] == ["product:9"]
        await client.aclose()


async def test_a_cut_feed_goes_on_after_the_last_and_a_restarted_server_from_its_first() -> None:
    async with feed_server() as (server, stack):
        server.say([hit(), hit()])
        client = StackCacheClient(stack)
        seen: list[str] = []
        source = reconnecting(lambda: client.follow(is_from_start=True), ManualClock())
        async with asyncio.timeout(20), aclosing(source) as items:
            async for item in items:
                match item:
                    case Operations():
                        seen.append(f"{item.source}:{item.first}-{item.last}")
                        if len(seen) == 1:
                            server.say([hit()])
                            server.cut()
                        elif len(seen) == 2:
                            server.restart()
                            server.say([hit(), hit()])
                        else:
                            break
                    case Lost(error):
                        seen.append(error.what) if not seen else None
                    case Live() | Connected():
                        pass
        assert seen == ["life-1:1-2", "life-1:3-3", "life-2:1-2"]
        await client.aclose()


async def test_a_server_that_has_no_feed_is_named() -> None:
    async with feed_server() as (server, stack):
        server.is_broken = True
        client = StackCacheClient(stack)
        with pytest.raises(BackendError) as told:
            await taken(client, 1)
        assert "503" in str(told.value)
        await client.aclose()
    client = StackCacheClient(StackAt("http://127.0.0.1:9"))
    with pytest.raises(BackendError) as told:
        await client.status()
    assert told.value.hint
    await client.aclose()


async def test_long_batches_come_in_parts_without_a_hole() -> None:
    key = 'a],[1,"],[2'
    rows: list[list[object]] = [
        [number, NOON, "get", f"{key}{number}", "hit", *[None] * 8] for number in range(1, 6_001)
    ]
    data = event(rows)
    assert len(data) > 2 * SLICE
    parts = await read(data)
    assert len(parts) > 2
    assert [part.first for part in parts[1:]] == [part.last + 1 for part in parts[:-1]]
    assert [row.key for part in parts for row in part.rows] == [row[3] for row in rows]


async def test_hostile_texts_become_harmless_and_secret_keys_are_masked() -> None:
    row: list[object] = [1, NOON, "get", "a\x1b]0;x\x07\u202e\n", "hit", "s\x9b", *[None] * 7]
    other: list[object] = [2, NOON, "get", "session:k3jw9", "hit", *[None] * 6, "t\x00", "r\u2066"]
    for data in (event([row, other]), json.dumps(json.loads(event([row, other])))[:-1] + "}"):
        for part in await read(data.replace(': "', ':"').replace('"rows": [', '"rows":[')):
            for each in part.rows:
                texts = [text for text in each if isinstance(text, str)]
                assert all(is_clean(text) and "\n" not in text for text in texts)
            assert part.rows[1].key == "session:•••"


@pytest.mark.parametrize(
    ("key", "shown"),
    [
        ("session:abc", "session:•••"),
        ("user:sessions:abc", "user:sessions:•••"),
        ("django.contrib.sessions.cacheq7w8", "django.contrib.sessions.cache•••"),
        ("api-token/q7w8", "api-token/•••"),
        ("product:12", "product:12"),
        ("products:tokenless", "products:tokenless"),
    ],
)
def test_keys_that_hold_secrets(key: str, shown: str) -> None:
    assert masked_key(key) == shown


@pytest.mark.parametrize(
    "data",
    [
        "",
        "[]",
        '{"source":"a"}',
        '{"source":"a","first":1,"last":1,"rows":[1]}',
        '{"source":"a","first":1,"last":1,"rows":[[1]]}',
        '{"source":1,"first":1,"last":1,"rows":[]}',
        event([[1, NOON, "get", 7, "hit", *[None] * 8]]),
        event([[1, True, "get", "k", "hit", *[None] * 8]]),
        event([[1, NOON, "get", "k", "hit", None, 1e300, *[None] * 6]]),
        event([[1, 10**400, "get", "k", "hit", *[None] * 8]]),
        event([[1, NOON, "get", "k", "hit", *[None] * 8]], first=2),
        event([[9, NOON, "get", "k", "hit", *[None] * 8]], last=3),
        '{"source":"a","first":1,"last":1,"rows":[[1,NaN,"get","k","hit"' + ",null" * 8 + "]]}",
    ],
)
async def test_what_is_no_batch_is_refused_in_words(data: str) -> None:
    with pytest.raises(BackendError) as told:
        await read(data)
    assert told.value.what == "The cache feed could not be read."


json_values = some.recursive(
    some.none() | some.booleans() | some.integers() | some.floats() | some.text(),
    lambda inner: some.lists(inner, max_size=14) | some.dictionaries(some.text(), inner),
    max_leaves=30,
)


@given(json_values)
async def test_no_foreign_value_does_more_than_fail_in_words(value: object) -> None:
    head = '{"source":"a","first":1,"last":1,"rows":['
    try:
        parts = await read(f"{head}{json.dumps(value)}]}}")
    except BackendError:
        return
    for row in (row for part in parts for row in part.rows):
        assert len(row) == 13


async def test_the_shop_itself_speaks_this_wire(shop: StackAt) -> None:
    client, http = StackCacheClient(shop), HttpClient()
    status = await client.status()
    assert status.source
    async with asyncio.timeout(30), aclosing(client.follow()) as items:
        assert isinstance(await anext(items), Connected)
        product = await http.get_json(f"{shop.endpoint.url}/api/products/7")
        assert product
        await http.get_json(f"{shop.endpoint.url}/api/products/7")
        rows: list[Row] = []
        async for item in items:
            if isinstance(item, Operations):
                rows += item.rows
            if any(row.op == "get" and row.result == "hit" for row in rows):
                break
    keys = {row.key for row in rows if row.op == "get"}
    assert any("7" in key for key in keys)
    assert {len(row.trace_id or "") for row in rows if row.op == "get"} == {32}
    await client.aclose()
    await http.aclose()

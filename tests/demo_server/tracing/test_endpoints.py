"""What the workbench reads of the server: journeys live and by id, plans, the cache feed."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack, aclosing
from time import time
from typing import TYPE_CHECKING, Any

import httpx
import pytest

if TYPE_CHECKING:
    from tests.demo_server.tracing.conftest import Server

SELECT_ONE = "SELECT id, name FROM thing WHERE id = %s"


@pytest.mark.parametrize("path", ["/_trace", f"/_trace/{'1' * 32}", "/_cache/events", "/_cache/x"])
@pytest.mark.parametrize("headers", [{}, {"X-Workbench-Token": "guessed"}])
async def test_without_the_token_there_is_nothing(
    client: httpx.AsyncClient, path: str, headers: dict[str, str]
) -> None:
    answer = await client.get(path, headers=headers)
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
    assert "x-trace-id" not in answer.headers


async def test_wrong_method_is_answered_with_the_right_one(
    server: Server, client: httpx.AsyncClient
) -> None:
    for path, allow in (("/_trace", "GET"), (f"/_trace/{'1' * 32}/spans/{'1' * 16}/plan", "POST")):
        answer = await client.request("DELETE", path, headers=server.key)
        assert answer.status_code == 405
        assert answer.headers["allow"] == allow


async def test_unknown_journey_is_not_found_at_once(
    server: Server, client: httpx.AsyncClient
) -> None:
    answer = await client.get(f"/_trace/{'1' * 32}", headers=server.key)
    assert answer.status_code == 404
    assert answer.elapsed.total_seconds() < 1.5


async def test_plan_of_a_select_on_demand(server: Server, client: httpx.AsyncClient) -> None:
    _, journey = await server.follow(client, "GET", "/things/31")
    statement = next(span for span in journey["spans"] if span["kind"] == "db")
    url = f"/_trace/{journey['trace_id']}/spans/{statement['id']}/plan"
    answer = await client.post(url, headers=server.key)
    assert answer.json() == {
        "lines": ["SEARCH thing USING INTEGER PRIMARY KEY (rowid=?)"],
        "dialect": "sqlite",
    }
    other = f"/_trace/{journey['trace_id']}/spans/{journey['root_id']}/plan"
    refused = await client.post(other, headers=server.key)
    assert refused.status_code == 422
    unknown = f"/_trace/{journey['trace_id']}/spans/{'e' * 16}/plan"
    assert (await client.post(unknown, headers=server.key)).status_code == 404


async def test_plan_of_a_masked_statement_needs_no_secret(
    server: Server, client: httpx.AsyncClient
) -> None:
    _, journey = await server.follow(client, "GET", "/secrets")
    found = [span for span in journey["spans"] if span["kind"] == "db"]
    base = f"/_trace/{journey['trace_id']}/spans"
    select = await client.post(f"{base}/{found[0]['id']}/plan", headers=server.key)
    assert select.json()["lines"] == ["SCAN session_thing"]
    insert = await client.post(f"{base}/{found[1]['id']}/plan", headers=server.key)
    assert insert.status_code == 422


async def test_journeys_arrive_live_and_their_feed_is_not_one(
    server: Server, client: httpx.AsyncClient
) -> None:
    async with client.stream("GET", "/_trace", headers=server.key) as feed:
        assert feed.headers["content-type"].startswith("text/event-stream")
        lines = server.events(feed)
        async with aclosing(lines), asyncio.timeout(10):
            sent = [(await client.get("/each")).headers["x-trace-id"] for _ in range(3)]
            received = [await anext(lines) for _ in sent]
    assert {name for name, _ in received} == {"trace"}
    assert [journey["trace_id"] for _, journey in received] == sent
    sequences = [journey["sequence"] for _, journey in received]
    assert sequences == list(range(sequences[0], sequences[0] + 3))


async def test_reader_that_comes_back_gets_what_it_missed(
    server: Server, client: httpx.AsyncClient
) -> None:
    _, seen = await server.follow(client, "GET", "/each")
    _, missed = await server.follow(client, "GET", "/each")
    since = str(seen["sequence"])
    for params, header in (({"since": since}, {}), ({}, {"Last-Event-ID": since})):
        headers = server.key | header
        async with client.stream("GET", "/_trace", params=params, headers=headers) as feed:
            lines = server.events(feed)
            async with aclosing(lines), asyncio.timeout(10):
                _, journey = await anext(lines)
        assert journey["trace_id"] == missed["trace_id"]


async def test_cache_operations_arrive_with_their_journey(
    server: Server, client: httpx.AsyncClient
) -> None:
    async with client.stream("GET", "/_cache/events", headers=server.key) as feed:
        lines = server.events(feed)
        async with aclosing(lines), asyncio.timeout(10):
            trace_id = (await client.get("/things/41")).headers["x-trace-id"]
            rows: list[Any] = []
            while not any(row[2] == "set" for row in rows):
                name, batch = await anext(lines)
                assert name == "operations"
                assert (batch["first"], batch["last"]) == (
                    batch["rows"][0][0],
                    batch["rows"][-1][0],
                )
                rows += batch["rows"]
    get, stored = (next(row for row in rows if row[2] == op) for op in ("get", "set"))
    assert [get[2:6], get[7:10]] == [["get", "t:thing:41", "miss", get[5]], [None, None, None]]
    assert stored[2:6] == ["set", "t:thing:41", "stored", get[5]]
    assert stored[7] > 0
    assert stored[8] == 60
    assert stored[11] == get[11] == trace_id
    assert [row[0] for row in rows] == list(range(rows[0][0], rows[-1][0] + 1))
    assert get[1] <= stored[1]
    assert abs(stored[1] / 1000 - time()) < 60
    assert 0 < get[6] < 1e6


async def test_the_feed_goes_on_where_its_reader_was_and_tells_another_life(
    server: Server, client: httpx.AsyncClient
) -> None:
    async def first_batch(**asked: Any) -> dict[str, Any]:
        headers = server.key | asked.pop("headers", {})
        async with client.stream("GET", "/_cache/events", headers=headers, **asked) as feed:
            lines = server.events(feed)
            async with aclosing(lines), asyncio.timeout(10):
                return (await anext(lines))[1]

    await client.get("/things/42")
    everything = await first_batch(params={"since": "0"})
    state = (await client.get("/_cache", headers=server.key)).json()
    assert everything["first"] == 1
    assert everything["source"] == state["source"]
    assert everything["last"] == state["sequence"] == state["ring"]["kept"]
    before = f"{everything['source']}:{everything['last'] - 1}"
    for asked in ({"params": {"since": before}}, {"headers": {"Last-Event-ID": before}}):
        again = await first_batch(**asked)
        assert [row[0] for row in again["rows"]] == [everything["last"]]
    for known in ("another:7", "nonsense", "another:x"):
        assert (await first_batch(params={"since": known}))["first"] == 1


async def test_slow_reader_loses_the_oldest_and_is_told_how_many(
    server: Server, client: httpx.AsyncClient
) -> None:
    """A reader that stops reading; what fits into no queue and no buffer is counted."""
    rounds = [*["/many?steps=1900"] * 5, *["/echo"] * 26]
    async with AsyncExitStack() as stack:
        reader = await stack.enter_async_context(server.client())
        feed = await stack.enter_async_context(reader.stream("GET", "/_trace", headers=server.key))
        for path in rounds:
            await asyncio.gather(*(client.get(path) for _ in range(8)))
        last = (await client.get("/echo")).headers["x-trace-id"]
        journeys, dropped = 0, 0
        lines = await stack.enter_async_context(aclosing(server.events(feed)))
        async with asyncio.timeout(60):
            async for name, document in lines:
                dropped += document["count"] if name == "dropped" else 0
                journeys += name == "trace"
                if name == "trace" and document["trace_id"] == last:
                    break
    assert dropped > 0
    assert journeys + dropped == 8 * len(rounds) + 1

"""The client against the real shop, and against servers that are not the shop."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from dataclasses import replace

import pytest

from backend_tui.core.errors import BackendError
from backend_tui.core.exchange import Stopwatch, Timeouts
from backend_tui.core.text import is_clean
from backend_tui.panes.rest.client import StackRestClient
from backend_tui.panes.rest.exchanges import (
    BodyGrew,
    Exchange,
    JourneyMissing,
    SendStarted,
)
from backend_tui.panes.rest.model import RestState
from backend_tui.panes.rest.request import BasicAuth, Draft, Pair, SessionAuth
from tests.backend_tui.core.raw_server import Talk, plain, saying, serving
from tests.backend_tui.panes.rest.test_model import AT
from tests.backend_tui.stack_at import StackAt


async def exchanged(
    client: StackRestClient, draft: Draft, *, redirects: int = 10, number: int = 1
) -> Exchange:
    """The whole exchange with its journey."""
    state = RestState().after(SendStarted(number, draft, AT))
    timeouts = Timeouts(total=20)
    events = client.send(number, draft, Stopwatch(), redirects=redirects, timeouts=timeouts)
    async with aclosing(events):
        async for event in events:
            state = state.after(event)
    return state.after(await client.journey(state.exchanges[-1])).exchanges[-1]


async def test_second_journey_shows_the_hit_and_no_sql(shop: StackAt) -> None:
    client = StackRestClient(shop)
    draft = Draft("GET", "/api/products?page_size=3&q=lamp")
    first = await exchanged(client, draft)
    second = await exchanged(client, draft)
    assert first.trace is not None
    assert second.trace is not None
    assert first.status == second.status == 200
    assert first.trace.counters.sql > 0
    assert first.trace.counters.cache_misses > 0
    assert second.trace.counters.sql == 0
    assert second.trace.counters.cache_hits > 0
    assert first.body is not None
    assert second.body is not None
    assert first.body.read(0, first.size) == second.body.read(0, second.size)
    assert first.context is not None
    assert first.trace.trace_id == first.context.trace_id
    kinds = {span.kind for span in first.trace.spans}
    assert {"client", "server", "view", "db"} <= kinds
    statement = next(span for span in first.trace.spans if span.kind == "db")
    plan = await client.plan(first.trace, statement)
    await client.aclose()
    assert any("product" in line for line in plan)
    server = next(span for span in first.trace.spans if span.kind == "server")
    wait = next(span for span in first.trace.spans if span.name == "wait")
    assert server.parent == wait.id


async def test_routes_of_the_shop_have_bodies_and_parameters(shop: StackAt) -> None:
    client = StackRestClient(shop)
    base, routes = await client.routes()
    again, same = await client.routes(f"{shop.endpoint.url}/api/openapi.json")
    await client.aclose()
    known = {route.key: route for route in routes}
    assert base == again == shop.endpoint.url
    assert routes == same
    assert "GET /api/products" in known
    assert '"name"' in known["POST /api/products"].body
    one = known["GET /api/products/{product_id}"]
    assert [p.name for p in one.parameters if p.place == "path"] == ["product_id"]


async def test_every_get_route_of_the_shop_is_sent_as_it_is_listed(shop: StackAt) -> None:
    client = StackRestClient(shop)
    _, routes = await client.routes()
    plain_reads = [r for r in routes if r.method == "GET" and r.path.startswith("/api/")]
    assert len(plain_reads) > 8
    for route in plain_reads:
        draft = route.draft()
        given = tuple(Pair(pair.name, pair.value or "x") for pair in draft.path)
        exchange = await exchanged(client, replace(draft, path=given))
        assert exchange.phase == "done", route.key
        assert (exchange.status or 0) < 500, route.key
    await client.aclose()


async def test_the_shops_own_logins_work(shop: StackAt) -> None:
    client = StackRestClient(shop)
    known = await client.credentials()
    nobody = await exchanged(client, Draft("GET", "/api/users"))
    assert nobody.status == 401
    staff = known["staff"]
    assert (await exchanged(client, Draft("GET", "/api/users", auth=staff))).status == 200
    admin = await exchanged(client, Draft("GET", "/admin/", auth=known["admin"]))
    assert admin.status == 200
    wrong = SessionAuth("admin", "wrong")
    with pytest.raises(BackendError, match="refused the login of admin"):
        await exchanged(client, Draft("GET", "/admin/", auth=wrong))
    await client.aclose()


async def test_redirects_are_kept_as_hops(shop: StackAt) -> None:
    client = StackRestClient(shop)
    followed = await exchanged(client, Draft("GET", "/lab/redirect/3"))
    stayed = await exchanged(client, Draft("GET", "/lab/redirect/3"), redirects=0)
    await client.aclose()
    assert len(followed.hops) >= 3
    assert followed.status == 200
    assert stayed.status in (301, 302, 303, 307, 308)
    assert stayed.hops == ()


async def test_trace_context_goes_to_this_machine_and_the_journey_is_the_clients_alone(
    shop: StackAt,
) -> None:
    client = StackRestClient(shop)
    async with serving(saying(plain(b"ok"))) as server:
        exchange = await exchanged(client, Draft("GET", server.url("/x")))
    await client.aclose()
    assert b"traceparent: 00-" in server.asked[0].head
    assert b"X-Workbench-Token" not in server.asked[0].head
    assert exchange.trace is not None
    assert {span.kind for span in exchange.trace.spans} == {"client"}


async def test_no_trace_context_when_tracing_is_off(shop: StackAt) -> None:
    client = StackRestClient(shop, is_tracing=False)
    async with serving(saying(plain(b"ok"))) as server:
        await exchanged(client, Draft("GET", server.url("/x")))
    await client.aclose()
    assert b"traceparent" not in server.asked[0].head


async def test_broken_off_answer_keeps_what_arrived(shop: StackAt) -> None:
    client = StackRestClient(shop)
    said = b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\npartial"
    async with serving(saying(said, close=True)) as server:
        exchange = await exchanged(client, Draft("GET", server.url()))
    await client.aclose()
    assert exchange.phase == "failed"
    assert exchange.problem is not None
    assert "ended too early" in exchange.problem.what
    assert exchange.body is not None
    assert exchange.body.read(0, 99) == b"partial"
    assert exchange.timings.total_us > 0


async def test_hostile_answer_of_the_shop_is_clean_everywhere(shop: StackAt) -> None:
    client = StackRestClient(shop)
    for path in ("/lab/hostile", "/lab/hostile?kind=headers"):
        exchange = await exchanged(client, Draft("GET", path))
        assert exchange.head is not None
        assert is_clean(exchange.head.reason)
        assert all(is_clean(name) and is_clean(value) for name, value in exchange.head.headers)
    await client.aclose()


async def test_300_mb_go_to_a_file_and_memory_stays_small(shop: StackAt) -> None:
    size = 300 << 20

    async def large(talk: Talk) -> None:
        await talk.say(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % size)
        for _ in range(300):
            await talk.say(b"x" * (1 << 20))

    client = StackRestClient(shop)
    told = 0
    async with serving(large) as server:
        state = RestState().after(SendStarted(1, Draft("GET", server.url()), AT))
        async for event in client.send(1, state.exchanges[0].draft, Stopwatch()):
            told += isinstance(event, BodyGrew)
            state = state.after(event)
    await client.aclose()
    exchange = state.exchanges[0]
    assert exchange.size == size
    assert told < 600
    assert exchange.body is not None
    assert exchange.body.read(size - 2, size) == b"xx"
    assert not exchange.body._memory
    exchange.body.close()


async def test_closing_the_stream_closes_the_socket(shop: StackAt) -> None:
    async def never(talk: Talk) -> None:
        await talk.say(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\npart")
        await talk.left()

    client = StackRestClient(shop)
    async with serving(never) as server:
        events = client.send(1, Draft("GET", server.url()), Stopwatch())
        async for event in events:
            if isinstance(event, BodyGrew):
                break
        await events.aclose()
        await asyncio.wait_for(server.gone.wait(), 0.1)
    await client.aclose()


async def test_journey_that_is_not_there_is_said(shop: StackAt) -> None:
    client = StackRestClient(StackAt(shop.endpoint.url, token="wrong"))
    draft = Draft("GET", "/api/tags", headers=(Pair("X", "1"),), auth=BasicAuth("a", "b"))
    state = RestState().after(SendStarted(1, draft, AT))
    async for event in client.send(1, draft, Stopwatch()):
        state = state.after(event)
    missing = await client.journey(state.exchanges[0])
    await client.aclose()
    assert isinstance(missing, JourneyMissing)
    assert missing.problem is not None
    assert missing.trace.spans

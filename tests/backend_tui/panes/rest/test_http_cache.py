"""The HTTP cache of the REST pane on the real shop: what is said, what crosses the wire."""

from __future__ import annotations

import json
from contextlib import aclosing

from textual.widgets import Static

from backend_tui.core.clock import ManualClock
from backend_tui.core.exchange import Stopwatch
from backend_tui.core.http_cache.outcome import CacheOutcome
from backend_tui.panes.rest.client import StackRestClient
from backend_tui.panes.rest.document import exchange_document, outcome_text
from backend_tui.panes.rest.exchanges import Exchange, SendStarted
from backend_tui.panes.rest.model import CacheSwitched, RestState
from backend_tui.panes.rest.request import Draft, Pair
from backend_tui.panes.rest.widgets.headers_view import HeadersView
from backend_tui.panes.rest.widgets.response_section import OutcomeLine
from backend_tui.panes.rest.widgets.stored_list import StoredList
from tests.backend_tui.panes.rest.test_model import AT
from tests.backend_tui.panes.rest.test_pane import running, until
from tests.backend_tui.stack_at import StackAt


async def sent(client: StackRestClient, draft: Draft, *, caching: bool = True) -> Exchange:
    """The whole exchange with its journey."""
    state = RestState().after(SendStarted(1, draft, AT))
    async with aclosing(client.send(1, draft, Stopwatch(), caching=caching)) as events:
        async for event in events:
            state = state.after(event)
    return state.after(await client.journey(state.exchanges[-1])).exchanges[-1]


def outcome(exchange: Exchange) -> CacheOutcome:
    assert exchange.cache is not None
    return exchange.cache


async def test_an_etag_leads_to_304_and_to_no_sql(shop: StackAt) -> None:
    client = StackRestClient(shop)
    draft = Draft("GET", "/api/products/7")
    first, second = await sent(client, draft), await sent(client, draft)
    await client.aclose()
    assert outcome(first).words == "stored, asks each time"
    assert outcome(second).verdict == "revalidated"
    assert outcome(second).saved_bytes == first.size > 0
    assert second.wire_bytes == 0
    assert second.status == 200
    assert first.body is not None
    assert second.body is not None
    assert first.body.read(0, first.size) == second.body.read(0, second.size)
    assert dict(second.sent_headers)["If-None-Match"] == first.header("etag")
    assert second.trace is not None
    assert second.context is not None
    assert second.trace.trace_id == second.context.trace_id
    assert second.trace.status == 304
    looked = next(span for span in second.trace.spans if span.name == "http cache")
    assert looked.attributes["http.cache"] == outcome(second).words


async def test_max_age_needs_no_request_until_it_is_over(shop: StackAt) -> None:
    clock = ManualClock()
    client = StackRestClient(shop, clock=clock)
    draft = Draft("GET", "/api/")
    first = await sent(client, draft)
    clock.advance(600)
    second = await sent(client, draft)
    assert outcome(first).is_stored
    assert (outcome(second).verdict, outcome(second).wire_requests) == ("hit", 0)
    assert second.is_from_cache
    assert second.sent_headers == ()
    assert second.context is None
    assert second.trace is not None
    assert [span.name for span in second.trace.spans] == ["GET /api/", "http cache"]
    document = exchange_document(second)
    assert document["cache"]["wire_requests"] == 0
    assert document["cache"]["cache_status"].startswith("backend-tui; hit; ttl=")
    assert "from cache, 10 min old" in outcome_text(second)
    clock.advance(3_600)
    third = await sent(client, draft)
    await client.aclose()
    assert outcome(third).wire_requests == 1


async def test_a_change_forgets_what_was_stored(shop: StackAt) -> None:
    client = StackRestClient(shop)
    staff = (await client.credentials())["staff"]
    draft = Draft("GET", "/api/products/9")
    await sent(client, draft)
    assert len(client.stored()) == 1
    etag = (await sent(client, draft)).header("etag")
    patch = Draft(
        "PATCH",
        "/api/products/9",
        headers=(
            Pair("If-Match", etag),
            Pair("Content-Type", "application/merge-patch+json"),
        ),
        auth=staff,
        body='{"stock": 41}',
    )
    changed = await sent(client, patch)
    assert changed.status == 200
    assert outcome(changed).words == "1 stored answer forgotten"
    assert client.stored() == ()
    after = await sent(client, draft)
    await client.aclose()
    assert outcome(after).verdict == "miss"
    assert after.body is not None
    assert json.loads(after.body.read(0, after.size))["stock"] == 41


async def test_without_the_cache_nothing_is_kept_and_nothing_is_said(shop: StackAt) -> None:
    client = StackRestClient(shop)
    exchange = await sent(client, Draft("GET", "/api/products/7"), caching=False)
    assert exchange.cache is None
    assert client.stored() == ()
    assert exchange_document(exchange)["cache"] is None
    await client.aclose()


async def test_the_key_switches_it_on_and_the_line_says_so(shop: StackAt) -> None:
    async with running(shop, (120, 40)) as (pane, pilot):
        label = pane.query_one("#rest-caching", Static)
        assert label.styles.display == "none"
        assert "Stored" not in [title for _, title in pane._response.sections.strip.titles]
        pane._response.sections.focus_content()
        await pilot.press("K")
        assert CacheSwitched(True) in pilot.app.happened  # type: ignore[attr-defined]
        assert label.styles.display == "block"
        for number in (1, 2):
            pane.action_send()
            await until(pilot, lambda: bool(pane.state.current and pane.state.current.trace))
            assert pane.state.shown == number
        line = str(pane.query_one(OutcomeLine).content)
        assert "304 revalidated" in line
        await pilot.press("H")
        await until(pilot, lambda: bool(pane.query(HeadersView)))
        headers = str(pane.query_one(HeadersView).query_one(Static).content)
        assert "1 request on the wire" in headers
        assert "It added If-None-Match." in headers
        await pilot.press("L")
        await until(pilot, lambda: bool(pane.query(StoredList)))
        listed = pane.query_one(StoredList)
        await until(pilot, lambda: listed.option_count == 2)
        assert "/api/products" in str(listed.get_option_at_index(1).prompt)
        assert "asks each time" in str(listed.get_option_at_index(1).prompt)
        await pilot.press("X")
        await until(pilot, lambda: pane.state.stored == ())
        await pilot.press("K")
        assert label.styles.display == "none"
        pane.action_send()
        await until(pilot, lambda: bool(pane.state.current and pane.state.current.trace))
        assert pane.state.current is not None
        assert pane.state.current.cache is None

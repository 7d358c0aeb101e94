"""The pane key by key: on a live feed of our own, and on the real shop."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import redis
from textual.app import App, ComposeResult
from textual.pilot import Pilot
from textual.widgets import Input, Static

from backend_tui.core.config import Config
from backend_tui.core.http import HttpClient
from backend_tui.core.place import Place
from backend_tui.core.text import is_clean
from backend_tui.core.trace import Span
from backend_tui.feature import Surroundings
from backend_tui.panes.cache.client import StackCacheClient
from backend_tui.panes.cache.live.count_table import CountTable
from backend_tui.panes.cache.live.key_detail import KeyDetail
from backend_tui.panes.cache.live.model import Counted, KeyOpened, Zeroed
from backend_tui.panes.cache.model import Connected
from backend_tui.panes.cache.observation.dialog import ObservationDialog
from backend_tui.panes.cache.pane import CachePane
from backend_tui.panes.cache.row import Row
from backend_tui.stack.endpoints import CacheEndpoint
from backend_tui.ui.error_banner import ErrorBanner
from backend_tui.ui.pane import Pane
from backend_tui.ui.span_detail import SpanDetail
from tests.backend_tui.journeys import full
from tests.backend_tui.panes.cache.feed_server import FeedServer, feed_server
from tests.backend_tui.panes.cache.operations import TRACE, expired, fill, hit, miss
from tests.backend_tui.stack_at import StackAt
from tests.bench.servers import valkey


class Desk(App[None]):
    """The pane alone, and what it tells the frame."""

    ENABLE_COMMAND_PALETTE = False

    def __init__(self, stack: StackAt, folder: Path) -> None:
        super().__init__()
        surroundings = Surroundings(Config(data_dir=folder), stack)
        self.pane = CachePane(client=StackCacheClient(stack), surroundings=surroundings)
        self.happened: list[object] = []
        self.states: list[tuple[str, str]] = []
        self.places: list[Place] = []
        self.written = 0

    def compose(self) -> ComposeResult:
        yield self.pane

    def on_mount(self) -> None:
        self.pane.appear()
        self.pane.focus_first()

    def on_pane_happened(self, event: Pane.Happened) -> None:
        self.happened.append(event.event)

    def on_pane_state_changed(self, event: Pane.StateChanged) -> None:
        self.states.append((event.condition, event.words))

    def on_pane_go(self, event: Pane.Go) -> None:
        self.places.append(event.place)

    def _display(self, screen: Any, renderable: Any) -> None:
        self.written += renderable is not None
        super()._display(screen, renderable)

    @property
    def table(self) -> CountTable:
        content = self.pane.live.tables.content
        assert isinstance(content, CountTable)
        return content

    def read(self) -> str:
        return "\n".join(strip.text.rstrip() for strip in self.screen._compositor.render_strips())

    def said(self, selector: str) -> str:
        return str(self.query_one(selector, Static).render())


@asynccontextmanager
async def desk(
    folder: Path, size: tuple[int, int] = (120, 40)
) -> AsyncGenerator[tuple[Desk, Pilot[None], FeedServer]]:
    async with feed_server() as (server, stack):
        app = Desk(stack, folder)
        async with app.run_test(size=size) as pilot:
            await until(pilot, lambda: app.pane.live.state.feed == "live")
            yield app, pilot, server


async def until(pilot: Pilot[Any], is_so: Callable[[], bool]) -> None:
    for _ in range(500):
        if is_so():
            await pilot.pause()
            return
        await pilot.pause(0.02)
    raise TimeoutError("what the test waits for did not happen")


def feed_keys(app: Desk) -> list[str]:
    return [row.key for _, row in app.pane.live.feed.ring.view()]


async def arrived(app: Desk, pilot: Pilot[Any], number: int) -> None:
    """So many operations are counted, and drawn."""
    books = app.pane.live.state.statistics
    await until(pilot, lambda: books.total.operations >= number)
    await until(pilot, lambda: app.pane.live._untold == 0)


async def test_a_miss_and_its_hit_are_seen_counted_and_told(tmp_path: Path) -> None:
    async with desk(tmp_path) as (app, pilot, server):
        assert "Send GET /api/products" in app.read()
        server.say([*fill(), hit()])
        await arrived(app, pilot, 4)
        shown = app.read()
        for words in ("✓ HIT", "✗ MISS", "↓ LOAD", "● SET", "app feed: exact ✓", "50.0 %"):
            assert words in shown
        assert "✓ 1 hits  ✗ 1 misses  ↓ 1 loads" in shown
        assert "2.00 ms saved" in shown
        assert any(isinstance(each, Connected) for each in app.happened)
        assert sum(each.number for each in app.happened if isinstance(each, Counted)) == 4
        await until(pilot, lambda: app.states[-1] == ("live", "50 %"))


async def test_everything_is_said_at_80_by_24(tmp_path: Path) -> None:
    async with desk(tmp_path, (80, 24)) as (app, pilot, server):
        server.say([*fill(), hit(), hit("product:2"), expired()])
        await arrived(app, pilot, 6)
        shown = app.read()
        for words in (
            "Ratio",
            "1 s",
            "10 s",
            "1 min",
            "since",
            "▼ 1 expired",
            "product:2",
            "● live",
        ):
            assert words in shown
        assert app.pane.live.feed.size.height >= 7
        assert app.table.size.height >= 7


async def test_a_paused_feed_keeps_what_comes_and_counts_on(tmp_path: Path) -> None:
    async with desk(tmp_path) as (app, pilot, server):
        server.say([hit("a")])
        await arrived(app, pilot, 1)
        await pilot.press("space")
        server.say([hit("b"), hit("c")])
        await arrived(app, pilot, 3)
        assert feed_keys(app) == ["a"]
        assert "paused, 2 waiting" in app.read()
        await pilot.press("space")
        assert feed_keys(app) == ["a", "b", "c"]
        assert "● live" in app.read()


async def test_the_filter_holds_the_feed_and_the_keys_and_says_what_it_cannot_read(
    tmp_path: Path,
) -> None:
    async with desk(tmp_path) as (app, pilot, server):
        server.say([*fill("product:1"), hit("list:1")])
        await arrived(app, pilot, 4)
        await pilot.press("slash")
        app.query_one("#live-filter", Input).value = "prod* miss"
        await until(pilot, lambda: feed_keys(app) == ["product:1"])
        await until(pilot, lambda: len(app.table.ring.view()) == 1)
        app.query_one("#live-filter", Input).value = "result:nothing "
        await until(pilot, lambda: "There is no result “nothing”." in app.read())
        assert feed_keys(app) == ["product:1"]
        await pilot.press("escape")
        await until(pilot, lambda: len(feed_keys(app)) == 4)
        assert app.focused is app.pane.live.feed
        assert "There is no result" not in app.read()


async def test_the_table_goes_by_key_prefix_and_strategy(tmp_path: Path) -> None:
    async with desk(tmp_path) as (app, pilot, server):
        server.say([*fill("product:1"), *fill("product:2"), hit("product:2"), hit("list:1")])
        await arrived(app, pilot, 8)
        assert next(entry.name for _, entry in app.table.ring.view()) == "product:2"
        await pilot.press("b")
        await until(pilot, lambda: app.table.by == "prefix" and len(app.table.ring.view()) == 2)
        assert "Per prefix" in app.read()
        entry = app.table.ring.view()[0][1]
        assert (entry.name, entry.counts.requests) == ("product:", 3)
        await pilot.press("b")
        await until(pilot, lambda: app.table.by == "strategy" and len(app.table.ring.view()) == 1)
        app.table.focus()
        await pilot.press("enter")
        filtered = app.query_one("#live-filter", Input)
        await until(pilot, lambda: filtered.value == "strategy:cache-aside")


async def test_a_key_opens_with_its_counts_and_leads_to_the_journey(tmp_path: Path) -> None:
    async with desk(tmp_path) as (app, pilot, server):
        server.say([*fill("product:1"), hit("product:1"), hit("other")])
        await arrived(app, pilot, 5)
        app.table.focus()
        await pilot.press("enter")
        detail = app.query_one(KeyDetail)
        await until(pilot, lambda: "2 requests" in app.read())
        assert detail.key == "product:1"
        assert [row.op for _, row in detail.events.ring.view()] == ["get", "load", "set", "get"]
        server.say([hit("product:1"), hit("other")])
        await arrived(app, pilot, 7)
        await until(pilot, lambda: "3 requests" in app.read())
        assert len(detail.events.ring.view()) == 5
        await pilot.press("enter")
        await until(pilot, lambda: app.places == [Place("traces", "trace", TRACE)])
        await pilot.press("escape")
        await until(pilot, lambda: app.pane.live.state.opened is None)
        await pilot.press("t")
        await until(pilot, lambda: len(app.places) == 2)


async def test_a_place_leads_to_a_key(tmp_path: Path) -> None:
    async with desk(tmp_path) as (app, pilot, server):
        server.say(fill("product:7"))
        await arrived(app, pilot, 3)
        await app.pane.visit(Place("cache", "key", "product:7"))
        await until(pilot, lambda: "key product:7" in app.read())
        assert KeyOpened("product:7") in app.happened


async def test_zero_counts_from_now_on(tmp_path: Path) -> None:
    async with desk(tmp_path) as (app, pilot, server):
        server.say([*fill(), hit()])
        await arrived(app, pilot, 4)
        await pilot.press("0")
        await until(pilot, lambda: any(isinstance(each, Zeroed) for each in app.happened))
        await until(pilot, lambda: "✓ 0 hits  ✗ 0 misses" in app.read())
        server.say([miss()])
        await until(pilot, lambda: "✓ 0 hits  ✗ 1 misses" in app.read())
        assert app.pane.live.state.statistics.unseen == 0


async def test_holes_are_counted_and_a_restart_is_marked(tmp_path: Path) -> None:
    async with desk(tmp_path) as (app, pilot, server):
        server.say([hit()])
        await arrived(app, pilot, 1)
        server.skip(37)
        server.say([hit()])
        await until(pilot, lambda: "37 operations not seen" in app.read())
        server.restart()
        server.say([miss(), miss()])
        await until(pilot, lambda: "the shop restarted" in app.read())
        assert "✓ 0 hits  ✗ 2 misses" in app.read()


async def test_a_lost_feed_is_told_and_goes_on_without_a_hole(tmp_path: Path) -> None:
    async with desk(tmp_path) as (app, pilot, server):
        server.say([hit()])
        await arrived(app, pilot, 1)
        server.is_broken = True
        server.cut()
        banner = app.query_one(ErrorBanner)
        await until(pilot, lambda: banner.problem is not None)
        await until(pilot, lambda: "lost, trying again" in app.read())
        assert app.states[-1][0] == "problem"
        server.say([hit()])
        server.is_broken = False
        await until(pilot, lambda: banner.problem is None)
        await arrived(app, pilot, 2)
        assert app.pane.live.state.statistics.unseen == 0


async def test_a_hidden_pane_reads_nothing_and_a_quiet_one_draws_nothing(tmp_path: Path) -> None:
    async with desk(tmp_path) as (app, pilot, server):
        server.say([hit(at_ms=1.0)])
        await arrived(app, pilot, 1)
        timers = tuple(app.pane.live._timers)
        assert len(timers) == 2
        await until(pilot, lambda: not any(timer._active.is_set() for timer in timers))
        before = app.written
        await pilot.pause(0.5)
        assert app.written == before
        app.pane.disappear()
        await pilot.pause(0.1)
        server.say([hit(), hit()])
        await pilot.pause(0.2)
        assert app.pane.live.state.statistics.total.operations == 1
        app.pane.appear()
        await arrived(app, pilot, 3)
        assert app.pane.live.state.statistics.unseen == 0


async def test_a_rung_that_cannot_be_had_is_told_on_its_tab_alone(tmp_path: Path) -> None:
    async with desk(tmp_path) as (app, pilot, _):
        await pilot.press("o")
        banner = app.query_one(ErrorBanner)
        await until(pilot, lambda: banner.problem is not None)
        assert "There is no cache here." in app.read()
        told = banner.problem
        await pilot.press("right_square_bracket")
        await until(pilot, lambda: app.pane.sections.active == "keys")
        await until(pilot, lambda: banner.problem is not told)
        await pilot.press("left_square_bracket")
        await until(pilot, lambda: app.pane.sections.active == "live")
        await until(pilot, lambda: app.focused is app.pane.live.feed)


async def test_monitor_counts_what_a_foreign_redis_is_asked(tmp_path: Path) -> None:
    """The ladder on a real Valkey: a confirmed rung, its banner, its end, and back to the feed."""
    with valkey() as url:
        async with feed_server() as (_, stack):
            stack.cache = lambda: _cache(url)  # type: ignore[method-assign]
            app = Desk(stack, tmp_path)
            async with app.run_test(size=(120, 40)) as pilot:
                await until(pilot, lambda: app.pane.live.state.feed == "live")
                await pilot.press("o")
                await until(pilot, lambda: isinstance(app.screen, ObservationDialog))
                assert isinstance(app.screen, ObservationDialog)
                app.screen.seconds = 2.0
                await pilot.press("up", "enter", "enter")
                await until(pilot, lambda: "MONITOR is on" in app.read())
                client = redis.Redis.from_url(url)
                client.set("user:1", "Ada")
                for _ in range(3):
                    client.get("user:1")
                client.get("user:2")
                client.close()
                books = app.pane.live.state.statistics
                await until(pilot, lambda: books.total.requests == 4)
                counts = books.keys.entries["user:1"].counts
                assert (counts.hits, counts.misses) == (3, 0)
                await until(pilot, lambda: "MONITOR is off" in app.read())
                assert "exact ✓" in app.read()
                assert "75.0 %" in app.read()
                await pilot.press("o")
                await until(pilot, lambda: isinstance(app.screen, ObservationDialog))
                await pilot.press("down", "enter")
                await until(pilot, lambda: "app feed: exact ✓" in app.read())
                assert app.pane.live.state.observed is None


async def _cache(url: str) -> CacheEndpoint:
    return CacheEndpoint(url, is_embedded=True)


async def test_hostile_keys_are_harmless_on_screen(tmp_path: Path) -> None:
    async with desk(tmp_path) as (app, pilot, server):
        key = "a\x1b]0;owned\x07\u202e[bold red]x[/]\n"
        server.say([Row(0, 1.0, "get", key, "hit", "\x9b31m", cause="\x1b[2J", route="\u2066")])
        await arrived(app, pilot, 1)
        assert is_clean(app.read())
        assert "[bold red]" in app.read()
        await pilot.press("enter")
        await until(pilot, lambda: app.pane.live.state.opened is not None)
        assert is_clean(app.read())


async def test_the_real_shop_shows_a_miss_then_a_hit(tmp_path: Path, shop: StackAt) -> None:
    app, http = Desk(shop, tmp_path), HttpClient()
    async with app.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: app.pane.live.state.feed == "live")
        books = app.pane.live.state.statistics
        for _ in range(3):
            await http.get_json(f"{shop.endpoint.url}/api/products/11")
        async with asyncio.timeout(20):
            await until(pilot, lambda: any("11" in name for name in books.keys.entries))
            name = next(name for name in books.keys.entries if name.endswith("11"))
            counts = books.keys.entries[name].counts
            await until(pilot, lambda: counts.requests == 3)
        assert (counts.hits, counts.misses, counts.loads, counts.sets) == (2, 1, 1, 1)
        assert books.unseen == 0
        await until(pilot, lambda: name in app.read())
        await pilot.press("t")
        await until(pilot, lambda: bool(app.places))
        assert app.places[0].pane == "traces"
    await http.aclose()


async def test_a_span_that_looked_up_a_key_leads_to_it(tmp_path: Path) -> None:
    shop_span = Span(
        "a1", None, "GET product:7", "cache", 0, 40, attributes={"cache.key": "shop:products:7"}
    )
    other_span = Span("a2", None, "SELECT 1", "db", 0, 40, attributes={"db.query.text": "SELECT 1"})
    trace = replace(full(), spans=(shop_span, other_span))
    async with desk(tmp_path) as (app, pilot, _):
        detail = SpanDetail()
        await app.screen.mount(detail)
        detail.focus()
        detail.show(other_span, trace)
        await pilot.press("g")
        assert app.places == []
        detail.show(shop_span, trace)
        await pilot.press("g")
        await until(pilot, lambda: app.places == [Place("cache", "key", "shop:products:7")])
        await app.pane.visit(app.places[0])
        await until(pilot, lambda: "No operation on it was seen yet." in app.read())


async def test_filtering_closes_the_open_key_and_escape_leads_back_to_the_feed(
    tmp_path: Path,
) -> None:
    async with desk(tmp_path) as (app, pilot, server):
        server.say(list(fill("product:1")))
        await arrived(app, pilot, 3)
        app.table.focus()
        await pilot.press("enter")
        await until(pilot, lambda: app.pane.live.state.opened is not None)
        assert app.pane.live.check_action("by", ()) is False
        await pilot.press("slash")
        field = app.query_one("#live-filter", Input)
        await until(pilot, lambda: field.has_focus)
        assert app.pane.live.state.opened is None
        await pilot.press("x", "escape")
        await until(pilot, lambda: app.pane.live.feed.has_focus)
        assert field.value == ""


async def test_another_tab_ends_the_zoom(tmp_path: Path) -> None:
    async with desk(tmp_path) as (app, pilot, _):
        app.screen.maximize(app.table)
        await pilot.pause()
        assert app.screen.maximized is app.table
        await app.pane.action_tab(1)
        await until(pilot, lambda: app.screen.maximized is None)

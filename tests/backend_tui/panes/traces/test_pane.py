"""The pane with the real shop behind it, key by key."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from textual.app import App, ComposeResult
from textual.pilot import Pilot
from textual.widgets import Input

from backend_tui.core.clock import SystemClock
from backend_tui.core.otlp import export_document, parse_export
from backend_tui.core.place import Place
from backend_tui.core.text import is_clean
from backend_tui.core.trace import Trace, parse_trace
from backend_tui.panes.traces.client import StackTraceClient
from backend_tui.panes.traces.comparison_view import ComparisonView
from backend_tui.panes.traces.journey import Journey
from backend_tui.panes.traces.model import JourneyClosed, JourneyOpened, JourneysArrived
from backend_tui.panes.traces.pane import TracesPane
from backend_tui.ui.error_banner import ErrorBanner
from backend_tui.ui.pane import Pane
from backend_tui.ui.record_table import RecordTable
from backend_tui.ui.span_detail import SpanDetail
from backend_tui.ui.timeline import Timeline
from tests.backend_tui.journeys import failing, full, hostile, repeating
from tests.backend_tui.panes.traces.conftest import Shop


class Screen(App[None]):
    ENABLE_COMMAND_PALETTE = False

    def __init__(self, shop: Shop, folder: Path) -> None:
        super().__init__()
        self.shop, self.folder = shop, folder
        self.happened: list[object] = []
        self.states: list[tuple[str, str]] = []

    def compose(self) -> ComposeResult:
        yield TracesPane(
            client=StackTraceClient(self.shop),
            clock=SystemClock(),
            exports=self.folder / "exports",
            otlp_port=0,
        )

    def on_pane_happened(self, event: Pane.Happened) -> None:
        self.happened.append(event.event)

    def on_pane_state_changed(self, event: Pane.StateChanged) -> None:
        self.states.append((event.condition, event.words))

    @property
    def pane(self) -> TracesPane:
        return self.query_one(TracesPane)

    @property
    def table(self) -> RecordTable[Journey]:
        return self.query_one(RecordTable)

    def read(self) -> str:
        return "\n".join(strip.text.rstrip() for strip in self.screen._compositor.render_strips())

    def lines(self) -> list[str]:
        timeline = self.query_one(Timeline)
        listed = [self.table.render_line(y).text for y in range(self.table.size.height)]
        return listed + [timeline.render_line(y).text for y in range(timeline.size.height)]

    def give(self, *journeys: Journey) -> None:
        """Journeys as the feed would bring them, drawn at once."""
        self.pane._happen(JourneysArrived(journeys))
        self.table.flush()


def _repeating(trace_id: str) -> Trace:
    return repeating(12, trace_id)


SIX = tuple(
    Journey(make(f"{number:032x}"))
    for number, make in enumerate((full, _repeating, failing, full, full, failing), start=1)
)


@asynccontextmanager
async def _running(
    tmp_path: Path, size: tuple[int, int] = (100, 40)
) -> AsyncGenerator[tuple[Screen, Pilot[None]]]:
    app = Screen(Shop(tmp_path), tmp_path)
    async with app.run_test(size=size) as pilot:
        app.pane.focus_first()
        yield app, pilot


async def _until(holds: Callable[[], bool], pilot: Pilot[None]) -> None:
    async with asyncio.timeout(20):
        while not holds():
            await pilot.pause(0.02)


async def test_a_live_request_is_opened_and_explained(shop: Shop, tmp_path: Path) -> None:
    app = Screen(shop, tmp_path)
    async with app.run_test(size=(100, 40)) as pilot:
        app.pane.appear()
        app.pane.focus_first()
        await _until(lambda: app.pane.state.feed == "live", pilot)
        assert "No journeys yet." in app.read()
        assert f"curl {shop.url}/api/products" in app.read()
        await shop.get("/api/products?page=2")
        await _until(lambda: app.table.highlighted is not None, pilot)
        await pilot.press("enter")
        timeline = app.query_one(Timeline)
        assert timeline.has_focus
        while timeline.cursor_span is not None and timeline.cursor_span.kind != "db":
            await pilot.press("j")
        await pilot.press("enter", "e")
        await _until(lambda: "shop_product" in app.read().partition("Plan")[2], pilot)
        assert app.states[-1] == ("live", "1")
        app.pane.disappear()
        assert app.pane.is_shown is False


async def test_a_killed_shop_is_a_banner_until_it_is_back(shop: Shop, tmp_path: Path) -> None:
    app = Screen(shop, tmp_path)
    async with app.run_test(size=(100, 40)) as pilot:
        app.pane.appear()
        await _until(lambda: app.pane.state.feed == "live", pilot)
        await shop.kill()
        await _until(lambda: app.pane.state.feed == "lost", pilot)
        assert app.query_one(ErrorBanner).problem is not None
        await _until(lambda: "lost, trying again" in app.read(), pilot)
        await shop.start()
        await _until(lambda: app.pane.state.feed == "live", pilot)
        assert app.query_one(ErrorBanner).problem is None


async def test_what_is_open_does_not_move_when_others_arrive(tmp_path: Path) -> None:
    async with _running(tmp_path) as (app, pilot):
        app.give(*(Journey(full(f"{number:032x}")) for number in range(100, 130)), *SIX)
        await pilot.pause()
        await pilot.press("up", "enter", "j")
        await pilot.pause()
        before = app.lines()
        app.give(*(Journey(full(f"{number:032x}")) for number in range(50, 99)))
        await pilot.pause()
        assert app.lines() == before
        assert app.pane.state.opened == SIX[4]


async def test_escape_goes_back_step_by_step(tmp_path: Path) -> None:
    async with _running(tmp_path) as (app, pilot):
        app.give(*SIX)
        await pilot.press("enter", "enter")
        assert app.query_one(SpanDetail).has_focus
        assert app.pane.span_shown() is not None
        await pilot.press("escape")
        await pilot.pause()
        assert app.query_one(Timeline).has_focus
        await pilot.press("escape")
        assert app.table.has_focus
        assert app.pane.state.opened is None
        assert isinstance(app.happened[-1], JourneyClosed)
        assert any(isinstance(event, JourneyOpened) for event in app.happened)


async def test_the_waterfall_follows_the_cursor_that_the_person_moves(tmp_path: Path) -> None:
    async with _running(tmp_path) as (app, pilot):
        app.give(*SIX)
        await pilot.press("enter")
        app.table.focus()
        await pilot.press("home")
        await pilot.pause()
        assert app.query_one(Timeline).trace == SIX[0].trace
        assert app.pane.state.opened == SIX[0]


async def test_the_filter_narrows_as_it_is_written_and_explains_itself(tmp_path: Path) -> None:
    async with _running(tmp_path) as (app, pilot):
        app.give(*SIX)
        await pilot.press("slash", *"dup")
        assert [j for _, j in app.table.ring.view()] == [SIX[1]]
        await pilot.press(*" sq")
        assert [j for _, j in app.table.ring.view()] == [SIX[1]]
        await pilot.press(*"l", "greater_than_sign", *"x")
        assert "“x” is no number for sql." in app.read()
        assert [j for _, j in app.table.ring.view()] == [SIX[1]]
        await pilot.press("backspace", *"100", "enter")
        assert "No journey passes the filter" in app.read()
        assert app.table.has_focus
        await pilot.press("slash", "escape")
        assert len(app.table.ring.view()) == 6
        assert app.query_one(Input).value == ""


async def test_pause_keeps_what_comes_and_shows_how_much(tmp_path: Path) -> None:
    async with _running(tmp_path) as (app, pilot):
        app.give(*SIX[:2])
        await pilot.press("p")
        app.give(*SIX[2:])
        await pilot.pause()
        assert "paused, 4 waiting" in app.read()
        assert len(app.table.ring.view()) == 2
        await pilot.press("p")
        app.table.flush()
        assert len(app.table.ring.view()) == 6


async def test_two_journeys_side_by_side(tmp_path: Path) -> None:
    async with _running(tmp_path) as (app, pilot):
        app.give(*SIX)
        await pilot.press("home", "c")
        await pilot.pause()
        assert "A marked, c compares" in app.read()
        await pilot.press("j", "c", "n", "j", "k", "N", "G", "g", "pagedown", "pageup")
        await pilot.pause()
        assert app.query_one(ComparisonView).has_focus
        assert "queries 2 → 12" in app.read()
        assert app.pane.state.compared == (SIX[0], SIX[1])
        await pilot.press("escape")
        await pilot.pause()
        assert app.table.has_focus
        await pilot.press("home", "c")
        assert app.pane.state.marked is None
        await pilot.press("c", "escape")
        assert app.pane.state.marked is None


async def test_a_journey_is_exported_as_otlp(tmp_path: Path) -> None:
    async with _running(tmp_path) as (app, pilot):
        app.give(*SIX)
        await pilot.press("home", "x")
        await app.workers.wait_for_complete()
        (file,) = (tmp_path / "exports").iterdir()
        (trace,) = parse_export(json.loads(file.read_text()))
        assert trace.trace_id == SIX[0].trace.trace_id
        file.unlink()
        file.parent.rmdir()
        file.parent.write_text("in the way")
        await pilot.press("x")
        await app.workers.wait_for_complete()
        await pilot.pause()
        assert "could not be written" in app.read()


async def test_a_request_is_copied_as_curl(tmp_path: Path) -> None:
    async with _running(tmp_path) as (app, pilot):
        app.give(*SIX)
        await pilot.press("home", "y")
        assert app.clipboard == "curl '/api/products?page=2'"
        await pilot.press("end", "y")
        assert app.clipboard == "curl -X PATCH /api/products/7"


async def test_otlp_is_received_when_asked_for(tmp_path: Path) -> None:
    async with _running(tmp_path) as (app, pilot):
        await pilot.press("o")
        await _until(lambda: app.pane.state.receiver is not None, pilot)
        assert "OTLP 127.0.0.1:" in app.read()
        url = app.pane.state.receiver or ""
        body = json.dumps(export_document([full()])).encode()
        _, writer = await asyncio.open_connection("127.0.0.1", int(url.rpartition(":")[2]))
        head = f"POST /v1/traces HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(body)}\r\n"
        writer.write(f"{head}Content-Type: application/json\r\n\r\n".encode() + body)
        await _until(lambda: app.table.highlighted is not None, pilot)
        writer.close()
        assert app.pane.state.journeys[0].source == "otlp"
        await pilot.press("o")
        await pilot.pause()
        assert app.pane.state.receiver is None


async def test_the_list_is_cleared(tmp_path: Path) -> None:
    async with _running(tmp_path) as (app, pilot):
        app.give(*SIX)
        await pilot.press("ctrl+l")
        await pilot.pause()
        assert app.pane.state.journeys == ()
        assert "No journeys yet." in app.read()


async def test_a_place_leads_to_its_journey(shop: Shop, tmp_path: Path) -> None:
    app = Screen(shop, tmp_path)
    async with app.run_test(size=(100, 40)) as pilot:
        client = StackTraceClient(shop)
        feed = client.follow(is_from_start=True)
        await anext(feed)
        await shop.get("/api/tags")
        journey = await anext(feed)
        assert isinstance(journey, Journey)
        await feed.aclose()
        await app.pane.visit(Place("traces", "trace", journey.trace.trace_id))
        assert app.pane.state.opened == journey
        await app.pane.visit(Place("traces", "trace", "1" * 32))
        assert app.query_one(ErrorBanner).problem is not None
        await pilot.pause()
        await client.aclose()


@pytest.mark.parametrize("size", [(60, 20), (80, 24), (120, 40)])
async def test_hostile_journeys_are_drawn_as_glyphs(size: tuple[int, int], tmp_path: Path) -> None:
    async with _running(tmp_path, size) as (app, pilot):
        evil = [Journey(parse_trace(hostile(f"{number:032x}"))) for number in range(1, 4)]
        app.give(*evil)
        await pilot.press("up", "c", "up", "c")
        await pilot.pause()
        assert is_clean(app.read())
        await pilot.press("escape", "enter", "enter")
        await pilot.pause()
        assert app.pane.span_shown() is not None
        assert is_clean(app.read())


async def test_every_key_is_harmless_in_an_empty_pane(tmp_path: Path) -> None:
    async with _running(tmp_path, (80, 24)) as (app, pilot):
        await pilot.press(
            "c", "x", "y", "enter", "s", "S", "p", "p", "escape", "ctrl+l", "up", "end"
        )
        await pilot.pause()
        assert app.is_running
        assert app.pane.state.journeys == ()

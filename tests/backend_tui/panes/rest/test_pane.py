"""The REST pane by its keys, on the real shop."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from textual.app import App, ComposeResult
from textual.pilot import Pilot
from textual.widgets import Input, Tree

from backend_tui.core.clock import ManualClock
from backend_tui.core.place import Place
from backend_tui.core.text import is_clean
from backend_tui.panes.rest.client import StackRestClient
from backend_tui.panes.rest.exchanges import SendFailed
from backend_tui.panes.rest.pane import RestPane
from backend_tui.panes.rest.request import BearerAuth, Pair
from backend_tui.panes.rest.widgets.diff_view import DiffView
from backend_tui.panes.rest.widgets.history_list import HistoryList
from backend_tui.panes.rest.widgets.problem_card import ProblemCard
from backend_tui.ui.body_view import BodyView
from backend_tui.ui.error_banner import ErrorBanner
from backend_tui.ui.json_editor import JsonEditor
from backend_tui.ui.pair_editor import PairEditor
from backend_tui.ui.pane import Pane
from backend_tui.ui.span_detail import SpanDetail
from backend_tui.ui.theme import CONTRAST_THEMES
from backend_tui.ui.timeline import Timeline
from tests.backend_tui.core.raw_server import Talk, plain, saying, serving
from tests.backend_tui.stack_at import StackAt


class Frame(App[None]):
    """The pane alone, and what it told the frame."""

    def __init__(self, stack: StackAt) -> None:
        super().__init__()
        self.pane = RestPane(client=StackRestClient(stack), clock=ManualClock())
        self.happened: list[object] = []
        self.conditions: list[str] = []

    def compose(self) -> ComposeResult:
        yield self.pane

    def on_mount(self) -> None:
        for theme in CONTRAST_THEMES:
            self.register_theme(theme)
        self.theme = "contrast-dark"
        self.pane.appear()
        self.pane.focus_first()

    def on_pane_happened(self, message: Pane.Happened) -> None:
        self.happened.append(message.event)

    def on_pane_state_changed(self, message: Pane.StateChanged) -> None:
        self.conditions.append(message.condition)


@asynccontextmanager
async def running(
    shop: StackAt, size: tuple[int, int] = (80, 24)
) -> AsyncIterator[tuple[RestPane, Pilot[None]]]:
    """The pane in a terminal of that size."""
    app = Frame(shop)
    async with app.run_test(size=size) as pilot:
        await until(pilot, lambda: bool(app.pane.state.routes))
        yield app.pane, pilot


async def until(pilot: Pilot[None], is_so: Callable[[], bool]) -> None:
    """Wait for it, at most 15 s."""
    async with asyncio.timeout(15):
        while not is_so():
            await pilot.pause(0.02)
    await pilot.pause()


async def sent(pane: RestPane, pilot: Pilot[None], *keys: str) -> None:
    """Press the keys and wait for a new exchange with its journey."""
    number = pane.state.next_number
    await pilot.press(*keys)
    await until(pilot, lambda: _is_followed(pane, number))


def _is_followed(pane: RestPane, number: int) -> bool:
    exchange = pane.state.exchange(number)
    if exchange is None or exchange.is_running:
        return False
    return exchange.trace is not None or exchange.request is None or exchange.problem is not None


async def typed(pane: RestPane, pilot: Pilot[None], url: str) -> None:
    """Write another URL."""
    await pilot.press("ctrl+l")
    pane.query_one("#rest-url", Input).value = url
    await pilot.pause()


def is_drawn(pane: RestPane, selector: str) -> bool:
    """True when the widget has a place on screen."""
    return bool(pane.query_one(selector).display)


def screen_text(pilot: Pilot[None]) -> str:
    """What is on screen, line by line."""
    screen, size = pilot.app.screen, pilot.app.size
    strips = [screen._compositor.render_strips()[y] for y in range(size.height)]
    return "\n".join(strip.text for strip in strips)


async def test_enter_sends_and_the_answer_is_read(shop: StackAt) -> None:
    async with running(shop) as (pane, pilot):
        assert pilot.app.focused is pane.query_one("#rest-url")
        await sent(pane, pilot, "enter")
        current = pane.state.current
        assert current is not None
        assert current.status == 200
        await until(pilot, lambda: '"items"' in screen_text(pilot))
        assert "✓ 200 OK" in screen_text(pilot)
        app = pilot.app
        assert isinstance(app, Frame)
        assert app.conditions[:2] == ["busy", "done"]
        assert len(app.happened) >= 6


async def test_the_answer_takes_the_focus_unless_the_person_goes_on_writing(shop: StackAt) -> None:
    async with running(shop) as (pane, pilot):
        await sent(pane, pilot, "enter")
        assert pane.query_one(BodyView) in (pilot.app.focused or pane).ancestors_with_self
        await typed(pane, pilot, "/lab/slow?ms=400")
        await sent(pane, pilot, "enter", "x")
        assert pilot.app.focused is pane.query_one("#rest-url", Input)


async def test_each_send_key_sends(shop: StackAt) -> None:
    async with running(shop) as (pane, pilot):
        for key in ("ctrl+j", "alt+enter"):
            await sent(pane, pilot, key)
        assert [each.status for each in pane.state.exchanges] == [200, 200]


async def test_second_journey_is_compared_with_the_first(shop: StackAt) -> None:
    async with running(shop, (120, 40)) as (pane, pilot):
        await typed(pane, pilot, "/api/products?page_size=4&q=chair")
        await sent(pane, pilot, "enter")
        await sent(pane, pilot, "ctrl+j")
        await pilot.press("J")
        await until(pilot, lambda: "#2 now" in screen_text(pilot))
        shown = screen_text(pilot)
        assert "#1 before" in shown
        assert "0 sql ↓" in shown
        assert "● hits ↑" in shown
        timeline = pane.query_one(Timeline)
        await until(pilot, lambda: timeline.has_focus)
        await pilot.press("down", "enter")
        await until(pilot, lambda: pane.query_one(SpanDetail).display)
        assert pane.query_one(SpanDetail).span is timeline.cursor_span
        await pilot.press("escape")
        await until(pilot, lambda: timeline.has_focus and timeline.display)


async def test_cancel_keeps_the_partial_answer_and_closes_the_socket(shop: StackAt) -> None:
    async def never(talk: Talk) -> None:
        await talk.say(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\npartial answer")
        await talk.left()

    async with serving(never) as server, running(shop) as (pane, pilot):
        await typed(pane, pilot, server.url("/slow"))
        await pilot.press("enter")
        await until(pilot, lambda: pane.state.running is not None and pane.state.running.size > 0)
        assert "Cancel" in screen_text(pilot)
        await pilot.press("escape")
        await asyncio.wait_for(server.gone.wait(), 1)
        current = pane.state.current
        assert current is not None
        assert current.phase == "cancelled"
        await until(pilot, lambda: "partial answer" in screen_text(pilot))
        assert "■ Cancelled after 14 B" in screen_text(pilot)
        assert not pane.query_one(ErrorBanner).has_class("-shown")


async def test_sending_again_while_one_runs_stops_the_first(shop: StackAt) -> None:
    async with serving(Talk.left) as server, running(shop) as (pane, pilot):
        await typed(pane, pilot, server.url())
        await pilot.press("enter")
        await until(pilot, lambda: len(server.asked) == 1)
        await pilot.press("ctrl+j")
        await until(pilot, lambda: len(server.asked) == 2)
        assert [each.phase for each in pane.state.exchanges] == ["cancelled", "sending"]
        await pilot.press("escape")


async def test_failure_is_one_card_and_the_request_stays(shop: StackAt) -> None:
    async with running(shop) as (pane, pilot):
        await typed(pane, pilot, "http://127.0.0.1:1/typed")
        await sent(pane, pilot, "enter")
        banner = pane.query_one(ErrorBanner)
        assert banner.problem is not None
        assert "Nothing listens at 127.0.0.1:1" in screen_text(pilot)
        assert pane.query_one("#rest-url", Input).value == "http://127.0.0.1:1/typed"
        app = pilot.app
        assert isinstance(app, Frame)
        assert any(isinstance(event, SendFailed) for event in app.happened)
        await typed(pane, pilot, "/api/tags")
        await sent(pane, pilot, "enter")
        assert banner.problem is None


async def test_wrong_url_is_answered_at_the_field(shop: StackAt) -> None:
    async with running(shop) as (pane, pilot):
        await typed(pane, pilot, "/api/products/{id}")
        await pilot.press("ctrl+j")
        await pilot.pause()
        problem = pane.query_one(ErrorBanner).problem
        assert problem is not None
        assert "{id}" in problem.what
        assert pane.state.exchanges == ()


async def test_problem_details_are_a_card(shop: StackAt) -> None:
    async with running(shop) as (pane, pilot):
        await typed(pane, pilot, "/api/products/999999")
        await sent(pane, pilot, "enter")
        await until(pilot, lambda: pane.query_one(ProblemCard).has_class("-shown"))
        assert "▲ 404" in screen_text(pilot)


async def test_routes_are_filtered_chosen_and_written_into_the_request(shop: StackAt) -> None:
    async with running(shop) as (pane, pilot):
        assert not is_drawn(pane, "#rest-routes")
        await pilot.press("escape", "r")
        assert is_drawn(pane, "#rest-routes")
        assert isinstance(pilot.app.focused, Tree)
        await pilot.press("slash", *"post add", "enter", "enter")
        await pilot.pause()
        draft = pane.state.draft
        assert (draft.method, draft.url) == ("POST", "/api/products")
        assert '"name"' in draft.body
        assert not is_drawn(pane, "#rest-routes")
        assert pilot.app.focused is pane.query_one("#rest-url")


async def test_wide_pane_shows_routes_from_the_start_and_folds_groups(shop: StackAt) -> None:
    async with running(shop, (120, 40)) as (pane, pilot):
        assert is_drawn(pane, "#rest-routes")
        await pilot.press("escape", "r", "enter", "down", "enter")
        await pilot.pause()
        assert pane.state.draft.url.startswith("/api/")
        await pilot.press("escape", "r", "r")
        assert not isinstance(pilot.app.focused, Tree)


async def test_method_and_url_keys(shop: StackAt) -> None:
    async with running(shop) as (pane, pilot):
        await pilot.press("ctrl+t")
        assert pane.state.draft.method == "POST"
        pane.query_one("#rest-method").focus()
        await pilot.press("d")
        assert pane.state.draft.method == "DELETE"
        await pilot.press("up")
        assert pane.state.draft.method == "PATCH"
        await pilot.press("ctrl+l")
        assert pilot.app.focused is pane.query_one("#rest-url")
        await pilot.press("end", "x")
        assert pane.state.draft.url == "/api/productsx"


async def test_parameters_headers_and_body_are_edited_by_keys(shop: StackAt) -> None:
    async with serving(saying(plain(b"{}"))) as server, running(shop) as (pane, pilot):
        await typed(pane, pilot, server.url("/a/{id}"))
        await pilot.press("escape", "i")
        await pilot.pause(0.1)
        await pilot.press("enter", *"7", "enter", "escape")
        await pilot.pause()
        assert pane.state.draft.path == (Pair("id", "7"),)
        await pane._request.sections.show("headers", focus=True)
        await pilot.press("enter", *"X-A", "enter", *"b", "enter", "escape")
        await pilot.pause()
        assert pane.state.draft.headers == (Pair("X-A", "b"),)
        await pane._request.sections.show("body", focus=True)
        await pilot.press(*'{"n": 1.10}')
        await pilot.pause()
        assert pane.query_one(JsonEditor).text == pane.state.draft.body
        await pilot.press("ctrl+t")
        await sent(pane, pilot, "ctrl+j")
        talk = server.asked[0]
        assert talk.head.startswith(b"POST /a/7 ")
        assert b"X-A: b\r\n" in talk.head
        assert b"1.10" in talk.body
        assert pane.query_one("#rest-headers", PairEditor).pairs


async def test_shops_logins_are_borrowed_by_a_key(shop: StackAt) -> None:
    async with running(shop) as (pane, pilot):
        await pane._request.sections.show("auth", focus=True)
        await pilot.press("u")
        await until(pilot, lambda: isinstance(pane.state.draft.auth, BearerAuth))
        await typed(pane, pilot, "/api/orders")
        await sent(pane, pilot, "enter")
        current = pane.state.current
        assert current is not None
        assert current.status != 401
        assert isinstance(current.draft.auth, BearerAuth)
        assert current.draft.auth.token not in screen_text(pilot)


async def test_answer_tabs_history_and_diff_by_keys(shop: StackAt) -> None:
    async with running(shop, (120, 40)) as (pane, pilot):
        await sent(pane, pilot, "enter")
        await sent(pane, pilot, "ctrl+j")
        await pilot.press("H")
        await until(pilot, lambda: "Content-Type" in screen_text(pilot))
        await pilot.press("D")
        diff = pane.query_one(DiffView)
        await until(pilot, lambda: bool(diff.lines))
        assert diff.lines[-1].text.startswith("Body: the same")
        await pilot.press("left_square_bracket")
        assert pane.state.shown == 1
        await pilot.press("right_square_bracket", "right_square_bracket")
        assert pane.state.shown == 2
        await pilot.press("I")
        await pilot.pause()
        assert pane.query_one(HistoryList).option_count == 2
        await pilot.press("down", "enter")
        await pilot.pause()
        assert pane.state.shown == 1
        await pilot.press("I")
        await sent(pane, pilot, "R")
        assert len(pane.state.exchanges) == 3
        await pilot.press("I", "e")
        assert pilot.app.focused is pane.query_one("#rest-url")


async def test_a_new_request_leaves_the_tabs_that_speak_of_earlier_ones(shop: StackAt) -> None:
    async with running(shop, (120, 40)) as (pane, pilot):
        await sent(pane, pilot, "enter")
        await pilot.press("D")
        await sent(pane, pilot, "ctrl+j")
        assert pane.query_one(DiffView).display
        await typed(pane, pilot, "/api/tags")
        await sent(pane, pilot, "enter")
        assert pane.query_one(BodyView).is_on_screen


async def test_zoom_search_and_curl(shop: StackAt) -> None:
    async with running(shop) as (pane, pilot):
        await sent(pane, pilot, "enter")
        await pilot.press("escape", "z")
        assert not is_drawn(pane, "#rest-request")
        await pilot.press("z")
        assert is_drawn(pane, "#rest-request")
        await pilot.press("slash", *"price", "enter")
        await until(pilot, lambda: "/price" in screen_text(pilot))
        assert pane.query_one(BodyView).lines.search is not None
        await pilot.press("C")
        await pilot.pause()
        assert pilot.app.clipboard == f"curl -L {shop.endpoint.url}/api/products"


async def test_hostile_answer_draws_no_control(shop: StackAt) -> None:
    evil = "\x1b]52;c;ZQ==\x1b\\ [/b] [red] \u202e \x9b2J".encode()
    said = b"HTTP/1.1 200 OK [/b] \x1b[2J\r\nX-[/]: \xc2\x9b\xff [bold]\r\nSet-Cookie: s=canary\r\n"
    said += b"Content-Type: text/plain\r\nContent-Length: %d\r\n\r\n%s" % (len(evil), evil)
    async with serving(saying(said)) as server, running(shop, (120, 40)) as (pane, pilot):
        await typed(pane, pilot, server.url("/[b]?x=[/]"))
        await sent(pane, pilot, "enter")
        await pilot.press("escape")
        for tab in "BHJID":
            await pilot.press(tab)
            await pilot.pause(0.05)
            shown = screen_text(pilot)
            assert is_clean(shown)
            assert "canary" not in shown


async def test_large_answer_is_read_while_it_comes(shop: StackAt) -> None:
    go_on = asyncio.Event()

    async def growing(talk: Talk) -> None:
        await talk.say(b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n")
        await talk.say(b"Content-Length: 52428800\r\n\r\nfirst line\n")
        await go_on.wait()
        for _ in range(50):
            await talk.say(b"x" * ((1 << 20) - 1) + b"\n")

    async with serving(growing) as server, running(shop) as (pane, pilot):
        await typed(pane, pilot, server.url())
        await pilot.press("enter")
        await until(pilot, lambda: "first line" in screen_text(pilot))
        go_on.set()
        await until(pilot, lambda: pane.state.running is None)
        current = pane.state.current
        assert current is not None
        assert current.size == 52428800


async def test_a_place_leads_to_a_route_and_to_a_journey(shop: StackAt) -> None:
    async with running(shop) as (pane, pilot):
        await sent(pane, pilot, "enter")
        current = pane.state.current
        assert current is not None
        assert current.context is not None
        await pane.visit(Place("rest", "trace", current.context.trace_id))
        assert pane._response.sections.active == "journey"
        await pane.visit(Place("rest", "route", "GET /api/products/{product_id}"))
        assert pane.state.draft.path == (Pair("product_id", "1"),)


async def test_routes_of_another_server_are_sent_there(shop: StackAt) -> None:
    document = b'{"paths":{"/v1/things/{id}":{"get":{"summary":"A thing"}}}}'
    async with serving(saying(plain(document))) as server, running(shop) as (pane, pilot):
        await typed(pane, pilot, server.url("/openapi.json"))
        await pilot.press("escape", "O")
        await until(pilot, lambda: len(pane.state.routes) == 1)
        await pilot.press("r", "down", "enter")
        await pilot.pause()
        assert pane.state.draft.url == server.url("/v1/things/{id}")
        await sent(pane, pilot, "enter")
        assert server.asked[-1].head.startswith(b"GET /v1/things/1 ")
        await typed(pane, pilot, server.url("/none"))
        await typed(pane, pilot, "/api/tags")
        await pilot.press("escape", "O")
        await until(pilot, lambda: len(pane.state.routes) > 5)

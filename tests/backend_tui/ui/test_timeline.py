"""The waterfall on screen: every key, every width, hostile text, five thousand spans."""

from __future__ import annotations

from dataclasses import replace

import pytest
from textual.app import App, ComposeResult

from backend_tui.core.errors import BackendError
from backend_tui.core.text import is_clean
from backend_tui.core.trace import Span, Trace, parse_trace
from backend_tui.ui.span_detail import SpanDetail
from backend_tui.ui.timeline import Timeline
from tests.backend_tui.journeys import failing, full, hostile, repeating


class Screen(App[None]):
    ENABLE_COMMAND_PALETTE = False

    def __init__(self, steps: tuple[str, ...] | BackendError = ()) -> None:
        super().__init__()
        self.steps = steps
        self.chosen: list[Span] = []
        self.closed = 0

    def compose(self) -> ComposeResult:
        yield Timeline()
        yield SpanDetail(plan=self.plan)

    async def plan(self, trace: Trace, span: Span) -> tuple[str, ...]:
        if isinstance(self.steps, BackendError):
            raise self.steps
        return self.steps

    @property
    def timeline(self) -> Timeline:
        return self.query_one(Timeline)

    @property
    def detail(self) -> SpanDetail:
        return self.query_one(SpanDetail)

    def on_timeline_span_chosen(self, event: Timeline.SpanChosen) -> None:
        self.chosen.append(event.span)

    def on_span_detail_closed(self) -> None:
        self.closed += 1

    def shown(self) -> list[str]:
        lines = (self.timeline.render_line(y).text for y in range(self.timeline.size.height))
        return [line.rstrip() for line in lines]

    def read(self) -> str:
        return "\n".join(strip.text.rstrip() for strip in self.screen._compositor.render_strips())


async def test_nothing_to_show_is_said() -> None:
    app = Screen()
    async with app.run_test(size=(80, 24)) as pilot:
        app.timeline.focus()
        await pilot.press("down", "enter", "space", "left", "right", "plus", "minus", "n", "N")
        assert app.shown()[0] == "No journey yet."
        assert app.chosen == []


async def test_counters_come_first_and_symbols_say_the_kind() -> None:
    app = Screen()
    async with app.run_test(size=(100, 40)):
        app.timeline.show(full())
        lines = app.shown()
        assert lines[0].split("·")[0].strip() == "2 queries"
        assert "○ 1 miss" in lines[0]
        assert lines[0].endswith("1.83 ms")
        assert "○ get products:page=2" in lines[5]
        assert "▤ SELECT shop_product" in lines[7]
        app.timeline.show(failing())
        assert "✗" in app.shown()[2]
        app.timeline.show(repeating())
        assert "▲ N+1: 11 repeated" in app.shown()[0]


@pytest.mark.parametrize(
    ("keys", "name"),
    [
        (["down"], "SecurityMiddleware"),
        (["j", "j", "k"], "SecurityMiddleware"),
        (["j", "up"], "GET /api/products"),
        (["end"], "send"),
        (["G", "g"], "GET /api/products"),
        (["G", "home"], "GET /api/products"),
        (["pagedown"], "send"),
        (["G", "pageup"], "GET /api/products"),
        (["j", "j", "space", "j"], "send"),
        (["j", "j", "left", "j"], "send"),
        (["j", "j", "h", "right", "j"], "get products:page=2"),
        (["j", "j", "h", "l", "j"], "get products:page=2"),
        (["j", "j", "j", "left"], "products.list_products"),
        (["j", "j", "plus", "k"], "products.list_products"),
        (["j", "j", "equals_sign", "minus", "k"], "SecurityMiddleware"),
    ],
)
async def test_keys_move_fold_and_zoom(keys: list[str], name: str) -> None:
    app = Screen()
    async with app.run_test(size=(80, 30)) as pilot:
        app.timeline.show(full())
        app.timeline.focus()
        await pilot.press(*keys)
        assert app.timeline.cursor_span is not None
        assert app.timeline.cursor_span.name == name
        await pilot.press("enter")
        assert [span.name for span in app.chosen] == [name]


async def test_n_goes_from_problem_to_problem() -> None:
    app = Screen()
    async with app.run_test(size=(80, 30)) as pilot:
        app.timeline.show(repeating(4))
        app.timeline.focus()
        ids = []
        for key in ("n", "n", "n", "n", "N"):
            await pilot.press(key)
            ids.append(app.timeline.cursor_row.mark if app.timeline.cursor_row else "")
        assert ids == ["▲"] * 5
        assert app.timeline.cursor == 5


async def test_a_click_moves_and_a_second_one_opens() -> None:
    app = Screen()
    async with app.run_test(size=(80, 30)) as pilot:
        app.timeline.show(full())
        await pilot.click(Timeline, offset=(5, 3))
        assert app.timeline.cursor == 1
        await pilot.click(Timeline, offset=(5, 3))
        assert [span.name for span in app.chosen] == ["SecurityMiddleware"]


async def test_a_folded_span_says_how_much_it_hides() -> None:
    app = Screen()
    async with app.run_test(size=(120, 30)) as pilot:
        app.timeline.show(full())
        app.timeline.focus()
        await pilot.press("space")
        assert "▸ ◆ GET /api/products (+7)" in app.shown()[2]
        assert app.timeline.lines == 3
        assert app.timeline.focus_span(full().spans[5].id)
        assert app.timeline.cursor_span == full().spans[5]
        assert not app.timeline.focus_span("nowhere")


async def test_a_journey_that_grows_keeps_cursor_and_folds() -> None:
    app = Screen()
    async with app.run_test(size=(80, 30)) as pilot:
        app.timeline.show(full())
        app.timeline.focus()
        await pilot.press("end")
        grown = replace(
            full(), spans=(*full().spans, Span("99", full().spans[1].id, "x", "view", 200, 9))
        )
        app.timeline.show(grown)
        assert app.timeline.cursor_span == full().spans[-1]
        app.timeline.show(failing())
        assert app.timeline.cursor == 0


@pytest.mark.parametrize("size", [(40, 10), (60, 20), (80, 24), (120, 40), (200, 50)])
async def test_every_line_is_exactly_as_wide_as_the_widget(size: tuple[int, int]) -> None:
    app = Screen()
    async with app.run_test(size=size) as pilot:
        for trace in (full(), repeating(60), failing(), parse_trace(hostile())):
            app.timeline.show(trace)
            await pilot.pause()
            for y in range(app.timeline.size.height):
                strip = app.timeline.render_line(y)
                assert strip.cell_length == app.timeline.scrollable_content_region.width
                assert is_clean(strip.text)
                assert "\n" not in strip.text


async def test_five_thousand_spans_cost_the_lines_that_are_seen() -> None:
    app = Screen()
    async with app.run_test(size=(120, 40)) as pilot:
        app.timeline.show(repeating(5_000))
        app.timeline.focus()
        drawn = 0
        line = app.timeline._span_line

        def counted(*given: object) -> object:
            nonlocal drawn
            drawn += 1
            return line(*given)  # type: ignore[arg-type]

        app.timeline._span_line = counted  # type: ignore[assignment, method-assign]
        await pilot.press("end")
        await pilot.pause()
        assert app.timeline.cursor == 5_001
        assert 0 < drawn <= 3 * app.timeline.size.height


async def test_a_span_is_shown_in_full() -> None:
    app = Screen(("SEARCH shop_product USING INDEX product_name",))
    async with app.run_test(size=(100, 60)) as pilot:
        app.detail.show(full().spans[4], full())
        app.detail.focus()
        await pilot.pause()
        read = app.read()
        assert 'FROM "shop_product"' in read
        assert "Parameters" in read
        assert "172 µs, then 8 µs to fetch" in read
        assert "Press e to ask the database." in read
        await pilot.press("e")
        await app.workers.wait_for_complete()
        await pilot.pause()
        assert "SEARCH shop_product USING INDEX" in app.read()
        await pilot.press("y")
        assert app.clipboard == full().spans[4].attributes["db.query.text"]
        await pilot.press("j", "k", "escape")
        assert app.closed == 1


async def test_a_cache_lookup_shows_key_result_and_strategy() -> None:
    app = Screen()
    async with app.run_test(size=(100, 60)) as pilot:
        app.detail.show(full().spans[3], full())
        app.detail.focus()
        await pilot.pause()
        read = app.read()
        for words in ("products:page=2", "○ miss", "aside", "60 s"):
            assert words in read
        assert "Plan" not in read
        await pilot.press("e", "y")
        assert app.clipboard == "products:page=2"


async def test_an_exception_and_a_refused_plan_are_said_in_words() -> None:
    app = Screen(BackendError("There is no plan.", "Only a SELECT has one."))
    async with app.run_test(size=(100, 60)) as pilot:
        app.detail.show(failing().spans[1], failing())
        app.detail.focus()
        await pilot.press("e")
        await app.workers.wait_for_complete()
        await pilot.pause()
        assert "✗ IntegrityError: CHECK constraint failed" in app.read()
        assert "✗ There is no plan. Only a SELECT has one." in app.read()


async def test_hostile_text_of_a_span_is_shown_as_glyphs() -> None:
    app = Screen(("\x1b[2J plan",))
    async with app.run_test(size=(100, 60)) as pilot:
        trace = parse_trace(hostile())
        app.detail.show(trace.spans[0], trace)
        app.detail.focus()
        await pilot.press("e")
        await app.workers.wait_for_complete()
        await pilot.pause()
        assert is_clean(app.read())
        assert "[bold]" in app.read()

"""Nothing that drives a terminal comes through the second layer."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.segment import Segment
from rich.style import Style
from textual.app import App, ComposeResult
from textual.color import Color
from textual.widgets import Log, Static

from backend_tui.core.text import is_clean
from backend_tui.workbench.app import Workbench
from backend_tui.workbench.guard import TerminalGuard
from tests.backend_tui.workbench.small import FEATURES, surroundings

BLACK = Color(0, 0, 0)
HOSTILE = "\x1b]52;c;c3RvbGVu\x1b\\ \x1b[2J \x9b31m \x00 \u202e \ud800"


def test_a_clean_line_passes_unchanged_as_the_same_list() -> None:
    for text in ("GET /api/products", "größer ✓ 日本 👩\u200d💻"):
        segments = [Segment(text, Style(bold=True))]
        assert TerminalGuard().apply(segments, BLACK) is segments


@given(st.text(st.characters(codec=None), max_size=60))
def test_whatever_is_drawn_is_clean_and_keeps_its_style(text: str) -> None:
    style = Style(bold=True)
    (segment,) = TerminalGuard().apply([Segment(text, style)], BLACK)
    assert is_clean(segment.text)
    assert "\n" not in segment.text
    assert "\t" not in segment.text
    assert segment.style is style
    assert len(segment.text) == len(text)


class Careless(Static):
    """A widget that cleans nothing."""


@pytest.mark.parametrize("kind", [Careless, Log])
async def test_careless_widgets_reach_the_terminal_clean(kind: type) -> None:
    app = Workbench(FEATURES, surroundings())
    async with app.run_test() as pilot:
        await pilot.pause()
        widget = Log() if kind is Log else Careless(HOSTILE, markup=False)
        await app.query_one("#pane-rest").mount(widget)
        if isinstance(widget, Log):
            widget.write_line(HOSTILE)
        await pilot.pause()
        drawn = "".join(
            segment.text for strip in app.screen._compositor.render_strips() for segment in strip
        )
        assert "52;c;c3RvbGVu" in drawn
        assert is_clean(drawn)


class Bare(App[None]):
    """The same without a guard, so that the test above is known to test something."""

    def compose(self) -> ComposeResult:
        yield Static(HOSTILE, markup=False)


async def test_without_the_guard_the_escape_would_come_through() -> None:
    app = Bare()
    async with app.run_test() as pilot:
        await pilot.pause()
        drawn = "".join(
            segment.text for strip in app.screen._compositor.render_strips() for segment in strip
        )
        assert "\x1b]52" in drawn

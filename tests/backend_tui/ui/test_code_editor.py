"""The editor of code: marks where something is wrong, undo over replacement, any size, any text."""

from __future__ import annotations

import time
from typing import ClassVar

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from textual.app import App, ComposeResult

from backend_tui.core.text import is_clean
from backend_tui.ui.code_editor import CodeEditor, Problem


class Desk(App[None]):
    ENABLE_COMMAND_PALETTE: ClassVar[bool] = False

    def __init__(self, text: str = "") -> None:
        super().__init__()
        self.animation_level = "none"
        self.editor = CodeEditor(text)

    def compose(self) -> ComposeResult:
        yield self.editor

    def on_mount(self) -> None:
        self.editor.focus()

    @property
    def lines(self) -> list[str]:
        """What is drawn."""
        strips = self.screen._compositor.render_strips()
        return [strips[y].text for y in range(self.size.height)]


async def test_a_problem_has_a_mark_in_the_gutter_and_a_line_under_its_text() -> None:
    app = Desk("one\ntwo three\nfour")
    async with app.run_test(size=(40, 10)) as pilot:
        app.editor.problems = (Problem((1, 4), (1, 9), "No such word."),)
        await pilot.pause()
        assert app.lines[1].startswith("2✗ two three") or "✗" in app.lines[1][:4]
        assert "✗" not in app.lines[0]
        strip = app.editor.render_line(1)
        underlined = "".join(s.text for s in strip if s.style and s.style.underline)
        assert underlined == "three"


async def test_a_warning_has_another_mark_and_the_worse_one_wins() -> None:
    app = Desk("one\ntwo")
    async with app.run_test(size=(40, 10)) as pilot:
        app.editor.problems = (
            Problem((0, 0), (0, 1), "old", is_warning=True),
            Problem((1, 0), (1, 1), "old", is_warning=True),
            Problem((1, 1), (1, 2), "wrong"),
        )
        await pilot.pause()
        assert "▲" in app.lines[0][:4]
        assert "✗" in app.lines[1][:4]


async def test_problems_are_walked_around_the_ends() -> None:
    app = Desk("a\nb\nc")
    async with app.run_test(size=(40, 10)):
        app.editor.problems = (Problem((2, 0), (2, 1), "c"), Problem((0, 0), (0, 1), "a"))
        app.editor.move_cursor((1, 0))
        steps = [app.editor.next_problem(step) for step in (1, 1, -1)]
        assert [each and each.words for each in steps] == ["c", "a", "c"]
        assert app.editor.problem_at_cursor() == Problem((2, 0), (2, 1), "c")
        app.editor.problems = ()
        assert app.editor.next_problem(1) is None


async def test_a_replaced_text_comes_back_with_undo() -> None:
    app = Desk("what I wrote")
    async with app.run_test(size=(40, 10)) as pilot:
        await pilot.press("end", "!")
        app.editor.become("from history")
        assert app.editor.text == "from history"
        await pilot.press("ctrl+z")
        assert app.editor.text == "what I wrote!"
        await pilot.press("ctrl+y")
        assert app.editor.text == "from history"


@pytest.mark.parametrize("text", ["", "a", "a\n", "é\n\n漢字\r\nx", "\n\n"])
async def test_offsets_and_locations_agree(text: str) -> None:
    app = Desk(text)
    async with app.run_test(size=(40, 10)):
        editor = app.editor
        whole = editor.text
        for offset in range(len(whole) + 1):
            if whole[offset - 1 : offset + 1] == "\r\n":
                continue
            assert editor.offset_of(*editor.location_of(offset)) == offset
        assert editor.location_of(10**9) == editor.document.end


@pytest.mark.parametrize(
    "text", ["  field(argument: 12345)\n" * 200_000, "x {abc: 1} " * 450_000], ids=["lines", "line"]
)
async def test_five_megabytes_are_edited_without_a_stall(text: str) -> None:
    app = Desk()
    async with app.run_test(size=(100, 30)) as pilot:
        began = time.process_time()
        app.editor.load_text(text)
        await pilot.pause()
        assert time.process_time() - began < 2
        app.editor.go_to((app.editor.document.line_count // 2, 2_000_000))
        slowest = 0.0
        for key in ("a", "enter", "backspace", "left", "right", "up", "down", "b", "pagedown"):
            began = time.process_time()
            await pilot.press(key)
            slowest = max(slowest, time.process_time() - began)
        assert slowest < 0.5
        assert len(app.editor.text) == len(text) + 2


@given(text=st.text(st.characters(codec=None), max_size=200))
@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
async def test_any_text_is_drawn_clean(text: str) -> None:
    app = Desk(text)
    async with app.run_test(size=(60, 12)) as pilot:
        app.editor.problems = (Problem((0, 0), (3, 5), text),)
        await pilot.press("end", "a", "ctrl+z")
        assert all(is_clean(line) for line in app.lines)

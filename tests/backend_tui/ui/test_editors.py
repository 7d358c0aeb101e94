"""Pairs and JSON are written by keyboard alone, checked as typed, and nothing typed is lost."""

from __future__ import annotations

import json

from hypothesis import given, settings
from hypothesis import strategies as st
from textual.app import App, ComposeResult

from backend_tui.core.body.json_format import check
from backend_tui.core.text import is_clean
from backend_tui.ui.json_editor import JsonEditor
from backend_tui.ui.pair_editor import Pair, PairEditor


class Desk(App[None]):
    def __init__(self) -> None:
        super().__init__()
        self.animation_level = "none"
        self.told: list[tuple[Pair, ...]] = []
        self.checked: list[JsonEditor.Checked] = []

    def compose(self) -> ComposeResult:
        yield PairEditor([Pair("page", "1"), Pair("q", "[/b]", False)], names=["Accept"])
        yield JsonEditor()

    def on_pair_editor_changed(self, event: PairEditor.Changed) -> None:
        self.told.append(event.editor.pairs)

    def on_json_editor_checked(self, event: JsonEditor.Checked) -> None:
        self.checked.append(event)

    @property
    def pairs(self) -> PairEditor:
        return self.query_one(PairEditor)

    @property
    def editor(self) -> JsonEditor:
        return self.query_one(JsonEditor)


async def test_a_pair_is_added_with_a_suggested_name_and_the_next_follows() -> None:
    app = Desk()
    async with app.run_test(size=(80, 24)) as pilot:
        app.pairs.rows.focus()
        await pilot.press("end", "enter", *"acc")
        await pilot.pause(0.1)
        await pilot.press("right", "enter", *"*/*", "enter", *"a", "tab", *"1", "enter", "escape")
        assert app.pairs.pairs[2:] == (Pair("Accept", "*/*"), Pair("a", "1"))
        assert app.told[-1] == app.pairs.pairs
        assert app.focused is app.pairs.rows


async def test_what_is_typed_counts_at_once_and_escape_takes_it_back() -> None:
    app = Desk()
    async with app.run_test(size=(80, 24)) as pilot:
        app.pairs.rows.focus()
        await pilot.press("enter", "2")
        assert app.pairs.pairs[0] == Pair("page", "12")
        await pilot.press("escape")
        assert app.pairs.pairs[0] == Pair("page", "1")
        await pilot.press("enter", "3", "down")
        assert app.pairs.pairs[0] == Pair("page", "13")
        assert app.pairs.rows.cursor == 1


async def test_rows_switch_off_and_on_and_come_back_after_removal() -> None:
    app = Desk()
    async with app.run_test(size=(80, 24)) as pilot:
        app.pairs.rows.focus()
        await pilot.press("space", "down", "space")
        assert [pair.is_on for pair in app.pairs.pairs] == [False, True]
        await pilot.press("delete")
        assert [pair.name for pair in app.pairs.pairs] == ["page"]
        await pilot.press("ctrl+z")
        assert app.pairs.pairs == (Pair("page", "1", False), Pair("q", "[/b]", True))


async def test_leaving_an_edit_by_focus_keeps_what_was_typed() -> None:
    app = Desk()
    async with app.run_test(size=(80, 24)) as pilot:
        app.pairs.rows.focus()
        await pilot.press("end", "enter", *"new")
        app.editor.focus()
        await pilot.pause()
        await pilot.pause()
        assert app.pairs.pairs[-1] == Pair("new", "")
        assert not app.pairs.edit.display


async def test_json_is_checked_as_typed_with_place_and_words() -> None:
    app = Desk()
    async with app.run_test(size=(80, 24)) as pilot:
        app.editor.focus()
        await pilot.press(*'{"a": tru')
        await pilot.pause(0.4)
        assert app.checked[-1].problem is not None
        assert "line 1, column" in str(app.editor.border_subtitle)
        await pilot.press(*"e}")
        await pilot.pause(0.4)
        assert app.editor.problem is None
        assert app.checked[-1].problem is None


async def test_layout_keeps_numbers_and_can_be_undone() -> None:
    app = Desk()
    async with app.run_test(size=(80, 24)) as pilot:
        app.editor.text = '{"a":1.10,"b":1E5}'
        app.editor.focus()
        await pilot.press("alt+l")
        assert app.editor.text == '{\n  "a": 1.10,\n  "b": 1E5\n}'
        await pilot.press("ctrl+z")
        assert app.editor.text == '{"a":1.10,"b":1E5}'


async def test_layout_leaves_a_broken_text_alone_and_says_why() -> None:
    app = Desk()
    async with app.run_test(size=(80, 24)) as pilot:
        app.editor.text = '{"a":1.10,'
        app.editor.focus()
        await pilot.press("alt+l")
        assert app.editor.text == '{"a":1.10,'
        assert app.editor.problem is not None


async def test_a_long_text_is_edited_in_place() -> None:
    text = json.dumps([{"id": n} for n in range(2000)], indent=2)
    app = Desk()
    async with app.run_test(size=(80, 24)) as pilot:
        app.editor.text = text
        app.editor.focus()
        app.editor.move_cursor(app.editor.document.end)
        await pilot.press("enter", *"xy")
        assert app.editor.text == text + "\nxy"
        assert app.editor.wrapped_document.height == app.editor.document.line_count


@settings(max_examples=15, deadline=None)
@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=80))
async def test_any_pasted_text_is_kept_and_drawn_clean(text: str) -> None:
    app = Desk()
    async with app.run_test(size=(60, 24)) as pilot:
        app.editor.focus()
        app.editor.text = text
        await pilot.pause()
        assert app.editor.text.splitlines() == text.splitlines()
        for strip in app.editor.render_lines(app.editor.size.region):
            assert is_clean(strip.text)


@given(st.text(max_size=200))
def test_the_check_never_fails_itself(text: str) -> None:
    problem = check(text)
    assert problem is None or problem.words

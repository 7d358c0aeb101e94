"""The list at the cursor: what it shows, where the highlight goes, whose text it may hold."""

from __future__ import annotations

from textual.app import App, ComposeResult
from textual.geometry import Offset

from backend_tui.core.text import is_clean
from backend_tui.ui.completion_popup import ROWS, CompletionPopup, Suggestion


class Desk(App[None]):
    def __init__(self) -> None:
        super().__init__()
        self.popup = CompletionPopup()
        self.accepted: list[Suggestion] = []

    def compose(self) -> ComposeResult:
        yield self.popup

    def on_completion_popup_accepted(self, event: CompletionPopup.Accepted) -> None:
        self.accepted.append(event.suggestion)

    @property
    def drawn(self) -> str:
        strips = self.screen._compositor.render_strips()
        return "\n".join(strips[y].text for y in range(self.size.height))


FIELDS = tuple(Suggestion(f"field{i}", "Int", f"Says {i}.") for i in range(20))


async def test_it_shows_label_type_words_and_how_many_there_are() -> None:
    app = Desk()
    async with app.run_test(size=(60, 20)) as pilot:
        app.popup.show(FIELDS, Offset(4, 2))
        await pilot.pause()
        assert "field0" in app.drawn
        assert "Int" in app.drawn
        assert "Says 0." in app.drawn
        assert f"1 of {len(FIELDS)}" in app.drawn
        assert f"field{ROWS}" not in app.drawn


async def test_steps_go_around_and_pages_stop() -> None:
    app = Desk()
    async with app.run_test(size=(60, 20)) as pilot:
        app.popup.show(FIELDS, Offset(4, 2))
        app.popup.step("up")
        assert app.popup.highlighted == FIELDS[-1]
        app.popup.step("down")
        assert app.popup.highlighted == FIELDS[0]
        for key in ("pagedown",) * 5:
            app.popup.step(key)
        await pilot.pause()
        assert app.popup.highlighted == FIELDS[-1]
        assert "field19" in app.drawn


async def test_the_highlight_stays_on_what_is_still_offered() -> None:
    app = Desk()
    async with app.run_test(size=(60, 20)):
        app.popup.show(FIELDS, Offset(4, 2))
        app.popup.step("down")
        app.popup.show(FIELDS[1:], Offset(5, 2))
        assert app.popup.highlighted == FIELDS[1]
        app.popup.show((), Offset(5, 2))
        assert not app.popup.is_open


async def test_deprecation_is_a_sign_and_words() -> None:
    app = Desk()
    async with app.run_test(size=(60, 20)) as pilot:
        app.popup.show((Suggestion("old", "Int", "", "Use `new`."),), Offset(4, 2))
        await pilot.pause()
        assert "▲" in app.drawn
        assert "Deprecated: Use `new`." in app.drawn


async def test_it_stays_on_the_screen_at_its_last_cell() -> None:
    app = Desk()
    async with app.run_test(size=(40, 12)) as pilot:
        app.popup.show(FIELDS, Offset(39, 11))
        await pilot.pause()
        assert app.screen.region.contains_region(app.popup.region)


async def test_a_click_accepts_the_entry() -> None:
    app = Desk()
    async with app.run_test(size=(60, 20)) as pilot:
        app.popup.show(FIELDS, Offset(4, 2))
        await pilot.pause()
        await pilot.click(CompletionPopup, offset=(3, 2))
        assert app.accepted == [FIELDS[2]]


async def test_hostile_words_are_seen_not_obeyed() -> None:
    evil = "\x1b]52;c;ZQ==\x07[/b][red]\u202e\n\ud800" * 5
    app = Desk()
    async with app.run_test(size=(60, 20)) as pilot:
        app.popup.show((Suggestion(evil, evil, evil, evil),), Offset(4, 2))
        await pilot.pause()
        assert is_clean(app.drawn)
        assert "[/b]" in app.drawn

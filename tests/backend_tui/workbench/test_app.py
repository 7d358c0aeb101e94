"""The workbench as a person meets it: panes, keys, help, jump, palette, services, sizes."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from textual.command import CommandList
from textual.pilot import Pilot
from textual.widgets import Input

from backend_tui.core.errors import BackendError, UsageError
from backend_tui.core.place import Place
from backend_tui.stack.endpoints import ServiceState
from backend_tui.workbench.app import Workbench
from backend_tui.workbench.help import HelpScreen
from backend_tui.workbench.jump import JumpScreen
from backend_tui.workbench.navigator import Navigator
from backend_tui.workbench.palette import WorkbenchCommands
from backend_tui.workbench.services_screen import ServicesScreen
from backend_tui.workbench.stall import StallMonitor
from backend_tui.workbench.status_line import StatusLine
from tests.backend_tui.workbench.small import FEATURES, MemoryStack, surroundings
from tests.backend_tui.workbench.small_pane import SECRET, Knob, SmallPane


@asynccontextmanager
async def workbench(
    size: tuple[int, int] = (120, 40), stack: MemoryStack | None = None, **settings: Any
) -> AsyncIterator[tuple[Workbench, Pilot[None]]]:
    app = Workbench(FEATURES, surroundings(stack, **settings))
    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        yield app, pilot


def lines(app: Workbench) -> list[str]:
    """What the screen shows, line by line."""
    return [
        "".join(segment.text for segment in strip)
        for strip in app.screen._compositor.render_strips()
    ]


def shown(app: Workbench) -> SmallPane:
    assert isinstance(app.pane, SmallPane)
    return app.pane


async def test_the_first_pane_is_there_with_focus_where_work_begins() -> None:
    async with workbench() as (app, _):
        assert shown(app).name == "rest"
        assert isinstance(app.focused, Input)
        assert "▌2  REST" in lines(app)[2]


async def test_a_pane_is_made_on_its_first_visit_and_its_feed_lives_while_it_is_shown() -> None:
    async with workbench() as (app, pilot):
        assert len(app.query(SmallPane)) == 1
        rest = shown(app)
        await pilot.press("f6")
        await pilot.pause()
        cache = shown(app)
        assert (cache.name, rest.is_shown, cache.is_shown) == ("cache", False, True)
        assert not rest.display
        await pilot.press("f2", "f6")
        await pilot.pause()
        assert shown(app) is cache
        assert cache.fed == 2


async def test_digits_go_to_panes_only_when_no_text_field_has_focus() -> None:
    async with workbench() as (app, pilot):
        await pilot.press("end", "6")
        assert app.query_one("#pane-rest #field", Input).value.endswith("6")
        assert shown(app).name == "rest"
        await pilot.press("tab", "6")
        await pilot.pause()
        assert shown(app).name == "cache"


async def test_a_pane_without_a_key_is_reached_by_jump_mode() -> None:
    async with workbench() as (app, pilot):
        await pilot.press("ctrl+o")
        await pilot.pause()
        assert isinstance(app.screen, JumpScreen)
        letter = next(
            letter for letter, target in app.screen.letters.items() if target[0] == "traces"
        )
        await pilot.press(letter)
        await pilot.pause()
        assert shown(app).name == "traces"


async def test_jump_mode_moves_the_focus_and_escape_leaves_it_where_it_was() -> None:
    async with workbench((80, 24)) as (app, pilot):
        await pilot.press("ctrl+o")
        await pilot.pause()
        screen = app.screen
        assert isinstance(screen, JumpScreen)
        letters = {type(target[0]): letter for letter, target in screen.letters.items()}
        await pilot.press(letters[Knob])
        await pilot.pause()
        assert isinstance(app.focused, Knob)
        await pilot.press("ctrl+o")
        await pilot.pause()
        await pilot.press("escape")
        await pilot.pause()
        assert isinstance(app.focused, Knob)


async def test_help_shows_the_panes_words_and_the_keys_of_what_has_focus() -> None:
    async with workbench() as (app, pilot):
        await pilot.press("tab", "question_mark")
        await pilot.pause()
        assert isinstance(app.screen, HelpScreen)
        text = "\n".join(lines(app))
        assert "A small pane" in text
        assert "Turn the knob" in text
        assert text.index("Turn the knob") < text.index("Everywhere")
        await pilot.press("escape")
        await pilot.pause()
        assert isinstance(app.focused, Knob)


async def test_a_question_mark_in_a_text_field_is_a_character() -> None:
    async with workbench() as (app, pilot):
        await pilot.press("end", "question_mark")
        assert app.query_one("#pane-rest #field", Input).value.endswith("?")
        assert not isinstance(app.screen, HelpScreen)


async def test_the_palette_offers_panes_then_the_keys_of_the_focused_chain() -> None:
    async with workbench() as (app, pilot):
        await pilot.press("tab")
        titles = [each.title for each in WorkbenchCommands(app.screen).entries()]
        assert titles[0] == "Go to REST (F2)"
        assert "Turn (s)" in titles
        assert "Send (^j)" in titles
        assert "Zoom (z)" in titles
        assert "Service cache: restart" in titles
        assert "Service docker: restart" not in titles
        assert len(titles) == len(set(titles))


async def test_a_command_found_in_the_palette_is_run_where_it_was_declared() -> None:
    async with workbench() as (app, pilot):
        await pilot.press("tab", "ctrl+p")
        await pilot.pause()
        await pilot.press(*"turn")
        while not app.screen.query_one(CommandList).option_count:
            await pilot.pause(0.02)
        await pilot.press("enter")
        await pilot.pause()
        assert app.query_one("#pane-rest #knob", Knob).turned == 1


async def test_the_navigator_is_a_bar_on_small_terminals_and_can_be_hidden() -> None:
    async with workbench((80, 24)) as (app, pilot):
        assert "backend-tui" in lines(app)[0]
        assert "Traces" in lines(app)[0]
        assert shown(app).region.size == (80, 22)
        await pilot.press("ctrl+b")
        await pilot.pause()
        assert shown(app).region.size == (80, 23)
        await pilot.resize_terminal(120, 40)
        await pilot.press("ctrl+b")
        await pilot.pause()
        assert shown(app).region.size == (102, 39)


async def test_a_click_on_a_name_goes_to_the_pane() -> None:
    async with workbench() as (app, pilot):
        await pilot.click(Navigator, offset=(5, 3))
        await pilot.pause()
        assert shown(app).name == "cache"


async def test_the_navigator_tells_the_condition_of_a_pane() -> None:
    async with workbench() as (app, pilot):
        await pilot.press("ctrl+j")
        await pilot.pause()
        assert lines(app)[2].startswith("▌2  REST sent   ◌")


async def test_status_line_follows_every_service() -> None:
    stack = MemoryStack()
    async with workbench(stack=stack) as (app, pilot):
        assert "demo ● 127.0.0.1:8765" in lines(app)[-1]
        assert "docker ○" in lines(app)[-1]
        stack.change(ServiceState("cache", "failed", "exit 1"))
        await pilot.pause()
        assert "cache ✗ exit 1" in lines(app)[-1]


async def test_status_line_shows_the_keys_of_what_has_focus() -> None:
    async with workbench() as (app, pilot):
        assert "^j send" in lines(app)[-1]
        assert "s turn" not in lines(app)[-1]
        await pilot.press("tab")
        await pilot.pause()
        assert "s turn" in lines(app)[-1]
        assert lines(app)[-1].rstrip().endswith("? help  ^p palette  ^q quit")


async def test_services_show_their_log_and_their_error_and_can_be_restarted() -> None:
    problem = BackendError("The cache ended.", "Signal 9.", "It is started again.")
    stack = MemoryStack(lines=("started", "\x1b]52;c;stolen\x07"))
    stack.states = (
        *stack.states[:1],
        ServiceState("cache", "restarting", "", problem),
        *stack.states[2:],
    )
    async with workbench(stack=stack) as (app, pilot):
        await pilot.press("f12", "right")
        await pilot.pause()
        assert isinstance(app.screen, ServicesScreen)
        text = "\n".join(lines(app))
        assert "The cache ended." in text
        assert "→ It is started again." in text
        assert "started" in text
        assert "\x1b" not in text
        await pilot.press("r")
        await pilot.pause()
        assert stack.restarted == ["cache"]


async def test_a_service_that_is_not_ours_says_why_it_cannot_be_restarted() -> None:
    async with workbench() as (app, pilot):
        app.restart_service("docker")
        await pilot.pause()
        await pilot.pause()
        assert any("not ours" in each.message for each in app._notifications)


async def test_a_place_leads_to_its_pane_and_an_unknown_one_is_told() -> None:
    async with workbench() as (app, pilot):
        shown(app).post_message(SmallPane.Go(Place("traces", "trace", "4bf9")))
        await pilot.pause()
        await pilot.pause()
        assert shown(app).visited == [Place("traces", "trace", "4bf9")]
        shown(app).post_message(SmallPane.Go(Place("[red]nowhere")))
        await pilot.pause()
        assert shown(app).name == "traces"
        assert any("[red]nowhere" in each.message for each in app._notifications)


async def test_zoom_leaves_what_has_focus_and_the_status_line() -> None:
    async with workbench() as (app, pilot):
        await pilot.press("tab", "z")
        await pilot.pause()
        assert app.screen.maximized is not None
        assert app.query_one(StatusLine).region.height == 1
        await pilot.press("z")
        await pilot.pause()
        assert app.screen.maximized is None


@pytest.mark.parametrize("size", [(59, 24), (80, 19), (20, 5)])
async def test_a_terminal_that_is_too_small_says_what_it_needs(size: tuple[int, int]) -> None:
    async with workbench(size) as (app, pilot):
        assert "60" in " ".join(lines(app))
        await pilot.resize_terminal(80, 24)
        await pilot.pause()
        assert "READY" in " ".join(lines(app))


async def test_an_unknown_theme_is_named_with_the_known_ones() -> None:
    with pytest.raises(UsageError, match="contrast-light"):
        Workbench(FEATURES, surroundings(theme="pink"))


async def test_an_expected_failure_of_a_worker_is_said_and_the_workbench_goes_on() -> None:
    async with workbench() as (app, pilot):
        shown(app).fail_in_worker(BackendError("It did not work.", "[/] is no markup."))
        await pilot.pause()
        await pilot.pause()
        assert any("[/] is no markup." in each.message for each in app._notifications)
        assert app.is_running


async def test_a_fault_in_a_worker_ends_in_a_report_without_the_values_it_held() -> None:
    app = Workbench(FEATURES, surroundings())
    with pytest.raises(RuntimeError):  # noqa: PT012 - the app raises at its end
        async with app.run_test() as pilot:
            await pilot.pause()
            shown(app).fail_in_worker(RuntimeError("https://me:secret@host/?token=abc broke"))
            await pilot.pause()
            await pilot.pause()
    assert "broke" in app.crash_report
    assert "small_pane.py" in app.crash_report
    assert SECRET not in app.crash_report
    assert "secret@" not in app.crash_report
    assert "abc" not in app.crash_report
    assert app.return_code == 1


async def test_a_fault_in_a_thread_is_not_silent() -> None:
    app = Workbench(FEATURES, surroundings())
    with pytest.raises(RuntimeError, match="a thread broke"):  # noqa: PT012
        async with app.run_test() as pilot:
            await pilot.pause()
            shown(app).fail_in_thread()
            await pilot.pause(0.1)


@pytest.mark.alone
async def test_the_loop_never_stands_still_while_panes_are_switched() -> None:
    async with workbench() as (_, pilot):
        with StallMonitor() as monitor:
            for key in ("f6", "f2", "f6", "f2"):
                await pilot.press(key)
                await pilot.pause()
        assert [str(stall) for stall in monitor.stalls] == []


async def test_the_command_line_goes_to_a_pane_by_its_name() -> None:
    async with workbench() as (app, pilot):
        await pilot.press("tab", "colon")
        await pilot.pause()
        await pilot.press(*"cache", "enter")
        await pilot.pause()
        await pilot.pause()
        assert shown(app).name == "cache"

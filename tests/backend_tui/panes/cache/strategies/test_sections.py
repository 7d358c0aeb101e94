"""The Strategies and Write-back tabs by their keys, on the real shop."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TypeVar

import pytest
from textual.app import App, ComposeResult
from textual.pilot import Pilot
from textual.widgets import Input, Static

from backend_tui.core.errors import BackendError
from backend_tui.panes.cache.section import CacheSection
from backend_tui.panes.cache.strategies.client import StackStrategyClient
from backend_tui.panes.cache.strategies.section import StrategiesSection
from backend_tui.panes.cache.strategies.write_back_section import WriteBackSection
from tests.backend_tui.panes.rest.test_pane import until
from tests.backend_tui.stack_at import StackAt

pytestmark = pytest.mark.service("valkey")

S = TypeVar("S", StrategiesSection, WriteBackSection)


class Frame(App[None]):
    """A tab alone, and what it told the pane."""

    def __init__(self, section: CacheSection) -> None:
        super().__init__()
        self.section = section
        self.problems: list[BackendError] = []

    def compose(self) -> ComposeResult:
        yield self.section

    def on_mount(self) -> None:
        self.section.appear()
        self.section.query_one("RecordTable").focus()

    def on_cache_section_failed(self, message: CacheSection.Failed) -> None:
        if message.problem is not None:
            self.problems.append(message.problem)


@asynccontextmanager
async def shown(
    section: S, size: tuple[int, int] = (80, 24)
) -> AsyncIterator[tuple[S, Pilot[None]]]:
    app = Frame(section)
    async with app.run_test(size=size) as pilot:
        yield section, pilot


def text(section: CacheSection, name: str) -> str:
    return str(section.query_one(name, Static).content)


def _strategy(tab: StrategiesSection) -> str:
    return tab.state.route.policy.strategy if tab.state.route else ""


def _crashed(tab: WriteBackSection) -> str:
    return tab.state.crashes[-1].mode if tab.state.crashes else ""


def _mode(tab: WriteBackSection) -> str:
    return tab.state.found.mode if tab.state.found else ""


async def test_a_stampede_without_and_with_a_lease_stands_on_one_screen(
    client: StackStrategyClient, cached_shop: StackAt
) -> None:
    async with shown(StrategiesSection(StackStrategyClient(cached_shop))) as (tab, pilot):
        await until(pilot, lambda: tab.state.route is not None)
        assert tab.state.chosen == "lab-a"
        await pilot.press("e")
        await until(pilot, lambda: len(tab.state.runs) == 1)
        await pilot.press("down", "e")
        await until(pilot, lambda: len(tab.state.runs) == 2)
        without, leased = tab.state.runs
        assert without.change.loads > 5
        assert leased.change.loads == 1
        shown_runs = text(tab, "#lab-runs")
        assert f"+{without.change.loads}" in shown_runs
        assert "cache-aside · lease · 60 s" in shown_runs
        runs = tab.query_one("#lab-runs", Static)
        assert runs.region.bottom <= 24
        assert tab.table.size.height >= 4


async def test_keys_change_the_policy_and_say_what_cannot_be(
    client: StackStrategyClient, cached_shop: StackAt
) -> None:
    async with shown(StrategiesSection(StackStrategyClient(cached_shop))) as (tab, pilot):
        await until(pilot, lambda: tab.state.route is not None)
        for strategy in ("read-through", "write-through"):
            await pilot.press("v")
            await until(pilot, lambda name=strategy: _strategy(tab) == name)  # type: ignore[misc]
        await pilot.press("minus")
        await until(pilot, lambda: bool(tab.state.route and tab.state.route.policy.ttl_s == 30))
        await pilot.press("p")
        await until(
            pilot, lambda: bool(tab.state.route and tab.state.route.policy.protection == "lease")
        )
        assert "after its commit" in text(tab, "#lab-words")
        await pilot.press("n")
        await until(pilot, lambda: bool(tab.state.refused))
        assert "choose delete" in text(tab, "#lab-words")
        await pilot.press("X")
        await until(pilot, lambda: bool(tab.state.route and tab.state.route.policy.ttl_s == 60))


async def test_the_editor_changes_all_of_a_policy_in_one_line(
    client: StackStrategyClient, cached_shop: StackAt
) -> None:
    async with shown(StrategiesSection(StackStrategyClient(cached_shop))) as (tab, pilot):
        await until(pilot, lambda: tab.state.route is not None)
        await pilot.press("enter")
        editor = tab.query_one("#lab-editor", Input)
        await until(pilot, lambda: editor.has_focus)
        assert editor.value.startswith("strategy=cache-aside ttl=60 jitter=0")
        editor.value = "ttl=never"
        await pilot.press("enter")
        await until(pilot, lambda: "no" in tab.state.refused)
        assert editor.has_focus
        editor.value = "ttl=7 jitter=0.2"
        await pilot.press("enter")
        await until(pilot, lambda: bool(tab.state.route and tab.state.route.policy.ttl_s == 7))
        assert tab.state.route is not None
        assert tab.state.route.policy.jitter == 0.2
        assert tab.table.has_focus


async def test_an_experiment_that_a_route_cannot_show_says_why(
    client: StackStrategyClient, cached_shop: StackAt
) -> None:
    async with shown(StrategiesSection(StackStrategyClient(cached_shop))) as (tab, pilot):
        await until(pilot, lambda: tab.state.route is not None)
        await pilot.press("G")
        await until(pilot, lambda: tab.state.chosen != "lab-a")
        await pilot.press("o")
        await until(pilot, lambda: bool(tab.state.refused) and not tab.state.running)
        assert tab.state.runs == ()
        assert "lab" in tab.state.refused


async def test_a_kill_is_asked_for_and_the_crash_test_tells_naive_from_durable(
    client: StackStrategyClient, cached_shop: StackAt
) -> None:
    async with shown(WriteBackSection(StackStrategyClient(cached_shop))) as (tab, pilot):
        await until(pilot, lambda: tab.state.found is not None)
        assert "○ Off" in text(tab, "#deferred-state")
        await pilot.press("u")
        await until(pilot, lambda: bool(tab.state.found and tab.state.found.is_on))
        await until(pilot, lambda: bool(tab.state.found and tab.state.found.state == "running"))
        await until(pilot, lambda: not tab.state.doing)
        await pilot.press("K")
        assert tab.state.is_kill_asked
        assert "Press K again" in text(tab, "#deferred-words")
        await pilot.press("K")
        await until(pilot, lambda: bool(tab.state.found and tab.state.found.state == "killed"))
        for mode in ("durable", "naive"):
            await until(pilot, lambda: not tab.state.doing)
            await pilot.press("c")
            await until(pilot, lambda name=mode: _crashed(tab) == name)  # type: ignore[misc]
            await until(pilot, lambda: not tab.state.doing)
            await pilot.press("m")
            await until(pilot, lambda name=mode: _mode(tab) != name)  # type: ignore[misc]
        durable, naive = tab.state.crashes
        assert (durable.lost, durable.doubled) == (0, 0)
        assert naive.lost == naive.waiting > 0
        lines = text(tab, "#deferred-crashes").splitlines()
        assert lines[0].startswith("✓ #1 durable")
        assert lines[1].startswith("✗ #2 naive")
        await until(pilot, lambda: not tab.state.doing)
        await pilot.press("u")
        await until(pilot, lambda: bool(tab.state.found and not tab.state.found.routes))


async def test_dirty_keys_are_listed_while_the_flusher_is_stopped(
    client: StackStrategyClient, cached_shop: StackAt
) -> None:
    async with shown(WriteBackSection(StackStrategyClient(cached_shop))) as (tab, pilot):
        await until(pilot, lambda: tab.state.found is not None)
        for key in ("u", "t", "w"):
            await pilot.press(key)
            await until(pilot, lambda: not tab.state.doing)
        await until(pilot, lambda: bool(tab.state.found and tab.state.found.dirty))
        assert tab.state.found is not None
        assert tab.state.found.dirty[0].entries == 50
        assert "waiting 50 writes of 1 key, oldest" in text(tab, "#deferred-state")
        await pilot.press("f")
        await until(pilot, lambda: bool(tab.state.found and not tab.state.found.pending))
        await until(pilot, lambda: not tab.state.doing)
        await pilot.press("u")
        await until(pilot, lambda: bool(tab.state.found and not tab.state.found.routes))


async def test_a_shop_that_is_gone_is_told_and_the_tab_stays() -> None:
    section = StrategiesSection(StackStrategyClient(StackAt("http://127.0.0.1:9")))
    async with shown(section) as (tab, pilot):
        app = pilot.app
        assert isinstance(app, Frame)
        await until(pilot, lambda: bool(app.problems))
        assert tab.state.lab is None
        await pilot.press("e", "v", "enter")
        assert tab.state.runs == ()

"""The pane by its keys, on the real engine: what is seen, done, refused, lost and found again."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from textual.app import App, ComposeResult
from textual.pilot import Pilot
from textual.widgets import Static

from backend_tui.core.clock import SystemClock
from backend_tui.panes.docker.client import DockerClient
from backend_tui.panes.docker.engine.connection import SdkEngine
from backend_tui.panes.docker.model import Event
from backend_tui.panes.docker.pages.containers import ContainersPage
from backend_tui.panes.docker.pane import DockerPane
from backend_tui.panes.docker.rows import ContainerRow, GroupRow
from backend_tui.panes.docker.watching import EngineLost
from backend_tui.panes.docker.widgets.confirm_card import ConfirmCard
from backend_tui.panes.docker.widgets.container_table import ContainerTable
from backend_tui.ui.body_view import BodyView
from backend_tui.ui.error_banner import ErrorBanner
from backend_tui.ui.pane import Pane
from tests.backend_tui.panes.docker.conftest import until
from tests.real_engine import RealEngine

real = pytest.mark.service("docker")


class Alone(App[None]):
    """The pane and nothing else; `told` is what the navigator would show."""

    def __init__(self, url: str, *, is_read_only: bool = False) -> None:
        super().__init__()
        engine = SdkEngine(url, is_read_only=is_read_only)
        self.docker = DockerPane(client=DockerClient(engine, SystemClock()))
        self.told: list[tuple[str, str]] = []
        self.events: list[Event] = []

    def compose(self) -> ComposeResult:
        yield self.docker

    def on_mount(self) -> None:
        self.docker.appear()
        self.docker.focus_first()

    def on_pane_state_changed(self, message: Pane.StateChanged) -> None:
        self.told.append((message.condition, message.words))

    @property
    def table(self) -> ContainerTable:
        return self.docker.query_one(ContainerTable)

    @property
    def page(self) -> ContainersPage:
        page = self.docker.page
        assert isinstance(page, ContainersPage)
        return page

    @property
    def names(self) -> list[str]:
        return [
            row.container.name if isinstance(row, ContainerRow) else f"[{row.project}]"
            for row in self.table.rows
        ]

    @property
    def here(self) -> str:
        row = self.table.row
        assert row is not None
        return row.project if isinstance(row, GroupRow) else row.container.name

    def state(self, name: str) -> str:
        known = self.docker.state.containers.values()
        return next((each.state for each in known if each.name == name), "gone")

    def drawn(self) -> str:
        return "\n".join(
            "".join(segment.text for segment in strip)
            for strip in self.screen._compositor.render_strips()
        )


@asynccontextmanager
async def opened(
    url: str, *, is_read_only: bool = False, size: tuple[int, int] = (120, 40)
) -> AsyncIterator[tuple[Alone, Pilot[None]]]:
    app = Alone(url, is_read_only=is_read_only)
    async with app.run_test(size=size) as pilot:
        await until(lambda: app.docker.state.engine != "connecting")
        await until(lambda: app.docker.state.engine == "lost" or bool(app.table.rows))
        yield app, pilot


@real
async def test_containers_are_shown_with_what_they_use(engine: RealEngine) -> None:
    engine.container(name="web")
    engine.container(name="old", starts=False)
    async with opened(engine.url) as (app, pilot):
        assert app.names == ["old", "web"]
        await until(lambda: app.docker.state.samples)
        await pilot.pause(0.2)
        drawn = app.drawn()
        assert "● running" in drawn
        assert "○ created" in drawn
        assert "kB" in drawn
        assert ("live", "1 up") in app.told


@real
async def test_a_new_container_is_on_screen_within_a_fifth_of_a_second(engine: RealEngine) -> None:
    engine.container(name="web")
    async with opened(engine.url) as (app, _):
        made = await asyncio.to_thread(engine.container, name="new", starts=False)
        assert made
        await until(lambda: "new" in app.names, 0.5)
        await asyncio.to_thread(engine.api.start, made)
        await until(lambda: app.state("new") == "running", 0.2)


@real
async def test_a_stop_asks_first_with_what_it_does_and_where(engine: RealEngine) -> None:
    engine.script("trap 'exit 0' TERM; while :; do sleep 0.05; done", name="web")
    async with opened(engine.url) as (app, pilot):
        await pilot.press("s")
        await pilot.pause(0.1)
        drawn = app.drawn()
        assert "Stop web?" in drawn
        assert "SIGTERM" in drawn
        assert engine.url in drawn
        await pilot.press("escape")
        await pilot.pause(0.1)
        assert app.state("web") == "running"
        await pilot.press("s")
        await until(lambda: app.focused is app.page.query_one(ConfirmCard))
        await pilot.press("enter")
        await until(lambda: app.state("web") == "exited")
        await until(lambda: not app.docker.state.doing)
        (command,) = app.docker.state.commands
        assert command.line == f"docker -H {engine.url} stop web"
        assert command.outcome == "done"
        assert app.focused is app.table


@real
async def test_what_can_be_undone_by_a_key_is_done_at_once(engine: RealEngine) -> None:
    engine.container(name="web")
    async with opened(engine.url) as (app, pilot):
        await pilot.press("p")
        await until(lambda: app.state("web") == "paused")
        await until(lambda: not app.docker.state.doing)
        await pilot.press("p")
        await until(lambda: app.state("web") == "running")
        await until(lambda: not app.docker.state.doing)
        await pilot.press("S")
        await pilot.pause(0.1)
        assert len(app.docker.state.commands) == 2


@real
async def test_bulk_acts_list_what_failed_and_do_the_rest(engine: RealEngine) -> None:
    one = engine.container(name="one")
    engine.container(name="two")
    async with opened(engine.url) as (app, pilot):
        await pilot.press("home", "space", "space", "ctrl+k")
        await pilot.pause(0.1)
        assert "Kill 2 containers?" in app.drawn()
        # Between question and answer one of them is removed: its kill must fail, the other's not.
        await asyncio.to_thread(engine.api.remove_container, one, force=True)
        await until(lambda: app.state("one") == "gone")
        await pilot.press("enter")
        await until(lambda: app.state("two") == "exited")
        await until(lambda: not app.docker.state.doing)
        problem = app.docker.query_one(ErrorBanner).problem
        assert problem is not None
        assert "1 of 2 failed" in problem.what
        assert problem.why.startswith("one: ")
        assert app.docker.state.commands[-1].failed == 1


@real
async def test_a_projects_line_stands_for_its_containers(engine: RealEngine) -> None:
    for name in ("web", "db"):
        labels = {"com.docker.compose.project": "shop", "com.docker.compose.service": name}
        engine.container(name=f"shop-{name}", labels=labels)
    engine.container(name="lone")
    async with opened(engine.url) as (app, pilot):
        assert app.names == ["[shop]", "shop-db", "shop-web", "lone"]
        await pilot.press("home", "d")
        await pilot.pause(0.1)
        assert "Remove 2 containers?" in app.drawn()
        assert f"docker -H {engine.url} rm -f shop-db shop-web" in app.drawn().replace("\n", "")
        await pilot.press("escape", "left")
        await until(lambda: app.names == ["[shop]", "lone"])
        await pilot.press("right")
        await until(lambda: len(app.names) == 4)


@real
async def test_the_cursor_stays_on_its_container_whatever_moves(engine: RealEngine) -> None:
    for name in ("nb", "nd", "nf"):
        engine.container(name=name, starts=False)
    async with opened(engine.url) as (app, pilot):
        await pilot.press("down")
        assert app.here == "nd"
        await asyncio.to_thread(engine.container, name="na", starts=False)
        await until(lambda: "na" in app.names)
        assert app.here == "nd"
        await pilot.press("O")
        await until(lambda: app.names == ["nf", "nd", "nb", "na"])
        assert app.here == "nd"


@real
async def test_the_filter_narrows_and_is_left_by_escape(engine: RealEngine) -> None:
    for name in ("web", "db"):
        engine.container(name=name, starts=False)
    async with opened(engine.url) as (app, pilot):
        await pilot.press("slash", *"we", "enter")
        await until(lambda: app.names == ["web"])
        assert app.focused is app.table
        await pilot.press("escape")
        await until(lambda: app.names == ["db", "web"])
        await pilot.press("e")
        await until(lambda: app.names == [])
        await pilot.pause(0.1)
        assert "None of 2 containers passes" in app.drawn()


@real
async def test_rename_asks_for_the_name(engine: RealEngine) -> None:
    made = engine.container(name="web")
    async with opened(engine.url) as (app, pilot):
        await pilot.press("n")
        await pilot.pause(0.1)
        await pilot.press("end", "2", "enter")
        await until(lambda: app.names == ["web2"])
        assert engine.api.inspect_container(made)["Name"] == "/web2"


@real
async def test_inspect_shows_the_chosen_one_with_its_secrets_masked(engine: RealEngine) -> None:
    engine.container(name="na", environment=["API_TOKEN=canary-1"], starts=False)
    engine.container(name="nb", starts=False)
    async with opened(engine.url) as (app, pilot):
        await app.page.details.show("inspect")
        view = app.page.section.query_one(BodyView)

        def text() -> str:
            document = view.document
            return bytes(document.original.read(0, 100_000)).decode() if document else ""

        await until(lambda: '"/na"' in text())
        assert "canary-1" not in text()
        await pilot.press("enter", "u")
        await until(lambda: "canary-1" in text())
        await pilot.press("escape")
        app.table.focus()
        await pilot.press("down")
        await until(lambda: '"/nb"' in text())


@real
async def test_a_container_removed_while_it_is_read_stays_until_the_reader_leaves(
    engine: RealEngine,
) -> None:
    gone = engine.container(name="na", starts=False)
    engine.container(name="nb", starts=False)
    async with opened(engine.url) as (app, pilot):
        await app.page.details.show("inspect")
        await until(lambda: app.page.section.query_one(BodyView).document)
        await pilot.press("enter")
        await asyncio.to_thread(engine.api.remove_container, gone)
        await until(lambda: app.names == ["nb"])
        await pilot.pause(0.4)
        title = str(app.docker.query_one("#docker-title", Static).render())
        assert "removed" in title
        assert "na" in title.split()
        app.table.focus()
        await until(lambda: (each := app.page.section.container) and each.name == "nb")


@real
async def test_a_lost_engine_keeps_the_last_list_and_comes_back(own_engine: RealEngine) -> None:
    assert own_engine.daemon is not None
    own_engine.container(name="web")
    async with opened(own_engine.url) as (app, pilot):
        await asyncio.to_thread(own_engine.daemon.kill)
        await until(lambda: app.docker.state.engine == "lost")
        await pilot.pause(0.2)
        assert app.names == ["web"]
        assert "✗ lost" in app.drawn()
        assert app.told[-1] == ("problem", "lost")
        assert app.docker.query_one(ErrorBanner).problem is not None
        await asyncio.to_thread(own_engine.daemon.start)
        await pilot.press("R")
        await until(lambda: app.docker.state.engine == "live", 20)
        assert app.docker.query_one(ErrorBanner).problem is None
        await until(lambda: app.state("web") == "exited")


@real
async def test_a_frozen_engine_freezes_nothing_here(own_engine: RealEngine) -> None:
    assert own_engine.daemon is not None
    own_engine.container(name="na")
    own_engine.container(name="nb")
    async with opened(own_engine.url) as (app, pilot):
        own_engine.daemon.freeze()
        before = asyncio.get_running_loop().time()
        await pilot.press("down", "up", "down", "p")
        await pilot.pause(0.1)
        assert asyncio.get_running_loop().time() - before < 1
        assert app.docker.state.doing
        own_engine.daemon.thaw()
        await until(lambda: app.state("nb") == "paused")


@real
async def test_read_only_refuses_and_says_the_line(engine: RealEngine) -> None:
    engine.container(name="web")
    async with opened(engine.url, is_read_only=True) as (app, pilot):
        await pilot.press("p")
        await until(lambda: app.docker.query_one(ErrorBanner).problem)
        problem = app.docker.query_one(ErrorBanner).problem
        assert problem is not None
        assert "read-only" in problem.what
        assert "read-only" in app.drawn()
        assert app.state("web") == "running"


@real
async def test_a_hidden_pane_measures_nothing_and_goes_on_when_it_is_seen(
    engine: RealEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("backend_tui.panes.docker.pane.LINGER", 0.05)
    engine.container(name="web")
    async with opened(engine.url) as (app, _):
        await until(lambda: app.docker.measuring.count == 1)
        app.docker.disappear()
        await until(lambda: app.docker.measuring.count == 0)
        app.docker.appear()
        await until(lambda: app.docker.measuring.count == 1)


@real
async def test_pages_tell_events_and_commands(engine: RealEngine) -> None:
    engine.container(name="web")
    async with opened(engine.url, size=(80, 24)) as (app, pilot):
        await pilot.press("ctrl+k")
        await until(lambda: app.focused is app.page.query_one(ConfirmCard))
        await pilot.press("enter")
        await until(lambda: app.state("web") == "exited")
        await until(lambda: not app.docker.state.doing)
        await pilot.press("right_curly_bracket")
        await until(lambda: app.docker.pages.active == "images")
        await app.docker.pages.show("events", focus=True)
        await pilot.pause(0.3)
        assert "137 SIGKILL: sent by the engine" in app.drawn()
        await pilot.press("right_curly_bracket")
        await pilot.pause(0.3)
        assert "kill web" in app.drawn()
        assert "✓ done" in app.drawn()


@real
async def test_hostile_names_drive_no_terminal(engine: RealEngine) -> None:
    hostile = "\x1b]0;x\x07\u202e[red]boo[/red]"
    engine.container(
        name="web",
        labels={"com.docker.compose.project": hostile},
        environment=[f"X={hostile}"],
    )
    async with opened(engine.url) as (app, pilot):
        await app.page.details.show("inspect")
        await until(lambda: app.page.section.query_one(BodyView).document)
        await pilot.pause(0.2)
        drawn = app.drawn()
        assert "\x1b" not in drawn
        assert "\u202e" not in drawn
        assert "␛]0;x␇�[red]boo" in drawn


@pytest.mark.parametrize("size", [(80, 24), (120, 40)], ids=str)
async def test_without_an_engine_the_address_the_reason_and_the_ways_out_are_said(
    size: tuple[int, int],
) -> None:
    async with opened("unix:///tmp/there-is-none.sock", size=size) as (app, pilot):
        await pilot.pause(0.2)
        drawn = app.drawn()
        assert "unix:///tmp/there-is-none.sock" in drawn
        assert "no such socket" in drawn
        assert "R  looks now" in drawn
        assert app.told[-1] == ("idle", "no engine")


async def test_a_missing_context_is_told_and_nothing_else_is_used(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("DOCKER_CONTEXT", "prod")
    engine = SdkEngine()
    client = DockerClient(engine)
    items = client.watch()
    lost = await anext(items)
    await items.aclose()
    await client.aclose()
    assert isinstance(lost, EngineLost)
    assert "prod" in lost.error.what
    assert "no other engine" in lost.error.why

"""The log by its keys, on the real engine."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from docker.types import LogConfig
from textual.app import App, ComposeResult
from textual.pilot import Pilot
from textual.widgets import Input

from backend_tui.panes.docker.client import DockerClient
from backend_tui.panes.docker.details.logs import LogsSection
from backend_tui.panes.docker.engine.connection import SdkEngine
from backend_tui.ui.body_view import BodyView
from tests.backend_tui.panes.docker.conftest import docker_threads, until
from tests.real_engine import RealEngine

pytestmark = pytest.mark.service("docker")


class Alone(App[None]):
    """The section and nothing else."""

    def __init__(self, url: str, tail: int) -> None:
        super().__init__()
        self.docker_client = DockerClient(SdkEngine(url))
        self.section = LogsSection(self.docker_client, tail=tail)

    def compose(self) -> ComposeResult:
        yield self.section

    def drawn(self) -> str:
        return "\n".join(
            "".join(segment.text for segment in strip)
            for strip in self.screen._compositor.render_strips()
        )

    async def refresh_row(self) -> None:
        """What the page does when the list has news of the container."""
        assert self.section.container is not None
        (now,) = await self.docker_client.find((self.section.container.id,))
        self.section.show(now)


@asynccontextmanager
async def opened(
    url: str, identity: str, *, tail: int = 1_000, size: tuple[int, int] = (80, 12)
) -> AsyncIterator[tuple[Alone, Pilot[None]]]:
    app = Alone(url, tail)
    async with app.run_test(size=size) as pilot:
        (container,) = await app.docker_client.find((identity,))
        app.section.appear()
        app.section.show(container)
        app.section.lines.focus()
        yield app, pilot
        app.section.disappear()
    await app.docker_client.aclose()


async def drawn(app: Alone, *words: str) -> str:
    """The screen, once all of these words are on it."""
    await until(lambda: all(each in app.drawn() for each in words))
    return app.drawn()


def texts(screen: str) -> list[str]:
    """The lines without their scrollbar."""
    return [line[:-1].rstrip() for line in screen.split("\n")[:8]]


async def test_it_follows_and_holds_what_is_read(engine: RealEngine) -> None:
    identity = engine.script("seq 1 50; while :; do sleep 0.02; echo more; done")
    async with opened(engine.url, identity) as (app, pilot):
        await drawn(app, "more", "● following")
        await pilot.press("pageup", "pageup", "pageup")
        held = texts(await drawn(app, "‖ held", " new"))
        count = app.section.store.stop
        await until(lambda: app.section.store.stop > count + 20)
        await pilot.pause(0.2)
        assert texts(app.drawn()) == held
        assert app.section.lines.unseen > 20
        await pilot.press("f")
        assert "new" not in await drawn(app, "● following")


async def test_streams_differ_by_a_sign_and_nothing_escapes(engine: RealEngine) -> None:
    script = r"echo plain; echo bad >&2; printf '\033[31mred\033[0m \033[2J [bold]no[/] \007\n'"
    identity = engine.script(f"{script}; sleep 60")
    async with opened(engine.url, identity) as (app, pilot):
        screen = await drawn(app, "plain", "bad", "red")
        assert "▌ bad" in screen
        assert "red ␛[2J [bold]no[/] ␇" in screen
        await pilot.press("t")
        assert any(line[4:5] == ":" for line in (await drawn(app, ".")).split("\n"))


async def test_search_goes_from_hit_to_hit_and_counts(engine: RealEngine) -> None:
    identity = engine.script("seq 1 200")
    async with opened(engine.url, identity) as (app, pilot):
        await drawn(app, "exited 0")
        await pilot.press("slash", *"^1.$", "enter")
        await drawn(app, "/^1.$  10 of 10")
        assert app.section.lines.number == 18
        await pilot.press("n")
        await drawn(app, "1 of 10")
        assert app.section.lines.number == 9
        await pilot.press("N", "N")
        await drawn(app, "9 of 10")
        await pilot.press("escape")
        await until(lambda: app.section.store.search is None)


async def test_a_filter_shows_what_passes_and_answers_a_bad_pattern(engine: RealEngine) -> None:
    identity = engine.script("for i in 1 2 3; do echo ok $i; echo health $i; done; sleep 60")
    async with opened(engine.url, identity) as (app, pilot):
        await drawn(app, "health 3")
        await pilot.press("ampersand", *"(", "enter")
        await drawn(app, "is no regular expression")
        assert app.focused is app.query_one(Input)
        await pilot.press("backspace", *"!health", "enter")
        screen = await drawn(app, "3 pass")
        assert "ok 2" in screen
        assert "health 2" not in screen
        await pilot.press("escape")
        await drawn(app, "health 2")


async def test_a_long_line_is_opened_whole(engine: RealEngine) -> None:
    identity = engine.script(
        "printf '{\"a\":1,\"b\":\"'; head -c 1000000 /dev/zero | tr '\\0' x; echo '\"}'; sleep 60"
    )
    async with opened(engine.url, identity) as (app, pilot):
        await drawn(app, "KiB")
        await pilot.press("w")
        await drawn(app, "KiB")
        await pilot.press("enter")
        await drawn(app, '"a": 1')
        document = app.query_one(BodyView).document
        assert document is not None
        assert document.original.size == 1_000_014
        await pilot.press("escape")
        await until(lambda: app.focused is app.section.lines)


async def test_restart_and_removal_are_marked_and_the_lines_stay(engine: RealEngine) -> None:
    identity = engine.script("echo hello; sleep 60")
    async with opened(engine.url, identity) as (app, _):
        await drawn(app, "hello")
        await asyncio.to_thread(engine.api.restart, identity, 0)
        await app.refresh_row()
        await drawn(app, "exited", "restarted (#1)")
        await until(lambda: app.drawn().count("hello") == 2)
        await asyncio.to_thread(engine.api.remove_container, identity, force=True)
        app.section.removed()
        screen = await drawn(app, "removed ", "■ not followed")
        assert screen.count("hello") == 2


async def test_older_pages_come_at_the_top(engine: RealEngine) -> None:
    identity = engine.script("seq 1 3000")
    await asyncio.to_thread(engine.api.wait, identity)
    async with opened(engine.url, identity, tail=20) as (app, pilot):
        await drawn(app, "exited 0")
        await pilot.press("ctrl+up")
        await until(lambda: len(app.section.store) == 3_001)
        await drawn(app, "2980")
        await pilot.press("home", "up")
        assert "from the first line" in await drawn(app, "from the first line")
        assert app.section.lines.number == app.section.store.first


async def test_lines_are_copied_and_saved_as_they_were_written(
    engine: RealEngine, tmp_path: Path
) -> None:
    identity = engine.script(r"printf 'a\033[31mb\303\251\n'; echo second; sleep 60")
    async with opened(engine.url, identity) as (app, pilot):
        await drawn(app, "second")
        await pilot.press("y")
        await until(lambda: app.clipboard == "second")
        await pilot.press("S")
        field = app.query_one(Input)
        field.value = str(tmp_path / "shop.log")
        await pilot.press("enter")
        await until(lambda: (tmp_path / "shop.log").is_file())
        await until(lambda: (tmp_path / "shop.log").read_bytes() == b"a\x1b[31mb\xc3\xa9\nsecond\n")


async def test_no_log_is_said_and_why(engine: RealEngine) -> None:
    none = engine.container("sleep", "60", log_config=LogConfig(type="none"))
    async with opened(engine.url, none) as (app, _):
        await drawn(app, "Log driver “none” keeps nothing.", "json-file")
    created = engine.container("echo", "x", starts=False)
    async with opened(engine.url, created) as (app, _):
        await drawn(app, "It has never run")


async def test_hidden_it_reads_nothing_and_then_resumes(engine: RealEngine) -> None:
    identity = engine.script("i=0; while sleep 0.01; do i=$((i+1)); echo $i; done")
    async with opened(engine.url, identity) as (app, _):
        await until(lambda: app.section.store.stop > 20)
        app.section.disappear()
        await until(lambda: "docker-stream" not in docker_threads())
        count = app.section.store.stop
        await asyncio.sleep(0.2)
        assert app.section.store.stop == count
        app.section.appear()
        await until(lambda: app.section.store.stop > count + 30)
        texts = [int(line.data) for line in app.section.store.lines()]
        assert texts == list(range(1, len(texts) + 1))

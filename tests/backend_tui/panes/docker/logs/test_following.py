"""A log on the real engine: through restarts, an engine that dies, removal, and page by page."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

import pytest
from docker.types import LogConfig

from backend_tui.core.errors import BackendError
from backend_tui.panes.docker.client import DockerClient
from backend_tui.panes.docker.engine.connection import SdkEngine
from backend_tui.panes.docker.engine.failures import EngineAwayError
from backend_tui.panes.docker.logs.following import Follower
from backend_tui.panes.docker.logs.lines import ERR, MARK, LogLine
from backend_tui.panes.docker.logs.older import older
from backend_tui.panes.docker.logs.reading import facts, lines
from tests.backend_tui.panes.docker.conftest import until
from tests.real_engine import RealEngine

pytestmark = pytest.mark.service("docker")


class Reading:
    """What a follower has handed out so far."""

    def __init__(self, follower: Follower) -> None:
        self.follower = follower
        self.lines: list[LogLine] = []
        self.problem: BackendError | None = None

    async def run(self) -> None:
        try:
            async for batch in self.follower.run():
                self.lines += batch
        except BackendError as problem:
            self.problem = problem

    @property
    def texts(self) -> list[str]:
        return [line.data.decode() for line in self.lines if line.source != MARK]

    @property
    def marks(self) -> list[str]:
        return [line.data.decode() for line in self.lines if line.source == MARK]

    def has_exited(self, times: int) -> bool:
        return self.marks.count("exited 0") == times

    def has_grown(self, before: int) -> bool:
        return len(self.lines) > before

    def is_marked(self) -> bool:
        return bool(self.marks)


@asynccontextmanager
async def reading(
    client: DockerClient, identity: str, tail: int | None = None
) -> AsyncIterator[Reading]:
    made = Reading(Follower(client, identity, tail=tail))
    task = asyncio.create_task(made.run())
    yield made
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def test_streams_are_told_apart_and_an_exit_is_marked(
    engine: RealEngine, client: DockerClient
) -> None:
    identity = engine.script("echo out; echo err >&2; exit 3")
    async with reading(client, identity) as read:
        await until(lambda: read.marks)
        assert sorted(read.texts) == ["err", "out"]
        assert next(line.source for line in read.lines if line.data == b"err") == ERR
        assert read.marks == ["exited 3"]


async def test_a_restart_is_marked_and_every_line_comes_once(
    engine: RealEngine, client: DockerClient
) -> None:
    identity = engine.script("cat /proc/sys/kernel/random/uuid")
    async with reading(client, identity) as read:
        for turn in (1, 2):
            await until(partial(read.has_exited, turn))
            engine.api.start(identity)
            read.follower.wake.set()
        await until(lambda: read.marks.count("exited 0") == 3)
        assert read.marks == [
            *("exited 0", "restarted (#1)"),
            *("exited 0", "restarted (#2)", "exited 0"),
        ]
        assert len(read.texts) == len(set(read.texts)) == 3


async def test_a_container_that_never_ran_is_followed_from_its_first_start(
    engine: RealEngine, client: DockerClient
) -> None:
    identity = engine.container("echo", "first", starts=False)
    async with reading(client, identity) as read:
        await until(lambda: read.follower.facts is not None)
        engine.api.start(identity)
        read.follower.wake.set()
        await until(lambda: "exited 0" in read.marks)
        assert read.texts == ["first"]


async def test_a_removal_is_marked_and_ends_the_reading(
    engine: RealEngine, client: DockerClient
) -> None:
    identity = engine.script("echo here; sleep 60")
    async with reading(client, identity) as read:
        await until(lambda: read.texts)
        engine.api.remove_container(identity, force=True)
        read.follower.wake.set()
        await until(lambda: read.follower.is_removed)
        assert read.texts == ["here"]
        assert read.marks[-1].startswith("removed ")


async def test_an_engine_killed_while_following_is_resumed_without_loss_or_repetition(
    own_engine: RealEngine,
) -> None:
    daemon = own_engine.daemon
    assert daemon is not None
    client = DockerClient(SdkEngine(own_engine.url))
    identity = own_engine.script("i=0; while sleep 0.001; do i=$((i+1)); echo $i; done")
    try:
        async with reading(client, identity) as read:
            await until(lambda: len(read.texts) > 300)
            await asyncio.to_thread(daemon.kill)
            await until(lambda: read.problem is not None)
            assert isinstance(read.problem, EngineAwayError)
            assert read.marks[-1].startswith("the engine is lost ")
            await asyncio.to_thread(daemon.start)
            again = asyncio.create_task(read.run())
            await until(lambda: any(each.startswith("exited") for each in read.marks))
            assert any(each.startswith("the engine is back after ") for each in read.marks)
            own_engine.api.start(identity)
            first = len(read.texts)
            read.follower.wake.set()
            await until(lambda: len(read.texts) > first + 100)
            again.cancel()
            await asyncio.gather(again, return_exceptions=True)
        kept: list[LogLine] = []
        async for batch in lines(client, identity, is_tty=False):
            kept += batch
        assert read.texts == [line.data.decode() for line in kept[: len(read.texts)]]
    finally:
        await client.aclose()


async def test_a_flood_that_is_broken_off_and_resumed_loses_nothing(
    engine: RealEngine, client: DockerClient
) -> None:
    identity = engine.script("seq 1 30000")
    engine.api.wait(identity)
    follower = Follower(client, identity, tail=None)
    read = Reading(follower)
    for _ in range(4):
        task = asyncio.create_task(read.run())
        before = len(read.texts)
        await until(partial(read.has_grown, before))
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    async with reading(client, identity) as whole:
        await until(lambda: whole.marks)
    task = asyncio.create_task(read.run())
    await until(lambda: len(read.texts) >= 30_000)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert read.texts == whole.texts == [str(number) for number in range(1, 30_001)]


async def test_a_terminals_log_and_a_line_of_a_megabyte_come_whole(
    engine: RealEngine, client: DockerClient
) -> None:
    script = "head -c 1000000 /dev/zero | tr '\\0' x; echo; echo end"
    for tty in (False, True):
        identity = engine.script(script, tty=tty)
        async with reading(client, identity) as read:
            await until(read.is_marked)
            assert read.texts == ["x" * 1_000_000, "end"]


async def test_a_driver_that_keeps_nothing_is_said(
    engine: RealEngine, client: DockerClient
) -> None:
    identity = engine.container("echo", "hi", log_config=LogConfig(type="none"))
    async with reading(client, identity) as read:
        await until(lambda: read.problem)
        assert read.problem is not None
        assert "none" in read.problem.why
        assert "json-file" in read.problem.hint


async def test_older_pages_join_without_a_gap(engine: RealEngine, client: DockerClient) -> None:
    identity = engine.script("seq 1 12000; sleep 1.2; seq 12001 13000")
    await asyncio.to_thread(engine.api.wait, identity)
    async with reading(client, identity, tail=200) as read:
        await until(lambda: read.marks)
    known = await facts(client, identity)
    kept = [line for line in read.lines if line.source != MARK]
    for _ in range(10):
        page, has_more = await older(client, identity, known, kept[:1_000])
        kept = page + kept
        if not has_more:
            break
    assert [line.data.decode() for line in kept] == [str(number) for number in range(1, 13_001)]

"""The engine is watched by its events; loss and return are told, whatever the cause."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from typing import TypeVar

import pytest

from backend_tui.core.clock import SystemClock
from backend_tui.panes.docker.client import DockerClient
from backend_tui.panes.docker.engine.connection import SdkEngine
from backend_tui.panes.docker.engine.events import EngineEvent
from backend_tui.panes.docker.watching import (
    ContainersChanged,
    ContainersListed,
    EngineLost,
    EngineReached,
    EventsHappened,
    Watched,
    watch,
)
from tests.backend_tui.panes.docker.conftest import until
from tests.real_engine import RealEngine

T = TypeVar("T")
pytestmark = pytest.mark.service("docker")


class Heard(list[Watched]):
    """Everything that was told so far."""

    def of(self, kind: type[T]) -> list[T]:
        return [each for each in self if isinstance(each, kind)]


@asynccontextmanager
async def watched(url: str) -> AsyncIterator[Heard]:
    engine, heard = SdkEngine(url), Heard()

    async def follow() -> None:
        async with aclosing(watch(engine, SystemClock())) as items:
            async for item in items:
                heard.append(item)

    following = asyncio.create_task(follow())
    try:
        yield heard
    finally:
        following.cancel()
        await asyncio.gather(following, return_exceptions=True)
        await engine.aclose()


async def test_the_list_comes_once_and_events_change_it(engine: RealEngine) -> None:
    first = engine.container(name="first")
    async with watched(engine.url) as heard:
        await until(lambda: heard.of(ContainersListed))
        assert [type(each) for each in heard] == [EngineReached, ContainersListed]
        assert [each.id for each in heard.of(ContainersListed)[0].containers] == [first]
        second = await asyncio.to_thread(engine.container, name="second")
        await until(lambda: any(_states(each).get(second) for each in heard.of(ContainersChanged)))
        await asyncio.to_thread(engine.api.pause, first)
        await until(lambda: _last(heard, first) == "paused")
        await asyncio.to_thread(engine.api.remove_container, first, force=True)
        await until(lambda: any(first in each.gone for each in heard.of(ContainersChanged)))
        assert len(heard.of(ContainersListed)) == 1
        actions = [e.action for each in heard.of(EventsHappened) for e in each.events]
        assert {"create", "start", "pause", "die", "destroy"} <= set(actions)


def _states(changed: ContainersChanged) -> dict[str, str]:
    return {each.id: each.state for each in changed.containers}


def _last(heard: Heard, identity: str) -> str | None:
    states = [_states(each).get(identity) for each in heard.of(ContainersChanged)]
    return next((each for each in reversed(states) if each), None)


async def test_healthchecks_that_change_nothing_are_not_told(engine: RealEngine) -> None:
    check = {"test": ["CMD", "true"], "interval": 200_000_000}
    async with watched(engine.url) as heard:
        await until(lambda: heard.of(ContainersListed))
        made = await asyncio.to_thread(engine.container, healthcheck=check)
        await until(lambda: any(e.detail == "healthy" for e in _events(heard)))
        count = len(_events(heard))
        await until(lambda: _checks(engine, made) >= 4)
        assert len(_events(heard)) == count


def _checks(engine: RealEngine, made: str) -> int:
    return len(engine.api.inspect_container(made)["State"]["Health"]["Log"])


def _events(heard: Heard) -> list[EngineEvent]:
    return [event for each in heard.of(EventsHappened) for event in each.events]


async def test_an_engine_that_is_killed_is_lost_and_comes_back(own_engine: RealEngine) -> None:
    assert own_engine.daemon is not None
    async with watched(own_engine.url) as heard:
        await until(lambda: heard.of(ContainersListed))
        await asyncio.to_thread(own_engine.daemon.kill)
        await until(lambda: heard.of(EngineLost))
        assert heard.of(EngineLost)[0].retry_in == 0.5
        await asyncio.to_thread(own_engine.daemon.start)
        await until(lambda: len(heard.of(ContainersListed)) == 2, 20)
        assert len(heard.of(EngineReached)) == 2


async def test_names_and_beginnings_of_ids_find_containers(
    engine: RealEngine, client: DockerClient
) -> None:
    made = engine.container(name="web", starts=False)
    (by_name,) = await client.find(("web",))
    (by_id,) = await client.find((made[:6],))
    assert by_name.id == by_id.id == made
    with pytest.raises(Exception, match="There are: web"):
        await client.find(("we",))

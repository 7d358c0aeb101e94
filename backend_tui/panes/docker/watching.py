"""The engine watched: events first, one list, then patches; lost and back are part of it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from dataclasses import dataclass
from typing import Final, Self

from backend_tui.core.clock import Clock
from backend_tui.core.errors import BackendError
from backend_tui.core.feed import pauses
from backend_tui.core.text import clean_line
from backend_tui.panes.docker.container import Container, parse_list
from backend_tui.panes.docker.engine.connection import LOOK, PING, Engine
from backend_tui.panes.docker.engine.events import FILTERS, EngineEvent, EventDecoder
from backend_tui.panes.docker.engine.failures import EngineAwayError
from backend_tui.stack.docker_endpoint import EngineAddress

SOON: Final = 0.1
"""Seconds from an event to the list of those it touched; more events meanwhile share it."""
AUDIT: Final = 30.0
PULSE: Final = 10.0
LONGEST_PAUSE: Final = 5.0


@dataclass(frozen=True, slots=True)
class EngineInfo:
    """Who answers: all text clean."""

    address: EngineAddress
    version: str
    api: str
    platform: str = ""
    is_podman: bool = False


@dataclass(frozen=True, slots=True)
class EngineReached:
    """The engine answers; its list follows."""

    info: EngineInfo


@dataclass(frozen=True, slots=True)
class EngineLost:
    """Nobody answers any more, or not yet; it is tried again after so many seconds."""

    error: BackendError
    retry_in: float


@dataclass(frozen=True, slots=True)
class ContainersListed:
    """All of them, as they are now."""

    containers: tuple[Container, ...]


@dataclass(frozen=True, slots=True)
class ContainersChanged:
    """Some of them, as they are now, and those that are gone."""

    containers: tuple[Container, ...]
    gone: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class EventsHappened:
    """What the engine told, in order."""

    events: tuple[EngineEvent, ...]


Watched = EngineReached | EngineLost | ContainersListed | ContainersChanged | EventsHappened


async def watch(
    engine: Engine, clock: Clock, wake: asyncio.Event | None = None
) -> AsyncGenerator[Watched]:
    """The engine's life for ever; setting `wake` ends a pause at once.

    Raises nothing: whatever keeps the engine away is an `EngineLost`.
    """
    wake = wake or asyncio.Event()
    waits = pauses(longest=LONGEST_PAUSE)
    while True:
        problem: BackendError
        try:
            async with aclosing(_connected(engine, clock)) as items:
                async for item in items:
                    if isinstance(item, ContainersListed):
                        waits = pauses(longest=LONGEST_PAUSE)
                    yield item
            problem = await _explanation(engine)
        except BackendError as broken:
            problem = broken
        pause = next(waits)
        yield EngineLost(problem, pause)
        await _pause(clock, wake, pause)


async def read_info(engine: Engine) -> EngineInfo:
    """Who answers at the engine's address."""
    version = await engine.call("version", patience=PING)
    said = version if isinstance(version, Mapping) else {}
    parts = [
        str(each.get("Name", "")) for each in said.get("Components") or () if hasattr(each, "get")
    ]
    return EngineInfo(
        engine.address,
        clean_line(str(said.get("Version", "?"))),
        clean_line(str(said.get("ApiVersion", "?"))),
        clean_line(f"{said.get('Os', '')}/{said.get('Arch', '')}".strip("/")),
        any("podman" in each.lower() for each in parts),
    )


async def list_containers(
    engine: Engine, clock: Clock, ids: frozenset[str] = frozenset()
) -> tuple[Container, ...]:
    """All containers, or those of `ids` that exist, in one call."""
    if ids:
        rows = await engine.call("containers", all=True, filters={"id": sorted(ids)})
    else:
        rows = await engine.call("containers", all=True)
    return parse_list(rows, clock.now().timestamp())


async def _connected(engine: Engine, clock: Clock) -> AsyncGenerator[Watched]:
    """One connection's life: ends when the stream of events does."""
    stream = engine.stream("/events", EventDecoder(), {"filters": FILTERS})
    async with aclosing(stream) as batches, _Pending(batches) as pending:
        try:
            await pending.next(LOOK)  # it is open: from here on nothing is missed
        except _EndedError:
            return
        yield EngineReached(await read_info(engine))
        yield ContainersListed(await list_containers(engine, clock))
        async for item in _followed(engine, clock, pending):
            yield item


class _Pending:
    """The next batch of events, awaited again and again while other things fall due."""

    def __init__(self, batches: AsyncGenerator[list[EngineEvent]]) -> None:
        self._batches = batches
        self._task: asyncio.Task[list[EngineEvent]] | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def next(self, patience: float) -> list[EngineEvent] | None:
        """The batch, or None when the patience, in seconds, ends first.

        Raises `_EndedError` at the end of the stream.
        """
        if self._task is None:
            self._task = asyncio.ensure_future(_next(self._batches))
        done, _ = await asyncio.wait({self._task}, timeout=max(patience, 0))
        if not done:
            return None
        task, self._task = self._task, None
        return task.result()


async def _next(batches: AsyncGenerator[list[EngineEvent]]) -> list[EngineEvent]:
    async for batch in batches:
        return batch
    raise _EndedError


class _EndedError(Exception):
    """The stream ended without a word."""


async def _followed(engine: Engine, clock: Clock, pending: _Pending) -> AsyncGenerator[Watched]:
    """Events as they come; the touched are listed soon, all of them at each audit.

    The engine tells of some changes a little before its list knows them: whoever was touched just
    before a list is listed once more.
    """
    dirty: dict[str, float] = {}
    now = clock.monotonic()
    due, audit, pulse = 0.0, now + AUDIT, now + PULSE
    while True:
        now = clock.monotonic()
        until = min(audit, pulse, due if dirty else audit) - now
        try:
            batch = await pending.next(until)
        except _EndedError:
            return
        if batch:
            now = clock.monotonic()
            if not dirty:
                due = now + SOON
            dirty |= {name: now for event in batch if (name := touched(event))}
            yield EventsHappened(tuple(batch))
            continue
        now = clock.monotonic()
        if now >= audit:
            dirty.clear()
            audit, pulse = now + AUDIT, now + PULSE
            yield ContainersListed(await list_containers(engine, clock))
        elif dirty and now >= due:
            asked = frozenset(dirty)
            dirty = {name: at for name, at in dirty.items() if now - at < SOON / 2}
            due = now + SOON
            found = await list_containers(engine, clock, asked)
            yield ContainersChanged(found, asked - {each.id for each in found})
        elif now >= pulse:
            pulse = now + PULSE
            await engine.call("ping", patience=PING)


def touched(event: EngineEvent) -> str:
    """The container whose row an event makes old; empty for none."""
    if event.kind == "container":
        return event.id
    return event.container if event.kind == "network" else ""


async def _explanation(engine: Engine) -> BackendError:
    """Why a stream that ended in silence did."""
    try:
        await engine.call("ping", patience=PING)
    except BackendError as problem:
        return problem
    return EngineAwayError(
        "The engine ended its stream of events.",
        f"It answers at {engine.address.shown}, so it was probably restarted.",
        "The connection is opened again.",
    )


async def _pause(clock: Clock, wake: asyncio.Event, seconds: float) -> None:
    """Sleep by the clock, or until somebody cannot wait."""
    sleeping = asyncio.ensure_future(clock.sleep(seconds))
    waking = asyncio.ensure_future(wake.wait())
    try:
        await asyncio.wait({sleeping, waking}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        sleeping.cancel()
        waking.cancel()
        await asyncio.gather(sleeping, waking, return_exceptions=True)
        wake.clear()

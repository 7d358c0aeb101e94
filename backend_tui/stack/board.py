"""Where the state, the endpoints and the last lines of every service are known, and told on."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final, TypeVar

from backend_tui.core.errors import BackendError, MissingError
from backend_tui.core.text import clean_line, shorten
from backend_tui.stack.endpoints import (
    CacheEndpoint,
    DemoEndpoint,
    ServiceChanged,
    ServiceName,
    ServiceState,
)

ORDER: Final[tuple[ServiceName, ...]] = ("demo", "cache", "database", "docker")
KEPT_LINES: Final = 200
LONGEST_LINE: Final = 2_000

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class LineWritten:
    """A service wrote a line of log; `text` is clean."""

    name: ServiceName
    text: str


Notice = ServiceChanged | LineWritten


@dataclass
class Board:
    """All that is known of the services. Whoever runs them writes here, everyone else reads."""

    _states: dict[ServiceName, ServiceState] = field(
        default_factory=lambda: {name: ServiceState(name, "starting") for name in ORDER}
    )
    _lines: dict[ServiceName, deque[str]] = field(
        default_factory=lambda: {name: deque(maxlen=KEPT_LINES) for name in ORDER}
    )
    _listeners: set[asyncio.Queue[Notice]] = field(default_factory=set)
    _demo: DemoEndpoint | None = None
    _cache: CacheEndpoint | None = None

    def states(self) -> tuple[ServiceState, ...]:
        """Every service: demo, cache, database, docker."""
        return tuple(self._states[name] for name in ORDER)

    def state(self, name: ServiceName) -> ServiceState:
        """How one service is right now."""
        return self._states[name]

    def log(self, name: ServiceName) -> tuple[str, ...]:
        """At most the last 200 lines, oldest first."""
        return tuple(self._lines[name])

    @property
    def demo_endpoint(self) -> DemoEndpoint | None:
        """Where the demo server is meant to answer, whether it does or not."""
        return self._demo

    @property
    def cache_endpoint(self) -> CacheEndpoint | None:
        """Where the cache is meant to answer, whether it does or not."""
        return self._cache

    def show(self, state: ServiceState) -> None:
        """The state from now on; nobody is told when it is the same as before."""
        if self._states[state.name] != state:
            self._states[state.name] = state
            self._tell(ServiceChanged(state))

    def place_demo(self, endpoint: DemoEndpoint | None) -> None:
        """Set before the state that says `ready`."""
        self._demo = endpoint

    def place_cache(self, endpoint: CacheEndpoint | None) -> None:
        """Set before the state that says `ready`."""
        self._cache = endpoint

    def write(self, name: ServiceName, line: str) -> str:
        """Keep a line of log; returns it as kept: clean, at most 2 000 characters."""
        kept = shorten(clean_line(line.rstrip("\r\n")), LONGEST_LINE)
        self._lines[name].append(kept)
        self._tell(LineWritten(name, kept))
        return kept

    async def notices(self) -> AsyncGenerator[Notice]:
        """Each change of state and each line from now on, for ever."""
        with self._listening() as queue:
            while True:
                yield await queue.get()

    async def events(self) -> AsyncGenerator[ServiceChanged]:
        """Each change of state from now on, for ever."""
        with self._listening() as queue:
            while True:
                notice = await queue.get()
                if isinstance(notice, ServiceChanged):
                    yield notice

    async def left(self, state: ServiceState) -> None:
        """Wait until this state, seen before, is no longer the service's state."""
        with self._listening() as queue:
            while self._states[state.name] is state:
                await queue.get()

    async def demo(self) -> DemoEndpoint:
        """Where the demo server answers, once it does. Raises when it cannot."""
        await self._until_ready("demo")
        return _present(self._demo)

    async def cache(self) -> CacheEndpoint:
        """Where the cache answers, once it does. Raises when it cannot."""
        await self._until_ready("cache")
        return _present(self._cache)

    async def _until_ready(self, name: ServiceName) -> None:
        with self._listening() as queue:
            while (state := self._states[name]).condition != "ready":
                if state.condition in ("failed", "absent", "stopped"):
                    raise _unavailable(state)
                await queue.get()

    @contextmanager
    def _listening(self) -> Iterator[asyncio.Queue[Notice]]:
        queue: asyncio.Queue[Notice] = asyncio.Queue()
        self._listeners.add(queue)
        try:
            yield queue
        finally:
            self._listeners.discard(queue)

    def _tell(self, notice: Notice) -> None:
        for queue in self._listeners:
            queue.put_nowait(notice)


def _unavailable(state: ServiceState) -> BackendError:
    if state.error is not None:
        return type(state.error)(state.error.what, state.error.why, state.error.hint)
    titles: dict[ServiceName, str] = {
        "demo": "The demo server",
        "cache": "The cache",
        "database": "The database",
        "docker": "Docker",
    }
    words = {"stopped": "is stopped", "absent": "is not there"}
    return MissingError(
        f"{titles[state.name]} {words.get(state.condition, 'does not answer')}.", state.detail
    )


def _present(endpoint: T | None) -> T:
    assert endpoint is not None, "an endpoint is placed before its state says ready"
    return endpoint

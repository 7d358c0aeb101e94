"""What the pane, its sections and the commands ask of an engine, real or recorded."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing

from backend_tui.core.clock import Clock, SystemClock
from backend_tui.core.errors import BackendError, MissingError, UsageError
from backend_tui.core.text import clean_line
from backend_tui.panes.docker import acts, pruning, watching
from backend_tui.panes.docker.acts import Verb
from backend_tui.panes.docker.container import Container
from backend_tui.panes.docker.engine.connection import Engine
from backend_tui.panes.docker.engine.stats import Sample, samples
from backend_tui.panes.docker.history import History
from backend_tui.panes.docker.pruning import Prunable, Pruning
from backend_tui.panes.docker.watching import EngineInfo, Watched
from backend_tui.stack.docker_endpoint import EngineAddress


class DockerClient:
    """Thin over `engine`: what is asked is said by method, how is the engine's own."""

    def __init__(self, engine: Engine, clock: Clock | None = None) -> None:
        self.engine = engine
        self.clock = clock or SystemClock()
        self.history = History()

    @property
    def address(self) -> EngineAddress:
        """Raises when the engine that was named does not exist."""
        return self.engine.address

    @property
    def is_read_only(self) -> bool:
        return self.engine.is_read_only

    def watch(self, wake: asyncio.Event | None = None) -> AsyncGenerator[Watched]:
        """The engine's life for ever; `wake` ends a pause between two tries."""
        return watching.watch(self.engine, self.clock, wake)

    async def info(self) -> EngineInfo:
        """Who answers."""
        return await watching.read_info(self.engine)

    async def containers(self) -> tuple[Container, ...]:
        """All of them, by one call."""
        return await watching.list_containers(self.engine, self.clock)

    async def find(self, names: tuple[str, ...]) -> tuple[Container, ...]:
        """The containers of these names, ids or beginnings of ids, in this order.

        Raises `MissingError` for the first that does not exist or is not clear.
        """
        known = await self.containers()
        return tuple(_found(known, name) for name in names)

    async def act(self, verb: Verb, container: Container, new_name: str = "") -> None:
        """Do it to one container. Raises the refusal."""
        await acts.perform(self.engine, verb, container, new_name)

    async def inspect(self, identity: str) -> Mapping[str, object]:
        """All that the engine knows of a container, as sent: clean it where it is drawn."""
        document = await self.engine.call("inspect_container", identity, asked="look at it")
        if not isinstance(document, Mapping):
            raise BackendError("The container could not be read.", "The engine sent no object.")
        return document

    async def samples(self, identity: str) -> AsyncGenerator[Sample]:
        """A sample a second until it is removed; `history` keeps them."""
        async with aclosing(samples(self.engine, identity)) as found:
            async for sample in found:
                self.history.add(sample)
                yield sample

    async def prunable(self, kind: Prunable) -> Pruning:
        """What a prune would remove, counted before it runs."""
        return await pruning.preview(self.engine, kind)

    async def prune(self, kind: Prunable) -> str:
        """Do it; what was removed, in words."""
        return await pruning.prune(self.engine, kind)

    async def aclose(self) -> None:
        await self.engine.aclose()


def _found(known: tuple[Container, ...], name: str) -> Container:
    shown = clean_line(name)[:80]
    exact = [each for each in known if each.name == name]
    found = exact or [each for each in known if name and each.id.startswith(name)]
    if len(found) == 1:
        return found[0]
    if found:
        names = ", ".join(each.name for each in found[:5])
        raise UsageError(f"“{shown}” is the beginning of several ids.", names, "Write more of it.")
    near = ", ".join(each.name for each in known if name.lower() in each.name.lower()) or ", ".join(
        each.name for each in known[:8]
    )
    raise MissingError(
        f"There is no container “{shown}”.", "", f"There are: {near}." if near else "There is none."
    )

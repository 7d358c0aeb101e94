"""The engine that the person chose: a real one, or a recording in its place, and back."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from pathlib import Path
from typing import TypeVar

from backend_tui.core.clock import Clock, SystemClock
from backend_tui.core.config import Config
from backend_tui.panes.docker.engine.connection import Engine, SdkEngine
from backend_tui.panes.docker.engine.reader import Decode
from backend_tui.panes.docker.replay.engine import RecordedEngine
from backend_tui.panes.docker.replay.session import SHIPPED, load
from backend_tui.stack.docker_endpoint import RECORDED, EngineAddress

T = TypeVar("T")


class ChosenEngine:
    """Passes everything on to the real engine or to the recording that is played."""

    def __init__(self, real: SdkEngine, clock: Clock | None = None) -> None:
        self.real = real
        self.played: RecordedEngine | None = None
        self._clock = clock or SystemClock()

    @property
    def engine(self) -> Engine:
        return self.played or self.real

    @property
    def address(self) -> EngineAddress:
        return self.engine.address

    @property
    def is_read_only(self) -> bool:
        return self.engine.is_read_only

    async def call(
        self,
        method: str,
        *arguments: object,
        patience: float | None = None,
        asked: str = "",
        **parameters: object,
    ) -> object:
        return await self.engine.call(
            method, *arguments, patience=patience, asked=asked, **parameters
        )

    async def stream(
        self,
        path: str,
        decode: Decode[T],
        parameters: Mapping[str, str] | None = None,
        *,
        post: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        asked: str = "",
    ) -> AsyncGenerator[list[T]]:
        stream = self.engine.stream(
            path, decode, parameters, post=post, headers=headers, asked=asked
        )
        async with aclosing(stream) as batches:
            async for batch in batches:
                yield batch

    def use(self, address: EngineAddress) -> None:
        """A real engine; or the recording `recorded:FILE`, without FILE the one that is shipped."""
        if address.is_recorded:
            name = address.url.removeprefix(RECORDED)
            self.played = RecordedEngine(load(Path(name) if name else SHIPPED), self._clock)
            return
        self.real.use(address)
        self.played = None

    async def aclose(self) -> None:
        await self.real.aclose()


def chosen_engine(config: Config, clock: Clock | None = None) -> ChosenEngine:
    """What the settings name. Raises for a recording that cannot be read."""
    chosen = ChosenEngine(SdkEngine(config.docker_host, is_read_only=config.read_only), clock)
    if config.docker_replay:
        chosen.use(EngineAddress(f"{RECORDED}{config.docker_replay}", "--docker-host"))
    return chosen

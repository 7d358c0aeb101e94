"""Only what is wanted is measured, never more than the cap, and a refusal is not asked at once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing

from backend_tui.core.errors import BackendError
from backend_tui.panes.docker.engine.stats import Sample
from backend_tui.panes.docker.measuring import Measuring
from tests.backend_tui.panes.docker.conftest import until


class Source:
    """Streams that are opened and closed by name; those in `refused` fail."""

    def __init__(self, refused: tuple[str, ...] = ()) -> None:
        self.open: set[str] = set()
        self.opened: list[str] = []
        self.refused = refused

    async def samples(self, identity: str) -> AsyncGenerator[Sample]:
        self.opened.append(identity)
        if identity in self.refused:
            raise BackendError("gone")
        self.open.add(identity)
        try:
            while True:
                yield Sample(identity, 0, 1, 1, 1, 1, None, None, 0, 0, 1)
                await asyncio.sleep(0.005)
        finally:
            self.open.discard(identity)


async def test_the_first_ones_win_when_they_are_too_many() -> None:
    source = Source()
    measuring = Measuring(source.samples, most=2)
    measuring.want(["a", "b", "a", "c"])
    await until(lambda: source.open == {"a", "b"})
    assert measuring.want(["c"]) == {"a", "b"}
    await until(lambda: source.open == {"c"})
    assert measuring.count == 1
    await measuring.aclose()
    assert source.open == set()


async def test_samples_come_together_and_only_the_newest_of_each() -> None:
    source = Source()
    measuring = Measuring(source.samples)
    measuring.want(["a", "b"])
    await until(lambda: source.open == {"a", "b"})
    async with aclosing(measuring.batches()) as batches:
        first = await anext(batches)
        second = await anext(batches)
    assert {each.id for each in (*first, *second)} == {"a", "b"}
    assert len(second) == 2
    await measuring.aclose()


async def test_a_refused_stream_is_left_alone_for_a_while() -> None:
    source = Source(refused=("a",))
    measuring = Measuring(source.samples)
    measuring.want(["a"])
    await until(lambda: measuring.count == 0)
    measuring.want(["a"])
    await asyncio.sleep(0)
    assert source.opened == ["a"]
    measuring.want([])
    measuring.want(["a"])
    await until(lambda: len(source.opened) == 2)
    await measuring.aclose()

"""Garbage goes in a quiet moment, and what was collected is let go."""

from __future__ import annotations

import asyncio
import gc
import weakref
from collections.abc import Iterator

import pytest

from backend_tui.workbench.collecting import NEVER, YOUNG, QuietCollector


class Knot:
    """Refers to itself: only the collector can free it."""

    def __init__(self) -> None:
        self.itself = self


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    thresholds, callbacks = gc.get_threshold(), list(gc.callbacks)
    yield
    gc.callbacks[:] = callbacks
    gc.set_threshold(*thresholds)
    gc.unfreeze()


async def test_a_knot_that_outlived_the_first_look_is_freed_in_the_pause() -> None:
    QuietCollector().start()
    assert gc.get_threshold() == (YOUNG, NEVER, NEVER)
    knot = Knot()
    freed = asyncio.Event()
    gone = weakref.ref(knot, lambda _: freed.set())
    gc.collect(0)  # it lives on, among the older ones
    del knot
    await asyncio.wait_for(freed.wait(), 5)
    assert gone() is None

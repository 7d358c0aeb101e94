"""A lost feed is reopened with growing pauses, and a flood becomes few batches without loss."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from itertools import islice, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend_tui.core.clock import ManualClock
from backend_tui.core.errors import BackendError
from backend_tui.core.feed import (
    FIRST_PAUSE,
    LONGEST_PAUSE,
    Dropped,
    Live,
    Lost,
    batched,
    pauses,
    reconnecting,
)

BROKEN = BackendError("The feed broke.")


@given(st.floats(0.01, 10), st.floats(0.01, 100))
def test_pauses_double_up_to_the_longest(first: float, longest: float) -> None:
    found = list(islice(pauses(first, longest), 20))
    assert found[0] == first
    assert all(later == min(earlier * 2, longest) for earlier, later in pairwise(found))


class Source:
    """Opens streams from a script: items to give, and an error at the end or an end in order."""

    def __init__(self, *openings: tuple[list[int], BackendError | None]) -> None:
        self.openings = list(openings)
        self.opened = 0
        self.closed = 0

    async def events(self) -> AsyncGenerator[int]:
        items, error = self.openings[min(self.opened, len(self.openings) - 1)]
        self.opened += 1
        try:
            for item in items:
                yield item
            if error is not None:
                raise error
        finally:
            self.closed += 1


async def first(stream: AsyncGenerator[object], number: int) -> list[object]:
    async with aclosing(stream):
        return [await anext(stream) for _ in range(number)]


async def test_a_lost_feed_is_reopened_with_growing_pauses() -> None:
    clock = ManualClock()
    source = Source(([], BROKEN))
    found = await first(reconnecting(source.events, clock), 8)
    assert all(isinstance(item, Lost) and item.error is BROKEN for item in found)
    assert [item.retry_in for item in found if isinstance(item, Lost)][:7] == clock.slept
    assert clock.slept == [0.5, 1, 2, 4, 8, LONGEST_PAUSE, LONGEST_PAUSE]


async def test_an_item_makes_it_live_and_the_pauses_short_again() -> None:
    clock = ManualClock()
    source = Source(([], BROKEN), ([], BROKEN), ([1, 2], BROKEN), ([3], None))
    found = await first(reconnecting(source.events, clock), 8)
    assert [type(item).__name__ for item in found] == [
        *("Lost", "Lost", "Live", "int", "int", "Lost", "Live", "int"),
    ]
    assert found[2] == Live()
    assert isinstance(found[5], Lost)
    assert found[5].retry_in == FIRST_PAUSE


async def test_an_end_in_order_is_a_loss_too() -> None:
    found = await first(reconnecting(Source(([1], None)).events, ManualClock()), 3)
    assert isinstance(found[2], Lost)
    assert found[2].error.what == "The stream ended."


async def test_a_feed_that_is_left_closes_its_source() -> None:
    source = Source(([1, 2, 3], None))
    await first(reconnecting(source.events, ManualClock()), 2)
    assert (source.opened, source.closed) == (1, 1)


async def test_a_bug_in_the_source_is_not_taken_for_a_loss() -> None:
    async def events() -> AsyncGenerator[int]:
        yield 1
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await first(reconnecting(events, ManualClock()), 3)


async def gather(batches: AsyncGenerator[list[int | Dropped]], into: list[object]) -> None:
    async for batch in batches:
        into.extend(batch)


async def numbers(until: int) -> AsyncGenerator[int]:
    for number in range(until):
        yield number


@given(st.integers(0, 300), st.integers(1, 50))
async def test_batches_lose_nothing_without_saying_so(size: int, limit: int) -> None:
    got: list[int] = []
    dropped = 0
    async for batch in batched(numbers(size), every=0, limit=limit):
        assert batch
        for item in batch:
            if isinstance(item, Dropped):
                dropped += item.count
            else:
                got.append(item)
        assert len(batch) <= limit + 1
    assert len(got) + dropped == size
    assert got == sorted(got)
    assert got[-1:] == list(range(size))[-1:]


async def test_a_flood_comes_in_one_batch() -> None:
    found = [batch async for batch in batched(numbers(1_000), every=0.05)]
    assert sum(map(len, found)) == 1_000
    assert len(found) <= 3


async def test_what_came_before_an_error_is_given_first() -> None:
    async def events() -> AsyncGenerator[int]:
        yield 1
        yield 2
        raise BROKEN

    got: list[object] = []
    with pytest.raises(BackendError, match="broke"):
        await gather(batched(events(), every=0), got)
    assert got == [1, 2]


async def test_batches_that_are_left_close_their_source() -> None:
    closed = asyncio.Event()

    async def events() -> AsyncGenerator[int]:
        try:
            yield 1
            await asyncio.Event().wait()
        finally:
            closed.set()

    async with aclosing(batched(events(), every=0)) as batches:
        assert await anext(batches) == [1]
    assert closed.is_set()

"""Loading from the source: timed, counted, announced, and stored while it is still true."""

from __future__ import annotations

from time import perf_counter_ns
from typing import TYPE_CHECKING, Any

from demo_server.caching import policies
from demo_server.caching.statements import StatementCount
from demo_server.caching.strategies.strategy import Absent

if TYPE_CHECKING:
    from demo_server.caching.feed import Result
    from demo_server.caching.strategies.flights import Flight
    from demo_server.caching.strategies.slot import Slot
    from demo_server.caching.strategies.strategy import Load, Sourced


async def measured(slot: Slot, load: Load, cause: str | None = None) -> Sourced:
    """What the source gives. Raises what `load` raises; `Absent` is an answer, not a failure."""
    counted = slot.counters
    is_answered = False
    started = perf_counter_ns()
    with StatementCount() as count:
        try:
            sourced = await load()
            is_answered = True
        except Absent:
            is_answered = True
            raise
        finally:
            load_ns = perf_counter_ns() - started
            counted.loads += 1
            counted.load_failures += not is_answered
            counted.load_us += load_ns / 1000
            counted.statements += count.statements
            result: Result = "loaded" if is_answered else "failed"
            slot.tell("load", result, started, load_ns=load_ns, cause=cause)
    return sourced


async def load_and_store(
    slot: Slot,
    load: Load,
    *,
    token: str = "",
    flight: Flight | None = None,
    cause: str | None = None,
) -> Any:
    """Load and keep what came, unless it is outdated by then. Raises what `load` raises."""
    started = perf_counter_ns()
    sourced: Sourced | Absent
    try:
        sourced = await measured(slot, load, cause)
    except Absent as absence:
        sourced = absence
    load_ns = perf_counter_ns() - started
    if _is_outdated(slot, flight):
        slot.refuse(load_ns)
    else:
        await slot.store(sourced, load_ns / 1e9, token, cause)
        if _is_outdated(slot, flight):  # while it was on its way
            await slot.delete()
    if isinstance(sourced, Absent):
        raise sourced
    return sourced.value


def _is_outdated(slot: Slot, flight: Flight | None) -> bool:
    return (flight is not None and flight.is_outdated) or policies.has_changed_since(slot.item)

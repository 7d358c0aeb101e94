"""What becomes of a miss when others miss the same key at the same moment (stampede protection)."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Final

from demo_server.caching.strategies import flights
from demo_server.caching.strategies.envelope import Envelope
from demo_server.caching.strategies.loading import load_and_store, measured
from demo_server.caching.strategies.slot import LEASE_MS, new_token
from demo_server.caching.strategies.strategy import Absent

if TYPE_CHECKING:
    from demo_server.caching.strategies.slot import Found, Slot
    from demo_server.caching.strategies.strategy import Load

FIRST_PAUSE: Final = 0.002
LONGEST_PAUSE: Final = 0.05
PATIENCE: Final = 2 * LEASE_MS / 1000
"""Seconds after which one who waits for others' leases loads without one."""


async def missed(slot: Slot, found: Found, load: Load) -> Any:
    """The value for one who missed, by the protection of the item's policy."""
    protection = slot.item.policy.protection
    if protection == "lease":
        return await _under_lease(slot, found, load)
    if protection == "none":
        slot.miss(found)
        return await load_and_store(slot, load)
    return await _in_flight(slot, found, load)


async def _in_flight(slot: Slot, found: Found, load: Load) -> Any:
    """In this process one loads and the others join; when it is cancelled, one takes over."""
    while flight := flights.joinable(slot.flight):
        slot.miss(found, "joined")
        slot.counters.joined += 1
        if await flights.wait(flight):
            return flight.landed.result()
        found = await slot.look()
        if found.envelope is not None:
            return slot.hit(found)
    slot.miss(found)
    return await lead(slot, load)


async def lead(slot: Slot, load: Load, token: str = "", cause: str | None = None) -> Any:
    """Load for all in this process who wait for the same key; give the lease back if it fails."""
    flight = flights.begin(slot.flight)
    is_done = False
    try:
        value = await load_and_store(slot, load, token=token, flight=flight, cause=cause)
        is_done = True
        flight.land(value)
        return value
    except Absent as absence:
        is_done = True
        flight.fail(absence)
        raise
    except Exception as error:
        flight.fail(error)
        raise
    finally:
        flights.end(slot.flight, flight)
        if token and (flight.is_outdated or not is_done):
            await slot.release(token)


async def _under_lease(slot: Slot, found: Found, load: Load) -> Any:
    """Of all processes one loads; the others wait for it, and for what it stores."""
    token, pause, waited, is_waiting = new_token(), FIRST_PAUSE, 0.0, False
    while waited < PATIENCE:
        # What lies there, but must not be used, would be given instead of the lease.
        is_empty = found.size is None and not slot.tag
        taken = await slot.take(token) if is_empty else await slot.claim(token)
        if taken is None:
            break
        if taken is True:
            if not is_waiting:
                slot.miss(found)
            return await lead(slot, load, token)
        if not is_waiting:
            is_waiting = True
            slot.miss(found, "lease")
            slot.counters.lease_waits += 1
        if isinstance(taken, Envelope):
            if taken.is_absence:
                raise Absent(taken.value)
            return taken.value
        flight = flights.joinable(slot.flight)
        if flight is not None and await flights.wait(flight):
            return flight.landed.result()
        if flight is None:
            await asyncio.sleep(pause)
            waited += pause
            pause = min(2 * pause, LONGEST_PAUSE)
    if not is_waiting:
        slot.miss(found)
    return (await measured(slot, load)).value

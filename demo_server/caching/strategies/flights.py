"""Loads in progress in this process: who needs the same key waits for the one who loads it."""

from __future__ import annotations

import asyncio
from typing import Any


class Flight:
    """A load in progress: who needs the same key waits for `landed`."""

    __slots__ = ("is_outdated", "landed")

    def __init__(self) -> None:
        self.landed: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self.is_outdated = False

    def is_of_this_loop(self) -> bool:
        """Whether one who runs here can wait for it."""
        return self.landed.get_loop() is asyncio.get_running_loop()

    def land(self, value: Any) -> None:
        """The value for all who wait."""
        if not self.landed.done():
            self.landed.set_result(value)

    def fail(self, error: Exception) -> None:
        """All who wait get this error."""
        if not self.landed.done():
            self.landed.set_exception(error)
            self.landed.exception()


_flights: dict[str, Flight] = {}


def named(name: str, epoch: int, tag: int = 0) -> str:
    """What the loads of a key are known by: another policy, or another tag, joins none of them."""
    return f"{name}@{epoch}#{tag}" if epoch or tag else name


def joinable(name: str) -> Flight | None:
    """The load of this key that is in progress on this loop."""
    flight = _flights.get(name)
    return flight if flight is not None and flight.is_of_this_loop() else None


def begin(name: str) -> Flight:
    """A load of this key begins."""
    flight = _flights[name] = Flight()
    return flight


def end(name: str, flight: Flight) -> None:
    """It is over; when it neither landed nor failed, one of those who wait takes over."""
    if _flights.get(name) is flight:
        del _flights[name]
    flight.landed.cancel()


def outdate(name: str) -> None:
    """What is being loaded will not be stored, and who comes now starts a load of their own."""
    if flight := _flights.pop(name, None):
        flight.is_outdated = True


async def wait(flight: Flight) -> bool:
    """Whether it landed (or failed); False: its loader was cancelled, somebody must take over."""
    await asyncio.wait((flight.landed,))
    return not flight.landed.cancelled()

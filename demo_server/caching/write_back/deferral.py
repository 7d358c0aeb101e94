"""A write is put into the log, or into the naive buffer; that is its acknowledgement."""

from __future__ import annotations

from typing import TYPE_CHECKING

from demo_server.caching.write_back.log import LogLost
from demo_server.caching.write_back.switch import switch

if TYPE_CHECKING:
    from demo_server.caching.write_back.entry import Change
    from demo_server.caching.write_back.log import Appended


async def defer(
    key: str, change: Change, operation: str, fingerprint: str, *, guard: str = "*", floor: str
) -> Appended:
    """What became of it, see `Log.append`. Raises `LogAway` when nobody can know."""
    if switch.mode == "naive":
        switch.buffer.append(key, change)
        return "appended"
    outcome, _ = await switch.log.append(
        key, operation, fingerprint, change, guard=guard, floor=floor
    )
    if outcome == "lost":
        switch.is_lost = True
        raise LogLost(
            "The log of deferred writes has vanished from the cache; nothing is deferred until "
            "a new one is begun."
        )
    return outcome

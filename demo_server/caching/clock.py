"""The cache's clock: Unix time that can be put forward, so that expiry can be shown at once.

Soft expiries and early expiration read this clock. The real times to live are the store's own;
`control.advance` shrinks them by as much.
"""

from __future__ import annotations

from time import time

_offset = 0.0


def now() -> float:
    """Seconds since 1970 on the cache's clock."""
    return time() + _offset


def offset() -> float:
    """How far the clock has been put forward, in seconds."""
    return _offset


def put_forward(seconds: float) -> None:
    """Let this much time pass at once."""
    global _offset
    _offset += seconds


def put_right() -> None:
    """Show the real time again."""
    global _offset
    _offset = 0.0

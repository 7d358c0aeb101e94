"""The dice of the strategies: jitter and early expiration; `seed` makes their throws repeatable."""

from __future__ import annotations

from math import log
from random import Random
from typing import TYPE_CHECKING

from demo_server.caching import clock

if TYPE_CHECKING:
    from demo_server.caching.strategies.envelope import Envelope
    from demo_server.caching.strategies.strategy import Policy

_random = Random()  # noqa: S311 - nothing here is a secret


def seed(number: int | None = None) -> None:
    """The same throws after the same number; None: as nobody can foretell."""
    _random.seed(number)


def jittered(seconds: float, policy: Policy) -> float:
    """A time to live near `seconds`, so that what was stored together does not end together."""
    return seconds * (1 + policy.jitter * (2 * _random.random() - 1))


def is_due_early(envelope: Envelope, policy: Policy) -> bool:
    """XFetch: whether this reader should load anew before the value expires.

    The probability is exp(-left / (load time x beta)): 37 % when as much time is left as a load
    takes, 0.7 % at five times as much.
    """
    if not envelope.expires_at:
        return False
    ahead = -envelope.load_s * policy.beta * log(1 - _random.random())
    return clock.now() + ahead >= envelope.expires_at

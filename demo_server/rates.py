"""How many requests a client may send: a token bucket each."""

from __future__ import annotations

import math
from collections import OrderedDict
from time import monotonic
from typing import Final, NamedTuple

CLIENTS: Final = 10_000
"""So many buckets are kept; the one unused for longest goes first."""


class Admission(NamedTuple):
    """Whether a request may pass, how long to wait else (s), and what to say of the limit."""

    is_admitted: bool
    retry_after: int
    headers: tuple[tuple[bytes, bytes], ...]


class Rates:
    """Buckets that hold one second's worth of requests and fill at `rate` a second."""

    def __init__(self, rate: float) -> None:
        self.rate = rate
        self.burst = max(1, math.ceil(rate))
        self._policy = (b"ratelimit-policy", f'"client";q={self.burst};w=1'.encode())
        self._buckets: OrderedDict[bytes, tuple[float, float]] = OrderedDict()

    def admit(self, client: bytes, now: float | None = None) -> Admission:
        """Take one token of this client's bucket, if there is one; `now` in s, monotonic."""
        now = monotonic() if now is None else now
        tokens, filled_at = self._buckets.pop(client, (float(self.burst), now))
        tokens = min(self.burst, tokens + max(0.0, now - filled_at) * self.rate)
        is_admitted = tokens >= 1
        if is_admitted:
            tokens -= 1
        self._buckets[client] = (tokens, now)
        if len(self._buckets) > CLIENTS:
            self._buckets.popitem(last=False)
        wait = 0 if is_admitted else max(1, math.ceil((1 - tokens) / self.rate))
        limit = (b"ratelimit", f'"client";r={int(tokens)};t={max(wait, 1)}'.encode())
        return Admission(is_admitted, wait, (self._policy, limit))

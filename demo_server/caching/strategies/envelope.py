"""How a strategy's value lies in the store when more than the value must be known of it.

`0x81`, then a line such as `v=12 s=1763850048.000 d=0.013 t=1763 a=1`, then the
value. The line is short text so that a person and a Lua script can read it:
v version, s refresh from, x expires at, d seconds the load took, t number of its tag,
a=1 an absence whose reason is the value, e number of the policy that stored it.
A plain value has no such line: nothing is known of it.
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple

from demo_server.caching.values import decode, encode

MARK: Final = b"\x81"


class Envelope(NamedTuple):
    """A value and what is known of it; times are Unix seconds on the cache's clock."""

    value: Any
    version: int = 0
    refresh_from: float = 0.0
    expires_at: float = 0.0
    load_s: float = 0.0
    tag: int = 0
    is_absence: bool = False
    epoch: int = 0
    """Which policy of the route has stored it, counted from 0: later ones do not look at it."""


def seal(envelope: Envelope) -> bytes:
    """The stored form; a value of which nothing is known is stored as it is."""
    body = encode(envelope.value)
    if envelope[1:] == _NOTHING_KNOWN and body[:1] != MARK:
        return body
    line = f"v={envelope.version}"
    if envelope.refresh_from:
        line += f" s={envelope.refresh_from:.3f}"
    if envelope.expires_at:
        line += f" x={envelope.expires_at:.3f} d={envelope.load_s:.6f}"
    if envelope.tag:
        line += f" t={envelope.tag}"
    if envelope.is_absence:
        line += " a=1"
    if envelope.epoch:
        line += f" e={envelope.epoch}"
    return b"%b%b\n%b" % (MARK, line.encode(), body)


def unseal(stored: bytes) -> Envelope:
    """What `seal` has stored."""
    if stored[:1] != MARK:
        return Envelope(decode(stored))
    line, _, body = stored[1:].partition(b"\n")
    known = dict(part.split("=", 1) for part in line.decode("ascii").split(" "))
    return Envelope(
        decode(body),
        int(known["v"]),
        float(known.get("s", 0)),
        float(known.get("x", 0)),
        float(known.get("d", 0)),
        int(known.get("t", 0)),
        known.get("a") == "1",
        int(known.get("e", 0)),
    )


_NOTHING_KNOWN: Final = Envelope(None)[1:]

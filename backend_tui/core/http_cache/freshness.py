"""How old a stored answer is, how long it is fresh, and how long it may be served stale."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from backend_tui.core.http_cache.directives import (
    LONGEST_S,
    combined,
    delta,
    http_date,
    seconds,
    values,
)

if TYPE_CHECKING:
    from backend_tui.core.http_cache.entry import Entry

HEURISTIC_STATUSES: Final = frozenset({200, 203, 204, 300, 301, 308, 404, 405, 410, 414, 501})
_HEURISTIC_SHARE: Final = 0.1
_HEURISTIC_MOST_S: Final = 24 * 3600.0


@dataclass(frozen=True, slots=True)
class Freshness:
    """Seconds: `age` now, `lifetime` in all; `source` is the field that says so."""

    age: float
    lifetime: float
    source: str

    @property
    def left(self) -> float:
        """Seconds it is still fresh for; below 0 how long it has been stale."""
        return self.lifetime - self.age

    @property
    def asks_always(self) -> bool:
        """True for what was never fresh."""
        return not self.lifetime

    @property
    def is_fresh(self) -> bool:
        return self.lifetime > self.age


def freshness(entry: Entry, now: float) -> Freshness:
    """The entry's freshness at `now` on the monotonic clock (RFC 9111 4.2)."""
    lifetime, source = lifetime_of(entry)
    return Freshness(age_of(entry, now), lifetime, source)


def age_of(entry: Entry, now: float) -> float:
    """RFC 9111 4.2.3: the larger of what Date and Age tell, plus the time spent here."""
    headers = entry.head.headers
    date = http_date(combined(headers, "date"))
    apparent = max(0.0, entry.answered_at - date) if date is not None else 0.0
    told = next(iter(values(headers, "age")), "").partition(",")[0]
    delay = max(0.0, entry.answered_at - entry.asked_at)
    initial = max(apparent, (delta(told) or 0) + delay)
    return initial + max(0.0, now - entry.since)


def lifetime_of(entry: Entry) -> tuple[float, str]:
    """Seconds and the field they come from; s-maxage is for shared caches and not read."""
    headers = entry.head.headers
    explicit = seconds(entry.directives, "max-age")
    if explicit is not None:
        return explicit, "max-age"
    date = http_date(combined(headers, "date"))
    since = entry.answered_at if date is None else date
    expires = values(headers, "expires")
    if expires:
        until = http_date(expires[0]) if len(expires) == 1 else None
        return (0.0 if until is None else min(max(until - since, 0.0), LONGEST_S)), "Expires"
    modified = http_date(entry.last_modified)
    is_allowed = entry.head.status in HEURISTIC_STATUSES or "public" in entry.directives
    if modified is not None and is_allowed and modified < since:
        return min((since - modified) * _HEURISTIC_SHARE, _HEURISTIC_MOST_S), "Last-Modified"
    return 0.0, ""

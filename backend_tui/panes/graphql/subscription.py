"""The log of a subscription: a ring of events with rate, pause and filter, and what changed."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, Literal

from backend_tui.core.text import clean_line, shorten

Connection = Literal["connecting", "live", "reconnecting", "ended", "failed"]

KEPT: Final = 2_000
_RATE_WINDOW_US: Final = 2_000_000
_MOST_CHANGES: Final = 200


@dataclass(frozen=True, slots=True)
class LogEvent:
    """One event: when (µs since the run began), its JSON text as sent (clean), its errors."""

    sequence: int
    at_us: int
    text: str
    problem_count: int = 0


@dataclass(frozen=True, slots=True)
class Change:
    """One place where an event differs from the one before; None means there was nothing."""

    path: str
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True)
class EventLog:
    """The newest events, the connection they came by, and how they are looked at.

    A paused log shows `held`; `total` counts every event that arrived, kept or not.
    """

    connection: Connection = "connecting"
    events: tuple[LogEvent, ...] = ()
    total: int = 0
    errors: int = 0
    held: tuple[LogEvent, ...] | None = None
    filter: str = ""
    latency_us: int | None = None
    reconnects: int = 0
    retry_in: float | None = None
    close_code: int | None = None
    words: str = ""

    @property
    def is_paused(self) -> bool:
        return self.held is not None

    @property
    def listed(self) -> tuple[LogEvent, ...]:
        """What is on screen: the events of the moment it was paused or all, the filter applied."""
        events = self.events if self.held is None else self.held
        if not self.filter:
            return events
        words = self.filter.casefold()
        return tuple(event for event in events if words in event.text.casefold())

    @property
    def waiting(self) -> int:
        """Events that arrived since it was paused."""
        if self.held is None:
            return 0
        return self.total - (self.held[-1].sequence if self.held else 0)

    def rate(self) -> float:
        """Events a second over the last two seconds of the log's own time."""
        if not self.events:
            return 0.0
        newest = self.events[-1].at_us
        count = 0
        for event in reversed(self.events):
            if event.at_us <= newest - _RATE_WINDOW_US:
                break
            count += 1
        span = min(_RATE_WINDOW_US, newest - self.events[0].at_us)
        return count * 1_000_000 / span if span > 0 else float(count)

    def with_events(self, events: tuple[LogEvent, ...]) -> EventLog:
        """The log with newer events; the oldest beyond 2 000 are let go."""
        return replace(
            self,
            connection="live",
            events=(*self.events, *events)[-KEPT:],
            total=events[-1].sequence if events else self.total,
            errors=self.errors + sum(event.problem_count > 0 for event in events),
            retry_in=None,
        )

    def paused(self, is_paused: bool) -> EventLog:
        """Held still at this moment, or following again."""
        if not is_paused:
            return replace(self, held=None)
        return self if self.is_paused else replace(self, held=self.events)

    def before(self, event: LogEvent) -> LogEvent | None:
        """The event just before this one, None for the first that is kept."""
        events = self.events if self.held is None else self.held
        at = event.sequence - (events[0].sequence if events else 0) - 1
        return events[at] if 0 <= at < len(events) else None


def changes(before: str, after: str) -> tuple[Change, ...]:
    """Where the JSON of two events differs, the first 200 places, in the order of the newer."""
    try:
        old, new = json.loads(before, parse_float=str), json.loads(after, parse_float=str)
        found = []
        for change in _changes("", old, new):
            found.append(change)
            if len(found) == _MOST_CHANGES:
                break
        return tuple(found)
    except (ValueError, RecursionError):
        return () if before == after else (Change("", before, after),)


def _changes(path: str, old: Any, new: Any) -> Iterator[Change]:
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        for name in dict.fromkeys((*new, *old)):
            yield from _member(f"{path}.{name}" if path else name, name, old, new)
    elif _is_list(old) and _is_list(new):
        for index in range(max(len(old), len(new))):
            inside = f"{path}[{index}]"
            if index >= len(old):
                yield Change(clean_line(inside), None, _shown(new[index]))
            elif index >= len(new):
                yield Change(clean_line(inside), _shown(old[index]), None)
            else:
                yield from _changes(inside, old[index], new[index])
    elif type(old) is not type(new) or old != new:
        yield Change(clean_line(path), _shown(old), _shown(new))


def _member(
    path: str, name: str, old: Mapping[str, Any], new: Mapping[str, Any]
) -> Iterator[Change]:
    if name not in old:
        yield Change(clean_line(path), None, _shown(new[name]))
    elif name not in new:
        yield Change(clean_line(path), _shown(old[name]), None)
    else:
        yield from _changes(path, old[name], new[name])


def _is_list(value: object) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, str)


def _shown(value: object) -> str:
    return shorten(clean_line(json.dumps(value, ensure_ascii=False)), 200)

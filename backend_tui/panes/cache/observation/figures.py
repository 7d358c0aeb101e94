"""What INFO counts: hits, misses, expired and evicted keys, and what has been added since a start.

`keyspace_hits` and `keyspace_misses` count look-ups by the server, whoever made them: an app's own
hit ratio is another number (`TTL`, `EXISTS` and `TYPE` are look-ups too).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, NamedTuple

from backend_tui.core.text import clean_line

_OURS: Final = frozenset(("info", "config|get", "client|list"))


class CommandRate(NamedTuple):
    """How often one command ran since the start, and its server time in µs."""

    name: str
    calls: int
    us: int


@dataclass(frozen=True, slots=True)
class Figures:
    """The server's totals since it was started, at one moment; memory in bytes."""

    hits: int = 0
    misses: int = 0
    expired: int = 0
    evicted: int = 0
    commands: int = 0
    ops_per_s: int = 0
    used_memory: int = 0
    max_memory: int = 0

    @classmethod
    def read(cls, facts: Mapping[str, str]) -> Figures:
        """The figures of an INFO with the sections `stats` and, where it is there, `memory`."""
        return cls(
            hits=_number(facts, "keyspace_hits"),
            misses=_number(facts, "keyspace_misses"),
            expired=_number(facts, "expired_keys"),
            evicted=_number(facts, "evicted_keys"),
            commands=_number(facts, "total_commands_processed"),
            ops_per_s=_number(facts, "instantaneous_ops_per_sec"),
            used_memory=_number(facts, "used_memory"),
            max_memory=_number(facts, "maxmemory"),
        )


@dataclass(frozen=True, slots=True)
class Counters:
    """What was added since the observation began, in so many seconds.

    `commands` and `ops_per_s` (of the last second) leave our own questions out. Memory in bytes,
    `max_memory` 0 is no limit. `rates` by command, the most called first.
    """

    seconds: float
    hits: int
    misses: int
    expired: int
    evicted: int
    commands: int
    ops_per_s: float
    used_memory: int
    max_memory: int
    rates: tuple[CommandRate, ...] = ()

    @property
    def hit_ratio(self) -> float | None:
        """0 to 1; None as long as nothing was looked up."""
        lookups = self.hits + self.misses
        return self.hits / lookups if lookups else None


def facts_of(info: bytes) -> dict[str, str]:
    """The `name:value` lines of an INFO answer, clean."""
    lines = (line.partition(b":") for line in info.splitlines())
    return {
        name.decode("utf-8", "replace"): clean_line(value.decode("utf-8", "replace"))
        for name, found, value in lines
        if found
    }


def command_totals(facts: Mapping[str, str]) -> dict[str, tuple[int, int]]:
    """Calls and µs of each command in `INFO commandstats`."""
    totals: dict[str, tuple[int, int]] = {}
    for name, value in facts.items():
        if name.startswith("cmdstat_"):
            parts = dict(part.partition("=")[::2] for part in value.split(","))
            totals[name.removeprefix("cmdstat_")] = (
                _number(parts, "calls"),
                _number(parts, "usec"),
            )
    return totals


def rates(
    before: Mapping[str, tuple[int, int]], after: Mapping[str, tuple[int, int]]
) -> tuple[CommandRate, ...]:
    """What each command added from one reading to a later one, without what we ask ourselves."""
    found = (
        CommandRate(name, calls - before.get(name, (0, 0))[0], us - before.get(name, (0, 0))[1])
        for name, (calls, us) in after.items()
        if name not in _OURS
    )
    return tuple(sorted((each for each in found if each.calls > 0), key=lambda each: -each.calls))


def _number(facts: Mapping[str, str], name: str) -> int:
    text = facts.get(name, "0")
    return int(text) if text.lstrip("-").isdigit() else 0

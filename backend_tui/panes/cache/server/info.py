"""What INFO counts, sampled and compared: rates and ratios over windows, never since the boot.

`keyspace_hits` counts every command that looks at a key, TTL, TYPE and EXISTS too, so it is not
the hit ratio of the app: that one is counted by the app itself. What we looked at is left out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from backend_tui.core.text import clean_line

SECTIONS: Final = (
    "server",
    "clients",
    "memory",
    "persistence",
    "stats",
    "replication",
    "keyspace",
    "commandstats",
)
WINDOWS: Final = (1.0, 10.0, 60.0)
_KEPT_S: Final = 62.0


@dataclass(frozen=True, slots=True)
class Lookups:
    """How many keys were looked up and found, or not found."""

    hits: int = 0
    misses: int = 0

    @property
    def total(self) -> int:
        return self.hits + self.misses

    @property
    def ratio(self) -> float | None:
        """Hits among all lookups, None when there were none."""
        return self.hits / self.total if self.total else None

    def plus(self, other: Lookups) -> Lookups:
        return Lookups(self.hits + other.hits, self.misses + other.misses)

    def minus(self, other: Lookups) -> Lookups:
        return Lookups(self.hits - other.hits, self.misses - other.misses)


NO_LOOKUPS: Final = Lookups()


@dataclass(frozen=True, slots=True)
class Sample:
    """The counters at one moment (`at` in monotonic seconds), our own lookups apart in `own`.

    `facts` are INFO's own texts, of the first node where there are several; `life` changes when
    a server was started anew, so that its counters began at 0 again.
    """

    at: float
    life: str
    lookups: Lookups
    own: Lookups
    commands: int = 0
    expired: int = 0
    evicted: int = 0
    keys: int = 0
    volatile: int = 0
    memory: int = 0
    clients: int = 0
    calls: tuple[tuple[str, int, int], ...] = ()
    facts: Mapping[str, str] = field(default_factory=dict)
    nodes: int = 1

    @property
    def counted(self) -> Lookups:
        """The lookups of everybody but us."""
        return self.lookups.minus(self.own)


@dataclass(frozen=True, slots=True)
class Window:
    """What happened within `seconds`; rates are per second."""

    seconds: float
    lookups: Lookups
    own: int
    commands: int
    expired: int
    evicted: int

    @property
    def commands_per_s(self) -> float | None:
        return self.commands / self.seconds if self.seconds > 0 else None


@dataclass(frozen=True, slots=True)
class History:
    """The samples of the last minute, and the one that counting began at (`zero`)."""

    samples: tuple[Sample, ...] = ()
    zero: Sample | None = None
    restarts: int = 0

    @property
    def last(self) -> Sample | None:
        return self.samples[-1] if self.samples else None

    def after(self, sample: Sample) -> History:
        """With one more sample; a server started anew begins a new baseline."""
        last = self.last
        if last is not None and last.life != sample.life:
            return History((sample,), sample, self.restarts + 1)
        kept = tuple(each for each in self.samples if sample.at - each.at <= _KEPT_S)
        return replace(self, samples=(*kept, sample), zero=self.zero or sample)

    def zeroed(self) -> History:
        """Counting begins now: on our side alone, the server's counters stay as they are."""
        return replace(self, zero=self.last)

    def window(self, seconds: float | None) -> Window | None:
        """The last so many seconds, or since zeroed; None before there are two samples."""
        last = self.last
        if last is None or self.zero is None:
            return None
        begin = self.zero
        if seconds is not None:
            begin = next(
                (each for each in reversed(self.samples) if last.at - each.at >= seconds * 0.9),
                self.samples[0],
            )
        if begin is last:
            return None
        return Window(
            last.at - begin.at,
            last.counted.minus(begin.counted),
            last.own.minus(begin.own).total,
            last.commands - begin.commands,
            last.expired - begin.expired,
            last.evicted - begin.evicted,
        )

    def calls(self) -> tuple[tuple[str, int, float], ...]:
        """Commands since zeroed: name, calls, µs each; the most called first."""
        last, zero = self.last, self.zero
        if last is None or zero is None:
            return ()
        before = {name: (calls, us) for name, calls, us in zero.calls}
        found = []
        for name, calls, us in last.calls:
            calls_before, us_before = before.get(name, (0, 0))
            if calls > calls_before:
                number = calls - calls_before
                found.append((name, number, (us - us_before) / number))
        return tuple(sorted(found, key=lambda each: (-each[1], each[0])))


def parse_info(reply: bytes) -> dict[str, str]:
    """The facts of an INFO reply by name, clean; sections and empty lines are left out."""
    facts: dict[str, str] = {}
    for line in reply.decode("utf-8", "replace").splitlines():
        name, colon, value = line.partition(":")
        if colon and not line.startswith("#"):
            facts[clean_line(name)] = clean_line(value)
    return facts


def number(facts: Mapping[str, str], name: str) -> int:
    """A fact as a whole number; 0 when the server does not tell it."""
    text = facts.get(name, "0")
    return int(text) if text.lstrip("-").isdigit() else 0


def lookups(facts: Mapping[str, str]) -> Lookups:
    """The server's own count of lookups."""
    return Lookups(number(facts, "keyspace_hits"), number(facts, "keyspace_misses"))


def fields(value: str) -> dict[str, str]:
    """`keys=3,expires=1` as a mapping."""
    return dict(part.split("=", 1) for part in value.split(",") if "=" in part)


def sample(at: float, own: Lookups, of_nodes: tuple[Mapping[str, str], ...]) -> Sample:
    """The counters of all nodes together; the facts are the first one's."""

    def total(name: str) -> int:
        return sum(number(facts, name) for facts in of_nodes)

    keys = volatile = 0
    calls: dict[str, tuple[int, int]] = {}
    found = Lookups()
    for facts in of_nodes:
        found = found.plus(lookups(facts))
        for name, value in facts.items():
            if name.startswith("db") and value.startswith("keys="):
                said = fields(value)
                keys += number(said, "keys")
                volatile += number(said, "expires")
            elif name.startswith("cmdstat_"):
                said = fields(value)
                command = name.removeprefix("cmdstat_").replace("|", " ").upper()
                before = calls.get(command, (0, 0))
                calls[command] = (before[0] + number(said, "calls"), before[1] + _us(said))
    return Sample(
        at=at,
        life=" ".join(facts.get("run_id", "") for facts in of_nodes),
        lookups=found,
        own=own,
        commands=total("total_commands_processed"),
        expired=total("expired_keys"),
        evicted=total("evicted_keys"),
        keys=keys,
        volatile=volatile,
        memory=total("used_memory"),
        clients=total("connected_clients"),
        calls=tuple((name, count, us) for name, (count, us) in calls.items()),
        facts=of_nodes[0] if of_nodes else {},
        nodes=len(of_nodes),
    )


def _us(said: Mapping[str, str]) -> int:
    return number(said, "usec")

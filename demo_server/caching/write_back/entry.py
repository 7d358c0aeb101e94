"""An entry of the write-back log: one acknowledged write, as flat fields of a Redis stream.

A field `s:price` sets the member `price`, `a:version` adds to the member `version`. Setting keeps
the last value, adding keeps the sum: so many entries of a key can become one statement.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

BEGINNING: Final = "0-0"
"""Smaller than the id of every entry."""


def order(identity: str) -> tuple[int, int]:
    """A stream id as numbers, which compare as the stream does."""
    milliseconds, _, sequence = identity.partition("-")
    return int(milliseconds), int(sequence or 0)


@dataclass(frozen=True, slots=True)
class Change:
    """What becomes of a row: members set to texts, numbers added; `at` is ISO 8601."""

    sets: Mapping[str, str] = field(default_factory=dict)
    adds: Mapping[str, int] = field(default_factory=dict)
    at: str = ""

    def flat(self) -> list[str]:
        """As fields and values of the stream."""
        fields: list[str] = []
        for name, value in self.sets.items():
            fields += (f"s:{name}", value)
        for name, number in self.adds.items():
            fields += (f"a:{name}", str(number))
        return fields


@dataclass(frozen=True, slots=True)
class Entry:
    """One write in the log."""

    id: str
    key: str
    operation: str
    change: Change


@dataclass(frozen=True, slots=True)
class Pending:
    """What is acknowledged of a key and not yet in the row that was read; `last` is its id."""

    change: Change
    last: str = ""
    entries: int = 0
    since: str = ""


NOTHING: Final = Pending(Change())


def merged(changes: Iterable[Change]) -> Change:
    """Several changes of one key, in order, as one."""
    sets: dict[str, str] = {}
    adds: dict[str, int] = {}
    at = ""
    for change in changes:
        sets |= change.sets
        for name, number in change.adds.items():
            adds[name] = adds.get(name, 0) + number
        at = max(at, change.at)
    return Change(sets, adds, at)


def entry_of(identity: str, fields: Mapping[str, str]) -> Entry:
    """An entry from its stream fields."""
    return Entry(identity, fields["key"], fields["op"], _change(fields))


def pending_of(fields: Mapping[str, str]) -> Pending:
    """What is pending, from the fields of the key's hash."""
    if not fields:
        return NOTHING
    return Pending(
        _change(fields), fields["last"], int(fields["n"]), fields.get("since", fields["last"])
    )


def _change(fields: Mapping[str, str]) -> Change:
    return Change(
        {name[2:]: value for name, value in fields.items() if name.startswith("s:")},
        {name[2:]: int(value) for name, value in fields.items() if name.startswith("a:")},
        fields.get("at", ""),
    )

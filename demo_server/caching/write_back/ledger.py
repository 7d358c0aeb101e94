"""What the write-back cache asks of the database behind it, and what one flush has done."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from demo_server.caching.write_back.entry import Change, Entry


class Statement(NamedTuple):
    """An SQL statement: microseconds from the batch's beginning, and those it took."""

    text: str
    after_us: float
    us: float
    affected: int


@dataclass(frozen=True, slots=True)
class Flushed:
    """One batch; `mark` is its last id, `keys` are those written, with the entries of each.

    `sql` holds the first statements of the batch, in the order they ran.
    """

    mark: str
    applied: int = 0
    skipped: int = 0
    statements: int = 0
    dead: int = 0
    us: float = 0.0
    keys: dict[str, int] = field(default_factory=dict)
    sql: tuple[Statement, ...] = ()


class Account(NamedTuple):
    """The ledger's one row: which log, whether it is on and for which routes, how far, counters."""

    log: str
    is_on: bool
    routes: tuple[str, ...]
    last_id: str
    flushes: int
    applied: int
    merged: int
    replays_skipped: int


class DeadLetter(NamedTuple):
    """A deferred write that the database refused."""

    id: str
    key: str
    operation: str
    change: str
    reason: str
    failed_at: str


class Ledger(Protocol):
    """The database's side, called in threads. Everything raises Django's DatabaseError."""

    def known(self) -> Account | None:
        """The row, None when there never was a log."""

    def account(self) -> Account:
        """The row, made when there is none yet."""

    def note(self, *, is_on: bool, routes: Sequence[str]) -> None:
        """Remember beyond this process that newest values may lie in the log, and for whom."""

    def begin(self) -> Account:
        """Take writes from a new log from now on; the old one is given up."""

    def commit(self, entries: Sequence[Entry]) -> Flushed:
        """Apply the entries after the mark and move the mark, in one transaction."""

    def write(self, changes: dict[str, Change]) -> int:
        """Write these at once, without a mark; the number of statements."""

    def dead_letters(self, most: int) -> list[DeadLetter]:
        """The newest ones."""


LedgerMaker = Callable[[], Ledger]

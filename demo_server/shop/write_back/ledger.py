"""The database's side of write-back: batches of the log, each in one transaction with the mark.

Two flushers at once wait for each other at the row of the mark, and the second finds the entries
of the first applied.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import groupby
from time import perf_counter_ns
from typing import TYPE_CHECKING, Any, Final

from django.db import DataError, IntegrityError, connection, transaction

from demo_server.caching.write_back.entry import BEGINNING, Entry, merged, order
from demo_server.caching.write_back.ledger import Account, DeadLetter, Flushed, Statement
from demo_server.shop.models import WriteBackDeadLetter, WriteBackMark
from demo_server.shop.write_back.applying import Refused, apply

if TYPE_CHECKING:
    from demo_server.caching.write_back.entry import Change


STATEMENTS_KEPT: Final = 50
LONGEST_TEXT: Final = 2000


class ShopLedger:
    """The one row `WriteBackMark` and the dead letters."""

    def known(self) -> Account | None:
        """The row, None when there never was a log."""
        row = WriteBackMark.objects.filter(pk=1).first()
        return _account(row) if row else None

    def account(self) -> Account:
        """The row, made when there is none yet."""
        row, _ = WriteBackMark.objects.get_or_create(pk=1, defaults={"log": secrets.token_hex(8)})
        return _account(row)

    def note(self, *, is_on: bool, routes: Sequence[str]) -> None:
        """Remember beyond this process that newest values may lie in the log, and for whom."""
        WriteBackMark.objects.filter(pk=1).update(is_on=is_on, routes=" ".join(routes))

    def begin(self) -> Account:
        """Take writes from a new log from now on; the old one is given up."""
        WriteBackMark.objects.filter(pk=1).update(log=secrets.token_hex(8), last_id=BEGINNING)
        return self.account()

    def commit(self, entries: Sequence[Entry]) -> Flushed:
        """Apply the entries after the mark and move the mark, in one transaction."""
        started = perf_counter_ns()
        watch = _Watch(started)
        with _durable(), connection.execute_wrapper(watch), transaction.atomic():
            mark = WriteBackMark.objects.select_for_update().get(pk=1)
            fresh = self.unapplied(entries, mark.last_id)
            statements, dead = 0, 0
            by_key = sorted(fresh, key=lambda each: each.key)  # stable: in order for each key
            keys: dict[str, int] = {}
            for key, group in groupby(by_key, key=lambda each: each.key):
                of_key = list(group)
                spent, refused = _apply(key, of_key)
                statements, dead = statements + spent, dead + refused
                keys[key] = len(of_key)
            applied = len(fresh) - dead
            mark.last_id = max(mark.last_id, entries[-1].id, key=order)
            mark.flushes += bool(fresh)
            mark.applied += applied
            mark.merged += max(0, applied - statements)
            mark.replays_skipped += len(entries) - len(fresh)
            mark.save(update_fields=["last_id", "flushes", "applied", "merged", "replays_skipped"])
        us = (perf_counter_ns() - started) / 1000
        skipped = len(entries) - len(fresh)
        return Flushed(
            mark.last_id, applied, skipped, statements, dead, us, keys, tuple(watch.seen)
        )

    def unapplied(self, entries: Sequence[Entry], mark: str) -> list[Entry]:
        """Those after the mark."""
        return [each for each in entries if order(each.id) > order(mark)]

    def write(self, changes: dict[str, Change]) -> int:
        """Write these at once, without a mark; the number of statements."""
        with transaction.atomic():
            return sum(apply(key, change) for key, change in changes.items())

    def dead_letters(self, most: int) -> list[DeadLetter]:
        """The newest ones."""
        return [
            DeadLetter(
                each.log_id,
                each.key,
                each.operation,
                each.change,
                each.reason,
                each.failed_at.isoformat(),
            )
            for each in WriteBackDeadLetter.objects.all()[:most]
        ]


def _account(row: WriteBackMark) -> Account:
    return Account(
        row.log,
        row.is_on,
        tuple(row.routes.split()),
        row.last_id,
        row.flushes,
        row.applied,
        row.merged,
        row.replays_skipped,
    )


def _apply(key: str, entries: list[Entry]) -> tuple[int, int]:
    """Statements spent on the entries of a key, and how many of these are dead letters."""
    try:
        with transaction.atomic():
            return apply(key, merged(each.change for each in entries)), 0
    except (Refused, IntegrityError, DataError, ArithmeticError, ValueError) as error:
        if len(entries) == 1:
            _bury(entries[0], error)
            return 0, 1
    statements, dead = 0, 0
    for entry in entries:  # one of them is bad: the others shall not suffer for it
        spent, refused = _apply(key, [entry])
        statements, dead = statements + spent, dead + refused
    return statements, dead


def _bury(entry: Entry, error: Exception) -> None:
    change = {"set": entry.change.sets, "add": entry.change.adds, "at": entry.change.at}
    WriteBackDeadLetter.objects.create(
        log_id=entry.id,
        key=entry.key[:120],
        operation=entry.operation[:64],
        change=json.dumps(change),
        reason=(str(error) or type(error).__name__)[:1000],
    )


class _Watch:
    """Notes the first statements that run."""

    def __init__(self, started_ns: int) -> None:
        self.seen: list[Statement] = []
        self._started_ns = started_ns

    def __call__(
        self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any
    ) -> Any:
        began = perf_counter_ns()
        result = execute(sql, params, many, context)
        if len(self.seen) < STATEMENTS_KEPT:
            after_us = (began - self._started_ns) / 1000
            us = (perf_counter_ns() - began) / 1000
            affected = max(0, context["cursor"].rowcount)
            self.seen.append(Statement(str(sql)[:LONGEST_TEXT], after_us, us, affected))
        return result


@contextmanager
def _durable() -> Iterator[None]:
    """What is released from the log must be on the disk: SQLite's usual mode would not wait."""
    if connection.vendor != "sqlite" or connection.in_atomic_block:
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA synchronous=FULL")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA synchronous=NORMAL")

"""The SQLite cursor that times its fetches: SQLite does much of a query's work only then."""

from __future__ import annotations

from time import perf_counter_ns
from typing import TYPE_CHECKING, Any

from django.db.backends.sqlite3.base import SQLiteCursorWrapper

from demo_server.shop.database.pooled_sqlite.base import DatabaseWrapper

if TYPE_CHECKING:
    from demo_server.tracing.spans import StatementSpan


def install() -> None:
    """Observe the fetches of every SQLite cursor from now on."""
    DatabaseWrapper.cursor_class = TracedCursor


class TracedCursor(SQLiteCursorWrapper):
    """Django's SQLite cursor; rows and fetch time go to the span of the last statement."""

    span: StatementSpan | None = None

    def fetchone(self) -> Any:
        started = perf_counter_ns()
        row = super().fetchone()
        self._add(started, row is not None)
        return row

    def fetchmany(self, *args: Any, **kwargs: Any) -> list[Any]:
        started = perf_counter_ns()
        rows = super().fetchmany(*args, **kwargs)
        self._add(started, len(rows))
        return rows

    def fetchall(self) -> list[Any]:
        started = perf_counter_ns()
        rows = super().fetchall()
        self._add(started, len(rows))
        return rows

    def __next__(self) -> Any:
        started = perf_counter_ns()
        row = super().__next__()
        self._add(started, 1)
        return row

    def _add(self, started: int, rows: int) -> None:
        """The span lasts until its last row has come."""
        span = self.span
        if span is None or span.journey.is_finished:
            return
        ended = perf_counter_ns()
        span.fetch_ns += ended - started
        span.rows = (span.rows or 0) + rows
        span.journey.extend(span, ended, rows)

"""SQLite with a pool: under ASGI every request has a new thread, and opening costs a millisecond.

Closing a connection puts it back; the next thread takes the one used last, whose pages are warm.
"""

from __future__ import annotations

import sqlite3
from collections import defaultdict, deque
from typing import Any, ClassVar

from django.db.backends.sqlite3 import base


class DatabaseWrapper(base.DatabaseWrapper):
    """Django's SQLite backend; `cursor_class` may be replaced by one that observes fetches."""

    cursor_class: ClassVar[type[base.SQLiteCursorWrapper]] = base.SQLiteCursorWrapper
    _idle: ClassVar[defaultdict[str, deque[sqlite3.Connection]]] = defaultdict(deque)
    keep: ClassVar[int] = 16

    def get_new_connection(self, conn_params: dict[str, Any]) -> sqlite3.Connection:
        """The connection used last, else a new one."""
        try:
            return self._idle[conn_params["database"]].pop()
        except IndexError:
            opened: sqlite3.Connection = super().get_new_connection(conn_params)
            return opened

    def create_cursor(self, name: str | None = None) -> base.SQLiteCursorWrapper:
        """A cursor of `cursor_class`."""
        del name
        cursor: base.SQLiteCursorWrapper = self.connection.cursor(factory=self.cursor_class)
        return cursor

    def _close(self) -> None:
        connection = self.connection
        if connection is None:
            return
        with self.wrap_database_errors:
            if connection.in_transaction:
                connection.rollback()
            idle = self._idle[str(self.settings_dict["NAME"])]
            if len(idle) < self.keep:
                idle.append(connection)
            else:
                connection.close()

    @classmethod
    def close_idle(cls) -> None:
        """Close what waits in the pool, so that the write-ahead log is folded in."""
        for idle in cls._idle.values():
            while idle:
                idle.pop().close()

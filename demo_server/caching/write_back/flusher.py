"""Moves the log into the database, batch by batch; an entry leaves the log after the commit.

Killed before the commit, nothing has happened. Killed after it, the entries are met again and
skipped, for the mark beside the data says that they are applied. Two at once wait for each other
at the mark.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from demo_server.caching.write_back.ledger import Flushed, Ledger
    from demo_server.caching.write_back.log import Log

BATCH: Final = 1000
"""Entries of one transaction."""


class Flusher:
    """Applies a log to a ledger, in a thread."""

    def __init__(self, log: Log, ledger: Ledger) -> None:
        self._log = log
        self._ledger = ledger

    def drain(self) -> list[Flushed]:
        """Flush until nothing is left; one `Flushed` a batch. Raises LogAway, DatabaseError."""
        done = []
        while flushed := self.flush():
            done.append(flushed)
        return done

    def flush(self, limit: int = BATCH) -> Flushed | None:
        """Apply the oldest entries and take them out; None when there are none."""
        entries = self._log.read(limit)
        if not entries:
            return None
        flushed = self._ledger.commit(entries)
        self._log.release(flushed.mark)
        return flushed

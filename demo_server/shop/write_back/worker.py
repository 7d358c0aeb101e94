"""The flusher as a process of its own: it can be killed like any other, and nothing is lost.

It blocks until the log has an entry, lets more gather for a while, and applies them. What it did
stands on standard output, one JSON object a line. At the end of standard input, which is the end
of the server, it flushes once more and ends.
"""

from __future__ import annotations

import argparse
import json
import os
import secrets
import signal
import sys
import threading
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from demo_server.caching.write_back.ledger import Ledger
    from demo_server.caching.write_back.log import Log

LEASE_MS: Final = 3000
PAUSE_S: Final = 0.3
"""Seconds before another attempt when cache or database are away."""
LOST: Final = 3


class _Ended(BaseException):
    """A signal asks for the end."""


class Worker:
    """One flusher; `run` ends when it is told to."""

    def __init__(self, log: Log, ledger: Ledger, every_s: float) -> None:
        from demo_server.caching.write_back.flusher import Flusher

        self._log = log
        self._ledger = ledger
        self._flusher = Flusher(log, ledger)
        self._every_s = every_s
        self._name = f"{os.getpid()}-{secrets.token_hex(4)}"
        self._is_ending = threading.Event()
        self._has_input = True
        self._waits = False

    def run(self) -> int:
        """0 when it was told to end, 3 when the log has vanished."""
        signal.signal(signal.SIGTERM, self._end)
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # the terminal's, meant for the server
        threading.Thread(target=self._read_input, daemon=True).start()
        try:
            code = self._work()
        except _Ended:
            code = 0
        if not self._has_input:
            self._flush()
        return code

    def _work(self) -> int:
        from django.db import DatabaseError, connection

        from demo_server.caching.write_back.log import LogLost

        while not self._is_ending.is_set():
            try:
                self._log.open(self._ledger.account().last_id)
                self._flush()
                while not self._is_ending.is_set():
                    self._wait(self._ledger.account().last_id)
                    if not self._is_ending.wait(self._every_s):
                        self._flush()
            except LogLost as error:
                tell({"event": "lost", "why": str(error)})
                return LOST
            except DatabaseError as error:
                tell({"event": "away", "why": str(error)})
                connection.close()
                self._is_ending.wait(PAUSE_S)
        return 0

    def _wait(self, after: str) -> None:
        self._waits = True
        try:
            if self._is_ending.is_set():
                return
            if not self._log.wait(after):
                from demo_server.caching.write_back.log import LogLost

                raise LogLost("The log of deferred writes has vanished from the cache.")
        finally:
            self._waits = False

    def _flush(self) -> None:
        if not self._log.take_lease(self._name, LEASE_MS):
            return  # another one is at it
        while flushed := self._flusher.flush():
            tell({"event": "flushed", **asdict(flushed)})
            self._log.take_lease(self._name, LEASE_MS)
        self._log.give_lease(self._name)

    def _end(self, *_: object) -> None:
        self._is_ending.set()
        if self._waits:
            raise _Ended

    def _read_input(self) -> None:
        while os.read(0, 4096):
            pass
        self._has_input = False
        os.kill(os.getpid(), signal.SIGTERM)


def tell(event: dict[str, Any]) -> None:
    """One line for the server; when nobody reads any more, that is no matter."""
    try:
        sys.stdout.write(json.dumps(event) + "\n")
        sys.stdout.flush()
    except BrokenPipeError:
        return


def main(arguments: list[str] | None = None) -> int:
    """The command line: the log's name and the seconds between two flushes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--log", required=True)
    parser.add_argument("--every", type=float, required=True)
    options = parser.parse_args(arguments)
    os.environ["DEMO_TRACING"] = "0"
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "demo_server.settings")
    import django

    django.setup()
    from django.conf import settings

    from demo_server.caching.write_back.log import Log
    from demo_server.shop.write_back.ledger import ShopLedger

    log = Log(str(settings.CACHES["default"]["LOCATION"]), options.log)
    return Worker(log, ShopLedger(), options.every).run()


if __name__ == "__main__":
    sys.exit(main())

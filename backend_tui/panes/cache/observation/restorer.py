"""The process that puts `notify-keyspace-events` back when the one that changed it is gone.

Its standard input holds one JSON line (url, before, ours) and ends when its parent closes it or
dies. It then restores the setting, but only if nobody else has changed it since.
"""

from __future__ import annotations

import json
import signal
import sys
import time
from contextlib import suppress
from typing import Final

from backend_tui.core.errors import BackendError, MissingError
from backend_tui.panes.cache.observation import raw_connection
from backend_tui.panes.cache.observation.notifications import SETTING, same_letters
from backend_tui.panes.cache.observation.raw_connection import RawConnection
from backend_tui.panes.cache.server.failures import Refusal

_TRIES: Final = 60
_PAUSE: Final = 0.5


def main() -> None:
    """Wait for the end of the parent, restore, say how it went."""
    for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGTSTP"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.SIG_IGN)
    order = json.loads(sys.stdin.readline() or "{}")
    if not order:
        return
    _say({"is_ready": True})
    sys.stdin.read()
    is_done, words = _restored(order["url"], order["before"], order["ours"])
    _say({"is_done": is_done, "words": words})


def _restored(url: str, before: str, ours: str) -> tuple[bool, str]:
    for _ in range(_TRIES):
        try:
            return restore_once(url, before, ours)
        except Refusal as refused:
            if refused.code != "LOADING":
                return False, str(refused)
        except MissingError:
            pass
        except BackendError as failed:
            return False, str(failed)
        time.sleep(_PAUSE)
    return False, "The server could not be reached any more."


def restore_once(url: str, before: str, ours: str) -> tuple[bool, str]:
    """Put `before` back if the setting still is `ours`; whether it was done, and the words for it.

    Raises `BackendError` when the server cannot be asked.
    """
    connection = raw_connection.opened(url)
    try:
        now = setting(connection)
        if same_letters(now, before):
            return True, f'{SETTING} is "{before}" again.'
        if not same_letters(now, ours):
            words = f'{SETTING} is "{now}" now, changed by somebody else; it is left as it is.'
            return False, words
        connection.ask("CONFIG", "SET", SETTING, before)
        return True, f'{SETTING} is "{before}" again.'
    finally:
        connection.close()


def setting(connection: RawConnection) -> str:
    """The setting's value as the server writes it."""
    answer = connection.ask("CONFIG", "GET", SETTING)
    value = answer.get(SETTING.encode(), b"") if isinstance(answer, dict) else b""
    return bytes(value).decode("ascii", "replace")


def _say(message: dict[str, object]) -> None:
    with suppress(OSError):
        print(json.dumps(message), flush=True)  # noqa: T201 - its parent reads this line


if __name__ == "__main__":
    main()

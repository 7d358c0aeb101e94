"""Closing what must not stay open while this process is suspended (ctrl+z)."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType


@contextmanager
def before_suspension(close: Callable[[], object]) -> Iterator[None]:
    """Calls `close` first when SIGTSTP comes within this block, then suspends as before.

    Works in the main thread of systems that have the signal; elsewhere nothing is changed.
    """
    number = getattr(signal, "SIGTSTP", None)
    if number is None or threading.current_thread() is not threading.main_thread():
        yield
        return
    former = signal.getsignal(number)

    def suspend(received: int, frame: FrameType | None) -> None:
        close()
        if callable(former):
            former(received, frame)
        elif former == signal.SIG_DFL:
            signal.signal(number, signal.SIG_DFL)
            os.kill(os.getpid(), number)
            signal.signal(number, suspend)

    signal.signal(number, suspend)
    try:
        yield
    finally:
        if signal.getsignal(number) is suspend:
            signal.signal(number, former)

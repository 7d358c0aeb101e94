"""Tests run side by side; one that is marked `alone` has the machine to itself meanwhile.

Alone are tests that look at how long the event loop stands still: beside another process on the
same cores they would measure that one. They begin with a swept heap, for the garbage of thousands
of other tests is not theirs either.
"""

from __future__ import annotations

import gc
import sys
from collections.abc import Generator

import pytest

if sys.platform != "win32":
    import fcntl


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Hold the room while the test runs, shared or alone; who waits at the gate is next."""
    is_alone = item.get_closest_marker("alone") is not None
    if is_alone:
        gc.collect()
        gc.freeze()
    try:
        if sys.platform == "win32" or not hasattr(item.config, "workerinput"):
            return (yield)
        folder = item.config.cache.mkdir("alone")
        with (folder / "gate").open("w") as gate, (folder / "room").open("w") as room:
            fcntl.flock(gate, fcntl.LOCK_EX)
            fcntl.flock(room, fcntl.LOCK_EX if is_alone else fcntl.LOCK_SH)
            fcntl.flock(gate, fcntl.LOCK_UN)
            return (yield)
    finally:
        if is_alone:
            gc.unfreeze()

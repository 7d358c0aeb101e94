"""Which keys are being written through: whoever outdates keys after a commit leaves those alone."""

from __future__ import annotations

from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


class Write:
    """A write in progress; an abandoned one will not store its value any more."""

    __slots__ = ("is_abandoned", "key")

    def __init__(self, key: str) -> None:
        self.key = key
        self.is_abandoned = False


_current: ContextVar[Write | None] = ContextVar("cache_write_through", default=None)


@contextmanager
def writing(key: str) -> Iterator[Write]:
    """The commits inside, in threads too, write this key through."""
    write = Write(key)
    token = _current.set(write)
    try:
        yield write
    finally:
        _current.reset(token)


def is_stored_by_its_writer(key: str) -> bool:
    """Whether the running code is part of a write that will store this key's new value itself."""
    write = _current.get()
    return write is not None and write.key == key and not write.is_abandoned

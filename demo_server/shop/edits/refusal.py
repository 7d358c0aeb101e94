"""Why an edit is refused: the value does not fit, the data contradict, or someone was faster."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from django.db import IntegrityError


class RefusalError(Exception):
    """An edit that the shop's rules do not allow; `detail` says why."""

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail


class MissingError(RefusalError):
    """The thing to be changed is not there."""


class ConflictError(RefusalError):
    """The change contradicts what is stored."""


class StaleError(RefusalError):
    """The thing has changed since it was read."""


class UnknownError(RefusalError):
    """A value names something that does not exist; `member` is the name of the value."""

    def __init__(self, member: str, detail: str) -> None:
        super().__init__(detail)
        self.member = member


@contextmanager
def conflicts(explained: Mapping[str, str]) -> Iterator[None]:
    """What the database's constraints refuse is a ConflictError; `explained` by words it says."""
    try:
        yield
    except IntegrityError as error:
        said = str(error)
        detail = next((text for words, text in explained.items() if words in said), None)
        if detail is None:
            raise
        raise ConflictError(detail) from None

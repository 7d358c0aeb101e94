"""The one kind of failure a person is shown: what failed, why, and what to do about it.

BackendError            something was asked for and did not work       exit 1
├── UsageError          the question itself was wrong                  exit 2
├── MissingError        something needed is not there                  exit 3
└── CancelledByUser     the person stopped it                          exit 130
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar


@dataclass(eq=False)
class BackendError(Exception):
    """An expected failure; `what`, `why` and `hint` are clean text, one or two sentences each."""

    what: str
    why: str = ""
    hint: str = ""

    exit_code: ClassVar[int] = 1

    def __str__(self) -> str:
        return " ".join(part for part in (self.what, self.why, self.hint) if part)


class UsageError(BackendError):
    """A wrong flag, key, file or value; the hint names the ones that exist."""

    exit_code = 2


class MissingError(BackendError):
    """A service, library or file that is needed and not there, or only partly there."""

    exit_code = 3


class CancelledByUser(BackendError):  # noqa: N818 - it is no error of ours, and reads as what happened
    """The person stopped it; what had arrived by then is kept."""

    exit_code = 130

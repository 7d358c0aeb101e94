"""Why the server cannot start, in words for the person who started it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(eq=False)
class CannotStart(Exception):  # noqa: N818 - reads as a sentence
    """Something needed is missing or impossible: what failed, why, and what to do."""

    what: str
    why: str
    hint: str

    def __str__(self) -> str:
        return f"{self.what}: {self.why}. {self.hint}"


def reason(error: OSError) -> str:
    """The system's own words for an OSError, without number and path."""
    return error.strerror.lower() if error.strerror else str(error)

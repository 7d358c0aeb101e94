"""Positions in a document, what is wrong at them, and edits: what all language work speaks."""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass
from typing import Final, Literal

Severity = Literal["error", "warning", "info"]

_BREAK: Final = re.compile(r"\r\n|\n|\r")


@dataclass(frozen=True, slots=True)
class Problem:
    """One finding; lines and columns count from 1, `end_column` is behind the last character.

    `start` and `end` are the same range as offsets. `source` says who found it: syntax, schema,
    variables or server.
    """

    message: str
    line: int
    column: int
    end_line: int
    end_column: int
    start: int
    end: int
    severity: Severity = "error"
    source: str = "syntax"


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """All findings in order of their place; `note` says what was left unchecked, and why."""

    problems: tuple[Problem, ...] = ()
    note: str = ""

    @property
    def errors(self) -> int:
        return sum(problem.severity == "error" for problem in self.problems)

    def next_after(self, offset: int) -> Problem | None:
        """The first problem behind the offset, going round at the end; None without problems."""
        later = (problem for problem in self.problems if problem.start > offset)
        return next(later, self.problems[0] if self.problems else None)

    def next_before(self, offset: int) -> Problem | None:
        """The last problem before the offset, going round at the beginning."""
        earlier = [problem for problem in self.problems if problem.start < offset]
        found = earlier or self.problems
        return found[-1] if found else None


@dataclass(frozen=True, slots=True)
class Edit:
    """Replace the text between two offsets and put the cursor at an offset of the new text."""

    start: int
    end: int
    text: str
    cursor: int

    def applied(self, document: str) -> str:
        """The document after the edit."""
        return document[: self.start] + self.text + document[self.end :]


class Lines:
    """Offsets of a text to lines and columns and back; line breaks are \\n, \\r\\n and \\r."""

    def __init__(self, text: str) -> None:
        self._starts = [0, *(found.end() for found in _BREAK.finditer(text))]
        self._length = len(text)

    def place(self, offset: int) -> tuple[int, int]:
        """Line and column of an offset, both from 1."""
        line = bisect_right(self._starts, offset)
        return line, offset - self._starts[line - 1] + 1

    def offset(self, line: int, column: int) -> int:
        """The offset of a line and column, moved into the text."""
        line = min(max(line, 1), len(self._starts))
        return min(self._starts[line - 1] + max(column, 1) - 1, self._length)

    def problem(
        self,
        message: str,
        start: int,
        end: int,
        severity: Severity = "error",
        source: str = "syntax",
    ) -> Problem:
        """A finding over a range of offsets."""
        line, column = self.place(start)
        end_line, end_column = self.place(max(end, start))
        return Problem(
            message, line, column, end_line, end_column, start, max(end, start), severity, source
        )

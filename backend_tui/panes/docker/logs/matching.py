"""What a person types to search or to filter, as a test of a line; a bad pattern is explained."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from backend_tui.core.errors import UsageError
from backend_tui.core.text import clean_line
from backend_tui.panes.docker.logs.lines import MARK, LogLine, plain

_BOTH = " & "


@dataclass(frozen=True, slots=True)
class Term:
    """One pattern; with `excludes` a line must not match it."""

    pattern: re.Pattern[str]
    excludes: bool = False


@dataclass(frozen=True, slots=True)
class Matcher:
    """All terms must hold. Marks of the workbench always pass a filter and are never a hit."""

    text: str
    terms: tuple[Term, ...]
    takes_marks: bool

    def __call__(self, line: LogLine) -> bool:
        if line.source == MARK:
            return self.takes_marks
        text = plain(line)
        return all((term.pattern.search(text) is None) is term.excludes for term in self.terms)

    def spans(self, text: str) -> Iterator[tuple[int, int]]:
        """Where the searched pattern stands in a text."""
        for term in self.terms:
            if not term.excludes:
                yield from (found.span() for found in term.pattern.finditer(text) if found.group())


def searching(text: str) -> Matcher | None:
    """A regular expression, case ignored while it has no capital; None for nothing typed.

    Raises `UsageError` that says what is wrong with it, and where.
    """
    return Matcher(text, (Term(_compiled(text)),), takes_marks=False) if text else None


def filtering(text: str) -> Matcher | None:
    """Patterns joined by “ & ”; one that begins with “!” excludes. Raises as `searching` does."""
    terms = []
    for part in text.split(_BOTH):
        part = part.strip()
        if (pattern := part.removeprefix("!")) != "":
            terms.append(Term(_compiled(pattern), excludes=part.startswith("!")))
    return Matcher(text, tuple(terms), takes_marks=True) if terms else None


def _compiled(text: str) -> re.Pattern[str]:
    has_capital = any(each.isupper() for each in re.sub(r"\\.", "", text))
    try:
        return re.compile(text, 0 if has_capital else re.IGNORECASE)
    except (re.error, OverflowError, RecursionError) as problem:
        raise UsageError(
            f"“{clean_line(text)}” is no regular expression.",
            f"{clean_line(str(problem))}.",
            r"A backslash makes the next character plain, as in \[ or \(.",
        ) from problem

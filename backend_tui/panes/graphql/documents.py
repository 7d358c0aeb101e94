"""Work on whole documents: operations found, prettified, minified, fragments merged."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, cast

from backend_tui.core.errors import BackendError, UsageError
from backend_tui.core.text import clean
from backend_tui.panes.graphql.diagnosis import Lines
from backend_tui.panes.graphql.diagnostics import DEEPEST
from backend_tui.panes.graphql.layout import laid_out
from backend_tui.panes.graphql.request import Operation, OperationKind
from backend_tui.panes.graphql.tokens import Nesting, Token, tokens

if TYPE_CHECKING:
    from graphql import DocumentNode

_KINDS: Final = frozenset(("query", "mutation", "subscription"))
_DEFINITIONS: Final = frozenset((*_KINDS, "fragment"))
_MOST_TOKENS: Final = 2_000_000
_LARGEST_MERGED: Final = 50_000


@lru_cache(maxsize=8)
def operations(document: str) -> tuple[Operation, ...]:
    """The operations of a document, also of a broken one, in order."""
    finder = _Finder(document)
    for token in tokens(document):
        finder.take(token)
    finder.finish()
    return tuple(finder.found)


class _Finder:
    """Goes over the tokens and keeps the definitions that are operations."""

    def __init__(self, document: str) -> None:
        self.found: list[Operation] = []
        self._document = document
        self._lines = Lines(document)
        self._definition = ""
        self._first: Token | None = None
        self._name = ""
        self._depth = 0
        self._end = 0
        self._before = ""

    def take(self, token: Token) -> None:
        """One token further."""
        text = token.text
        if token.kind == "name" and text in _DEFINITIONS:
            if self._depth and self._begins_anew(token):
                self._depth = 0  # a bracket was never closed
                self.finish()
            elif self._depth == 0 and self._is_unfinished() and self._starts_line(token):
                self.finish()
        if self._depth == 0 and token.kind == "name":
            if not self._definition:
                self._begin(text if text in _DEFINITIONS else "other", token)
            elif self._before in _KINDS and self._before == self._definition and not self._name:
                self._name = text
        if text in ("{", "(", "["):
            if self._depth == 0 and not self._definition:
                self._begin("query" if text == "{" else "other", token)
            self._depth += 1
        elif text in ("}", ")", "]"):
            self._depth = max(self._depth - 1, 0)
            if self._depth == 0 and text == "}":
                self._end = token.end
                self.finish()
        self._end, self._before = token.end, text

    def finish(self) -> None:
        """The definition ends where the last token did."""
        if self._first is not None and self._definition in _KINDS:
            kind = cast("OperationKind", self._definition)
            start = self._first.start
            line, _ = self._lines.place(start)
            self.found.append(Operation(kind, self._name, start, self._end, line))
        self._definition, self._first, self._name = "", None, ""

    def _begin(self, definition: str, token: Token) -> None:
        self._definition, self._first, self._name = definition, token, ""

    def _is_unfinished(self) -> bool:
        """True in the head of a definition where no name is expected."""
        return bool(self._definition) and self._before not in ("fragment", "on", "@", "$", ":", "=")

    def _starts_line(self, token: Token) -> bool:
        line = self._document.rfind("\n", 0, token.start) + 1
        return not self._document[line : token.start].strip()

    def _begins_anew(self, token: Token) -> bool:
        """True for a keyword at the very beginning of a line, with a name or bracket behind it."""
        if token.start and self._document[token.start - 1] not in "\r\n":
            return False
        following = self._document[token.end : token.end + 80].lstrip()
        return following[:1] in "{(@" or following[:1].isalpha() or following[:1] == "_"


def operation_at(document: str, cursor: int) -> Operation | None:
    """The operation the cursor is in or right behind; the only one wherever the cursor is."""
    found = operations(document)
    if len(found) == 1:
        return found[0]
    inside = [each for each in found if each.start <= cursor <= each.end]
    return inside[-1] if inside else None


def chosen_operation(document: str, name: str | None) -> Operation | None:
    """The operation of that name, or the only one; None for a document without any.

    Raises `UsageError` for an unknown name and when several could be meant.
    """
    found = operations(document)
    titles = ", ".join(each.title for each in found)
    if name is not None:
        for each in found:
            if each.name == name:
                return each
        raise UsageError(
            f"There is no operation “{clean(name)}”.", "", f"The document has: {clean(titles)}."
        )
    if len(found) > 1:
        raise UsageError(
            "The document has several operations.",
            f"It has: {clean(titles)}.",
            "Name the one to run.",
        )
    return found[0] if found else None


def prettified(document: str) -> str:
    """The document laid out anew, comments kept; `BackendError` when its syntax is wrong."""
    return laid_out(document, parsed(document))


def minified(document: str) -> str:
    """The shortest text that means the same; `BackendError` when its syntax is wrong."""
    from graphql import strip_ignored_characters

    parsed(document)
    return strip_ignored_characters(document)


def merged_fragments(document: str) -> str:
    """Named fragments written out as inline fragments where they are spread.

    Raises `BackendError` for a wrong syntax, a circular or missing fragment, and for a result
    of more than 50 000 fields.
    """
    from graphql import print_ast

    from backend_tui.panes.graphql.merging import merged

    return print_ast(merged(parsed(document), _LARGEST_MERGED)) + "\n"


def parsed(document: str) -> DocumentNode:
    """The syntax tree; `BackendError` with line and column when there is none."""
    from graphql import GraphQLError, parse

    nesting = Nesting(document, DEEPEST, _MOST_TOKENS)
    if nesting.too_deep_at is not None:
        line, column = Lines(document).place(nesting.too_deep_at)
        raise BackendError(
            "The document is nested too deep.",
            f"At line {line}, column {column} it has more than {DEEPEST} levels.",
            "Draw parts of it out into fragments.",
        )
    try:
        return parse(document)
    except GraphQLError as wrong:
        place: Any = wrong.locations[0] if wrong.locations else None
        where = f" at line {place.line}, column {place.column}" if place else ""
        raise BackendError(
            f"The document has a syntax error{where}.",
            clean(wrong.message.removeprefix("Syntax Error: ")),
            "Mend it and try again; nothing was changed.",
        ) from wrong
    except RecursionError as wrong:
        raise BackendError("The document is nested too deep.") from wrong

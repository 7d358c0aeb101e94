"""Work on whole documents: operations found, prettified, minified, fragments merged."""

from __future__ import annotations

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

_KINDS: Final = ("query", "mutation", "subscription")
_CLOSERS: Final = {"}": "{", ")": "(", "]": "["}
_MOST_TOKENS: Final = 2_000_000
_LARGEST_MERGED: Final = 50_000


def operations(document: str) -> tuple[Operation, ...]:
    """The operations of a document, also of a broken one, in order."""
    lines = Lines(document)
    found: list[Operation] = []
    begun: tuple[OperationKind, Token] | None = None
    name, depth, is_fragment, last_end = "", 0, False, 0
    previous = ""

    def finish(end: int) -> None:
        nonlocal begun, name
        if begun is not None:
            kind, first = begun
            line, _ = lines.place(first.start)
            found.append(Operation(kind, name, first.start, end, line))
        begun, name = None, ""

    for token in tokens(document):
        text = token.text
        is_line_start = not document[max(token.start - 1, 0) : token.start].strip(" \t,\r\n")
        if depth and text in _KINDS and _begins(document, token):
            depth = 0  # a bracket was never closed: a keyword at a line's beginning starts anew
        if depth == 0 and token.kind == "name" and is_line_start:
            if text in _KINDS and previous not in ("@", "$", ":", "on", "fragment"):
                finish(last_end)
                begun, is_fragment = (cast("OperationKind", text), token), False
            elif text == "fragment" and previous not in ("@", "$", ":"):
                finish(last_end)
                is_fragment = True
            elif begun is not None and not name and previous in _KINDS:
                name = text
        if text in ("{", "(", "["):
            if depth == 0 and text == "{" and begun is None and not is_fragment:
                begun = ("query", token)
            depth += 1
        elif text in _CLOSERS:
            depth = max(depth - 1, 0)
            if depth == 0 and text == "}":
                finish(token.end)
                is_fragment = False
        last_end, previous = token.end, text
    finish(last_end)
    return tuple(found)


def _begins(document: str, token: Token) -> bool:
    """True for a keyword at the very beginning of a line, with a name or bracket behind it."""
    if token.start and document[token.start - 1] not in "\r\n":
        return False
    following = document[token.end : token.end + 80].lstrip()
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

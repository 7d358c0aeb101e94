"""What is wrong in a document, by syntax and by schema, within bounds of size and depth."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Final

from backend_tui.core.text import clean, shorten
from backend_tui.panes.graphql.diagnosis import Diagnosis, Lines, Problem, Severity
from backend_tui.panes.graphql.tokens import Nesting, tokens

if TYPE_CHECKING:
    from graphql import DocumentNode, GraphQLError

    from backend_tui.panes.graphql.schema import Schema

LONGEST: Final = 500_000
DEEPEST: Final = 150
MOST_TOKENS: Final = 20_000
_MOST_PROBLEMS: Final = 100
_SHORT: Final = 2_000


def diagnose(document: str, schema: Schema | None) -> Diagnosis:
    """Every finding in order of its place; without a schema the syntax alone. Never raises.

    A document beyond 500 000 characters, 20 000 tokens or 150 levels is not looked at further;
    the note, or a problem at the place, says so.
    """
    if not document.strip():
        return Diagnosis()
    if len(document) > LONGEST:
        size = f"{len(document):,} characters".replace(",", " ")
        return Diagnosis(note=f"Not checked: {size} are too many to check while you type.")
    nesting = Nesting(document, DEEPEST, MOST_TOKENS)
    lines = Lines(document)
    if nesting.too_deep_at is not None:
        place = nesting.too_deep_at
        words = f"Nested deeper than {DEEPEST} levels; it is not checked further."
        return Diagnosis((lines.problem(words, place, place + 1),))
    if nesting.too_many_at is not None:
        return Diagnosis(note=f"Not checked: more than {MOST_TOKENS} tokens.")
    return _parsed_and_judged(document, lines, schema)


async def diagnosed(document: str, schema: Schema | None) -> Diagnosis:
    """`diagnose` in a thread, so that a long document stalls nothing."""
    return await asyncio.to_thread(diagnose, document, schema)


def _parsed_and_judged(document: str, lines: Lines, schema: Schema | None) -> Diagnosis:
    from graphql import GraphQLError, parse

    if not any(True for _ in tokens(document)):
        return Diagnosis()
    try:
        tree = parse(document)
    except GraphQLError as wrong:
        return Diagnosis((_problem(wrong, document, lines, "error", "syntax"),))
    except RecursionError:
        return Diagnosis(note="Not checked: nested too deep.")
    if schema is None:
        return Diagnosis()
    return _judged(document, lines, tree, schema)


def _judged(document: str, lines: Lines, tree: DocumentNode, schema: Schema) -> Diagnosis:
    from graphql import NoDeprecatedCustomRule, validate

    try:
        errors = validate(schema.graphql, tree, max_errors=_MOST_PROBLEMS)
        warnings = validate(schema.graphql, tree, [NoDeprecatedCustomRule], _MOST_PROBLEMS)
    except RecursionError:
        return Diagnosis(note="Not checked against the schema: nested too deep.")
    except TypeError as broken:  # graphql-core's way to say that the schema itself is invalid
        words = shorten(clean(str(broken)).partition("\n")[0], 200)
        return Diagnosis(note=f"Not checked: the schema itself is not valid. {words}")
    note = ""
    if len(errors) > _MOST_PROBLEMS:
        errors, note = errors[:_MOST_PROBLEMS], f"Only the first {_MOST_PROBLEMS} are shown."
    found = [
        *_problems(errors, document, lines, "error"),
        *_problems(warnings[:_MOST_PROBLEMS], document, lines, "warning"),
    ]
    return Diagnosis(tuple(sorted(found, key=lambda problem: problem.start)), note)


def _problems(
    errors: Iterable[GraphQLError], document: str, lines: Lines, severity: Severity
) -> list[Problem]:
    return [_problem(error, document, lines, severity, "schema") for error in errors]


def _problem(
    error: GraphQLError, document: str, lines: Lines, severity: Severity, source: str
) -> Problem:
    start = min([*(error.positions or ()), len(document)][0], len(document))
    node: Any = error.nodes[0] if error.nodes else None
    named = getattr(node, "name", None)
    if named is not None and named.loc is not None and not _starts_with_a_sign(node):
        start = named.loc.start
    end = start
    for token in tokens(document, start, min(start + _SHORT, len(document))):
        end = token.end if token.start == start else start + 1
        break
    message = error.message.removeprefix("Syntax Error: ")
    return lines.problem(shorten(clean(message), 600), start, end, severity, source)


def _starts_with_a_sign(node: Any) -> bool:
    """True for a node that begins before its name: `$variable`, `@directive`."""
    return str(getattr(node, "kind", "")) in ("variable", "variable_definition", "directive")

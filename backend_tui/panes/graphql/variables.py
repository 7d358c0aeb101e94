"""An operation's variables: a skeleton to start from, a check, and literals drawn out into them."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from backend_tui.core.errors import BackendError
from backend_tui.core.text import clean, clean_line, shorten
from backend_tui.panes.graphql.diagnosis import Diagnosis, Lines, Problem
from backend_tui.panes.graphql.documents import parsed
from backend_tui.panes.graphql.request import Operation

if TYPE_CHECKING:
    from graphql import GraphQLSchema, OperationDefinitionNode, VariableDefinitionNode

    from backend_tui.panes.graphql.schema import Schema

_DEEPEST: Final = 3
_MOST_PROBLEMS: Final = 50


def variables_skeleton(
    document: str, operation: Operation | None, schema: Schema | None, current: str = ""
) -> str:
    """JSON text with a member of the right type for each variable; values of `current` are kept.

    Empty for an operation without variables. Raises `BackendError` for a wrong syntax.
    """
    node = _node(document, operation)
    definitions = node.variable_definitions if node else ()
    if not definitions:
        return ""
    given = _given(current)
    members = {}
    for each in definitions:
        name = each.variable.name.value
        if name in given:
            members[name] = given[name]
        else:
            members[name] = _example(each, schema)
    return json.dumps(members, indent=2, ensure_ascii=False)


def variables_diagnosis(
    variables: str, document: str, operation: Operation | None, schema: Schema | None
) -> Diagnosis:
    """Whether the JSON text fits the operation's variables; positions are in the JSON text.

    Never raises; a document that cannot be read leaves the types unchecked.
    """
    lines = Lines(variables)
    try:
        value = json.loads(variables) if variables.strip() else {}
    except json.JSONDecodeError as wrong:
        place = min(wrong.pos, len(variables))
        return Diagnosis((lines.problem(f"{wrong.msg}.", place, place + 1, source="variables"),))
    except (ValueError, RecursionError):
        return Diagnosis((lines.problem("It is nested too deep.", 0, 1, source="variables"),))
    if not isinstance(value, Mapping):
        words = "Variables are one JSON object: {…}."
        return Diagnosis((lines.problem(words, 0, len(variables), source="variables"),))
    try:
        node = _node(document, operation)
    except BackendError:
        return Diagnosis()
    if node is None:
        return Diagnosis()
    return Diagnosis(tuple(_checked(variables, lines, value, node, schema)))


def _checked(
    text: str,
    lines: Lines,
    value: Mapping[str, Any],
    node: OperationDefinitionNode,
    schema: Schema | None,
) -> list[Problem]:
    found: list[Problem] = []
    definitions = {each.variable.name.value: each for each in node.variable_definitions or ()}
    for name in value:
        if name not in definitions:
            start, end = member_range(text, name)
            words = f"The operation has no variable ${clean_line(name)}."
            found.append(lines.problem(words, start, end, "warning", "variables"))
    if schema is None:
        return found
    for name, message in _coercion_errors(schema.graphql, definitions, dict(value)):
        start, end = member_range(text, name)
        found.append(lines.problem(message, start, end, "error", "variables"))
    return sorted(found, key=lambda problem: problem.start)[:_MOST_PROBLEMS]


def _coercion_errors(
    schema: GraphQLSchema,
    definitions: Mapping[str, VariableDefinitionNode],
    values: dict[str, Any],
) -> list[tuple[str, str]]:
    """graphql-core's own judgement of each variable by itself, as (name, sentence)."""
    from graphql.execution.values import get_variable_values

    found = []
    for name, definition in definitions.items():
        try:
            told = get_variable_values(schema, (definition,), values, max_errors=3)
        except (RecursionError, TypeError, ValueError, OverflowError) as wrong:
            found.append((name, shorten(clean_line(str(wrong)), 300)))
            continue
        if isinstance(told, list):
            found += [(name, shorten(clean_line(error.message), 300)) for error in told]
    return found


def member_range(text: str, name: str) -> tuple[int, int]:
    """Where the outermost member of that name stands in JSON text: the offsets of its key."""
    decoder = json.JSONDecoder()
    depth, at = 0, 0
    while at < len(text):
        char = text[at]
        if char == '"':
            try:
                value, end = decoder.raw_decode(text, at)
            except ValueError:
                break
            if depth == 1 and value == name and text[end:].lstrip()[:1] == ":":
                return at, end
            at = end
            continue
        depth += (char in "{[") - (char in "}]")
        at += 1
    closing = text.rstrip()
    return max(len(closing) - 1, 0), len(closing)


def read_variables(text: str) -> dict[str, Any] | None:
    """The decoded variables, None for an empty text; `BackendError` when they are no object."""
    if not text.strip():
        return None
    try:
        value = json.loads(text, parse_constant=_no_constant)
    except (ValueError, RecursionError) as wrong:
        said = wrong.msg if isinstance(wrong, json.JSONDecodeError) else str(wrong)
        place = (
            f" at line {wrong.lineno}, column {wrong.colno}"
            if isinstance(wrong, json.JSONDecodeError)
            else ""
        )
        raise BackendError(
            f"The variables are no valid JSON{place}.", f"{clean_line(said)}.", "Mend them."
        ) from wrong
    if not isinstance(value, dict):
        raise BackendError(
            "The variables are no JSON object.",
            f"They are {shorten(clean_line(text.strip()), 60)}.",
            'Write {"name": value, …}.',
        )
    return value


def _no_constant(name: str) -> float:
    raise ValueError(f"{name} is no JSON")


def _node(document: str, operation: Operation | None) -> OperationDefinitionNode | None:
    from graphql import OperationDefinitionNode

    found = [d for d in parsed(document).definitions if isinstance(d, OperationDefinitionNode)]
    if operation is None:
        return found[0] if len(found) == 1 else None
    same = [d for d in found if d.loc and d.loc.start == operation.start]
    named = [d for d in found if (d.name.value if d.name else "") == operation.name]
    return next(iter(same or named), None)


def _given(text: str) -> dict[str, Any]:
    try:
        value = json.loads(text) if text.strip() else {}
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def _example(definition: VariableDefinitionNode, schema: Schema | None) -> Any:
    from graphql import print_ast, type_from_ast, value_from_ast_untyped

    if definition.default_value is not None:
        return _plain(value_from_ast_untyped(definition.default_value))
    if schema is None:
        return _by_name(print_ast(definition.type))
    return example_of(type_from_ast(schema.graphql, definition.type), 0)


def example_of(wanted: Any, depth: int = 0) -> Any:
    """A value of an input type to start from: required members only, the first enum value."""
    from graphql import (
        GraphQLEnumType,
        GraphQLInputObjectType,
        GraphQLList,
        get_nullable_type,
        is_required_input_field,
    )

    nullable = get_nullable_type(wanted)
    if nullable is None:
        return None
    if isinstance(nullable, GraphQLList):
        return [] if depth >= _DEEPEST else [example_of(nullable.of_type, depth + 1)]
    if isinstance(nullable, GraphQLEnumType):
        return next(iter(nullable.values), None)
    if isinstance(nullable, GraphQLInputObjectType):
        if depth >= _DEEPEST:
            return {}
        required = {n: f for n, f in nullable.fields.items() if is_required_input_field(f)}
        if nullable.is_one_of and not required:
            required = dict(list(nullable.fields.items())[:1])
        return {name: example_of(field.type, depth + 1) for name, field in required.items()}
    return _by_name(nullable.name)


def _by_name(name: str) -> Any:
    plain = name.strip("[]!")
    if name.startswith("["):
        return []
    return {"Int": 0, "Float": 0.0, "Boolean": False, "String": "", "ID": ""}.get(plain)


def _plain(value: Any) -> Any:
    return None if isinstance(value, float) and not math.isfinite(value) else value


def extracted_arguments(
    document: str, variables: str, operation: Operation | None, schema: Schema
) -> tuple[str, str]:
    """Document and variables JSON, the operation's literal arguments drawn out into variables.

    Raises `BackendError` for a wrong syntax and when there is nothing to draw out.
    """
    from backend_tui.panes.graphql.extraction import extract

    node = _node(document, operation)
    if node is None:
        raise BackendError(
            "It is not clear which operation is meant.", "", "Put the cursor into one."
        )
    text, added = extract(document, node, schema.graphql)
    if not added:
        raise BackendError(
            f"{clean(operation.title) if operation else 'The operation'} has no literal arguments.",
            "Every argument is a variable already, or there are none.",
        )
    members = (read_variables(variables) or {}) | added
    return text, json.dumps(members, indent=2, ensure_ascii=False)

"""Literal arguments of an operation drawn out into variables, by edits of the text itself."""

from __future__ import annotations

from typing import Any

from graphql import (
    ArgumentNode,
    GraphQLSchema,
    OperationDefinitionNode,
    TypeInfo,
    TypeInfoVisitor,
    ValueNode,
    VariableNode,
    Visitor,
    value_from_ast_untyped,
    visit,
)


class _Literals(Visitor):
    """Gathers the arguments whose value holds no variable, with the type each wants."""

    def __init__(self, types: TypeInfo) -> None:
        super().__init__()
        self._types = types
        self.found: list[tuple[ArgumentNode, str]] = []

    def enter_argument(self, node: ArgumentNode, *_: Any) -> None:
        wanted = self._types.get_input_type()
        if wanted is not None and not _holds_variable(node.value):
            self.found.append((node, str(wanted)))

    def enter_directive(self, *_: Any) -> Any:
        return self.SKIP


def extract(
    document: str, operation: OperationDefinitionNode, schema: GraphQLSchema
) -> tuple[str, dict[str, Any]]:
    """The edited document, and the new variables with their values."""
    types = TypeInfo(schema)
    literals = _Literals(types)
    visit(operation, TypeInfoVisitor(types, literals))
    taken = {each.variable.name.value for each in operation.variable_definitions or ()}
    edits: list[tuple[int, int, str]] = []
    declared: list[str] = []
    values: dict[str, Any] = {}
    for argument, wanted in literals.found:
        name = _free(argument.name.value, taken)
        taken.add(name)
        declared.append(f"${name}: {wanted}")
        values[name] = value_from_ast_untyped(argument.value)
        where = argument.value.loc
        if where is not None:
            edits.append((where.start, where.end, f"${name}"))
    if declared:
        edits.append(_declaration(document, operation, ", ".join(declared)))
    for start, end, text in sorted(edits, reverse=True):
        document = document[:start] + text + document[end:]
    return document, values


def _declaration(
    document: str, operation: OperationDefinitionNode, text: str
) -> tuple[int, int, str]:
    """The edit that declares the variables: in the list there is, or in a new one."""
    definitions = operation.variable_definitions or ()
    last = definitions[-1].loc if definitions else None
    if last is not None:
        return last.end, last.end, f", {text}"
    start = operation.loc.start if operation.loc else 0
    if document[start] == "{":
        return start, start, f"query ({text}) "
    if operation.name is not None and operation.name.loc is not None:
        return operation.name.loc.end, operation.name.loc.end, f"({text})"
    end = start + len(operation.operation.value)
    return end, end, f" ({text})"


def _free(name: str, taken: set[str]) -> str:
    if name not in taken:
        return name
    number = 2
    while f"{name}{number}" in taken:
        number += 1
    return f"{name}{number}"


def _holds_variable(value: ValueNode) -> bool:
    waiting: list[Any] = [value]
    while waiting:
        node = waiting.pop()
        if isinstance(node, VariableNode):
            return True
        waiting += getattr(node, "values", ()) or ()
        waiting += [each.value for each in getattr(node, "fields", ()) or ()]
    return False

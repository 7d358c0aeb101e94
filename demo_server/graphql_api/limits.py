"""What a document may ask for: depth, cost, aliases, fields, directives, counted in one walk.

The walk runs alone, before the rules of the specification: one of them compares every pair of
equal fields, so that nine hundred of them would cost more than they are worth to refuse.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    GraphQLField,
    GraphQLSchema,
    InlineFragmentNode,
    IntValueNode,
    OperationDefinitionNode,
    SelectionSetNode,
    VariableNode,
    get_named_type,
    get_nullable_type,
    is_composite_type,
    is_list_type,
)

from demo_server.graphql_api.errors import Refused

LARGEST_BODY: Final = 256 * 1024
LONGEST_DOCUMENT: Final = 64 * 1024
MOST_TOKENS: Final = 2000
MOST_COMMENTS: Final = 200
DEEPEST: Final = 15
HIGHEST_COST: Final = 5000
MOST_ALIASES: Final = 30
MOST_FIELDS: Final = 400
MOST_DIRECTIVES: Final = 50
MOST_IN_BATCH: Final = 10
SECONDS: Final = 10.0
"""How long an operation may take until its first answer."""

_LIST: Final = 5
"""What a list without a size counts as."""
_PIECE: Final = 20
"""What a connection counts as whose size is not given."""


@dataclass(slots=True)
class Demand:
    """What one operation asks for."""

    depth: int = 0
    cost: int = 0
    aliases: int = 0
    fields: int = 0
    directives: int = 0
    has_variable_size: bool = False
    """Whether a variable decides how long a list is: then the cost depends on its value."""


def demand_of(
    schema: GraphQLSchema,
    document: DocumentNode,
    operation: OperationDefinitionNode,
    variables: Mapping[str, Any],
) -> Demand:
    """Count; LIMIT_EXCEEDED as soon as a limit is passed."""
    fragments = {
        each.name.value: each
        for each in document.definitions
        if isinstance(each, FragmentDefinitionNode)
    }
    demand = Demand()
    defaults = {
        each.variable.name.value: int(each.default_value.value)
        for each in operation.variable_definitions or ()
        if isinstance(each.default_value, IntValueNode)
    }
    walk = _Walk(schema, fragments, {**defaults, **variables}, demand)
    walk.selection(operation.selection_set, schema.get_root_type(operation.operation), 1, 1, ())
    return demand


class _Walk:
    def __init__(
        self,
        schema: GraphQLSchema,
        fragments: Mapping[str, FragmentDefinitionNode],
        variables: Mapping[str, Any],
        demand: Demand,
    ) -> None:
        self._schema = schema
        self._fragments = fragments
        self._variables = variables
        self._demand = demand

    def selection(
        self,
        selected: SelectionSetNode,
        parent: Any,
        depth: int,
        times: int,
        inside: tuple[str, ...],
    ) -> None:
        """Everything selected of `parent`, which there are `times` of."""
        _keep("depth", "levels deep", depth, DEEPEST)
        self._demand.depth = max(self._demand.depth, depth)
        for each in selected.selections:
            self._count("directives", len(each.directives or ()), "directives", MOST_DIRECTIVES)
            if isinstance(each, FieldNode):
                self._field(each, parent, depth, times, inside)
            elif isinstance(each, InlineFragmentNode):
                named = each.type_condition and each.type_condition.name.value
                inner = self._schema.get_type(named) if named else parent
                self.selection(each.selection_set, inner, depth, times, inside)
            else:
                name = each.name.value  # type: ignore[attr-defined]
                fragment = self._fragments.get(name)
                if fragment is not None and name not in inside:
                    inner = self._schema.get_type(fragment.type_condition.name.value)
                    self.selection(fragment.selection_set, inner, depth, times, (*inside, name))

    def _field(
        self, node: FieldNode, parent: Any, depth: int, times: int, inside: tuple[str, ...]
    ) -> None:
        self._count("fields", 1, "fields", MOST_FIELDS)
        self._count("aliases", node.alias is not None, "aliases", MOST_ALIASES)
        name = node.name.value
        if name.startswith("__"):  # introspection has a rule of its own
            return
        known = getattr(parent, "fields", {}).get(name)
        if known is None or node.selection_set is None:
            return
        inner = get_named_type(known.type)
        if not is_composite_type(inner):
            return
        self._count("cost", times, "points of cost", HIGHEST_COST)
        size = self._size(node, known, parent)
        self.selection(node.selection_set, inner, depth + 1, times * size, inside)

    def _size(self, node: FieldNode, known: GraphQLField, parent: Any) -> int:
        """How many of what this field gives there may be."""
        for name in ("first", "last"):
            given = next((each for each in node.arguments or () if each.name.value == name), None)
            if given is None:
                continue
            value: Any = None
            if isinstance(given.value, VariableNode):
                self._demand.has_variable_size = True
                value = self._variables.get(given.value.name.value)
            elif isinstance(given.value, IntValueNode):
                value = int(given.value.value[:9])
            if isinstance(value, int):
                return max(1, value)
        if "first" in known.args:
            default = known.args["first"].default
            literal = default.literal if default is not None else None
            return int(literal.value) if isinstance(literal, IntValueNode) else _PIECE
        if parent.name.endswith("Connection"):
            return 1
        return _LIST if is_list_type(get_nullable_type(known.type)) else 1

    def _count(self, member: str, more: int, noun: str, most: int) -> None:
        total = getattr(self._demand, member) + more
        setattr(self._demand, member, total)
        _keep(member, noun, total, most)


def _keep(name: str, noun: str, number: int, most: int) -> None:
    if number > most:
        raise Refused(
            "LIMIT_EXCEEDED",
            f"The operation has more than {most} {noun}. Ask for less at once.",
            limit=name,
            most=most,
        )

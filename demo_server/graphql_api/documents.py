"""Documents that were parsed and found valid, kept for the next one who sends the same text."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from graphql import (
    REMOVE,
    DirectiveNode,
    DocumentNode,
    GraphQLError,
    GraphQLSchema,
    GraphQLSyntaxError,
    OperationDefinitionNode,
    Visitor,
    parse,
    specified_rules,
    validate,
    visit,
)
from graphql.validation import NoSchemaIntrospectionCustomRule

from demo_server.graphql_api import limits
from demo_server.graphql_api.errors import Code, Refused

KEPT: Final = 200
MOST_ERRORS: Final = 20


class Rejected(Exception):  # noqa: N818 - an answer, not a defect
    """A document that is not executed, and why."""

    def __init__(
        self, errors: list[GraphQLError], code: Code = "GRAPHQL_VALIDATION_FAILED"
    ) -> None:
        super().__init__("rejected")
        self.errors = errors
        self.code: Code = code


@dataclass(slots=True)
class Document:
    """A valid document, what its operations ask for, and whether parts of it may come later."""

    node: DocumentNode
    operations: dict[str | None, OperationDefinitionNode]
    demands: dict[str | None, limits.Demand]
    is_incremental: bool
    _at_once: DocumentNode | None = field(default=None)

    @property
    def at_once(self) -> DocumentNode:
        """The same document without @defer and @stream, for who cannot read parts."""
        if not self.is_incremental:
            return self.node
        if self._at_once is None:
            self._at_once = visit(self.node, _Undivided())
        return self._at_once


class _Undivided(Visitor):
    def enter_directive(self, node: DirectiveNode, *_: Any) -> Any:
        return REMOVE if node.name.value in {"defer", "stream"} else None


class Documents:
    """The last `KEPT` valid documents by their text."""

    def __init__(self, schema: GraphQLSchema, *, shows_schema: bool) -> None:
        self._schema = schema
        self._shows_schema = shows_schema
        self._rules = list(specified_rules)
        if not shows_schema:
            self._rules.append(NoSchemaIntrospectionCustomRule)
        self._kept: OrderedDict[str, Document] = OrderedDict()
        self.hits = 0

    def read(self, text: str) -> Document:
        """The document of this text; Rejected when it is malformed, invalid or asks too much."""
        document = self._kept.get(text)
        if document is not None:
            self._kept.move_to_end(text)
            self.hits += 1
            return document
        document = self._prepare(text)
        self._kept[text] = document
        if len(self._kept) > KEPT:
            self._kept.popitem(last=False)
        return document

    def demand(
        self, document: Document, name: str | None, variables: Mapping[str, Any]
    ) -> limits.Demand:
        """What the operation asks for with these variables; Rejected when it is too much."""
        demand = document.demands[name]
        if not demand.has_variable_size:
            return demand
        try:
            return limits.demand_of(
                self._schema, document.node, document.operations[name], variables
            )
        except GraphQLError as error:
            raise Rejected([error]) from None

    def _prepare(self, text: str) -> Document:
        try:
            node = _parse(text)
            operations = {
                each.name.value if each.name else None: each
                for each in node.definitions
                if isinstance(each, OperationDefinitionNode)
            }
            demands = {
                name: limits.demand_of(self._schema, node, each, {})
                for name, each in operations.items()
            }
        except GraphQLError as error:
            raise Rejected([error]) from None
        errors = validate(
            self._schema,
            node,
            self._rules,
            max_errors=MOST_ERRORS,
            hide_suggestions=not self._shows_schema,
        )
        if errors:
            raise Rejected(errors)
        is_incremental = _Divided.is_in(node)
        return Document(node, operations, demands, is_incremental)


class _Divided(Visitor):
    found = False

    def enter_directive(self, node: DirectiveNode, *_: Any) -> None:
        self.found = self.found or node.name.value in {"defer", "stream"}

    @classmethod
    def is_in(cls, node: DocumentNode) -> bool:
        """Whether the document uses @defer or @stream."""
        visitor = cls()
        visit(node, visitor)
        return visitor.found


def _parse(text: str) -> DocumentNode:
    if len(text) > limits.LONGEST_DOCUMENT:
        raise Refused(
            "LIMIT_EXCEEDED",
            f"The document has more than {limits.LONGEST_DOCUMENT:,} characters.",
            limit="document",
            most=limits.LONGEST_DOCUMENT,
        )
    try:
        return parse(text, max_lexical_tokens=limits.MOST_TOKENS, max_comments=limits.MOST_COMMENTS)
    except GraphQLSyntaxError as error:
        if "limit" in error.message or "more than" in error.message:
            raise Refused(
                "LIMIT_EXCEEDED",
                error.message,
                limit="tokens",
                most=limits.MOST_TOKENS,
            ) from None
        raise

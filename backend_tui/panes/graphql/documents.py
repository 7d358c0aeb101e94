"""Work on whole documents: operations found, prettified, minified, merged, variables drawn out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from backend_tui.panes.graphql.diagnosis import Diagnosis, Edit
from backend_tui.panes.graphql.request import Operation

if TYPE_CHECKING:
    from backend_tui.panes.graphql.schema import Schema


def operations(document: str) -> tuple[Operation, ...]:
    """The operations of a document, also of a broken one, in order."""
    raise NotImplementedError


def operation_at(document: str, cursor: int) -> Operation | None:
    """The operation the cursor is in or just behind; the only one wherever the cursor is."""
    raise NotImplementedError


def prettified(document: str) -> str:
    """The document laid out anew, comments kept; `BackendError` when its syntax is wrong."""
    raise NotImplementedError


def minified(document: str) -> str:
    """The shortest text that means the same; `BackendError` when its syntax is wrong."""
    raise NotImplementedError


def merged_fragments(document: str, schema: Schema | None = None) -> str:
    """Named fragments written out where they are spread; `BackendError` when one is circular."""
    raise NotImplementedError


def extracted_arguments(
    document: str, variables: str, cursor: int, schema: Schema
) -> tuple[str, str]:
    """Document and variables JSON with the literal arguments of the operation drawn out."""
    raise NotImplementedError


def variables_skeleton(document: str, operation: Operation, schema: Schema | None) -> str:
    """JSON text with a member of the right type for each variable, empty for none."""
    raise NotImplementedError


def variables_diagnosis(
    variables: str, document: str, operation: Operation | None, schema: Schema | None
) -> Diagnosis:
    """Whether the JSON text fits the operation's variables; positions are in the JSON text."""
    raise NotImplementedError


__all__ = ["Edit"]

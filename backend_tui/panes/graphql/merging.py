"""Named fragments written out in the places they are spread, in the syntax tree."""

from __future__ import annotations

from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionNode,
    SelectionSetNode,
)

from backend_tui.core.errors import BackendError
from backend_tui.core.text import clean_line


def merged(document: DocumentNode, most: int) -> DocumentNode:
    """A new tree of the operations alone, each spread an inline fragment of its type.

    Raises `BackendError` for a circular or missing fragment and beyond `most` selections.
    """
    known = {
        each.name.value: each
        for each in document.definitions
        if isinstance(each, FragmentDefinitionNode)
    }
    writer = _Writer(known, most)
    definitions: list[Any] = [
        _with_selections(each, writer.written(each.selection_set, ()))
        if isinstance(each, OperationDefinitionNode)
        else each
        for each in document.definitions
        if not isinstance(each, FragmentDefinitionNode)
    ]
    return DocumentNode(definitions=tuple(definitions))


class _Writer:
    def __init__(self, known: dict[str, FragmentDefinitionNode], most: int) -> None:
        self._known = known
        self._left = most
        self._most = most

    def written(self, selections: SelectionSetNode, path: tuple[str, ...]) -> SelectionSetNode:
        """The same selections, spreads written out; `path` names the fragments on the way."""
        found: list[SelectionNode] = []
        for each in selections.selections:
            self._left -= 1
            if self._left < 0:
                raise BackendError(
                    "The merged document would be too long.",
                    f"It would have more than {self._most} selections.",
                    "Keep the fragments.",
                )
            found.append(self._selection(each, path))
        return SelectionSetNode(selections=tuple(found))

    def _selection(self, node: SelectionNode, path: tuple[str, ...]) -> SelectionNode:
        if isinstance(node, FragmentSpreadNode):
            return self._spread(node, path)
        inside = node.selection_set if isinstance(node, FieldNode | InlineFragmentNode) else None
        if inside is None:
            return node
        copied: SelectionNode = _with_selections(node, self.written(inside, path))
        return copied

    def _spread(self, node: FragmentSpreadNode, path: tuple[str, ...]) -> InlineFragmentNode:
        name = node.name.value
        if name in path:
            circle = " → ".join((*path[path.index(name) :], name))
            raise BackendError(
                f"The fragment {clean_line(name)} is circular.",
                f"{clean_line(circle)}.",
                "Take one of these spreads out.",
            )
        if name not in self._known:
            raise BackendError(
                f"The fragment {clean_line(name)} is not in the document.",
                "",
                "Write it, or take its spread out.",
            )
        fragment = self._known[name]
        return InlineFragmentNode(
            type_condition=fragment.type_condition,
            directives=(*(node.directives or ()), *(fragment.directives or ())),
            selection_set=self.written(fragment.selection_set, (*path, name)),
        )


def _with_selections(node: Any, selections: SelectionSetNode) -> Any:
    """A copy of the node with other selections."""
    given = {name: getattr(node, name, None) for name in node.keys if name != "loc"}
    return type(node)(**(given | {"selection_set": selections}))

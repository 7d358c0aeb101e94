"""What the editor is told while a person writes: findings, suggestions, the operation meant.

The language work itself is done elsewhere; here it is taken off the loop when a document is long,
and put into the words of the widgets.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, Final, ParamSpec, TypeVar

from backend_tui.panes.graphql.completion import Completion, complete
from backend_tui.panes.graphql.diagnosis import Diagnosis
from backend_tui.panes.graphql.diagnostics import diagnose
from backend_tui.panes.graphql.documents import operations
from backend_tui.panes.graphql.item import Item
from backend_tui.panes.graphql.model import DocumentRead
from backend_tui.panes.graphql.request import Draft, Operation
from backend_tui.panes.graphql.variables import variables_diagnosis
from backend_tui.ui.code_editor import Problem
from backend_tui.ui.completion_popup import Suggestion

if TYPE_CHECKING:
    from backend_tui.panes.graphql.schema import Schema

P = ParamSpec("P")
T = TypeVar("T")

_SHORT: Final = 20_000
# Beyond this even a look through the words, in a thread, slows every key; the run looks anyway.
LONGEST_READ: Final = 1_000_000
NOT_READ: Final = Diagnosis(note="Too long to be checked as you type; it is checked on run.")
_SYMBOLS: Final = {
    "field": "·",
    "argument": ":",
    "enum value": "=",
    "input field": ":",
    "variable": "$",
    "directive": "@",
    "fragment": "…",
    "type": "T",
    "keyword": " ",
    "value": "=",
}


async def off_loop(size: int, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """The result of the work: at once for a short text, in a thread for a long one."""
    if size <= _SHORT:
        return work(*args, **kwargs)
    return await asyncio.to_thread(work, *args, **kwargs)


async def read_document(
    draft: Draft, caret: int, chosen: Operation | None, schema: Schema | None
) -> tuple[DocumentRead, Operation | None]:
    """Operations and findings of a draft, and the operation the cursor means.

    A document beyond `LONGEST_READ` characters is not read; the note of its findings says so.
    """
    document = draft.document
    if len(document) > LONGEST_READ:
        return DocumentRead(document, (), NOT_READ, Diagnosis()), chosen
    found = await off_loop(len(document), operations, document)
    meant = operation_meant(found, caret) or chosen
    diagnosis = await asyncio.to_thread(diagnose, document, schema)
    variables = await asyncio.to_thread(
        variables_diagnosis, draft.variables, document, meant, schema
    )
    return DocumentRead(document, found, diagnosis, variables), meant


def operation_meant(found: tuple[Operation, ...], caret: int) -> Operation | None:
    """The operation around the cursor, else the last one before it, else the first."""
    inside = [each for each in found if each.start <= caret <= each.end]
    before = [each for each in found if each.start <= caret]
    nearest = inside or before or list(found[:1])
    return nearest[-1] if nearest else None


async def suggested(schema: Schema, document: str, caret: int) -> Completion:
    """What fits at the cursor."""
    return await off_loop(len(document), complete, schema, document, caret)


def suggestions(completion: Completion) -> tuple[Suggestion, ...]:
    """The proposals as the list at the cursor shows them."""
    return tuple(_suggestion(item) for item in completion.items)


def _suggestion(item: Item) -> Suggestion:
    label = f"{item.label}!" if item.is_required else item.label
    return Suggestion(
        label=label,
        detail=item.detail,
        description=item.description,
        deprecation="" if item.is_deprecated else None,
        text=item.insert or item.label,
        caret=item.back,
        symbol=_SYMBOLS[item.kind],
    )


def problems(diagnosis: Diagnosis) -> tuple[Problem, ...]:
    """The findings where the editor underlines them; lines and columns from 0 there."""
    return tuple(
        Problem(
            (each.line - 1, each.column - 1),
            (each.end_line - 1, each.end_column - 1),
            each.message,
            is_warning=each.severity != "error",
        )
        for each in diagnosis.problems
    )

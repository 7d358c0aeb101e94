"""The plan of a recorded SELECT, asked of the database when somebody wants to see it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from django.db import DatabaseError, connection

from demo_server.tracing.spans import StatementSpan
from demo_server.tracing.sql import LONGEST_TEXT
from demo_server.tracing.wire import MASK

if TYPE_CHECKING:
    from demo_server.tracing.spans import Span

_READS = re.compile(r"\s*\(*\s*SELECT\b", re.IGNORECASE)
_FORMATS = {"mysql": "TREE"}


class NoPlanError(Exception):
    """There is no plan for this span; the text says why."""


def plan_of(span: Span) -> dict[str, Any]:
    """The plan as indented lines, and whose it is; it reads and never runs the statement.

    Call it in a thread. Raises `NoPlanError`.
    """
    if not isinstance(span, StatementSpan):
        raise NoPlanError("This step is not an SQL statement.")
    text = span.text
    if not _READS.match(text):
        raise NoPlanError("Only a SELECT has a plan to show.")
    if len(text) >= LONGEST_TEXT:
        raise NoPlanError("The statement was too long to be kept whole.")
    prefix = connection.ops.explain_query_prefix(_FORMATS.get(connection.vendor))
    try:
        with connection.cursor() as cursor:
            cursor.execute(f"{prefix} {text}", _unmasked(span.parameters))
            rows = cursor.fetchall()
    except DatabaseError as error:
        raise NoPlanError(f"The database gives no plan: {error}") from error
    finally:
        connection.close()
    lines = _tree(rows) if connection.vendor == "sqlite" else _text(rows)
    return {"lines": lines, "dialect": connection.vendor}


def _unmasked(parameters: Any) -> Any:
    """Masked values as NULL: the plan does not depend on them."""
    if parameters is None:
        return None
    if isinstance(parameters, dict):
        return {key: None if value == MASK else value for key, value in parameters.items()}
    return [None if value == MASK else value for value in parameters]


def _tree(rows: list[tuple[Any, ...]]) -> list[str]:
    """SQLite's rows (id, parent, unused, detail), each indented under its parent."""
    depth = {0: -1}
    lines = []
    for number, parent, _, detail in rows:
        depth[number] = depth.get(parent, -1) + 1
        lines.append("  " * depth[number] + str(detail))
    return lines


def _text(rows: list[tuple[Any, ...]]) -> list[str]:
    return [line for row in rows for line in " | ".join(map(str, row)).splitlines()]

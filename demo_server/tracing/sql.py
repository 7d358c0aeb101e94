"""Every SQL statement as a span: text, parameters, rows, execution and fetch time, duplicates."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from django.db.backends.signals import connection_created

from demo_server.tracing.recorder import here
from demo_server.tracing.spans import StatementSpan
from demo_server.tracing.wire import MASK

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.db.backends.base.base import BaseDatabaseWrapper

LONGEST_TEXT = 32_768
LONGEST_PARAMETER = 1000
MOST_PARAMETERS = 200
_SECRET = re.compile(r"password|token|session|auth_user|secret", re.IGNORECASE)
_TABLE = re.compile(r"\b(?:FROM|INTO|UPDATE|TABLE|JOIN)\s+[\"`]?([\w.]+)", re.IGNORECASE)
_CONTROL = frozenset({"BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT", "RELEASE", "PRAGMA", "SET"})


class Shape(NamedTuple):
    """What a statement's text says of it."""

    name: str
    verb: str
    is_control: bool
    is_secret: bool


@lru_cache(maxsize=2048)
def shape_of(text: str) -> Shape:
    """`SELECT shop_product` and the like, whether it steers a transaction, whether it is secret."""
    verb = text.lstrip(" (\n").partition(" ")[0].rstrip(";").upper()[:20] or "SQL"
    table = _TABLE.search(text)
    name = f"{verb} {table[1]}" if table else verb
    return Shape(name, verb, verb in _CONTROL, _SECRET.search(text) is not None)


def install() -> None:
    """Trace every database connection from now on."""
    connection_created.connect(_trace_connection, dispatch_uid="demo_server.tracing.sql")


def _trace_connection(*, connection: BaseDatabaseWrapper, **_: Any) -> None:
    if record not in connection.execute_wrappers:
        connection.execute_wrappers.append(record)


def record(
    execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: dict[str, Any]
) -> Any:
    """Run one statement inside a span; Django calls this around every execution."""
    parent = here.get()
    if parent is None or parent.journey.is_finished:
        return execute(sql, params, many, context)
    journey = parent.journey
    text = sql if isinstance(sql, str) else str(sql)
    shape = shape_of(text)
    is_duplicate = journey.count_statement(text) and not shape.is_control
    span = StatementSpan(parent, shape.name, text[:LONGEST_TEXT])
    span.parameters = _bounded(params, many, shape.is_secret)
    span.system = context["connection"].vendor
    span.verb = shape.verb
    span.is_duplicate = is_duplicate
    try:
        result = execute(sql, params, many, context)
    except Exception as error:
        span.fail(error)
        raise
    finally:
        span.end()
    _follow_rows(span, shape, context)
    return result


def _follow_rows(span: StatementSpan, shape: Shape, context: dict[str, Any]) -> None:
    """Let the cursor add the rows it fetches; other databases have them all already."""
    cursor = getattr(context["cursor"], "cursor", context["cursor"])
    if hasattr(cursor, "span"):
        cursor.span = span
        if cursor.description is not None:
            span.rows = 0
        elif cursor.rowcount >= 0:
            span.affected = cursor.rowcount
    elif getattr(cursor, "rowcount", -1) >= 0:
        if shape.verb in {"SELECT", "WITH"}:
            span.rows = cursor.rowcount
            span.journey.count_rows(cursor.rowcount)
        else:
            span.affected = cursor.rowcount


def _bounded(params: Any, many: bool, is_secret: bool) -> Any:
    """The parameters as they may be kept: masked where secret, no more and no longer than fits."""
    if not params:
        return None
    if many:
        return [f"{len(params)} rows"] if hasattr(params, "__len__") else ["rows"]
    if isinstance(params, dict):
        return {key: MASK if is_secret else _cut(value) for key, value in params.items()}
    kept = params[:MOST_PARAMETERS]
    if is_secret:
        return [MASK] * len(kept)
    return [_cut(value) for value in kept]


def _cut(value: Any) -> Any:
    if isinstance(value, (str, bytes)) and len(value) > LONGEST_PARAMETER:
        return value[:LONGEST_PARAMETER]
    return value

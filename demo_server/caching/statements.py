"""Counts the SQL statements of one piece of work, in whichever thread they run."""

from __future__ import annotations

from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, Self

from django.db.backends.signals import connection_created

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.db.backends.base.base import BaseDatabaseWrapper

_counted: ContextVar[StatementCount | None] = ContextVar("cache_statements", default=None)


class StatementCount:
    """`with StatementCount() as count: …` and then `count.statements`."""

    __slots__ = ("_token", "statements")

    def __init__(self) -> None:
        self.statements = 0

    def __enter__(self) -> Self:
        self._token = _counted.set(self)
        return self

    def __exit__(self, *_: object) -> None:
        _counted.reset(self._token)


def install() -> None:
    """Count on every database connection from now on."""
    connection_created.connect(_watch, dispatch_uid="demo_server.caching.statements")


def _watch(*, connection: BaseDatabaseWrapper, **_: Any) -> None:
    if _count not in connection.execute_wrappers:
        connection.execute_wrappers.append(_count)


def _count(
    execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: dict[str, Any]
) -> Any:
    counted = _counted.get()
    if counted is not None:
        counted.statements += 1
    return execute(sql, params, many, context)

"""Failures as a GraphQL answer tells them: a sentence, a code, and nothing of the inside."""

from __future__ import annotations

import logging
from typing import Any, Final, Literal

from django.db import InterfaceError, OperationalError
from graphql import GraphQLError, GraphQLSyntaxError

logger = logging.getLogger("demo_server.graphql")

Code = Literal[
    "BAD_REQUEST", "GRAPHQL_PARSE_FAILED", "GRAPHQL_VALIDATION_FAILED", "LIMIT_EXCEEDED",
    "BAD_USER_INPUT", "UNAUTHENTICATED", "FORBIDDEN", "PERSISTED_QUERY_NOT_FOUND",
    "PERSISTED_QUERY_HASH_MISMATCH", "TIME_OUT", "UNAVAILABLE", "INTERNAL_SERVER_ERROR",
]  # fmt: skip

_BUSY: Final = "The database is busy or does not answer. Repeat in a second."


class Refused(GraphQLError):  # noqa: N818 - an answer, not a defect
    """A failure that the client is told about as it is."""

    def __init__(self, code: Code, message: str, **details: Any) -> None:
        super().__init__(message, extensions={"code": code, **details})


def bad_input(message: str) -> Refused:
    """An argument breaks a rule that the schema cannot say."""
    return Refused("BAD_USER_INPUT", message)


def formatted(error: GraphQLError, code: Code, trace_id: str) -> dict[str, Any]:
    """The error as it is sent; what was not meant for clients is masked and logged.

    `code` is for an error of graphql-core itself, which has none.
    """
    cause = error.original_error
    told: dict[str, Any] = {"message": error.message}
    if error.locations:
        told["locations"] = [{"line": at.line, "column": at.column} for at in error.locations]
    if error.path is not None:
        told["path"] = error.path
    extensions = dict(error.extensions or {})
    if cause is not None and not isinstance(cause, GraphQLError):
        told["message"], masked = _masked(cause, error.path, trace_id)
        extensions = {"code": masked}
    extensions.setdefault(
        "code", "GRAPHQL_PARSE_FAILED" if isinstance(error, GraphQLSyntaxError) else code
    )
    if trace_id and extensions["code"] in {"INTERNAL_SERVER_ERROR", "UNAVAILABLE", "TIME_OUT"}:
        extensions["traceId"] = trace_id
    told["extensions"] = extensions
    return told


def _masked(cause: Exception, path: Any, trace_id: str) -> tuple[str, Code]:
    where = ".".join(map(str, path or ()))
    if isinstance(cause, OperationalError | InterfaceError):
        logger.error("%s: %s", where, cause)
        return _BUSY, "UNAVAILABLE"
    logger.error("%s failed (trace %s)", where, trace_id or "not kept", exc_info=cause)
    return "Internal error. The trace tells more.", "INTERNAL_SERVER_ERROR"

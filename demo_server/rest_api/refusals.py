"""Operations of the shop: the refusals of its rules become problems with the right status."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from demo_server.rest_api.layer import operation as layer
from demo_server.rest_api.layer.operation import Call, Handler, Operation, Reply
from demo_server.rest_api.layer.problem import Problem, invalid
from demo_server.shop.services import Conflict, Gone, Invalid, NotFound, Refusal, Stale


def operation(summary: str, **declared: Any) -> Callable[[Handler], Operation]:
    """As in the layer, with the shop's refusals told as problems."""
    declare = layer.operation(summary, **declared)
    return lambda handler: declare(_translated(handler))


def _translated(handler: Handler) -> Handler:
    @wraps(handler)
    async def translated(call: Call[Any, Any]) -> Reply:
        try:
            return await handler(call)
        except Refusal as refusal:
            raise _problem(refusal) from None

    return translated


def _problem(refusal: Refusal) -> Problem:
    match refusal:
        case Invalid(field=member, detail=detail):
            return invalid(f"#/{member}", detail)
        case NotFound(detail=detail):
            return Problem("not-found", detail)
        case Gone(detail=detail):
            return Problem("gone", detail)
        case Stale(detail=detail):
            return Problem("precondition-failed", f"{detail} Read it again, then repeat.")
        case Conflict(detail=detail):
            return Problem("conflict", detail)
        case _:
            raise refusal

"""The typed errors of mutations: the shop's refusals, and values that break a rule."""

from __future__ import annotations

import re
from typing import Any, Final

from demo_server.shop.services import Conflict, Gone, Invalid, NotFound, Refusal, Stale

_LOW: Final = re.compile(r"_([a-z])")


class Rejected(Exception):  # noqa: N818 - an answer, not a defect
    """An input with values that break rules; `errors` names each."""

    def __init__(self, errors: list[dict[str, Any]]) -> None:
        super().__init__("rejected")
        self.errors = errors


def invalid(pointer: str, detail: str) -> dict[str, Any]:
    """A value that breaks a rule; `pointer` is `#/lines/0/product_id` or `lines/0/product_id`."""
    steps = [step for step in pointer.removeprefix("#").split("/") if step]
    path = ["input", *(_LOW.sub(lambda found: found[1].upper(), step) for step in steps)]
    return _error("InvalidInputError", detail, path=path)


def error_of(refusal: Refusal) -> dict[str, Any]:
    """The error that tells a refusal of the shop."""
    match refusal:
        case Invalid(field=field, detail=detail):
            return invalid(field, detail)
        case NotFound(detail=detail):
            return _error("NotFoundError", detail)
        case Gone(detail=detail, since=since):
            return _error("WithdrawnError", detail, withdrawn_at=since)
        case Stale(detail=detail, current=current):
            return _error("StaleError", detail, current_version=current)
        case Conflict(detail=detail):
            return _error("ConflictError", detail)
        case _:
            raise refusal


def _error(name: str, message: str, **members: Any) -> dict[str, Any]:
    return {"__typename": name, "message": message, "path": [], **members}

"""Reading on from a row instead of counting rows: page ten thousand costs as much as page one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Generic, NamedTuple, TypeVar

from django.core.exceptions import ValidationError
from django.db.models import Model, Q, QuerySet

from demo_server.shop.write_back.overlay import as_stored_now, listed

M = TypeVar("M", bound=Model)


class Order(NamedTuple):
    """By which field a list is sorted; the id settles ties, in the same direction."""

    field: str
    is_descending: bool = False


class Position(NamedTuple):
    """Where a row stands in its order."""

    value: Any
    id: int


@dataclass(frozen=True, slots=True)
class Piece(Generic[M]):
    """A few rows in their order, and whether there are more on either side."""

    rows: list[M]
    has_next: bool
    has_previous: bool


def position(row: Model, order: Order) -> Position:
    """The position of a loaded row."""
    return Position(as_stored_now(row, order.field), row.pk)


def as_stored(model: type[Model], order: Order, value: Any) -> Any:
    """A value that came as text, as the sorting field holds it; ValueError when it is none."""
    try:
        return model._meta.get_field(order.field).to_python(value)  # type: ignore[union-attr]  # noqa: SLF001
    except (ValidationError, TypeError) as error:
        raise ValueError(str(value)) from error


async def piece(
    rows: QuerySet[M],
    order: Order,
    limit: int,
    *,
    after: Position | None = None,
    before: Position | None = None,
    is_from_end: bool = False,
) -> Piece[M]:
    """The first `limit` rows after and before these positions, or the last ones from the end."""
    bounded = between(rows, order, after, before)
    reads_downward = order.is_descending != is_from_end
    found = await listed(bounded.order_by(*_terms(order, reads_downward))[: limit + 1])
    has_more = len(found) > limit
    del found[limit:]
    if is_from_end:
        found.reverse()
        return Piece(found, has_next=before is not None, has_previous=has_more)
    return Piece(found, has_next=has_more, has_previous=after is not None)


def between(
    rows: QuerySet[M], order: Order, after: Position | None, before: Position | None
) -> QuerySet[M]:
    """The rows beyond these positions, unsorted."""
    if after is not None:
        rows = rows.filter(_beyond(order, after, is_downward=order.is_descending))
    if before is not None:
        rows = rows.filter(_beyond(order, before, is_downward=not order.is_descending))
    return rows


def _beyond(order: Order, place: Position, *, is_downward: bool) -> Q:
    than = "lt" if is_downward else "gt"
    if order.field == "id":
        return Q(**{f"id__{than}": place.id})
    ties = Q(**{order.field: place.value, f"id__{than}": place.id})
    return Q(**{f"{order.field}__{than}": place.value}) | ties


def _terms(order: Order, is_downward: bool) -> list[str]:
    sign = "-" if is_downward else ""
    return [f"{sign}{name}" for name in dict.fromkeys((order.field, "id"))]

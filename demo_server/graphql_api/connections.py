"""Cursor connections: pieces of a list that stay right while others insert and delete."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Awaitable, Callable
from typing import Any, Final, NamedTuple, TypeVar

from django.db.models import Model, QuerySet

from demo_server.graphql_api.errors import bad_input
from demo_server.shop.queries.keyset import Order, Piece, Position, as_stored, piece, position

M = TypeVar("M", bound=Model)

MOST: Final = 100


class PageInfo(NamedTuple):
    """Where a piece is in its list."""

    has_next_page: bool
    has_previous_page: bool
    start_cursor: str | None
    end_cursor: str | None


class Edge:
    """An item and its place in the list."""

    __slots__ = ("_order", "node")

    def __init__(self, node: Model, order: Order) -> None:
        self.node = node
        self._order = order

    @property
    def cursor(self) -> str:
        """The item's place as opaque text."""
        return cursor(self.node, self._order)


class Connection:
    """A piece of a list; how many there are in all is only counted when somebody asks."""

    __slots__ = ("_order", "_piece", "count")

    def __init__(
        self, found: Piece[Any], order: Order, count: Callable[[], Awaitable[int]]
    ) -> None:
        self._piece = found
        self._order = order
        self.count = count

    @property
    def nodes(self) -> list[Any]:
        """The items alone."""
        return self._piece.rows

    @property
    def edges(self) -> list[Edge]:
        """The items with their cursors."""
        return [Edge(row, self._order) for row in self._piece.rows]

    @property
    def page_info(self) -> PageInfo:
        """Where this piece begins and ends."""
        rows = self._piece.rows
        return PageInfo(
            self._piece.has_next,
            self._piece.has_previous,
            cursor(rows[0], self._order) if rows else None,
            cursor(rows[-1], self._order) if rows else None,
        )


def cursor(row: Model, order: Order) -> str:
    """The place of a row as opaque text."""
    place = json.dumps([order.field, *position(row, order)], default=str, separators=(",", ":"))
    return base64.urlsafe_b64encode(place.encode()).decode().rstrip("=")


def place_of(text: str | None, model: type[Model], order: Order) -> Position | None:
    """The place that a cursor names; BAD_USER_INPUT when it was made for another list."""
    if text is None:
        return None
    try:
        padded = text + "=" * (-len(text) % 4)
        field, value, key = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
        if field != order.field or type(key) is not int:
            raise ValueError(field)
        return Position(as_stored(model, order, value), key)
    except (ValueError, TypeError, binascii.Error, RecursionError):
        raise bad_input("This cursor does not belong to this list in this order.") from None


def size(name: str, given: int, most: int = MOST) -> int:
    """How many to read; BAD_USER_INPUT outside of 0 to `most`."""
    if not 0 <= given <= most:
        raise bad_input(f"`{name}` is 0 to {most}.")
    return given


async def connect(
    rows: QuerySet[M],
    order: Order,
    *,
    first: int | None = None,
    last: int | None = None,
    after: str | None = None,
    before: str | None = None,
    usual: int = 20,
) -> Connection:
    """The piece of these rows that the arguments of a connection ask for."""
    if first is not None and last is not None:
        raise bad_input("Ask for `first` or for `last`, not for both.")
    limit = size("first", usual if first is None else first) if last is None else size("last", last)
    found = await piece(
        rows,
        order,
        limit,
        after=place_of(after, rows.model, order),
        before=place_of(before, rows.model, order),
        is_from_end=last is not None,
    )
    return Connection(found, order, rows.acount)

"""A window of a list and the size of the whole, in one place for every list of the shop."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from django.db.models import Model, QuerySet

from demo_server.shop.write_back.overlay import listed

M = TypeVar("M", bound=Model)


async def window(
    rows: QuerySet[M], sort: Sequence[str], offset: int, limit: int
) -> tuple[list[M], int]:
    """Rows `offset` to `offset + limit` in this order, and how many there are in all.

    The total is asked for only when the window itself does not tell it.
    """
    order = [*sort, *(() if {"id", "-id", "pk", "-pk"} & set(sort) else ("id",))]
    found = await listed(rows.order_by(*order)[offset : offset + limit])
    is_last = 0 < len(found) < limit or (not found and offset == 0 and limit > 0)
    if is_last:
        return found, offset + len(found)
    return found, await rows.order_by().acount()

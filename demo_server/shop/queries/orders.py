"""Reading orders: by page, and by keyset, which stays fast on page ten thousand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Prefetch, Q, QuerySet

from demo_server.shop.models import Order, OrderLine
from demo_server.shop.queries.windows import window


@dataclass(frozen=True, slots=True)
class OrderFilter:
    """Which orders: `user` is the id of the buying user, times are inclusive from, exclusive to."""

    user: int | None = None
    status: str | None = None
    placed_from: datetime | None = None
    placed_to: datetime | None = None
    sort: Sequence[str] = ("-placed_at", "-id")

    def rows(self) -> QuerySet[Order]:
        """The orders that match, with customer, address and lines to be loaded."""
        return _loaded().filter(self.conditions())

    def conditions(self) -> Q:
        """What must hold of an order."""
        conditions = Q()
        if self.user is not None:
            conditions &= Q(customer__user=self.user)
        if self.status is not None:
            conditions &= Q(status=self.status)
        if self.placed_from is not None:
            conditions &= Q(placed_at__gte=self.placed_from)
        if self.placed_to is not None:
            conditions &= Q(placed_at__lt=self.placed_to)
        return conditions


def _loaded() -> QuerySet[Order]:
    lines = OrderLine.objects.select_related("product").order_by("id")
    return Order.objects.select_related("customer__user", "address").prefetch_related(
        Prefetch("lines", queryset=lines)
    )


def order_rows(where: OrderFilter) -> QuerySet[Order]:
    """Orders and their customers, unsorted and unread, for who reads in pieces."""
    return Order.objects.select_related("customer").filter(where.conditions()).order_by()


async def orders(where: OrderFilter, offset: int = 0, limit: int = 20) -> tuple[list[Order], int]:
    """Orders with customer, address, lines and their products loaded."""
    return await window(where.rows(), where.sort, offset, limit)


async def orders_before(where: OrderFilter, before: Order | None, limit: int = 20) -> list[Order]:
    """The newest `limit` orders that are older than `before`; `where.sort` has no say here."""
    rows = where.rows().order_by("-placed_at", "-id")
    if before is not None:
        rows = rows.filter(
            Q(placed_at__lt=before.placed_at) | Q(placed_at=before.placed_at, id__lt=before.pk)
        )
    return [each async for each in rows[:limit]]


async def order(order_id: int) -> Order | None:
    """One order with customer, address, lines and their products loaded."""
    return await _loaded().filter(pk=order_id).afirst()

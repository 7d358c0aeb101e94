"""The same report from three places: what normal forms, copies and summaries cost and give."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Literal, NamedTuple

from django.db.models import Count, DecimalField, F, QuerySet, Sum

from demo_server.shop.models import CategoryRevenue, FlatOrder, OrderLine, ProductSummary

Source = Literal["join", "flat", "summary"]
CENT = Decimal("0.01")
_MONEY: DecimalField[Any, Any] = DecimalField(max_digits=14, decimal_places=2)


class Revenue(NamedTuple):
    """What one category brought in; cancelled orders do not count."""

    category: str
    orders: int
    units: int
    revenue: Decimal


class BestSeller(NamedTuple):
    """A product and what was sold of it."""

    product_id: int
    sku: str
    name: str
    units: int
    revenue: Decimal


async def revenue_by_category(source: Source = "join") -> list[Revenue]:
    """Revenue of each category, highest first.

    `join` reads four normalised tables, `flat` one wide table, `summary` the materialized rows,
    which tell the state of the last refresh.
    """
    if source == "summary":
        rows = CategoryRevenue.objects.values_list("category__name", "orders", "units", "revenue")
    elif source == "flat":
        rows = _grouped(FlatOrder.objects.exclude(status="cancelled"), "category_name")
        rows = rows.annotate(orders=Count("order_number", distinct=True))
        rows = rows.values_list("category_name", "orders", "units", "total")
    else:
        rows = _grouped(
            OrderLine.objects.exclude(order__status="cancelled"), "product__category__name"
        )
        rows = rows.annotate(orders=Count("order", distinct=True))
        rows = rows.values_list("product__category__name", "orders", "units", "total")
    found = [
        Revenue(category, orders, units, Decimal(total).quantize(CENT))
        async for category, orders, units, total in rows
    ]
    return sorted(found, key=lambda each: (-each.revenue, each.category))


def _grouped(rows: QuerySet[Any], by: str) -> Any:
    return (
        rows.order_by()
        .values(by)
        .annotate(
            units=Sum("quantity"),
            total=Sum(F("quantity") * F("unit_price"), output_field=_MONEY),
        )
    )


async def best_sellers(limit: int = 10) -> list[BestSeller]:
    """The products that brought in most, from their summaries."""
    rows = (
        ProductSummary.objects.filter(units_sold__gt=0)
        .order_by("-revenue", "product_id")
        .values_list("product_id", "product__sku", "product__name", "units_sold", "revenue")
    )
    return [BestSeller(*each) async for each in rows[:limit]]

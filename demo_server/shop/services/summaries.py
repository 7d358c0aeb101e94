"""Refreshing what is stored twice and not kept true by every change."""

from __future__ import annotations

from typing import Any

from django.db.models import Count, DecimalField, F, Sum
from django.utils import timezone

from demo_server.shop.models import CategoryRevenue, OrderLine
from demo_server.shop.services.invalidation import changed
from demo_server.shop.services.work import unit_of_work

_MONEY: DecimalField[Any, Any] = DecimalField(max_digits=14, decimal_places=2)


@unit_of_work
def refresh_category_revenue() -> int:
    """Count the materialized revenue of every category anew; gives the number of categories."""
    now = timezone.now()
    rows = (
        OrderLine.objects.exclude(order__status="cancelled")
        .order_by()
        .values("product__category")
        .annotate(
            orders=Count("order", distinct=True),
            units=Sum("quantity"),
            revenue=Sum(F("quantity") * F("unit_price"), output_field=_MONEY),
        )
    )
    fresh = [
        CategoryRevenue(
            category_id=row["product__category"],
            orders=row["orders"],
            units=row["units"],
            revenue=row["revenue"],
            refreshed_at=now,
        )
        for row in rows
    ]
    CategoryRevenue.objects.all().delete()
    CategoryRevenue.objects.bulk_create(fresh)
    changed("reports")
    return len(fresh)

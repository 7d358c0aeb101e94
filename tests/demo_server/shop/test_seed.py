"""The seeded shop is the same every time, and its numbers agree with each other."""

from __future__ import annotations

import hashlib
import sqlite3
from pathlib import Path
from typing import Any

from asgiref.sync import async_to_sync
from django.db.models import Count, F, OuterRef, Subquery, Sum
from django.db.models.functions import Coalesce


def rows_of(path: Path) -> dict[str, str]:
    """A digest of every seeded table."""
    with sqlite3.connect(path) as database:
        tables = [
            name
            for (name,) in database.execute(
                "SELECT name FROM sqlite_master WHERE type = 'table' "
                "AND (name LIKE 'shop_%' OR name = 'orders_flat') AND name <> 'shop_apitoken'"
            )
        ]
        return {
            table: hashlib.sha256(
                repr(database.execute(f"SELECT * FROM {table} ORDER BY 1, 2").fetchall()).encode()
            ).hexdigest()
            for table in tables
        }


def test_two_shops_are_equal_row_by_row(seeded_file: Path, start_shop: Any) -> None:
    server = start_shop()
    first, second = rows_of(seeded_file), rows_of(server.data_dir / "shop.sqlite3")
    assert len(first) > 10
    assert first == second


def test_it_has_the_promised_size(shop_data: None) -> None:
    from demo_server.shop import models

    sizes = {
        each.__name__: each.objects.count()
        for each in (models.Product, models.Customer, models.Order, models.OrderLine, models.Review)
    }
    assert sizes == {
        "Product": 2000,
        "Customer": 5001,  # and the demo customer
        "Order": 2000,
        "OrderLine": 4000,
        "Review": 3000,
    }


def disagreements() -> dict[str, int]:
    """How many rows of each kind contradict the rows they are derived from."""
    from demo_server.shop.models import (
        FlatOrder,
        OrderLine,
        Product,
        ProductSummary,
        StockMovement,
    )

    moved = (
        StockMovement.objects.filter(product=OuterRef("pk"))
        .order_by()
        .values("product")
        .annotate(total=Sum("change"))
        .values("total")
    )
    sold = (
        OrderLine.objects.filter(product=OuterRef("pk"))
        .exclude(order__status="cancelled")
        .order_by()
        .values("product")
        .annotate(total=Sum("quantity"))
        .values("total")
    )
    stars = ProductSummary.objects.annotate(
        number=Count("product__reviews"), total=Coalesce(Sum("product__reviews__rating"), 0)
    )
    return {
        "stock": Product.objects.annotate(moved=Coalesce(Subquery(moved), 0))
        .exclude(stock=F("moved"))
        .count(),
        "units sold": ProductSummary.objects.annotate(sold=Coalesce(Subquery(sold), 0))
        .exclude(units_sold=F("sold"))
        .count(),
        "review count": stars.exclude(review_count=F("number")).count(),
        "rating": stars.exclude(rating_total=F("total")).count(),
        "flat": abs(FlatOrder.objects.count() - OrderLine.objects.count()),
    }


def test_stock_summaries_and_flat_table_agree_with_the_facts(shop_data: None) -> None:
    assert set(disagreements().values()) == {0}


def test_more_orders_keep_everything_in_agreement(shop_data: None) -> None:
    from demo_server.shop import models, seed

    newest = models.Order.objects.latest("pk").pk
    seed.add_orders(1500)
    assert models.Order.objects.count() == 3500
    assert models.Order.objects.filter(pk__gt=newest).count() == 1500
    assert models.OrderLine.objects.count() == 7000
    assert set(disagreements().values()) == {0}


def test_orders_can_be_placed_after_more_were_added(shop_data: None) -> None:
    from demo_server.shop import models, seed, services

    seed.add_orders(10)
    user = models.Customer.objects.earliest("pk").user.pk
    product = models.Product.objects.filter(stock__gt=1, withdrawn_at=None).earliest("pk")
    order = async_to_sync(services.place_order)(user, [services.Item(product.pk, 1)])
    assert order.lines.count() == 1


def test_words_are_credible(shop_data: None) -> None:
    from django.contrib.auth.models import User

    from demo_server.shop.models import Product

    names = set(Product.objects.values_list("name", flat=True))
    assert len(names) > 1900
    assert not [name for name in names if "lorem" in name.lower()]
    assert all(email.isascii() for email in User.objects.values_list("email", flat=True))
    assert User.objects.exclude(first_name="").filter(last_name="Ågren").exists()

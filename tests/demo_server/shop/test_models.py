"""The database itself refuses what must never be, whoever writes."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction


def refused(write: Any) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        write()


@pytest.mark.parametrize(
    "values",
    [
        {"price": Decimal("0.00")},
        {"price": Decimal("-1.00")},
        {"stock": -1},
        {"version": 0},
        {"name": ""},
        {"sku": "FUR-1001"},
    ],
)
def test_a_product_cannot_be_impossible(shop_data: None, values: dict[str, Any]) -> None:
    from demo_server.shop.models import Product

    refused(lambda: Product.objects.filter(pk=2).update(**values))


def test_a_category_is_not_its_own_parent(shop_data: None) -> None:
    from demo_server.shop.models import Category

    refused(lambda: Category.objects.filter(pk=1).update(parent=1))


def test_siblings_have_different_names(shop_data: None) -> None:
    from demo_server.shop.models import Category

    first = Category.objects.filter(parent=1).order_by("id").first()
    assert first is not None
    refused(lambda: Category.objects.create(name=first.name, slug="other", parent_id=1))


@pytest.mark.parametrize("rating", [0, 6])
def test_a_rating_is_one_to_five(shop_data: None, rating: int) -> None:
    from demo_server.shop.models import Review

    refused(lambda: Review.objects.filter(pk=1).update(rating=rating))


def test_a_customer_reviews_a_product_once(shop_data: None) -> None:
    from demo_server.shop.models import Review

    kept = Review.objects.get(pk=1)
    refused(
        lambda: Review.objects.create(
            product=kept.product, customer=kept.customer, rating=5, title="again"
        )
    )


def test_a_customer_has_one_default_address(shop_data: None) -> None:
    from demo_server.shop.models import Address

    second = Address.objects.filter(is_default=False).first()
    assert second is not None
    refused(lambda: Address.objects.filter(pk=second.pk).update(is_default=True))


def test_an_order_has_one_line_a_product_and_a_quantity(shop_data: None) -> None:
    from demo_server.shop.models import OrderLine

    line = OrderLine.objects.get(pk=1)
    refused(lambda: OrderLine.objects.filter(pk=1).update(quantity=0))
    refused(
        lambda: OrderLine.objects.create(
            order=line.order, product=line.product, quantity=1, unit_price=1
        )
    )


def test_an_order_status_is_one_that_is_known(shop_data: None) -> None:
    from demo_server.shop.models import Order

    refused(lambda: Order.objects.filter(pk=1).update(status="lost"))


@pytest.mark.parametrize(
    "values", [{"change": 0}, {"reason": "magic"}, {"reason": "sold", "order": None}]
)
def test_a_stock_movement_moves_for_a_reason(shop_data: None, values: dict[str, Any]) -> None:
    from demo_server.shop.models import StockMovement

    refused(lambda: StockMovement.objects.filter(pk=1).update(**values))


def test_foreign_keys_hold_on_every_pooled_connection(shop_data: None) -> None:
    from demo_server.shop.models import Product

    for _ in range(3):
        connection.close()
        refused(lambda: Product.objects.filter(pk=1).update(category=999_999))

"""Writes: every rule, all or nothing, and a cache that forgets only after the commit."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.core.cache import cache
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

pytestmark = pytest.mark.usefixtures("shop_data")

BODY = {"sku": "TST-0001", "name": "Test table", "category_id": 9, "price": "10.00"}


def run(function: Any, *args: Any, **kwargs: Any) -> Any:
    return async_to_sync(function)(*args, **kwargs)


@pytest.fixture
def buyer(shop_data: None) -> int:
    from demo_server.shop.models import Customer

    return Customer.objects.earliest("pk").user.pk


@pytest.fixture
def product_id(shop_data: None) -> int:
    from demo_server.shop import services

    created: int = run(services.create_product, {**BODY, "stock": 10, "tags": ["gift"]}).pk
    return created


def state(product_id: int) -> tuple[Any, ...]:
    from demo_server.shop.models import Product, StockMovement

    product = Product.objects.get(pk=product_id)
    moved = sum(StockMovement.objects.filter(product=product).values_list("change", flat=True))
    summary = product.summary
    assert moved == product.stock
    return product.stock, product.version, summary.units_sold, summary.revenue


def test_a_new_product_has_stock_movement_tags_and_summary(product_id: int) -> None:
    from demo_server.shop.models import Product

    assert state(product_id) == (10, 1, 0, 0)
    assert [tag.slug for tag in Product.objects.get(pk=product_id).tags.all()] == ["gift"]


@pytest.mark.parametrize(
    ("change", "refusal", "field"),
    [
        ({"sku": "FUR-1001"}, "Conflict", None),
        ({"category_id": 999}, "Invalid", "category_id"),
        ({"tags": ["gift", "nope"]}, "Invalid", "tags/1"),
        ({"price": "0.00"}, "Invalid", "price"),
        ({"stock": -1}, "Invalid", "stock"),
        ({"name": ""}, "Invalid", "name"),
    ],
)
def test_a_refused_product_leaves_nothing(
    change: dict[str, Any], refusal: str, field: str | None
) -> None:
    from demo_server.shop import services
    from demo_server.shop.models import Product, StockMovement

    before = Product.objects.count(), StockMovement.objects.count()
    with pytest.raises(getattr(services, refusal)) as refused:
        run(services.create_product, {**BODY, "stock": 3, **change})
    assert getattr(refused.value, "field", None) == field
    assert refused.value.detail.endswith((".",))
    assert before == (Product.objects.count(), StockMovement.objects.count())


def test_a_change_counts_the_version_and_a_stale_one_is_refused(product_id: int) -> None:
    from demo_server.shop import services

    run(services.update_product, product_id, {"price": "12.50", "stock": 7}, 1)
    assert state(product_id)[:2] == (7, 2)
    with pytest.raises(services.Stale) as refused:
        run(services.update_product, product_id, {"price": "1.00"}, 1)
    assert refused.value.current == 2
    assert state(product_id)[:2] == (7, 2)


def test_a_withdrawn_product_is_gone_for_every_change(product_id: int, buyer: int) -> None:
    from demo_server.shop import services

    run(services.withdraw_product, product_id)
    for change, arguments in (
        (services.update_product, (product_id, {"name": "x"})),
        (services.withdraw_product, (product_id,)),
        (services.tag_product, (product_id, 1)),
        (services.add_review, (buyer, product_id, 5, "Late")),
    ):
        with pytest.raises(services.Gone):
            run(change, *arguments)
    with pytest.raises(services.Invalid):
        run(services.place_order, buyer, [services.Item(product_id, 1)])


def test_an_order_takes_from_the_shelf_and_a_cancelled_one_puts_back(
    product_id: int, buyer: int
) -> None:
    from demo_server.shop import services

    order = run(services.place_order, buyer, [services.Item(product_id, 4)])
    assert state(product_id) == (6, 2, 4, Decimal("40.00"))
    assert order.address.city == "Stockholm"
    run(services.cancel_order, order.pk)
    assert state(product_id) == (10, 3, 0, Decimal("0.00"))
    with pytest.raises(services.Conflict):
        run(services.cancel_order, order.pk)
    assert state(product_id)[0] == 10


def test_an_order_that_cannot_be_filled_takes_nothing(product_id: int, buyer: int) -> None:
    from demo_server.shop import services
    from demo_server.shop.models import Order

    before, orders = state(7), Order.objects.count()
    with pytest.raises(services.Conflict, match="only 10 are in stock"):
        run(services.place_order, buyer, [services.Item(7, 1), services.Item(product_id, 11)])
    assert state(7) == before
    assert Order.objects.count() == orders


@pytest.mark.parametrize("quantities", [[], [0], [-1], [1001]])
def test_quantities_make_sense(buyer: int, quantities: list[int]) -> None:
    from demo_server.shop import services

    with pytest.raises(services.Invalid):
        run(services.place_order, buyer, [services.Item(7, each) for each in quantities])


def test_a_foreign_address_is_refused(buyer: int) -> None:
    from demo_server.shop import services

    with pytest.raises(services.Invalid) as refused:
        run(services.place_order, buyer, [services.Item(7, 1)], 100)
    assert refused.value.field == "address_id"


@pytest.mark.parametrize(
    ("steps", "is_allowed"),
    [
        (["shipped", "delivered"], True),
        (["cancelled"], True),
        (["delivered"], False),
        (["shipped", "cancelled"], False),
        (["cancelled", "shipped"], False),
        (["shipped", "placed"], False),
    ],
)
def test_an_order_moves_only_forward(
    product_id: int, buyer: int, steps: list[str], is_allowed: bool
) -> None:
    from demo_server.shop import services

    order = run(services.place_order, buyer, [services.Item(product_id, 1)])
    *first, last = steps
    for step in first:
        run(services.change_order, order.pk, step)
    if is_allowed:
        assert run(services.change_order, order.pk, last).status == last
    else:
        with pytest.raises(services.Conflict):
            run(services.change_order, order.pk, last)


def test_reviews_are_counted(product_id: int, buyer: int) -> None:
    from demo_server.shop import services
    from demo_server.shop.models import ProductSummary

    def counted() -> tuple[int, int]:
        summary = ProductSummary.objects.get(pk=product_id)
        return summary.review_count, summary.rating_total

    review = run(services.add_review, buyer, product_id, 4, "Good")
    assert counted() == (1, 4)
    with pytest.raises(services.Conflict):
        run(services.add_review, buyer, product_id, 5, "Twice")
    run(services.update_review, review.pk, {"rating": 2})
    assert counted() == (1, 2)
    with pytest.raises(services.Invalid):
        run(services.update_review, review.pk, {"rating": 9})
    run(services.delete_review, review.pk)
    assert counted() == (0, 0)


def test_a_category_cannot_be_moved_below_itself_or_deleted_while_used() -> None:
    from demo_server.shop import services

    with pytest.raises(services.Invalid):
        run(services.update_category, 1, {"parent_id": 9})
    with pytest.raises(services.Conflict):
        run(services.delete_category, 1)
    with pytest.raises(services.Conflict):
        run(services.delete_category, 9)
    empty = run(services.create_category, {"name": "Empty", "slug": "empty", "parent_id": 1})
    run(services.delete_category, empty.pk)
    with pytest.raises(services.NotFound):
        run(services.delete_category, empty.pk)


def test_a_token_is_known_by_its_digest_until_revoked_or_expired(buyer: int) -> None:
    from demo_server.shop import queries, services

    token, plain = run(services.issue_token, buyer, "test", timedelta(hours=1))
    assert plain not in token.digest
    assert run(queries.token_owner, plain) == (buyer, False, token.pk)
    run(services.revoke_token, token.pk)
    assert run(queries.token_owner, plain) is None
    with pytest.raises(services.NotFound):
        run(services.revoke_token, token.pk)
    _, late = run(services.issue_token, buyer, "late", timedelta(seconds=-1))
    assert run(queries.token_owner, late) is None


def test_the_cache_forgets_a_changed_product_and_keeps_it_when_refused(product_id: int) -> None:
    from demo_server.shop import services

    key = f"products:{product_id}"
    cache.set(key, "old")
    with pytest.raises(services.Stale):
        run(services.update_product, product_id, {"price": "1.00"}, 99)
    assert cache.get(key) == "old"
    generation = cache.get("products:generation")
    run(services.update_product, product_id, {"price": "1.00"})
    assert cache.get(key) is None
    assert cache.get("products:generation") != generation


def test_renaming_a_category_or_tag_forgets_the_products_that_show_it() -> None:
    from demo_server.shop import services
    from demo_server.shop.models import Product

    of_category = Product.objects.filter(category=9).earliest("pk").pk
    of_tag = Product.objects.filter(tags=1).earliest("pk").pk
    for change, key, name, product in (
        (services.update_category, 9, "Fine tables", of_category),
        (services.update_tag, 1, "loved", of_tag),
    ):
        cache.set(f"products:{product}", "old")
        run(change, key, {"name": name})
        assert cache.get(f"products:{product}") is None


def test_the_materialized_revenue_is_as_old_as_its_last_refresh(
    product_id: int, buyer: int
) -> None:
    from demo_server.shop import queries, services

    run(services.place_order, buyer, [services.Item(product_id, 3)])
    stale = run(queries.revenue_by_category, "summary")
    assert stale != run(queries.revenue_by_category, "join")
    assert run(services.refresh_category_revenue) == 40
    assert run(queries.revenue_by_category, "summary") == run(queries.revenue_by_category, "join")


ACTIONS = st.lists(
    st.one_of(
        st.tuples(st.just("buy"), st.integers(0, 8)),
        st.tuples(st.just("cancel"), st.integers(0, 5)),
        st.tuples(st.just("count"), st.integers(-1, 15)),
    ),
    max_size=10,
)


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(actions=ACTIONS)
def test_whatever_happens_stock_movements_and_sales_agree(
    product_id: int, buyer: int, actions: list[tuple[str, int]]
) -> None:
    from demo_server.shop import services
    from demo_server.shop.models import OrderLine

    orders: list[int] = []
    for action, number in actions:
        try:
            if action == "buy":
                item = services.Item(product_id, number)
                orders.append(run(services.place_order, buyer, [item]).pk)
            elif action == "cancel" and orders:
                run(services.cancel_order, orders[number % len(orders)])
            elif action == "count":
                run(services.set_stock, product_id, number)
        except services.Refusal:
            pass
    stock, _, sold, _ = state(product_id)
    lines = OrderLine.objects.filter(product=product_id).exclude(order__status="cancelled")
    assert stock >= 0
    assert sold == sum(lines.values_list("quantity", flat=True))

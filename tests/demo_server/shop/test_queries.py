"""Reads: filters, sorting, pages that do not overlap, and how many statements they cost."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.db import connection
from django.test.utils import CaptureQueriesContext

pytestmark = pytest.mark.usefixtures("shop_data")


def run(function: Any, *args: Any, **kwargs: Any) -> Any:
    return async_to_sync(function)(*args, **kwargs)


def test_filters_narrow_together() -> None:
    from demo_server.shop import queries

    where = queries.ProductFilter(
        q="oak", min_price=Decimal(50), max_price=Decimal(300), in_stock=True, sort=("price",)
    )
    found, total = run(queries.products, where, 0, 50)
    assert 0 < total == len(found) < 50
    assert all("oak" in (each.name + each.description).lower() for each in found)
    assert all(50 <= each.price <= 300 and each.stock > 0 for each in found)
    assert [each.price for each in found] == sorted(each.price for each in found)


def test_a_department_holds_what_is_on_its_shelves() -> None:
    from demo_server.shop import queries

    _, below = run(queries.products, queries.ProductFilter(category=1), 0, 1)
    shelves, _ = run(queries.categories, parent=1)
    each = [run(queries.products, queries.ProductFilter(category=s.pk), 0, 1)[1] for s in shelves]
    assert below == sum(each) > 200


def test_withdrawn_products_are_in_no_list_but_can_be_read() -> None:
    from demo_server.shop import queries

    found, total = run(queries.products, queries.ProductFilter(), 0, 2000)
    assert 13 not in {each.pk for each in found}
    assert total == len(found) < 2000
    assert run(queries.product, 13).withdrawn_at is not None


def test_pages_meet_without_gap_or_overlap() -> None:
    from demo_server.shop import queries

    where = queries.ProductFilter(sort=("stock",))
    whole, total = run(queries.products, where, 0, 200)
    parts = [run(queries.products, where, start, 40)[0] for start in range(0, 200, 40)]
    assert [each.pk for part in parts for each in part] == [each.pk for each in whole]
    assert total > 1900


@pytest.mark.parametrize("offset", [0, 1970, 5000])
def test_the_total_does_not_depend_on_the_page(offset: int) -> None:
    from demo_server.shop import queries

    _, total = run(queries.products, queries.ProductFilter(), offset, 20)
    assert total == run(queries.products, queries.ProductFilter(), 0, 20)[1]


def test_a_list_costs_the_same_number_of_statements_at_any_length() -> None:
    from demo_server.shop import queries

    counts = []
    for limit in (2, 100):
        with CaptureQueriesContext(
            connection,
        ) as asked:
            found, _ = run(queries.products, queries.ProductFilter(), 0, limit)
            [(each.category.name, each.summary.units_sold, list(each.tags.all())) for each in found]
        counts.append(len(asked))
    assert counts == [3, 3]


def test_orders_come_with_everything_they_show() -> None:
    from demo_server.shop import queries

    with CaptureQueriesContext(connection) as asked:
        found, _ = run(queries.orders, queries.OrderFilter(), 0, 30)
        for order in found:
            assert order.customer.user.email
            assert [line.product.name for line in order.lines.all()]
    assert len(asked) == 3


def test_keyset_pages_are_the_same_as_offset_pages() -> None:
    from demo_server.shop import queries

    by_offset, _ = run(queries.orders, queries.OrderFilter(), 0, 60)
    by_key: list[Any] = []
    while len(by_key) < 60:
        last = by_key[-1] if by_key else None
        by_key += run(queries.orders_before, queries.OrderFilter(), last, 20)
    assert [each.pk for each in by_key] == [each.pk for each in by_offset]


def test_an_order_list_of_one_customer_uses_its_index() -> None:
    from demo_server.shop import queries

    user = run(queries.orders, queries.OrderFilter(), 0, 1)[0][0].customer.user.pk
    with CaptureQueriesContext(connection) as asked:
        found, total = run(queries.orders, queries.OrderFilter(user=user), 0, 50)
    assert len(found) == total > 0
    with connection.cursor() as cursor:
        cursor.execute("EXPLAIN QUERY PLAN " + asked[0]["sql"])
        plan = " ".join(str(row[-1]) for row in cursor.fetchall())
    assert "order_customer_newest" in plan


def test_three_sources_of_revenue_agree() -> None:
    from demo_server.shop import queries

    by_join = run(queries.revenue_by_category, "join")
    assert len(by_join) == 40
    assert by_join == run(queries.revenue_by_category, "flat")
    assert by_join == run(queries.revenue_by_category, "summary")


def test_best_sellers_are_sorted_by_revenue() -> None:
    from demo_server.shop import queries

    found = run(queries.best_sellers, 5)
    assert len(found) == 5
    assert [each.revenue for each in found] == sorted((e.revenue for e in found), reverse=True)


def test_reviews_are_filtered() -> None:
    from demo_server.shop import queries

    found, total = run(queries.reviews, queries.ReviewFilter(product=7, rating=5), 0, 50)
    assert total == len(found) > 0
    assert {(each.product.pk, each.rating) for each in found} == {(7, 5)}


def test_nobody_owns_an_unknown_token() -> None:
    from demo_server.shop import queries

    assert run(queries.token_owner, "shop_unknown") is None
    assert run(queries.token_owner, "\udcff") is None

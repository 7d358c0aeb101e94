"""What the shop announces: after the commit, whoever made the change, and never too much."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest


@pytest.fixture
def heard(shop_data: None) -> Iterator[list[Any]]:
    """Everything announced while the test runs."""
    from demo_server.shop.announcements import listen

    announcements: list[Any] = []
    stop = listen(announcements.append)
    yield announcements
    stop()


async def test_a_price_and_a_stock_that_fell_are_announced_by_any_change(heard: list[Any]) -> None:
    from demo_server.shop import queries, services
    from demo_server.shop.announcements import PriceChanged, StockFell

    product = await queries.product(7)
    assert product is not None
    await services.update_product(7, {"name": "Same price"})
    assert heard == []
    await services.update_product(7, {"price": Decimal("5.55"), "stock": product.stock + 10})
    assert heard == [PriceChanged(7, product.price, Decimal("5.55"))]
    await services.set_stock(7, 1)
    assert heard[1:] == [StockFell(7, product.stock + 10, 1)]


async def test_an_order_is_announced_with_what_it_took_and_when_it_moves(heard: list[Any]) -> None:
    from django.contrib.auth.models import User

    from demo_server.shop import services
    from demo_server.shop.announcements import OrderMoved, OrderPlaced, StockFell

    user = await User.objects.aget(username="customer")
    await services.set_stock(7, 100)
    heard.clear()
    order = await services.place_order(user.pk, [services.Item(7, 3)])
    assert heard == [StockFell(7, 100, 97), OrderPlaced(order.pk, user.pk)]
    heard.clear()
    await services.cancel_order(order.pk)
    assert heard == [OrderMoved(order.pk, user.pk, "cancelled")]


async def test_what_is_refused_is_not_announced(heard: list[Any]) -> None:
    from django.contrib.auth.models import User

    from demo_server.shop import services

    user = await User.objects.aget(username="customer")
    await services.set_stock(7, 10)
    await services.set_stock(8, 1)
    heard.clear()
    with pytest.raises(services.Conflict):
        await services.place_order(user.pk, [services.Item(7, 5), services.Item(8, 2)])
    assert heard == []


async def test_a_listener_that_fails_harms_neither_the_change_nor_the_others(
    heard: list[Any], caplog: pytest.LogCaptureFixture
) -> None:
    from demo_server.shop import queries, services
    from demo_server.shop.announcements import listen

    def fail(announcement: object) -> None:
        raise RuntimeError("this listener is broken")

    stop = listen(fail)
    try:
        await services.update_product(7, {"price": Decimal("6.66")})
    finally:
        stop()
    product = await queries.product(7)
    assert product is not None
    assert product.price == Decimal("6.66")
    assert len(heard) == 1
    assert "this listener is broken" in caplog.text

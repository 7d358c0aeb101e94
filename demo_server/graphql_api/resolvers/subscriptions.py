"""What happens, as it happens: each event reads the shop anew."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from typing import Any, Final

from demo_server.graphql_api.announced import Announced
from demo_server.graphql_api.connections import size
from demo_server.graphql_api.context import Info, Resolver, key_of
from demo_server.graphql_api.errors import bad_input
from demo_server.shop.announcements import OrderMoved, OrderPlaced, PriceChanged, StockFell
from demo_server.shop.models import Order, Product
from demo_server.shop.queries import batches


async def order_placed(root: object, info: Info) -> Announced[OrderPlaced]:
    """Orders that were placed: one's own, or all for the staff."""
    del root
    identity = info.context.signed_in()
    return Announced(
        OrderPlaced, lambda event: identity.is_staff or event.user_id == identity.user_id
    )


async def order_moved(root: object, info: Info, *, id_: str | None = None) -> Announced[OrderMoved]:
    """Orders that moved on: one's own, or all for the staff."""
    del root
    identity = info.context.signed_in()
    return Announced(
        OrderMoved,
        lambda event: (
            (id_ is None or event.order_id == key_of(id_))
            and (identity.is_staff or event.user_id == identity.user_id)
        ),
    )


async def price_changed(
    root: object, info: Info, *, product_id: str | None = None
) -> Announced[PriceChanged]:
    """Prices that changed."""
    del root, info
    return Announced(
        PriceChanged, lambda event: product_id is None or event.product_id == key_of(product_id)
    )


async def stock_low(root: object, info: Info, *, threshold: int) -> Announced[StockFell]:
    """Stocks that crossed the threshold downward."""
    del root, info
    size("threshold", threshold, 1_000_000)
    return Announced(StockFell, lambda event: event.after <= threshold < event.before)


async def countdown(
    root: object,
    info: Info,
    *,
    from_: int,
    every_milliseconds: int,
    fail_after: int | None = None,
) -> AsyncGenerator[int, None]:
    """Numbers down to 0."""
    del root, info
    size("from", from_, 1_000_000)
    size("everyMilliseconds", every_milliseconds, 60_000)

    async def numbers() -> AsyncGenerator[int, None]:
        loop = asyncio.get_running_loop()
        due = loop.time()
        for told, number in enumerate(range(from_, -1, -1)):
            if told == fail_after:
                raise bad_input("The countdown was asked to fail here.")
            if told:
                due += every_milliseconds / 1000
                await asyncio.sleep(max(0.0, due - loop.time()))
            yield number

    return numbers()


async def order(event: OrderPlaced | OrderMoved, info: Info, **_: object) -> Order | None:
    """The order of an event, as it is now."""
    info.context.loaders.renew()
    return await info.context.load(batches.orders_by_id, event.order_id)


def event_itself(event: Any, info: Info, **_: object) -> Any:
    """An event that has fields of its own."""
    info.context.loaders.renew()
    return event


async def product(event: PriceChanged | StockFell, info: Info) -> Product | None:
    """The product of an event, as it is now."""
    return await info.context.load(batches.products_by_id, event.product_id)


SUBSCRIBERS: Final[dict[str, Resolver]] = {
    "Subscription.orderPlaced": order_placed,
    "Subscription.orderMoved": order_moved,
    "Subscription.priceChanged": price_changed,
    "Subscription.stockLow": stock_low,
    "Subscription.countdown": countdown,
}
RESOLVERS: Final[dict[str, Resolver]] = {
    "Subscription.orderPlaced": order,
    "Subscription.orderMoved": order,
    "Subscription.priceChanged": event_itself,
    "Subscription.stockLow": event_itself,
    "Subscription.countdown": event_itself,
    "PriceChange.product": product,
    "StockWarning.product": product,
}

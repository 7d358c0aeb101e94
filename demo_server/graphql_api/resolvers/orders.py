"""Orders, their lines, and where they go."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final

from django.contrib.auth.models import User

from demo_server.graphql_api.connections import Connection, connect
from demo_server.graphql_api.context import Info, Resolver, key_of
from demo_server.shop import queries
from demo_server.shop.models import Address, Order, OrderLine, Product
from demo_server.shop.queries import batches
from demo_server.shop.queries.keyset import Order as SortOrder

NEWEST: Final = SortOrder("placed_at", is_descending=True)


async def order(root: object, info: Info, *, id_: str) -> Order | None:
    """One order; another customer's is as good as none: that it exists is a secret too."""
    del root
    identity = info.context.signed_in()
    found = await info.context.load(batches.orders_by_id, key_of(id_))
    if found is None or not (identity.is_staff or found.customer.user_id == identity.user_id):
        return None
    return found


async def orders(
    root: object, info: Info, *, status: str | None = None, **place: Any
) -> Connection:
    """Your orders; the staff sees all."""
    del root
    identity = info.context.signed_in()
    return await _orders(None if identity.is_staff else identity.user_id, status, **place)


async def user_orders(
    source: User, info: Info, *, status: str | None = None, **place: Any
) -> Connection:
    """What a user bought; who sees the user may see this."""
    del info
    return await _orders(source.pk, status, usual=10, **place)


async def _orders(user: int | None, status: str | None, **place: Any) -> Connection:
    where = queries.OrderFilter(user=user, status=status.lower() if status else None)
    return await connect(queries.order_rows(where), NEWEST, **place)


async def lines(source: Order, info: Info) -> list[OrderLine]:
    """What was bought."""
    return await info.context.load(batches.lines_of_orders, source.pk) or []


async def total(source: Order, info: Info) -> Decimal:
    """What was paid."""
    return sum((each.quantity * each.unit_price for each in await lines(source, info)), Decimal(0))


async def user(source: Order, info: Info) -> User | None:
    """Who bought it."""
    customer = await info.context.load(batches.customers_by_id, source.customer_id)
    return customer.user if customer else None


async def address(source: Order, info: Info) -> Address | None:
    """Where it goes."""
    if source.address_id is None:
        return None
    return await info.context.load(batches.addresses_by_id, source.address_id)


async def line_product(source: OrderLine, info: Info) -> Product | None:
    """What a line is about."""
    return await info.context.load(batches.products_by_id, source.product_id)


RESOLVERS: Final[dict[str, Resolver]] = {
    "Query.order": order,
    "Query.orders": orders,
    "User.orders": user_orders,
    "Order.status": lambda source, _: source.status.upper(),
    "Order.lines": lines,
    "Order.total": total,
    "Order.user": user,
    "Order.address": address,
    "OrderLine.product": line_product,
    "OrderLine.total": lambda source, _: source.quantity * source.unit_price,
}

"""Placing orders, moving them on, cancelling them: stock and summaries follow at once."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Final, NamedTuple

from django.contrib.auth.models import User
from django.db.models import F

from demo_server.shop.announcements import OrderMoved, OrderPlaced, StockFell, announce
from demo_server.shop.models import Address, Customer, Order, OrderLine, Product, ProductSummary
from demo_server.shop.services.catalogue import move_stock
from demo_server.shop.services.invalidation import changed
from demo_server.shop.services.refusals import Conflict, Invalid, NotFound, Stale
from demo_server.shop.services.work import settled, unit_of_work

NEXT: Final = {
    "placed": ("shipped", "cancelled"),
    "shipped": ("delivered",),
    "delivered": (),
    "cancelled": (),
}
LARGEST_QUANTITY: Final = 1000


class Item(NamedTuple):
    """So many of a product."""

    product_id: int
    quantity: int


@settled
@unit_of_work
def place_order(user_id: int, items: Sequence[Item], address_id: int | None = None) -> Order:
    """Buy these items at today's prices; the address is the customer's default when none is given.

    Invalid for an unknown or withdrawn product and a foreign address, Conflict when one is not
    in stock in this quantity. A user who never bought becomes a customer.
    """
    _check_items(items)
    if not User.objects.filter(pk=user_id).exists():
        raise NotFound("user", user_id)
    customer, _ = Customer.objects.get_or_create(user_id=user_id)
    order = Order.objects.create(customer=customer, address=_address(customer, address_id))
    # Always in the same sequence, so that two orders never wait for each other's products.
    wanted = sorted(enumerate(items), key=lambda each: each[1].product_id)
    for place, item in wanted:
        _sell(order, place, item)
    changed("products", *(item.product_id for item in items))
    changed("reports")
    order.refresh_from_db()
    announce(OrderPlaced(order.pk, user_id))
    return order


def _check_items(items: Sequence[Item]) -> None:
    if not items:
        raise Invalid("lines", "An order needs at least one line.")
    seen: set[int] = set()
    for place, item in enumerate(items):
        if not 1 <= item.quantity <= LARGEST_QUANTITY:
            detail = f"A quantity is 1 to {LARGEST_QUANTITY}."
            raise Invalid(f"lines/{place}/quantity", detail)
        if item.product_id in seen:
            detail = "The product stands in another line already; add the quantities."
            raise Invalid(f"lines/{place}/product_id", detail)
        seen.add(item.product_id)


def _address(customer: Customer, address_id: int | None) -> Address | None:
    if address_id is None:
        return customer.addresses.filter(is_default=True).first()
    address = customer.addresses.filter(pk=address_id).first()
    if address is None:
        raise Invalid("address_id", f"The customer has no address {address_id}.")
    return address


def _sell(order: Order, place: int, item: Item) -> None:
    product = Product.objects.select_for_update().filter(pk=item.product_id).first()
    if product is None or product.withdrawn_at is not None:
        raise Invalid(
            f"lines/{place}/product_id", f"There is no product {item.product_id} on sale."
        )
    if product.stock < item.quantity:
        raise Conflict(
            f"Of product {product.pk} only {product.stock} are in stock, not {item.quantity}."
        )
    OrderLine.objects.create(
        order=order, product=product, quantity=item.quantity, unit_price=product.price
    )
    move_stock(product.pk, -item.quantity, "sold", order.pk)
    announce(StockFell(product.pk, product.stock, product.stock - item.quantity))
    _count_sale(product.pk, item.quantity, item.quantity * product.price)


def _count_sale(product_id: int, units: int, revenue: Decimal) -> None:
    ProductSummary.objects.get_or_create(product_id=product_id)
    ProductSummary.objects.filter(pk=product_id).update(
        units_sold=F("units_sold") + units, revenue=F("revenue") + revenue
    )


def locked_order(order_id: int, version: int | None = None) -> Order:
    """The order for a change; NotFound, or Stale when it has another version."""
    order = Order.objects.select_for_update().filter(pk=order_id).first()
    if order is None:
        raise NotFound("order", order_id)
    if version is not None and order.version != version:
        raise Stale(order.version)
    return order


@settled
@unit_of_work
def change_order(order_id: int, status: str, version: int | None = None) -> Order:
    """Move an order on: placed → shipped → delivered, or placed → cancelled.

    Conflict for any other step; the status it has already changes nothing.
    """
    order = locked_order(order_id, version)
    if status not in NEXT:
        raise Invalid("status", f"Known are {', '.join(NEXT)}.")
    if status == order.status:
        return order
    if status not in NEXT[order.status]:
        raise Conflict(f"Order {order_id} is {order.status}; it cannot become {status}.")
    return _move_on(order, status)


@unit_of_work
def cancel_order(order_id: int, version: int | None = None) -> Order:
    """Cancel a placed order: everything goes back on the shelf. Conflict when it has left."""
    order = locked_order(order_id, version)
    if order.status != "placed":
        raise Conflict(f"Order {order_id} is {order.status} and cannot be cancelled.")
    return _move_on(order, "cancelled")


def _move_on(order: Order, status: str) -> Order:
    order.status = status
    order.version += 1
    order.save(update_fields=["status", "version"])
    if status == "cancelled":
        lines = list(order.lines.order_by("product_id"))
        for line in lines:
            move_stock(line.product_id, line.quantity, "cancelled", order.pk)
            _count_sale(line.product_id, -line.quantity, -line.quantity * line.unit_price)
        changed("products", *(line.product_id for line in lines))
        changed("reports")
    announce(OrderMoved(order.pk, order.customer.user_id, status))
    return order

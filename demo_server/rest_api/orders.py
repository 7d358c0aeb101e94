"""/api/orders: purchases; a customer sees their own, the staff all."""

from typing import Annotated, Any, Final, Literal

from msgspec import UNSET, Meta, UnsetType, field

from demo_server.rest_api.changes import given
from demo_server.rest_api.layer.operation import Access, Call, Identity, Reply
from demo_server.rest_api.layer.pagination import Page, PageQuery, page_for
from demo_server.rest_api.layer.problem import Problem
from demo_server.rest_api.layer.resource import Resource, resource
from demo_server.rest_api.layer.schema import Id, Out, Query
from demo_server.rest_api.refusals import operation
from demo_server.rest_api.shapes.people import (
    ORDER_EXAMPLE,
    LineOut,
    OrderBody,
    OrderOut,
    OrderPatch,
    Status,
    order_out,
)
from demo_server.rest_api.shapes.words import PRIVATE
from demo_server.shop import queries, services
from demo_server.shop.models import Order

TAG: Final = "Orders"

OrderField = Literal["id", "user_id", "status", "placed_at", "total", "lines", "version", "_links"]
OrderFields = Annotated[
    list[OrderField], Meta(min_length=1, description="Only these members of each order")
]
OrderSort = Literal["id", "-id", "placed_at", "-placed_at"]


class OrderQuery(PageQuery):
    """Which orders, in which order."""

    status: Annotated[Status, Meta(description="In this state")] | UnsetType = UNSET
    user: Annotated[Id, Meta(description="Of this user (staff)")] | UnsetType = UNSET
    sort: Annotated[
        list[OrderSort], Meta(min_length=1, max_length=2, description="- is descending")
    ] = field(default_factory=lambda: ["-placed_at"])
    fields: OrderFields = []


class UserOrderQuery(PageQuery):
    """Which page."""

    fields: OrderFields = []


class OrderFieldsQuery(Query):
    """Which members."""

    fields: OrderFields = []


class LineList(Out):
    """The lines of an order."""

    items: list[LineOut]


async def existing(order_id: int, identity: Identity) -> Order:
    """The order; Problem 404 when there is none, or none of the caller's."""
    order = await queries.order(order_id)
    if order is None or not (identity.is_staff or order.customer.user_id == identity.user_id):
        raise Problem("not-found", f"There is no order {order_id} of yours.")
    return order


@operation(
    "List orders",
    access=Access.SIGNED_IN,
    query=OrderQuery,
    out=Page[OrderOut],
    sparse=True,
    problems=("forbidden",),
    cache_control=PRIVATE,
)
async def list_orders(call: Call[OrderQuery, None]) -> Reply:
    """Newest first. A customer sees their own, the staff all."""
    user_id = None if call.query.user is UNSET else call.query.user
    return await _page(call, user_id)


@operation(
    "List a user's orders",
    access=Access.SIGNED_IN,
    query=UserOrderQuery,
    out=Page[OrderOut],
    sparse=True,
    problems=("forbidden",),
    cache_control=PRIVATE,
)
async def list_user_orders(call: Call[UserOrderQuery, None]) -> Reply:
    """Newest first. Nested: the same orders as /api/orders?user=."""
    return await _page(call, call.path["user_id"])


def _wanted(query: OrderQuery | UserOrderQuery) -> dict[str, Any]:
    return {name: value for name, value in given(query).items() if name in {"status", "sort"}}


async def _page(call: Call[Any, None], user_id: int | None) -> Reply:
    identity = call.identity
    if not identity.is_staff:
        if user_id not in {None, identity.user_id}:
            raise Problem("forbidden", "These are another user's orders.")
        user_id = identity.user_id
    wanted = queries.OrderFilter(user=user_id, **_wanted(call.query))
    orders, total = await queries.orders(wanted, call.query.offset, call.query.page_size)
    return Reply(page_for(call, [order_out(order) for order in orders], total))


@operation(
    "Read an order",
    access=Access.SIGNED_IN,
    query=OrderFieldsQuery,
    out=OrderOut,
    etag=True,
    sparse=True,
    cache_control=PRIVATE,
)
async def read_order(call: Call[OrderFieldsQuery, None]) -> Reply:
    """Another customer's order answers 404: that it exists is a secret too."""
    return Reply(order_out(await existing(call.path["order_id"], call.identity)))


@operation(
    "List the lines of an order", access=Access.SIGNED_IN, out=LineList, cache_control=PRIVATE
)
async def list_lines(call: Call[None, None]) -> Reply:
    """One line a product, at the price that was paid."""
    order = await existing(call.path["order_id"], call.identity)
    return Reply(LineList(items=order_out(order).lines))


@operation(
    "Place an order",
    access=Access.SIGNED_IN,
    body=OrderBody,
    example=ORDER_EXAMPLE,
    out=OrderOut,
    status=201,
    location=True,
    etag=True,
    idempotent=True,
    problems=("conflict",),
)
async def place_order(call: Call[None, OrderBody]) -> Reply:
    """One transaction: the stock goes down and the order is there, or neither (409)."""
    items = [services.Item(line.product_id, line.quantity) for line in call.body.lines]
    order = await services.place_order(call.identity.user_id, items)
    out = order_out(await existing(order.pk, call.identity))
    return Reply(out, location=f"/api/orders/{order.pk}")


@operation(
    "Change an order's state",
    access=Access.SIGNED_IN,
    body=OrderPatch,
    merge_patch=True,
    example={"status": "cancelled"},
    out=OrderOut,
    etag=True,
    if_match=True,
    problems=("conflict", "forbidden"),
)
async def change_order(call: Call[None, OrderPatch]) -> Reply:
    """A customer may cancel what is only placed; the staff ships and delivers."""
    return await _move(call, call.body.status)


@operation(
    "Replace an order's state",
    access=Access.SIGNED_IN,
    body=OrderPatch,
    example={"status": "cancelled"},
    out=OrderOut,
    etag=True,
    if_match=True,
    problems=("conflict", "forbidden"),
)
async def replace_order(call: Call[None, OrderPatch]) -> Reply:
    """What was bought and paid stays: the state is all of an order that can be replaced."""
    return await _move(call, call.body.status)


@operation(
    "Cancel an order",
    access=Access.SIGNED_IN,
    status=204,
    if_match=True,
    problems=("conflict",),
)
async def cancel_order(call: Call[None, None]) -> Reply:
    """The order stays, as cancelled; the stock comes back. Cancelling twice changes nothing."""
    order = await existing(call.path["order_id"], call.identity)
    call.require_match(order_out(order))
    if order.status != Order.Status.CANCELLED:
        await services.cancel_order(order.pk, order.version)
    return Reply()


async def _move(call: Call[None, Any], status: str) -> Reply:
    order = await existing(call.path["order_id"], call.identity)
    call.require_match(order_out(order))
    if status != Order.Status.CANCELLED and not call.identity.is_staff:
        raise Problem("forbidden", "Only the staff ships and delivers.")
    await services.change_order(order.pk, status, order.version)
    return Reply(order_out(await existing(order.pk, call.identity)))


_ID: Final = {"order_id": "The order's id"}

RESOURCES: Final[tuple[Resource, ...]] = (
    resource("orders", tag=TAG, get=list_orders, post=place_order),
    resource(
        "orders/<id:order_id>",
        tag=TAG,
        parameters=_ID,
        get=read_order,
        put=replace_order,
        patch=change_order,
        delete=cancel_order,
    ),
    resource("orders/<id:order_id>/lines", tag=TAG, parameters=_ID, get=list_lines),
    resource(
        "users/<id:user_id>/orders",
        tag=TAG,
        parameters={"user_id": "The user's id"},
        get=list_user_orders,
    ),
)

"""The mutations: the shop's services, its refusals told as typed errors, the rights of REST."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from decimal import Decimal
from typing import Any, Final

import msgspec

from demo_server.graphql_api.context import Info, Resolver, key_of
from demo_server.graphql_api.errors import Refused
from demo_server.graphql_api.resolvers.user_errors import Rejected, error_of, invalid
from demo_server.rest_api.layer.violations import in_body
from demo_server.rest_api.shapes.catalogue import (
    CategoryBody,
    ProductBody,
    ProductPatch,
    TagBody,
)
from demo_server.rest_api.shapes.people import OrderBody, ReviewBody, ReviewPatch
from demo_server.shop import queries, services
from demo_server.shop.models import Category, Order, Product, Review, Tag
from demo_server.shop.services import Item, NotFound, Refusal


def checked(struct: type[msgspec.Struct], values: dict[str, Any]) -> dict[str, Any]:
    """The values, when they keep the rules that REST has for the same body; else Rejected."""
    try:
        msgspec.convert(values, struct)
    except msgspec.ValidationError as error:
        broken = in_body(struct, values, str(error))
        raise Rejected([invalid(str(each.pointer), each.detail) for each in broken]) from None
    return values


async def attempt(member: str, work: Callable[[], Awaitable[Any]]) -> dict[str, Any]:
    """The payload: what `work` gives as `member`, or the errors that it was refused with."""
    try:
        return {member: await work(), "errors": []}
    except Rejected as rejected:
        return {member: None, "errors": rejected.errors}
    except Refusal as refusal:
        return {member: None, "errors": [error_of(refusal)]}


def _product_values(struct: type[msgspec.Struct], given: dict[str, Any]) -> dict[str, Any]:
    """An input as the services take it, checked."""
    values = dict(given)
    if isinstance(values.get("price"), Decimal):
        values["price"] = f"{values['price']:.2f}"
    if isinstance(values.get("category_id"), str):
        values["category_id"] = key_of(values["category_id"])
    checked(struct, values)
    return {**values, "price": Decimal(values["price"])} if "price" in values else values


async def create_product(root: object, info: Info, *, input: dict[str, Any]) -> dict[str, Any]:  # noqa: A002
    """Add a product."""
    del root
    info.context.staff()

    async def work() -> Product:
        return await services.create_product(_product_values(ProductBody, input))

    return await attempt("product", work)


async def update_product(
    root: object,
    info: Info,
    *,
    id_: str,
    input: dict[str, Any],  # noqa: A002
    version: int | None = None,
) -> dict[str, Any]:
    """Change a product."""
    del root
    info.context.staff()

    async def work() -> Product:
        values = _product_values(ProductPatch, input)
        return await services.update_product(key_of(id_), values, version)

    return await attempt("product", work)


async def set_stock(root: object, info: Info, *, id_: str, stock: int) -> dict[str, Any]:
    """Say how many there are."""
    del root
    info.context.staff()

    async def work() -> Product:
        checked(ProductPatch, {"stock": stock})
        return await services.set_stock(key_of(id_), stock)

    return await attempt("product", work)


async def withdraw_product(
    root: object, info: Info, *, id_: str, version: int | None = None
) -> dict[str, Any]:
    """Stop selling a product."""
    del root
    info.context.staff()

    async def work() -> Product | None:
        await services.withdraw_product(key_of(id_), version)
        return await queries.product(key_of(id_))

    return await attempt("product", work)


async def tag_product(root: object, info: Info, *, id_: str, tag_id: str) -> dict[str, Any]:
    """Put a tag on a product."""
    del root
    info.context.staff()

    async def work() -> Product | None:
        await services.tag_product(key_of(id_), key_of(tag_id))
        return await queries.product(key_of(id_))

    return await attempt("product", work)


async def untag_product(root: object, info: Info, *, id_: str, tag_id: str) -> dict[str, Any]:
    """Take a tag off a product."""
    del root
    info.context.staff()

    async def work() -> Product | None:
        await services.untag_product(key_of(id_), key_of(tag_id))
        return await queries.product(key_of(id_))

    return await attempt("product", work)


async def create_category(root: object, info: Info, *, input: dict[str, Any]) -> dict[str, Any]:  # noqa: A002
    """Add a category."""
    del root
    info.context.staff()

    async def work() -> Category:
        values = dict(input)
        if values.get("parent_id") is not None:
            values["parent_id"] = key_of(values["parent_id"])
        return await services.create_category(checked(CategoryBody, values))

    return await attempt("category", work)


async def create_tag(root: object, info: Info, *, input: dict[str, Any]) -> dict[str, Any]:  # noqa: A002
    """Add a tag."""
    del root
    info.context.staff()

    async def work() -> Tag:
        return await services.create_tag(checked(TagBody, dict(input)))

    return await attempt("tag", work)


async def add_review(
    root: object,
    info: Info,
    *,
    product_id: str,
    input: dict[str, Any],  # noqa: A002
) -> dict[str, Any]:
    """Review a product."""
    del root
    identity = info.context.signed_in()

    async def work() -> Review:
        values = checked(ReviewBody, dict(input))
        return await services.add_review(identity.user_id, key_of(product_id), **values)

    return await attempt("review", work)


async def _own_review(info: Info, id_: str) -> int:
    """The key of a review that the caller may change; NotFound, or FORBIDDEN."""
    identity = info.context.signed_in()
    review = await queries.review(key_of(id_))
    if review is None:
        raise NotFound("review", id_)
    if not identity.is_staff and review.customer.user_id != identity.user_id:
        raise Refused("FORBIDDEN", "This is another customer's review.")
    return review.pk


async def update_review(
    root: object,
    info: Info,
    *,
    id_: str,
    input: dict[str, Any],  # noqa: A002
) -> dict[str, Any]:
    """Change a review."""
    del root
    info.context.signed_in()

    async def work() -> Review:
        values = checked(ReviewPatch, dict(input))
        return await services.update_review(await _own_review(info, id_), values)

    return await attempt("review", work)


async def delete_review(root: object, info: Info, *, id_: str) -> dict[str, Any]:
    """Delete a review."""
    del root
    info.context.signed_in()

    async def work() -> str:
        key = await _own_review(info, id_)
        await services.delete_review(key)
        return str(key)

    return await attempt("deleted_id", work)


async def place_order(root: object, info: Info, *, input: dict[str, Any]) -> dict[str, Any]:  # noqa: A002
    """Buy something."""
    del root
    identity = info.context.signed_in()
    lines = [
        {"product_id": key_of(line["product_id"]), "quantity": line["quantity"]}
        for line in input["lines"]
    ]

    async def work() -> Order:
        checked(OrderBody, {"lines": lines})
        address = input.get("address_id")
        return await services.place_order(
            identity.user_id,
            [Item(line["product_id"], line["quantity"]) for line in lines],
            None if address is None else key_of(address),
        )

    return await attempt("order", work)


async def _own_order(info: Info, id_: str) -> int:
    """The key of an order that the caller may see; NotFound."""
    identity = info.context.signed_in()
    order = await queries.order(key_of(id_))
    if order is None or not (identity.is_staff or order.customer.user_id == identity.user_id):
        raise NotFound("order", id_)
    return order.pk


async def change_order_status(
    root: object, info: Info, *, id_: str, status: str, version: int | None = None
) -> dict[str, Any]:
    """Move an order on."""
    del root
    if status != "CANCELLED" and not info.context.signed_in().is_staff:
        raise Refused("FORBIDDEN", "Only the staff ships and delivers.")

    async def work() -> Order:
        return await services.change_order(await _own_order(info, id_), status.lower(), version)

    return await attempt("order", work)


async def cancel_order(root: object, info: Info, *, id_: str) -> dict[str, Any]:
    """Cancel a placed order."""
    del root
    info.context.signed_in()

    async def work() -> Order:
        return await services.cancel_order(await _own_order(info, id_))

    return await attempt("order", work)


RESOLVERS: Final[dict[str, Resolver]] = {
    "Mutation.createProduct": create_product,
    "Mutation.updateProduct": update_product,
    "Mutation.setStock": set_stock,
    "Mutation.withdrawProduct": withdraw_product,
    "Mutation.tagProduct": tag_product,
    "Mutation.untagProduct": untag_product,
    "Mutation.createCategory": create_category,
    "Mutation.createTag": create_tag,
    "Mutation.addReview": add_review,
    "Mutation.updateReview": update_review,
    "Mutation.deleteReview": delete_review,
    "Mutation.placeOrder": place_order,
    "Mutation.changeOrderStatus": change_order_status,
    "Mutation.cancelOrder": cancel_order,
}

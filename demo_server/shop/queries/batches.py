"""Reading one thing for many rows at once, one statement each: what data loaders ask for.

Every function takes the ids of the asking side and gives a mapping; an id without anything is
left out of it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any, TypeVar

from django.contrib.auth.models import User
from django.db.models import Count, F, Model, QuerySet, Window
from django.db.models.functions import RowNumber

from demo_server.shop.models import (
    Address,
    Category,
    Customer,
    Order,
    OrderLine,
    Product,
    ProductSummary,
    Review,
    Tag,
)
from demo_server.shop.queries.keyset import Order as SortOrder
from demo_server.shop.queries.keyset import Position, between
from demo_server.shop.write_back.overlay import listed

M = TypeVar("M", bound=Model)

NEWEST = SortOrder("created_at", is_descending=True)


async def _by_id(rows: QuerySet[M], ids: Iterable[int]) -> dict[int, M]:
    return {row.pk: row for row in await listed(rows.filter(pk__in=ids).order_by())}


async def _by_owner(rows: QuerySet[M], owner: str) -> dict[int, list[M]]:
    found: defaultdict[int, list[M]] = defaultdict(list)
    async for row in rows:
        found[getattr(row, owner)].append(row)
    return found


async def categories_by_id(ids: Sequence[int]) -> dict[int, Category]:
    """Categories."""
    return await _by_id(Category.objects.all(), ids)


async def products_by_id(ids: Sequence[int]) -> dict[int, Product]:
    """Products, withdrawn ones too."""
    return await _by_id(Product.objects.all(), ids)


async def products_by_sku(skus: Sequence[str]) -> dict[str, Product]:
    """Products by their article number, withdrawn ones too."""
    rows = Product.objects.filter(sku__in=skus).order_by()
    return {row.sku: row for row in await listed(rows)}


async def tags_by_id(ids: Sequence[int]) -> dict[int, Tag]:
    """Tags."""
    return await _by_id(Tag.objects.all(), ids)


async def orders_by_id(ids: Sequence[int]) -> dict[int, Order]:
    """Orders with the customers that placed them."""
    return await _by_id(Order.objects.select_related("customer"), ids)


async def reviews_by_id(ids: Sequence[int]) -> dict[int, Review]:
    """Reviews."""
    return await _by_id(Review.objects.all(), ids)


async def addresses_by_id(ids: Sequence[int]) -> dict[int, Address]:
    """Addresses."""
    return await _by_id(Address.objects.all(), ids)


async def customers_by_id(ids: Sequence[int]) -> dict[int, Customer]:
    """Customers with their users."""
    return await _by_id(Customer.objects.select_related("user"), ids)


async def users_by_id(ids: Sequence[int]) -> dict[int, User]:
    """Users."""
    return await _by_id(User.objects.all(), ids)


async def summaries_of_products(ids: Sequence[int]) -> dict[int, ProductSummary]:
    """What is counted of each product."""
    return await _by_id(ProductSummary.objects.all(), ids)


async def tags_of_products(ids: Sequence[int]) -> dict[int, list[Tag]]:
    """The tags of each product, by name."""
    through: Any = Product.tags.through
    rows = through.objects.filter(product_id__in=ids).select_related("tag").order_by("tag__name")
    return {key: [each.tag for each in each_rows] for key, each_rows in
            (await _by_owner(rows, "product_id")).items()}  # fmt: skip


async def children_of_categories(ids: Sequence[int]) -> dict[int, list[Category]]:
    """The categories directly below each."""
    return await _by_owner(Category.objects.filter(parent__in=ids).order_by("name"), "parent_id")


async def lines_of_orders(ids: Sequence[int]) -> dict[int, list[OrderLine]]:
    """The lines of each order."""
    return await _by_owner(OrderLine.objects.filter(order__in=ids).order_by("id"), "order_id")


async def addresses_of_users(ids: Sequence[int]) -> dict[int, list[Address]]:
    """The addresses of each user, the default one first."""
    rows = Address.objects.filter(customer__user__in=ids).annotate(owner=F("customer__user"))
    return await _by_owner(rows.order_by("-is_default", "id"), "owner")


async def reviews_of_products(
    ids: Sequence[int], limit: int, after: Position | None = None
) -> dict[int, list[Review]]:
    """The newest `limit` reviews of each product that are older than `after`."""
    place = Window(RowNumber(), partition_by=F("product_id"), order_by=["-created_at", "-id"])
    rows = between(Review.objects.filter(product__in=ids), NEWEST, after, None)
    newest = rows.annotate(place=place).filter(place__lte=limit).order_by("-created_at", "-id")
    return await _by_owner(newest, "product_id")


async def review_counts_of_products(ids: Sequence[int]) -> dict[int, int]:
    """How many reviews each product has."""
    rows = Review.objects.filter(product__in=ids).order_by().values("product")
    return {row["product"]: row["number"] async for row in rows.annotate(number=Count("id"))}

"""Pages and single things as the APIs show them: filtered, sorted, counted, with what they need."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from django.contrib.auth.models import User
from django.db.models import Model, Q, QuerySet

from demo_server.shop.models import Category, Order, Product, Review, Tag

if TYPE_CHECKING:
    from collections.abc import Sequence

M = TypeVar("M", bound=Model)


async def page(
    rows: QuerySet[M], sort: Sequence[str], number: int, size: int
) -> tuple[list[M], int]:
    """One page of the rows, and how many there are; equal values are ordered by id."""
    total = await rows.acount()
    if (number - 1) * size >= total:
        return [], total
    ordered = rows.order_by(*sort, *(() if "id" in sort or "-id" in sort else ("id",)))
    return [row async for row in ordered[(number - 1) * size : number * size]], total


def products() -> QuerySet[Product]:
    """Products with category, summary and tags: three statements, whatever their number."""
    return Product.objects.select_related("category", "summary").prefetch_related("tags")


def products_matching(
    *,
    words: str = "",
    category: int = 0,
    tag: str = "",
    min_price: str = "",
    max_price: str = "",
    in_stock: bool | None = None,
) -> QuerySet[Product]:
    """Products that are for sale and match all that is given."""
    rows = products().filter(withdrawn_at__isnull=True)
    if words:
        rows = rows.filter(Q(name__icontains=words) | Q(description__icontains=words))
    if category:
        below = Q(category=category) | Q(category__parent=category)
        rows = rows.filter(below | Q(category__parent__parent=category))
    if tag:
        rows = rows.filter(tags__slug=tag)
    if min_price:
        rows = rows.filter(price__gte=min_price)
    if max_price:
        rows = rows.filter(price__lte=max_price)
    if in_stock is not None:
        rows = rows.filter(stock__gt=0) if in_stock else rows.filter(stock=0)
    return rows


def named(rows: QuerySet[M], words: str) -> QuerySet[M]:
    """Those of the rows whose name or slug holds the words."""
    return rows.filter(Q(name__icontains=words) | Q(slug__icontains=words)) if words else rows


def categories_matching(*, words: str = "", parent: int = 0) -> QuerySet[Category]:
    """Categories whose name or slug holds the words, directly below the parent."""
    rows = named(Category.objects.all(), words)
    return rows.filter(parent=parent) if parent else rows


def tags_matching(*, words: str = "") -> QuerySet[Tag]:
    """Tags whose name or slug holds the words."""
    return named(Tag.objects.all(), words)


def users_matching(*, words: str = "", is_staff: bool | None = None) -> QuerySet[User]:
    """Users whose user name, name or e-mail address holds the words."""
    rows: QuerySet[User] = User.objects.filter(is_active=True)
    if words:
        searched = ("username", "first_name", "last_name", "email")
        found = Q()
        for name in searched:
            found |= Q(**{f"{name}__icontains": words})
        rows = rows.filter(found)
    return rows if is_staff is None else rows.filter(is_staff=is_staff)


def orders() -> QuerySet[Order]:
    """Orders with customer, lines and the products in them: three statements."""
    return Order.objects.select_related("customer").prefetch_related("lines__product")


def orders_matching(
    *, user: int | None = None, status: str = "", product: int = 0
) -> QuerySet[Order]:
    """Orders of the user, in the state, with the product in them."""
    rows = orders()
    if user is not None:
        rows = rows.filter(customer__user=user)
    if status:
        rows = rows.filter(status=status)
    if product:
        rows = rows.filter(lines__product=product)
    return rows


def reviews() -> QuerySet[Review]:
    """Reviews with the name of their author: one statement."""
    return Review.objects.select_related("customer__user")


def reviews_matching(
    *, words: str = "", product: int = 0, user: int = 0, rating: int = 0
) -> QuerySet[Review]:
    """Reviews of the product, by the user, with so many stars, that hold the words."""
    wanted: dict[str, Any] = {}
    if product:
        wanted["product"] = product
    if user:
        wanted["customer__user"] = user
    if rating:
        wanted["rating"] = rating
    rows = reviews().filter(**wanted)
    return rows.filter(Q(title__icontains=words) | Q(text__icontains=words)) if words else rows

"""Reading reviews."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Q, QuerySet

from demo_server.shop.models import Review
from demo_server.shop.queries.windows import window


@dataclass(frozen=True, slots=True)
class ReviewFilter:
    """Which reviews: of a product, of a user, with this many stars, with `q` in the words."""

    product: int | None = None
    user: int | None = None
    rating: int | None = None
    q: str = ""
    sort: Sequence[str] = ("-created_at", "-id")


async def reviews(
    where: ReviewFilter, offset: int = 0, limit: int = 20
) -> tuple[list[Review], int]:
    """Reviews of products on sale, with product and the customer's user loaded."""
    rows = review_rows(where).select_related("product", "customer__user")
    return await window(rows, where.sort, offset, limit)


def review_rows(where: ReviewFilter) -> QuerySet[Review]:
    """Reviews of products on sale, unsorted and unread, for who reads in pieces."""
    conditions = Q(product__withdrawn_at__isnull=True)
    if where.product is not None:
        conditions &= Q(product=where.product)
    if where.user is not None:
        conditions &= Q(customer__user=where.user)
    if where.rating is not None:
        conditions &= Q(rating=where.rating)
    if where.q:
        conditions &= Q(title__icontains=where.q) | Q(text__icontains=where.q)
    return Review.objects.filter(conditions).order_by()


async def review(review_id: int) -> Review | None:
    """One review with product and the customer's user loaded."""
    rows = Review.objects.select_related("product", "customer__user")
    return await rows.filter(pk=review_id).afirst()

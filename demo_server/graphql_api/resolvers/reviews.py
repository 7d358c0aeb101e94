"""What customers say."""

from __future__ import annotations

from typing import Any, Final

from demo_server.graphql_api.connections import Connection, connect, place_of, size
from demo_server.graphql_api.context import Info, Resolver, key_of
from demo_server.shop import queries
from demo_server.shop.models import Product, Review
from demo_server.shop.queries import batches
from demo_server.shop.queries.batches import NEWEST
from demo_server.shop.queries.keyset import Piece


async def review(root: object, info: Info, *, id_: str) -> Review | None:
    """One review by its id."""
    del root
    return await info.context.load(batches.reviews_by_id, key_of(id_))


async def reviews(
    root: object,
    info: Info,
    *,
    product: str | None = None,
    rating: int | None = None,
    **place: Any,
) -> Connection:
    """Reviews of products on sale, newest first."""
    del root, info
    where = queries.ReviewFilter(
        product=None if product is None else key_of(product), rating=rating
    )
    return await connect(queries.review_rows(where), NEWEST, **place)


async def product_reviews(
    source: Product, info: Info, *, first: int | None = None, after: str | None = None
) -> Connection:
    """The reviews of a product: those of many products are read by one statement."""
    limit = size("first", 3 if first is None else first)
    place = place_of(after, Review, NEWEST)
    found = await info.context.load(batches.reviews_of_products, source.pk, limit + 1, place) or []
    piece = Piece(found[:limit], has_next=len(found) > limit, has_previous=after is not None)

    async def count() -> int:
        return await info.context.load(batches.review_counts_of_products, source.pk) or 0

    return Connection(piece, NEWEST, count)


async def author(source: Review, info: Info) -> str:
    """The name of who wrote it."""
    return str(await info.context.load(batches.customers_by_id, source.customer_id))


async def product(source: Review, info: Info) -> Product | None:
    """What a review is about."""
    return await info.context.load(batches.products_by_id, source.product_id)


RESOLVERS: Final[dict[str, Resolver]] = {
    "Query.review": review,
    "Query.reviews": reviews,
    "Product.reviews": product_reviews,
    "Review.author": author,
    "Review.product": product,
}

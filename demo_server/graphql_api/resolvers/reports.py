"""Reports, for the staff."""

from __future__ import annotations

from typing import Final, cast

from demo_server.graphql_api.connections import size
from demo_server.graphql_api.context import Info, Resolver
from demo_server.shop import queries
from demo_server.shop.models import Product
from demo_server.shop.queries import batches


async def revenue_by_category(root: object, info: Info, *, source: str) -> list[queries.Revenue]:
    """What each category brought in."""
    del root
    info.context.staff()
    return await queries.revenue_by_category(cast("queries.Source", source.lower()))


async def best_sellers(
    root: object, info: Info, *, first: int | None = None
) -> list[queries.BestSeller]:
    """The products that brought in most."""
    del root
    info.context.staff()
    return await queries.best_sellers(size("first", 10 if first is None else first))


async def product(source: queries.BestSeller, info: Info) -> Product | None:
    """The product that sold."""
    return await info.context.load(batches.products_by_id, source.product_id)


RESOLVERS: Final[dict[str, Resolver]] = {
    "Query.revenueByCategory": revenue_by_category,
    "Query.bestSellers": best_sellers,
    "BestSeller.product": product,
}

"""One search through several kinds of things."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Final

from demo_server.graphql_api.connections import size
from demo_server.graphql_api.context import Info, Resolver
from demo_server.graphql_api.errors import bad_input
from demo_server.graphql_api.resolvers.products import words
from demo_server.shop import queries

MOST: Final = 20


async def _products(text: str, limit: int) -> list[Any]:
    rows = await queries.product_rows(queries.ProductFilter(q=text))
    return [each async for each in rows.order_by("id")[:limit]]


async def _categories(text: str, limit: int) -> list[Any]:
    return (await queries.categories(q=text, limit=limit))[0]


async def _tags(text: str, limit: int) -> list[Any]:
    return (await queries.tags(q=text, limit=limit))[0]


async def _reviews(text: str, limit: int) -> list[Any]:
    rows = queries.review_rows(queries.ReviewFilter(q=text))
    return [each async for each in rows.order_by("-created_at", "-id")[:limit]]


_KINDS: Final[dict[str, Callable[[str, int], Awaitable[list[Any]]]]] = {
    "PRODUCT": _products,
    "CATEGORY": _categories,
    "TAG": _tags,
    "REVIEW": _reviews,
}


async def search(
    root: object, info: Info, *, text: str, kinds: list[str], first: int | None = None
) -> list[Any]:
    """What mentions the text, kind by kind."""
    del root, info
    limit = size("first", 5 if first is None else first, MOST)
    wanted = words(text.strip())
    if len(wanted) < 2:
        raise bad_input("Search for at least two characters.")
    found: list[Any] = []
    for kind in dict.fromkeys(kinds):
        found.extend(await _KINDS[kind](wanted, limit))
    return found


RESOLVERS: Final[dict[str, Resolver]] = {"Query.search": search}

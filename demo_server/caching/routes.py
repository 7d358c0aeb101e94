"""The routes whose caching can be chosen: what reads, what writes, how they can be cached."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from demo_server.caching.strategies.strategy import Invalidation, Policy

DEFAULT: Final = Policy()
READING: Final = ("none", "cache-aside", "read-through", "refresh-ahead")
WRITING: Final = ("none", "cache-aside", "read-through", "write-through", "refresh-ahead")


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """One kind of answer. `group` is what outdates it: the keys of an item are `group:number`."""

    name: str
    reads: str
    writes: str
    group: str
    default: Policy = DEFAULT
    strategies: tuple[str, ...] = READING
    invalidations: tuple[Invalidation, ...] = ("delete", "tag", "version")
    is_listing: bool = False
    kept_by: str = ""
    """Who keeps the answers when it is not a strategy, so that there is nothing to choose."""


_LIST: Final = Policy(invalidation="version")
_LIST_INVALIDATIONS: Final[tuple[Invalidation, ...]] = ("tag", "version")


def _listing(name: str, reads: str, writes: str) -> Route:
    return Route(
        name=name,
        reads=reads,
        writes=writes,
        group=name,
        default=_LIST,
        invalidations=_LIST_INVALIDATIONS,
        is_listing=True,
    )


ALL: Final[tuple[Route, ...]] = (
    Route(
        name="product",
        reads="GET /api/products/{id}",
        writes="PATCH /api/products/{id}",
        group="products",
        strategies=(*WRITING, "write-back"),
    ),
    Route(
        name="views",
        reads="GET /api/products/{id}/views",
        writes="POST /api/products/{id}/views",
        group="views",
        default=Policy(strategy="none"),
        strategies=("none", "write-through", "write-back"),
        invalidations=("delete",),
    ),
    _listing("products", "GET /api/products", "POST /api/products"),
    Route(
        name="category",
        reads="GET /api/categories/{id}",
        writes="PATCH /api/categories/{id}",
        group="categories",
    ),
    _listing("categories", "GET /api/categories", "POST /api/categories"),
    Route(name="tag", reads="GET /api/tags/{id}", writes="PATCH /api/tags/{id}", group="tags"),
    _listing("tags", "GET /api/tags", "POST /api/tags"),
    _listing("reviews", "GET /api/reviews", "POST /api/products/{id}/reviews"),
    Route(
        name="lab-a",
        reads="GET /lab/cache/lab-a?load_ms=200",
        writes="POST /lab/cache/lab-a",
        group="lab-a",
        default=Policy(protection="none", jitter=0.0),
        strategies=WRITING,
    ),
    Route(
        name="lab-b",
        reads="GET /lab/cache/lab-b?load_ms=200",
        writes="POST /lab/cache/lab-b",
        group="lab-b",
        default=Policy(protection="lease", jitter=0.0),
        strategies=WRITING,
    ),
    Route(
        name="bestsellers",
        reads="GET /bestsellers/",
        writes="",
        group="bestsellers",
        default=Policy(strategy="view", protection="none", jitter=0.0),
        strategies=("view",),
        kept_by="Django's cache_page, for 60 seconds and for each cookie by itself",
    ),
    Route(
        name="sales-report",
        reads="GET /lab/cache/sales-report",
        writes="POST /lab/cache/sales-report",
        group="sales-report",
        default=Policy(strategy="query", protection="none", jitter=0.0),
        strategies=("query",),
        kept_by="the database, which keeps it until it is refreshed",
    ),
)
BY_NAME: Final[dict[str, Route]] = {route.name: route for route in ALL}
ITEMS_OF: Final[dict[str, tuple[Route, ...]]] = {
    group: tuple(route for route in ALL if route.group == group and not route.is_listing)
    for group in {route.group for route in ALL}
}

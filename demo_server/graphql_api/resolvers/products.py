"""Products and lists of them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final

from demo_server.graphql_api.connections import Connection, connect
from demo_server.graphql_api.context import Info, Resolver, key_of
from demo_server.graphql_api.errors import bad_input
from demo_server.shop import queries
from demo_server.shop.models import Category, Product, ProductSummary, Tag
from demo_server.shop.queries import batches
from demo_server.shop.queries.keyset import Order

KEYS: Final = {
    "ID": "id",
    "NAME": "name",
    "PRICE": "price",
    "CREATED_AT": "created_at",
    "AGE": "created_at",
}
LONGEST_SEARCH: Final = 100


def order_of(sort: dict[str, Any] | None) -> Order:
    """The order that an input names; by id when it is null."""
    if sort is None:
        return Order("id")
    return Order(KEYS[sort["by"]], sort["direction"] == "DESCENDING")


def words(text: str) -> str:
    """What to search for; BAD_USER_INPUT when no database could."""
    if "\0" in text or len(text) > LONGEST_SEARCH:
        raise bad_input(f"A search has at most {LONGEST_SEARCH} characters, and no NUL.")
    return text


def filter_of(given: dict[str, Any] | None) -> queries.ProductFilter:
    """The filter that an input names; null members count as left out."""
    conditions = {name: value for name, value in (given or {}).items() if value is not None}
    text = words(conditions.pop("search", None) or conditions.pop("q", ""))
    conditions.pop("q", None)
    if "category" in conditions:
        conditions["category"] = key_of(conditions["category"])
    return queries.ProductFilter(q=text, **conditions)


async def product(root: object, info: Info, *, id_: str) -> Product | None:
    """One product by its id."""
    del root
    return await info.context.load(batches.products_by_id, key_of(id_))


async def product_by(root: object, info: Info, *, lookup: dict[str, str]) -> Product | None:
    """One product by id or article number."""
    del root
    if "sku" in lookup:
        return await info.context.load(batches.products_by_sku, lookup["sku"])
    return await info.context.load(batches.products_by_id, key_of(lookup["id_"]))


async def products(
    root: object,
    info: Info,
    *,
    filter: dict[str, Any] | None = None,  # noqa: A002 - the name of the argument
    sort: dict[str, Any] | None = None,
    page: int | None = None,
    **place: Any,
) -> Connection:
    """What is on sale."""
    del root, info
    if page not in {None, 1}:
        raise bad_input("`page` is gone: send the last cursor as `after`.")
    rows = await queries.product_rows(filter_of(filter))
    return await connect(rows, order_of(sort), **place)


async def shelf_products(
    shelf: Category | Tag, info: Info, *, sort: dict[str, Any] | None = None, **place: Any
) -> Connection:
    """What is on sale in a category and below it, or with a tag."""
    del info
    where = (
        queries.ProductFilter(category=shelf.pk)
        if isinstance(shelf, Category)
        else queries.ProductFilter(tag=shelf.slug)
    )
    return await connect(await queries.product_rows(where), order_of(sort), usual=10, **place)


async def category(source: Product, info: Info) -> Category | None:
    """Where a product stands."""
    return await info.context.load(batches.categories_by_id, source.category_id)


async def tags(source: Product, info: Info) -> list[Tag]:
    """The tags of a product."""
    return await info.context.load(batches.tags_of_products, source.pk) or []


async def _summary(source: Product, info: Info) -> ProductSummary | None:
    return await info.context.load(batches.summaries_of_products, source.pk)


async def rating(source: Product, info: Info) -> float | None:
    """The average number of stars."""
    found = await _summary(source, info)
    if found is None or not found.review_count:
        return None
    return round(found.rating_total / found.review_count, 2)


async def review_count(source: Product, info: Info) -> int:
    """How many reviews there are."""
    found = await _summary(source, info)
    return found.review_count if found else 0


async def revenue(source: Product, info: Info) -> Decimal:
    """What was earned; for the staff."""
    info.context.staff()
    found = await _summary(source, info)
    return found.revenue if found else Decimal(0)


async def count(source: Connection, info: Info) -> int:
    """How many there are in all."""
    del info
    return await source.count()


RESOLVERS: Final[dict[str, Resolver]] = {
    "Query.product": product,
    "Query.productBy": product_by,
    "Query.products": products,
    "Product.title": lambda source, _: source.name,
    "Product.inStock": lambda source, _: source.stock > 0,
    "Product.category": category,
    "Product.tags": tags,
    "Product.rating": rating,
    "Product.reviewCount": review_count,
    "Product.revenue": revenue,
    "Category.products": shelf_products,
    "Tag.products": shelf_products,
    "ProductConnection.totalCount": count,
    "ReviewConnection.totalCount": count,
    "OrderConnection.totalCount": count,
    "UserConnection.totalCount": count,
}

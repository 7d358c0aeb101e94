"""/api/products: the catalogue, read by anyone from the cache, changed by the staff."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Any, Final, Literal

from msgspec import UNSET, Meta, UnsetType, field

from demo_server.caching.strategies.strategy import Sourced
from demo_server.rest_api import cached, categories, deferred
from demo_server.rest_api.changes import given
from demo_server.rest_api.layer.operation import Access, Call, Reply
from demo_server.rest_api.layer.pagination import Page, PageQuery, page_for
from demo_server.rest_api.layer.problem import Problem
from demo_server.rest_api.layer.resource import Resource, resource
from demo_server.rest_api.layer.schema import Id, Money, Query
from demo_server.rest_api.refusals import operation
from demo_server.rest_api.shapes.catalogue import (
    PRODUCT_EXAMPLE,
    ProductBody,
    ProductOut,
    ProductPatch,
    TagList,
    product_out,
    tag_out,
)
from demo_server.rest_api.shapes.words import REVALIDATE, Search, Slug
from demo_server.shop import queries, services
from demo_server.shop.models import Product
from demo_server.shop.write_back.deferring import can_defer

TAG: Final = "Products"

ProductField = Literal[
    "id", "sku", "name", "description", "category", "price", "stock", "tags", "rating",
    "review_count", "version", "created_at", "updated_at", "_links",
]  # fmt: skip
ProductFields = Annotated[
    list[ProductField], Meta(min_length=1, description="Only these members of each product")
]
ProductSort = Literal["id", "-id", "name", "-name", "price", "-price", "created_at", "-created_at"]

ProductSorts = Annotated[
    list[ProductSort], Meta(min_length=1, max_length=3, description="- is descending")
]


class ProductQuery(PageQuery):
    """Which products, in which order."""

    q: Search | UnsetType = UNSET
    category: Annotated[Id, Meta(description="In this category or below it")] | UnsetType = UNSET
    tag: Annotated[Slug, Meta(description="With this tag")] | UnsetType = UNSET
    min_price: Annotated[Money, Meta(description="At least this price")] | UnsetType = UNSET
    max_price: Annotated[Money, Meta(description="At most this price")] | UnsetType = UNSET
    in_stock: Annotated[bool, Meta(description="Only what is in stock, or not")] | UnsetType = UNSET
    sort: ProductSorts = field(default_factory=lambda: ["id"])
    fields: ProductFields = []


class CategoryProductQuery(PageQuery):
    """Which page, in which order."""

    sort: ProductSorts = field(default_factory=lambda: ["id"])
    fields: ProductFields = []


class ProductFieldsQuery(Query):
    """Which members."""

    fields: ProductFields = []


async def existing(product_id: int) -> Product:
    """The product with all it shows; Problem 404, or 410 when it is withdrawn."""
    product = await queries.product(product_id)
    if product is None:
        raise Problem("not-found", f"There is no product {product_id}.")
    if product.withdrawn_at is not None:
        day = f"{product.withdrawn_at:%Y-%m-%d}"
        raise Problem("gone", f"Product {product_id} was withdrawn on {day}.")
    return product


def _wanted(query: ProductQuery) -> queries.ProductFilter:
    conditions = given(query)
    for price in ("min_price", "max_price"):
        if price in conditions:
            conditions[price] = Decimal(conditions[price])
    for name in ("page", "page_size", "fields"):
        del conditions[name]
    return queries.ProductFilter(**conditions)


def _values(body: ProductBody | ProductPatch) -> dict[str, Any]:
    values = given(body)
    return {**values, "price": Decimal(values["price"])} if "price" in values else values


@operation(
    "List products",
    query=ProductQuery,
    out=Page[ProductOut],
    etag=True,
    sparse=True,
    cache_control=REVALIDATE,
)
async def list_products(call: Call[ProductQuery, None]) -> Reply:
    """Withdrawn products are left out. Filters narrow, `q` searches names and descriptions."""

    async def load() -> Page[ProductOut]:
        products, total = await queries.products(
            _wanted(call.query), call.query.offset, call.query.page_size
        )
        return page_for(call, [product_out(product) for product in products], total)

    return await cached.listing("products", call, load)


@operation(
    "List a category's products",
    query=CategoryProductQuery,
    out=Page[ProductOut],
    etag=True,
    sparse=True,
    cache_control=REVALIDATE,
)
async def list_category_products(call: Call[CategoryProductQuery, None]) -> Reply:
    """Nested: the same products as /api/products?category=, those below it included."""
    category = await categories.existing(call.path["category_id"])
    where = queries.ProductFilter(category=category.pk, sort=call.query.sort)

    async def load() -> Page[ProductOut]:
        products, total = await queries.products(where, call.query.offset, call.query.page_size)
        return page_for(call, [product_out(product) for product in products], total)

    return await cached.listing("products", call, load)


@operation(
    "Read a product",
    query=ProductFieldsQuery,
    out=ProductOut,
    problems=("gone",),
    etag=True,
    sparse=True,
    cache_control=REVALIDATE,
)
async def read_product(call: Call[ProductFieldsQuery, None]) -> Reply:
    """A withdrawn product answers 410 for good."""
    product_id = call.path["product_id"]

    async def load() -> ProductOut:
        return product_out(await existing(product_id))

    return await cached.item("product", product_id, load)


@operation(
    "Add a product",
    access=Access.STAFF,
    body=ProductBody,
    example=PRODUCT_EXAMPLE,
    out=ProductOut,
    status=201,
    location=True,
    etag=True,
    idempotent=True,
    problems=("conflict",),
)
async def create_product(call: Call[None, ProductBody]) -> Reply:
    """The SKU must be new; category and tags must exist."""
    product = await services.create_product(_values(call.body))
    out = product_out(await existing(product.pk))
    return Reply(out, location=f"/api/products/{product.pk}")


@operation(
    "Replace a product",
    access=Access.STAFF,
    body=ProductBody,
    example=PRODUCT_EXAMPLE,
    out=ProductOut,
    etag=True,
    if_match=True,
    problems=("conflict", "gone"),
)
async def replace_product(call: Call[None, ProductBody]) -> Reply:
    """What the body leaves out gets its default."""
    return await _change(call, _values(call.body))


@operation(
    "Change a product",
    access=Access.STAFF,
    body=ProductPatch,
    merge_patch=True,
    example={"price": "199.00"},
    out=ProductOut,
    etag=True,
    if_match=True,
    idempotent=True,
    knows_repetitions=lambda call: can_defer("product", given(call.body)),
    problems=("conflict", "gone"),
)
async def change_product(call: Call[None, ProductPatch]) -> Reply:
    """A JSON merge patch (RFC 7396): what it leaves out stays."""
    product_id, changes = call.path["product_id"], _values(call.body)

    async def look() -> Product:
        product = await existing(product_id)
        call.require_match(product_out(product))
        services.check_product(changes, product)
        return product

    repeated = await deferred.change(call, look, changes)
    if repeated is None:
        return await _change(call, changes)
    replayed = deferred.REPLAYED if repeated else {}
    return Reply(product_out(await existing(product_id)), headers=replayed)


async def _change(call: Call[None, Any], changes: dict[str, Any]) -> Reply:
    product = await existing(call.path["product_id"])
    call.require_match(product_out(product))

    async def apply(values: Mapping[str, Any]) -> Sourced:
        await services.update_product(product.pk, values, product.version)
        return cached.sourced(product_out(await existing(product.pk)))

    return await cached.changed("product", product.pk, changes, apply)


@operation(
    "Withdraw a product",
    access=Access.STAFF,
    status=204,
    if_match=True,
    problems=("gone",),
)
async def withdraw_product(call: Call[None, None]) -> Reply:
    """It is not sold any more and answers 410; orders of the past keep it."""
    product = await existing(call.path["product_id"])
    call.require_match(product_out(product))
    await services.withdraw_product(product.pk, product.version)
    return Reply()


@operation("List a product's tags", out=TagList, problems=("gone",))
async def list_product_tags(call: Call[None, None]) -> Reply:
    """Many to many: a product has several tags, a tag several products."""
    product = await existing(call.path["product_id"])
    return Reply(TagList(items=[tag_out(tag) for tag in product.tags.all()]))


@operation("Tag a product", access=Access.STAFF, status=204, problems=("gone",))
async def add_product_tag(call: Call[None, None]) -> Reply:
    """Doing it twice is the same as doing it once."""
    product = await existing(call.path["product_id"])
    await services.tag_product(product.pk, call.path["tag_id"])
    return Reply()


@operation("Untag a product", access=Access.STAFF, status=204, problems=("gone",))
async def remove_product_tag(call: Call[None, None]) -> Reply:
    """Doing it twice is the same as doing it once."""
    product = await existing(call.path["product_id"])
    await services.untag_product(product.pk, call.path["tag_id"])
    return Reply()


_ID: Final = {"product_id": "The product's id"}

RESOURCES: Final[tuple[Resource, ...]] = (
    resource(
        "products/<id:product_id>",
        tag=TAG,
        parameters=_ID,
        get=read_product,
        put=replace_product,
        patch=change_product,
        delete=withdraw_product,
    ),
    resource("products", tag=TAG, get=list_products, post=create_product),
    resource(
        "categories/<id:category_id>/products",
        tag=TAG,
        parameters={"category_id": "The category's id"},
        get=list_category_products,
    ),
    resource("products/<id:product_id>/tags", tag=TAG, parameters=_ID, get=list_product_tags),
    resource(
        "products/<id:product_id>/tags/<id:tag_id>",
        tag=TAG,
        parameters={**_ID, "tag_id": "The tag's id"},
        put=add_product_tag,
        delete=remove_product_tag,
    ),
)

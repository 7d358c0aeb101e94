"""/api/categories: the tree in which products are found."""

from typing import Annotated, Any, Final, Literal

from msgspec import UNSET, Meta, UnsetType, field

from demo_server.rest_api import cached
from demo_server.rest_api.changes import given
from demo_server.rest_api.layer.operation import Access, Call, Reply
from demo_server.rest_api.layer.pagination import Page, PageQuery, page_for
from demo_server.rest_api.layer.problem import Problem
from demo_server.rest_api.layer.resource import Resource, resource
from demo_server.rest_api.layer.schema import Id, Query
from demo_server.rest_api.refusals import operation
from demo_server.rest_api.shapes.catalogue import (
    CategoryBody,
    CategoryOut,
    CategoryPatch,
    category_out,
)
from demo_server.rest_api.shapes.words import REVALIDATE, Search
from demo_server.shop import queries, services
from demo_server.shop.models import Category

TAG: Final = "Categories"

CategoryField = Literal["id", "name", "slug", "parent_id", "_links"]
CategoryFields = Annotated[
    list[CategoryField], Meta(min_length=1, description="Only these members of each category")
]
CategorySort = Literal["id", "-id", "name", "-name"]


class CategoryQuery(PageQuery):
    """Which categories, in which order."""

    q: Search | UnsetType = UNSET
    parent: Annotated[Id, Meta(description="Directly below this category")] | UnsetType = UNSET
    sort: Annotated[
        list[CategorySort], Meta(min_length=1, max_length=2, description="- is descending")
    ] = field(default_factory=lambda: ["id"])
    fields: CategoryFields = []


class CategoryFieldsQuery(Query):
    """Which members."""

    fields: CategoryFields = []


async def existing(category_id: int) -> Category:
    """The category; Problem 404 when there is none."""
    category = await queries.category(category_id)
    if category is None:
        raise Problem("not-found", f"There is no category {category_id}.")
    return category


def _wanted(query: CategoryQuery) -> dict[str, Any]:
    wanted = given(query)
    for name in ("page", "page_size", "fields"):
        del wanted[name]
    return {**wanted, "offset": query.offset, "limit": query.page_size}


@operation(
    "List categories",
    query=CategoryQuery,
    out=Page[CategoryOut],
    etag=True,
    sparse=True,
    cache_control=REVALIDATE,
)
async def list_categories(call: Call[CategoryQuery, None]) -> Reply:
    """Departments have no parent; `parent` lists what is directly below one."""

    async def load() -> Page[CategoryOut]:
        categories, total = await queries.categories(**_wanted(call.query))
        return page_for(call, [category_out(category) for category in categories], total)

    return await cached.listing("categories", call, load)


@operation(
    "Read a category",
    query=CategoryFieldsQuery,
    out=CategoryOut,
    etag=True,
    sparse=True,
    cache_control=REVALIDATE,
)
async def read_category(call: Call[CategoryFieldsQuery, None]) -> Reply:
    """Its products and the categories below it are linked."""
    category_id = call.path["category_id"]

    async def load() -> CategoryOut:
        return category_out(await existing(category_id))

    return await cached.item("category", category_id, load)


@operation(
    "Add a category",
    access=Access.STAFF,
    body=CategoryBody,
    example={"name": "Tables", "slug": "tables", "parent_id": None},
    out=CategoryOut,
    status=201,
    location=True,
    etag=True,
    idempotent=True,
    problems=("conflict",),
)
async def create_category(call: Call[None, CategoryBody]) -> Reply:
    """Its slug must be new, its name new among its siblings, its parent must exist."""
    category = await services.create_category(given(call.body))
    return Reply(category_out(category), location=f"/api/categories/{category.pk}")


@operation(
    "Replace a category",
    access=Access.STAFF,
    body=CategoryBody,
    example={"name": "Tables", "slug": "tables", "parent_id": None},
    out=CategoryOut,
    etag=True,
    if_match=True,
    problems=("conflict",),
)
async def replace_category(call: Call[None, CategoryBody]) -> Reply:
    """A null parent moves it to the top."""
    return await _change(call, given(call.body))


@operation(
    "Change a category",
    access=Access.STAFF,
    body=CategoryPatch,
    merge_patch=True,
    example={"name": "Garden tables"},
    out=CategoryOut,
    etag=True,
    if_match=True,
    problems=("conflict",),
)
async def change_category(call: Call[None, CategoryPatch]) -> Reply:
    """A JSON merge patch (RFC 7396): what it leaves out stays."""
    return await _change(call, given(call.body))


async def _change(call: Call[None, Any], changes: dict[str, Any]) -> Reply:
    category = await existing(call.path["category_id"])
    call.require_match(category_out(category))
    return Reply(category_out(await services.update_category(category.pk, changes)))


@operation(
    "Delete a category",
    access=Access.STAFF,
    status=204,
    if_match=True,
    problems=("conflict",),
)
async def delete_category(call: Call[None, None]) -> Reply:
    """Only an empty one: with products or categories in it the answer is 409."""
    category = await existing(call.path["category_id"])
    call.require_match(category_out(category))
    await services.delete_category(category.pk)
    return Reply()


_ID: Final = {"category_id": "The category's id"}

RESOURCES: Final[tuple[Resource, ...]] = (
    resource("categories", tag=TAG, get=list_categories, post=create_category),
    resource(
        "categories/<id:category_id>",
        tag=TAG,
        parameters=_ID,
        get=read_category,
        put=replace_category,
        patch=change_category,
        delete=delete_category,
    ),
)

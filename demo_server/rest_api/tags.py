"""/api/tags: words that products share."""

from typing import Annotated, Any, Final, Literal

from msgspec import UNSET, Meta, UnsetType, field

from demo_server.rest_api import cached
from demo_server.rest_api.changes import given
from demo_server.rest_api.layer.operation import Access, Call, Reply
from demo_server.rest_api.layer.pagination import Page, PageQuery, page_for
from demo_server.rest_api.layer.problem import Problem
from demo_server.rest_api.layer.resource import Resource, resource
from demo_server.rest_api.layer.schema import Query
from demo_server.rest_api.refusals import operation
from demo_server.rest_api.shapes.catalogue import (
    TagBody,
    TagOut,
    TagPatch,
    tag_out,
)
from demo_server.rest_api.shapes.words import FRESH, Search
from demo_server.shop import queries, services
from demo_server.shop.models import Tag

TAG: Final = "Tags"

TagField = Literal["id", "name", "slug", "_links"]
TagFields = Annotated[
    list[TagField], Meta(min_length=1, description="Only these members of each tag")
]
TagSort = Literal["id", "-id", "name", "-name"]


class TagQuery(PageQuery):
    """Which tags, in which order."""

    q: Search | UnsetType = UNSET
    sort: Annotated[
        list[TagSort], Meta(min_length=1, max_length=2, description="- is descending")
    ] = field(default_factory=lambda: ["id"])
    fields: TagFields = []


class TagFieldsQuery(Query):
    """Which members."""

    fields: TagFields = []


async def existing(tag_id: int) -> Tag:
    """The tag; Problem 404 when there is none."""
    tag = await queries.tag(tag_id)
    if tag is None:
        raise Problem("not-found", f"There is no tag {tag_id}.")
    return tag


def _wanted(query: TagQuery) -> dict[str, Any]:
    wanted = given(query)
    for name in ("page", "page_size", "fields"):
        del wanted[name]
    return {**wanted, "offset": query.offset, "limit": query.page_size}


@operation(
    "List tags",
    query=TagQuery,
    out=Page[TagOut],
    etag=True,
    sparse=True,
    cache_control=FRESH,
)
async def list_tags(call: Call[TagQuery, None]) -> Reply:
    """Many to many: a product has several tags, a tag several products."""

    async def load() -> Page[TagOut]:
        tags, total = await queries.tags(**_wanted(call.query))
        return page_for(call, [tag_out(tag) for tag in tags], total)

    return await cached.listing("tags", call, load)


@operation(
    "Read a tag",
    query=TagFieldsQuery,
    out=TagOut,
    etag=True,
    sparse=True,
    cache_control=FRESH,
)
async def read_tag(call: Call[TagFieldsQuery, None]) -> Reply:
    """The products that have it are linked."""
    tag_id = call.path["tag_id"]

    async def load() -> TagOut:
        return tag_out(await existing(tag_id))

    return await cached.item("tag", tag_id, load)


@operation(
    "Add a tag",
    access=Access.STAFF,
    body=TagBody,
    example={"name": "Weatherproof", "slug": "weatherproof"},
    out=TagOut,
    status=201,
    location=True,
    etag=True,
    idempotent=True,
    problems=("conflict",),
)
async def create_tag(call: Call[None, TagBody]) -> Reply:
    """Its name and its slug must be new."""
    tag = await services.create_tag(given(call.body))
    return Reply(tag_out(tag), location=f"/api/tags/{tag.pk}")


@operation(
    "Replace a tag",
    access=Access.STAFF,
    body=TagBody,
    example={"name": "Weatherproof", "slug": "weatherproof"},
    out=TagOut,
    etag=True,
    if_match=True,
    problems=("conflict",),
)
async def replace_tag(call: Call[None, TagBody]) -> Reply:
    """Its name and its slug must not be another tag's."""
    return await _change(call, given(call.body))


@operation(
    "Change a tag",
    access=Access.STAFF,
    body=TagPatch,
    merge_patch=True,
    example={"name": "All weather"},
    out=TagOut,
    etag=True,
    if_match=True,
    problems=("conflict",),
)
async def change_tag(call: Call[None, TagPatch]) -> Reply:
    """A JSON merge patch (RFC 7396): what it leaves out stays."""
    return await _change(call, given(call.body))


async def _change(call: Call[None, Any], changes: dict[str, Any]) -> Reply:
    tag = await existing(call.path["tag_id"])
    call.require_match(tag_out(tag))
    return Reply(tag_out(await services.update_tag(tag.pk, changes)))


@operation(
    "Delete a tag",
    access=Access.STAFF,
    status=204,
    if_match=True,
    problems=("conflict",),
)
async def delete_tag(call: Call[None, None]) -> Reply:
    """Products lose it."""
    tag = await existing(call.path["tag_id"])
    call.require_match(tag_out(tag))
    await services.delete_tag(tag.pk)
    return Reply()


_ID: Final = {"tag_id": "The tag's id"}

RESOURCES: Final[tuple[Resource, ...]] = (
    resource("tags", tag=TAG, get=list_tags, post=create_tag),
    resource(
        "tags/<id:tag_id>",
        tag=TAG,
        parameters=_ID,
        get=read_tag,
        put=replace_tag,
        patch=change_tag,
        delete=delete_tag,
    ),
)

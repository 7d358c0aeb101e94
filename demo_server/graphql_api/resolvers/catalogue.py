"""Categories, tags, and anything by its id."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from demo_server.graphql_api.connections import MOST
from demo_server.graphql_api.context import Info, Resolver, key_of
from demo_server.graphql_api.errors import bad_input
from demo_server.graphql_api.resolvers import orders, people
from demo_server.graphql_api.resolvers.products import words
from demo_server.shop import queries
from demo_server.shop.models import Category, Tag
from demo_server.shop.queries import batches


async def category(root: object, info: Info, *, id_: str) -> Category | None:
    """One category by its id."""
    del root
    return await info.context.load(batches.categories_by_id, key_of(id_))


async def categories(root: object, info: Info) -> list[Category]:
    """The departments at the top."""
    del root, info
    return [top for top, _ in await queries.category_tree()]


async def parent(source: Category, info: Info) -> Category | None:
    """The category above."""
    if source.parent_id is None:
        return None
    return await info.context.load(batches.categories_by_id, source.parent_id)


async def children(source: Category, info: Info) -> list[Category]:
    """The categories directly below."""
    return await info.context.load(batches.children_of_categories, source.pk) or []


async def tag(root: object, info: Info, *, id_: str) -> Tag | None:
    """One tag by its id."""
    del root
    return await info.context.load(batches.tags_by_id, key_of(id_))


async def tags(root: object, info: Info, *, search: str | None = None) -> list[Tag]:
    """Tags by name."""
    del root, info
    found, _ = await queries.tags(q=words(search or ""), sort=("name",), limit=MOST)
    return found


_NODES: Final[dict[str, Callable[..., Any]]] = {
    "Product": batches.products_by_id,
    "Category": batches.categories_by_id,
    "Tag": batches.tags_by_id,
    "Review": batches.reviews_by_id,
}


async def node(root: object, info: Info, *, type_: str, id_: str) -> object:
    """Anything by type and id; what is private needs the same rights as elsewhere."""
    if type_ == "Order":
        return await orders.order(root, info, id_=id_)
    if type_ == "User":
        return await people.user(root, info, id_=id_)
    if type_ not in _NODES:
        known = ", ".join(sorted([*_NODES, "Order", "User"]))
        raise bad_input(f"There is no such type to ask for. Known: {known}.")
    return await info.context.load(_NODES[type_], key_of(id_))


RESOLVERS: Final[dict[str, Resolver]] = {
    "Query.category": category,
    "Query.categories": categories,
    "Category.parent": parent,
    "Category.children": children,
    "Query.tag": tag,
    "Query.tags": tags,
    "Query.node": node,
}

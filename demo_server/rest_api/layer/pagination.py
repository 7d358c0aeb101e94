"""Pages of a list: which page is wanted, and the links to the others."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Generic, TypeVar
from urllib.parse import parse_qsl, urlencode

from msgspec import Meta, field

from demo_server.rest_api.layer.operation import Call
from demo_server.rest_api.layer.schema import Link, Out, Query

T = TypeVar("T")

PageNumber = Annotated[int, Meta(ge=1, le=100_000, description="Which page, from 1")]
PageSize = Annotated[int, Meta(ge=1, le=100, description="Items on a page")]


class PageQuery(Query):
    """Which page of a list."""

    page: PageNumber = 1
    page_size: PageSize = 20

    @property
    def offset(self) -> int:
        """How many items come before this page."""
        return (self.page - 1) * self.page_size


class Page(Out, Generic[T]):
    """One page of a list, how many there are, and the links to its neighbours."""

    items: list[T]
    page: int
    page_size: int
    pages: int
    total: int
    links: dict[str, Link] = field(name="_links")


def page_of(
    items: Sequence[T], total: int, query: PageQuery, path: str, query_string: str
) -> Page[T]:
    """The page with links that keep every other parameter of the request."""
    pages = max(1, -(-total // query.page_size))
    kept = dict(parse_qsl(query_string, keep_blank_values=True))
    return Page(
        items=list(items),
        page=query.page,
        page_size=query.page_size,
        pages=pages,
        total=total,
        links={rel: Link(href=_address(path, kept, n)) for rel, n in _rels(query.page, pages)},
    )


def page_for(call: Call[Any, Any], items: Sequence[T], total: int) -> Page[T]:
    """The page that this call asked for."""
    request = call.request
    query_string = request.META.get("QUERY_STRING", "")
    return page_of(items, total, call.query, request.path, query_string)


def _rels(page: int, pages: int) -> list[tuple[str, int]]:
    rels = [("self", page), ("first", 1)]
    if page > 1:
        rels.append(("prev", min(page - 1, pages)))
    if page < pages:
        rels.append(("next", page + 1))
    return [*rels, ("last", pages)]


def _address(path: str, kept: Mapping[str, Any], page: int) -> str:
    parameters = {name: value for name, value in kept.items() if name != "page"}
    if page != 1 or "page" in kept:
        parameters["page"] = str(page)
    return f"{path}?{urlencode(parameters, safe=',')}" if parameters else path

"""Where a client starts: /api/ with links to every collection, and what problems mean."""

from typing import Final

import msgspec

from demo_server.rest_api.layer.operation import Call, Reply, operation
from demo_server.rest_api.layer.problem import KINDS, Problem
from demo_server.rest_api.layer.resource import Resource, resource
from demo_server.rest_api.layer.schema import Link, Out

COLLECTIONS: Final = ("products", "categories", "tags", "users", "orders", "reviews", "reports")


class Entry(Out):
    """The collections of the shop."""

    links: dict[str, Link] = msgspec.field(name="_links")


class ProblemKind(Out):
    """What a problem's `type` means."""

    kind: str
    status: int
    title: str
    meaning: str


@operation("Where to start", out=Entry, cache_control="public, max-age=3600")
async def entry(call: Call[None, None]) -> Reply:
    """Links to every collection, to the documents and to signing in."""
    del call
    links = {"self": Link(href="/api/")}
    links |= {name: Link(href=f"/api/{name}") for name in COLLECTIONS}
    links["token"] = Link(href="/api/auth/token")
    links["login"] = Link(href="/api/auth/login")
    links["describedby"] = Link(href="/api/openapi.json")
    links["lab"] = Link(href="/lab/openapi.json")
    return Reply(Entry(links=links))


@operation("What a kind of problem means", out=ProblemKind, cache_control="public, max-age=3600")
async def read_problem(call: Call[None, None]) -> Reply:
    """Every problem's `type` is an address below this one."""
    kind = call.path["kind"]
    if kind not in KINDS:
        raise Problem("not-found", f"There is no such kind. Known: {', '.join(KINDS)}.")
    known = KINDS[kind]
    return Reply(
        ProblemKind(kind=kind, status=known.status, title=known.title, meaning=known.meaning)
    )


RESOURCES: Final[tuple[Resource, ...]] = (
    resource("", tag="Start", get=entry),
    resource(
        "problems/<slug:kind>",
        tag="Start",
        parameters={"kind": "The last part of a problem's `type`"},
        get=read_problem,
    ),
)

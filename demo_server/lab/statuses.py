"""Any status code and any chain of redirects: /lab/status/{code} and /lab/redirect/{n}."""

from http import HTTPStatus
from typing import Annotated, Final, Literal

import msgspec
from django.http import HttpResponse
from msgspec import Meta

from demo_server.rest_api.layer.operation import Call, Reply, operation
from demo_server.rest_api.layer.problem import Problem
from demo_server.rest_api.layer.schema import Link, Out, Query

_EXTRA_HEADERS: Final = {
    401: {"WWW-Authenticate": 'Bearer realm="lab"'},
    405: {"Allow": "GET"},
    407: {"Proxy-Authenticate": 'Basic realm="lab"'},
    426: {"Upgrade": "h2c"},
    429: {"Retry-After": "1"},
    503: {"Retry-After": "1"},
}
_WITHOUT_BODY: Final = frozenset({204, 205, 304})
_LONGEST_CHAIN: Final = 100


def _phrase(code: int) -> str:
    try:
        return HTTPStatus(code).phrase
    except ValueError:
        return "Unassigned"


@operation("Answer with any status", problems=("not-found",))
async def lab_status(call: Call[None, None]) -> Reply:
    """Any code from 200 to 599, with the headers that belong to it, whatever the method."""
    code = call.path["code"]
    if not 200 <= code <= 599:
        raise Problem("not-found", "A final status is a number from 200 to 599.")
    headers = dict(_EXTRA_HEADERS.get(code, {}))
    if 300 <= code < 400 and code != 304:
        headers["Location"] = "/lab/echo"
    if code in _WITHOUT_BODY:
        empty = HttpResponse(status=code, headers=headers)
        del empty["Content-Type"]
        return Reply(finished=empty)
    body = msgspec.json.encode(
        {"type": "about:blank", "title": _phrase(code), "status": code, "detail": "As you asked."}
    )
    kind = "application/problem+json" if code >= 400 else "application/json"
    headers["Content-Length"] = str(len(body))
    return Reply(finished=HttpResponse(body, status=code, content_type=kind, headers=headers))


class RedirectQuery(Query):
    """Which kind of redirect."""

    status: Annotated[
        Literal[301, 302, 303, 307, 308], Meta(description="The status of every step")
    ] = 302


class Arrived(Out):
    """The end of a chain of redirects."""

    arrived: bool
    links: dict[str, Link] = msgspec.field(name="_links")


@operation(
    "Redirect n times",
    query=RedirectQuery,
    out=Arrived,
    statuses=dict.fromkeys((301, 302, 303, 307, 308), "One step nearer"),
    problems=("not-found",),
)
async def lab_redirect(call: Call[RedirectQuery, None]) -> Reply:
    """Each step leads to n - 1, the last one to an answer. Up to 100 steps."""
    left = call.path["n"]
    if left > _LONGEST_CHAIN:
        raise Problem("not-found", f"A chain has at most {_LONGEST_CHAIN} steps.")
    if left == 0:
        return Reply(Arrived(arrived=True, links={"again": Link(href="/lab/redirect/3")}))
    status = call.query.status
    location = f"/lab/redirect/{left - 1}?status={status}"
    headers = {"Location": location, "Content-Length": "0"}
    step = HttpResponse(status=status, headers=headers)
    del step["Content-Type"]
    return Reply(finished=step)

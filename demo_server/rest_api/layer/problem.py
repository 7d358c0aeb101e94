"""Problem details (RFC 9457): every kind of failure, and how it is written."""

from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple

import msgspec
from django.http import HttpRequest, HttpResponse

from demo_server.rest_api.layer.schema import Out
from demo_server.shop.failures import trace_id

CONTENT_TYPE: Final = "application/problem+json"


class Kind(NamedTuple):
    """One kind of problem: what its `type` address explains."""

    status: int
    title: str
    meaning: str


KINDS: Final[Mapping[str, Kind]] = {
    "invalid-parameters": Kind(
        400, "Invalid parameters", "A query parameter or header is unknown, repeated or malformed."
    ),
    "malformed-body": Kind(
        400, "Malformed body", "The body cannot be read in its declared format."
    ),
    "unauthenticated": Kind(
        401,
        "Not signed in",
        "The request carries no valid token or session. Sign in, then repeat it.",
    ),
    "forbidden": Kind(403, "Not allowed", "You are signed in, but this is not yours to do."),
    "csrf-failed": Kind(
        403,
        "CSRF check failed",
        "A change made with a session needs the X-CSRFToken header. A Bearer token needs none.",
    ),
    "not-found": Kind(404, "Not found", "There is nothing at this address."),
    "method-not-allowed": Kind(
        405,
        "Method not allowed",
        "This address exists, with other methods. The Allow header names them.",
    ),
    "not-acceptable": Kind(
        406, "Not acceptable", "The answer exists only in formats that the Accept header refuses."
    ),
    "body-too-slow": Kind(
        408, "Body too slow", "The announced body did not come in time. Send the request again."
    ),
    "conflict": Kind(409, "Conflict", "The change contradicts what is stored."),
    "in-progress": Kind(
        409,
        "Still in progress",
        "A request with this Idempotency-Key is being worked on. Wait, repeat.",
    ),
    "gone": Kind(410, "Withdrawn", "It was here once and has been withdrawn for good."),
    "precondition-failed": Kind(
        412, "Precondition failed", "It has changed since you read it. Read it again, then repeat."
    ),
    "body-too-large": Kind(413, "Body too large", "The body is larger than this server reads."),
    "unsupported-media-type": Kind(
        415, "Unsupported media type", "The Content-Type of the body is not one this address reads."
    ),
    "invalid-body": Kind(
        422,
        "Invalid body",
        "The body is well-formed, but some values break a rule. `errors` names each.",
    ),
    "key-reused": Kind(
        422, "Idempotency-Key reused", "This Idempotency-Key was used before, with another body."
    ),
    "too-many-requests": Kind(
        429, "Too many requests", "Wait as long as the Retry-After header says, then repeat."
    ),
    "internal-error": Kind(500, "Internal error", "A defect of the server. Its trace tells more."),
    "unavailable": Kind(
        503, "Unavailable", "A service behind this address does not answer. Repeat later."
    ),
}


class Violation(Out, omit_defaults=True):
    """One value that breaks a rule: where it stands, and which rule."""

    detail: str
    pointer: str | msgspec.UnsetType = msgspec.UNSET
    parameter: str | msgspec.UnsetType = msgspec.UNSET
    header: str | msgspec.UnsetType = msgspec.UNSET


class ProblemDetails(Out, omit_defaults=True):
    """A failure as RFC 9457 writes it."""

    type: str
    title: str
    status: int
    detail: str
    instance: str
    trace_id: str | msgspec.UnsetType = msgspec.UNSET
    errors: list[Violation] | msgspec.UnsetType = msgspec.UNSET


class Problem(Exception):  # noqa: N818 - the name the standard gives it
    """A failure the client is told about; `kind` is a key of KINDS."""

    def __init__(
        self,
        kind: str,
        detail: str = "",
        *,
        errors: Iterable[Violation] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.kind = kind
        self.status = KINDS[kind].status
        self.detail = detail or KINDS[kind].meaning
        self.errors = list(errors)
        self.headers = dict(headers or {})


def invalid(pointer: str, detail: str) -> Problem:
    """A body value that breaks a rule of the shop: 422 with the value's JSON pointer."""
    return Problem("invalid-body", errors=[Violation(detail=detail, pointer=pointer)])


def response(request: HttpRequest, problem: Problem) -> HttpResponse:
    """The problem as an answer to this request."""
    details = ProblemDetails(
        type=f"/api/problems/{problem.kind}",
        title=KINDS[problem.kind].title,
        status=problem.status,
        detail=problem.detail,
        instance=request.path,
        trace_id=trace_id(request) or msgspec.UNSET,
        errors=problem.errors or msgspec.UNSET,
    )
    body = msgspec.json.encode(details)
    headers = {"Content-Length": str(len(body)), "Cache-Control": "no-store", **problem.headers}
    return HttpResponse(body, status=problem.status, content_type=CONTENT_TYPE, headers=headers)

"""What a client asks for, read from the query string or the JSON body; nothing is executed yet."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import parse_qs

import msgspec

from demo_server.graphql_api import limits
from demo_server.graphql_api.errors import Code, Refused

_UTF_8: Final = frozenset({"utf-8", "utf8", '"utf-8"', "us-ascii"})
_MEMBERS: Final[dict[str, tuple[type, str]]] = {
    "query": (str, "text"),
    "operationName": (str, "text"),
    "variables": (dict, "an object"),
    "extensions": (dict, "an object"),
}


class Malformed(Exception):  # noqa: N818 - an answer, not a defect
    """A request that is no GraphQL request: its HTTP status, and what to tell."""

    def __init__(
        self,
        message: str,
        status: int = 400,
        code: Code = "BAD_REQUEST",
        headers: dict[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.error = Refused(code, message)
        self.status = status
        self.headers = headers or {}


@dataclass(frozen=True, slots=True)
class Request:
    """One operation that is asked for; an empty `query` stands for a persisted one."""

    query: str
    operation_name: str | None = None
    variables: dict[str, Any] = field(default_factory=dict)
    extensions: dict[str, Any] = field(default_factory=dict)


def from_query(query_string: str) -> Request:
    """The request of a GET."""
    try:
        given = parse_qs(query_string, keep_blank_values=True, errors="strict", max_num_fields=20)
    except ValueError:
        raise Malformed("The query string cannot be read as UTF-8 form fields.") from None
    members: dict[str, Any] = {}
    for name in _MEMBERS.keys() & given.keys():
        if len(given[name]) > 1:
            raise Malformed(f"`{name}` stands in the query string more than once.")
        value = given[name][0]
        if name in {"variables", "extensions"}:
            members[name] = _json(value.encode(), f"`{name}`") if value else None
        else:
            members[name] = value or None
    return from_members(members)


def from_body(content_type: str, body: bytes) -> Request | list[Request]:
    """The request, or the batch of requests, of a POST."""
    kind, *parameters = (piece.strip().lower() for piece in content_type.split(";"))
    charset = next((each[8:] for each in parameters if each.startswith("charset=")), "utf-8")
    if kind != "application/json" or charset not in _UTF_8:
        given = content_type[:100] or "no Content-Type"
        raise Malformed(
            f"The body came as {given}. This address reads application/json in UTF-8.",
            415,
            headers={"Accept-Post": "application/json"},
        )
    if len(body) > limits.LARGEST_BODY:
        most = limits.LARGEST_BODY // 1024
        raise Malformed(f"A body may have {most} KiB here.", 413, "LIMIT_EXCEEDED")
    if not body:
        raise Malformed("The body is empty. Send a JSON object with `query`.")
    members = _json(body, "The body")
    if not isinstance(members, list):
        return from_members(members)
    if not 1 <= len(members) <= limits.MOST_IN_BATCH:
        raise Malformed(f"A batch has 1 to {limits.MOST_IN_BATCH} requests.", 400, "LIMIT_EXCEEDED")
    return [from_members(each) for each in members]


def from_members(members: Any) -> Request:
    """The request of these JSON members; Malformed when one is of the wrong kind."""
    if not isinstance(members, dict):
        raise Malformed("A GraphQL request is a JSON object with `query`.")
    for name, (kind, noun) in _MEMBERS.items():
        if members.get(name) is not None and not isinstance(members[name], kind):
            raise Malformed(f"`{name}` must be {noun}.")
    extensions = members.get("extensions") or {}
    if members.get("query") is None and "persistedQuery" not in extensions:
        raise Malformed("`query` is missing: the text of the document to execute.")
    return Request(
        members.get("query") or "",
        members.get("operationName") or None,
        members.get("variables") or {},
        extensions,
    )


def _json(text: bytes, what: str) -> Any:
    try:
        return msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Malformed(f"{what} is no JSON: {error}.") from None
    except RecursionError:
        raise Malformed(f"{what} is nested too deeply.") from None

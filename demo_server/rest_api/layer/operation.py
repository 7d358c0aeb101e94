"""What an operation says of itself: one declaration, read by the pipeline and by the document."""

from __future__ import annotations

import enum
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, NamedTuple, TypeVar

import msgspec
from django.http import HttpRequest, HttpResponseBase

from demo_server.rest_api.layer.conditional import require_match, strong
from demo_server.rest_api.layer.query import QueryReader

encoder = msgspec.json.Encoder()

Q = TypeVar("Q")
B = TypeVar("B")


class Access(enum.Enum):
    """Who may call an operation."""

    ANYONE = "anyone"
    SIGNED_IN = "signed in"
    STAFF = "staff"


@dataclass(frozen=True, slots=True)
class Identity:
    """Who calls; `user_id` 0 is nobody."""

    user_id: int = 0
    is_staff: bool = False
    token_id: int = 0


NOBODY = Identity()


@dataclass(slots=True)
class Call(Generic[Q, B]):
    """One request to one operation: checked, typed, and known by whom."""

    request: HttpRequest
    identity: Identity
    path: Mapping[str, Any]
    query: Q
    body: B

    def require_match(self, current: msgspec.Struct) -> None:
        """Go on only if the client has seen what is `current` (If-Match); else Problem 412."""
        if "HTTP_IF_MATCH" in self.request.META:
            require_match(self.request, strong(encoder.encode(current)))


@dataclass(slots=True)
class Reply:
    """What an operation answers: a value or finished JSON, and what goes around it."""

    value: Any = None
    encoded: bytes | None = None
    etag: str = ""
    location: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    status: int = 0
    finished: HttpResponseBase | None = None
    """An answer that is not JSON, as it is."""


class Media(NamedTuple):
    """A body that is not plain JSON: its type, its schema, what it is."""

    content_type: str
    schema: dict[str, Any]


Handler = Callable[[Call[Any, Any]], Awaitable[Reply]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """The declaration of one method at one address."""

    handler: Handler
    name: str
    summary: str
    description: str = ""
    access: Access = Access.ANYONE
    query: QueryReader | None = None
    body: type[msgspec.Struct] | None = None
    decoder: msgspec.json.Decoder[Any] | None = None
    merge_patch: bool = False
    upload: Media | None = None
    example: Any = None
    out: Any = None
    media: tuple[Media, ...] = ()
    status: int = 200
    statuses: Mapping[int, str] = field(default_factory=dict)
    problems: tuple[str, ...] = ()
    etag: bool = False
    if_match: bool = False
    sparse: bool = False
    idempotent: bool = False
    knows_repetitions: Callable[[Call[Any, Any]], bool] | None = None
    """Whether the handler itself, at this moment, does once what comes twice with one key."""
    location: bool = False
    cache_control: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    reads_anything: bool = False
    """Whatever the query and the body are, the handler sees to them itself."""

    @property
    def reads(self) -> tuple[str, ...]:
        """The media types this operation reads."""
        if self.upload is not None:
            return (self.upload.content_type,)
        if self.body is None:
            return ()
        json = "application/json"
        return ("application/merge-patch+json", json) if self.merge_patch else (json,)

    @property
    def writes(self) -> tuple[str, ...]:
        """The media types this operation answers with."""
        return tuple(media.content_type for media in self.media) or ("application/json",)


def operation(
    summary: str,
    *,
    query: type[msgspec.Struct] | None = None,
    body: type[msgspec.Struct] | None = None,
    **declared: Any,
) -> Callable[[Handler], Operation]:
    """Declare an async function as an operation; its docstring is the long description."""

    def declare(handler: Handler) -> Operation:
        return Operation(
            handler=handler,
            name=handler.__name__,
            summary=summary,
            description=" ".join((handler.__doc__ or "").split()),
            query=QueryReader(query) if query is not None else None,
            body=body,
            decoder=msgspec.json.Decoder(body) if body is not None else None,
            **declared,
        )

    return declare

"""One stored answer: what was asked, what came, and when."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final

from backend_tui.core.exchange import HeadArrived, Headers, HttpRequest
from backend_tui.core.http_cache.directives import cache_control, combined, names_in

_CONNECTION_FIELDS: Final = frozenset(
    {
        "connection",
        "keep-alive",
        "proxy-authenticate",
        "proxy-authentication-info",
        "proxy-authorization",
        "proxy-connection",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    }
)
_KEPT_BY_UPDATES: Final = frozenset({"content-encoding", "content-length", "content-range"})


@dataclass(frozen=True)
class Entry:
    """Times: `asked_at` and `answered_at` in Unix seconds, `since` on the monotonic clock.

    `body` is unpacked; `wire_bytes` is what it took to carry it. `partition` keeps the answers of
    one login from another's. `varied` holds the request's values of the fields that Vary names.
    """

    url: str
    partition: str
    head: HeadArrived
    body: bytes
    wire_bytes: int
    varied: tuple[tuple[str, str | None], ...]
    asked_at: float
    answered_at: float
    since: float
    hits: int = 0
    must_validate: bool = False

    @cached_property
    def directives(self) -> Mapping[str, str | None]:
        """Cache-Control of the answer."""
        return cache_control(self.head.headers)

    @property
    def size(self) -> int:
        """Bytes kept for it."""
        headers = sum(len(name) + len(value) + 32 for name, value in self.head.headers)
        return len(self.body) + headers + len(self.url) + 256

    @property
    def etag(self) -> str | None:
        return combined(self.head.headers, "etag")

    @property
    def last_modified(self) -> str | None:
        return combined(self.head.headers, "last-modified")

    def suits(self, request: HttpRequest) -> bool:
        """True when the request's values of the fields in Vary are those it was stored for."""
        return self.varied == varied(request, tuple(name for name, _ in self.varied))

    def updated(
        self, head: HeadArrived, asked_at: float, answered_at: float, since: float
    ) -> Entry:
        """The entry after a 304 or a HEAD confirmed it: the new fields replace the old ones."""
        fresh = tuple(
            (name, value)
            for name, value in storable(head.headers)
            if name.lower() not in _KEPT_BY_UPDATES
        )
        replaced = {name.lower() for name, _ in fresh} | {"age"}
        kept = tuple(pair for pair in self.head.headers if pair[0].lower() not in replaced)
        return replace(
            self,
            head=replace(self.head, headers=kept + fresh),
            asked_at=asked_at,
            answered_at=answered_at,
            since=since,
            must_validate=False,
        )


def storable(headers: Headers) -> Headers:
    """The fields that outlive the connection they came by."""
    named = names_in(combined(headers, "connection"))
    return tuple(
        pair
        for pair in headers
        if pair[0].lower() not in _CONNECTION_FIELDS and pair[0].lower() not in named
    )


def varied(request: HttpRequest, names: tuple[str, ...]) -> tuple[tuple[str, str | None], ...]:
    """The request's values of the fields, white space made even, None where it has none."""
    found = ((name, combined(request.headers, name)) for name in names)
    return tuple(
        (name, None if value is None else " ".join(value.split())) for name, value in found
    )

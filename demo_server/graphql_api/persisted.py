"""Automatic persisted queries: a client sends the hash, and the text only when it is not known."""

from __future__ import annotations

import hashlib
import hmac
from typing import Final

from django.core.cache import cache

from demo_server.graphql_api.documents import Rejected
from demo_server.graphql_api.errors import Refused
from demo_server.graphql_api.requests import Malformed, Request

KEPT_S: Final = 24 * 3600
_HASH_LENGTH: Final = 64


def _key(digest: str) -> str:
    return f"graphql:persisted:{digest}"


def hash_of(request: Request) -> str | None:
    """The hash that the request came with; Malformed when it is none of a known version."""
    asked = request.extensions.get("persistedQuery")
    if asked is None:
        return None
    digest = asked.get("sha256Hash") if isinstance(asked, dict) else None
    if not isinstance(asked, dict) or asked.get("version") != 1 or not isinstance(digest, str):
        raise Malformed("`persistedQuery` needs `version` 1 and `sha256Hash`.")
    if len(digest) != _HASH_LENGTH or not set(digest) <= set("0123456789abcdef"):
        raise Malformed("`sha256Hash` is 64 hexadecimal digits in lower case.")
    return digest


async def text_of(request: Request) -> str:
    """The document's text, by its hash when it is not in the request."""
    digest = hash_of(request)
    if digest is None:
        return request.query
    if not request.query:
        found = await cache.aget(_key(digest))
        if not isinstance(found, str):
            raise Rejected([Refused("PERSISTED_QUERY_NOT_FOUND", "PersistedQueryNotFound")])
        return found
    if not hmac.compare_digest(digest, hashlib.sha256(request.query.encode()).hexdigest()):
        raise Malformed(
            "`sha256Hash` is not the hash of `query`.", code="PERSISTED_QUERY_HASH_MISMATCH"
        )
    return request.query


async def keep(request: Request) -> None:
    """Remember a document that came with its hash and was found valid."""
    digest = hash_of(request)
    if digest is not None and request.query:
        await cache.aset(_key(digest), request.query, KEPT_S)

"""ETags and conditional requests (RFC 9110, section 13): If-None-Match and If-Match."""

import re
from hashlib import blake2b
from time import perf_counter_ns
from typing import Final

from django.http import HttpRequest

from demo_server.caching.feed import announce, told
from demo_server.rest_api.layer.problem import Problem

_TAG: Final = re.compile(r'(?:W/)?"[!-~]*?"')


def strong(body: bytes) -> str:
    """The tag of one thing: equal bytes, equal tag, so that If-Match may rely on it."""
    return f'"{blake2b(body, digest_size=10).hexdigest()}"'


def weak(body: bytes) -> str:
    """The tag of a list, which nobody changes as a whole."""
    return f"W/{strong(body)}"


def is_unchanged(request: HttpRequest, etag: str) -> bool:
    """Whether the client's If-None-Match names this version (weak comparison)."""
    given = request.META.get("HTTP_IF_NONE_MATCH")
    if given is None:
        return False
    tags = {tag.removeprefix("W/") for tag in _TAG.findall(given)}
    return given == "*" or etag.removeprefix("W/") in tags


def tell_client_cache(path: str, size: int, *, is_hit: bool) -> None:
    """A client has asked whether its copy is still right: a hit saves it `size` bytes."""
    with told(strategy="http"):
        announce("get", f"client:{path}", "hit" if is_hit else "miss", perf_counter_ns(), size=size)


def require_match(request: HttpRequest, etag: str) -> None:
    """Problem 412 unless If-Match is absent or names this version (strong comparison)."""
    given = request.META.get("HTTP_IF_MATCH")
    if given is None or given == "*":
        return
    if etag.startswith("W/") or etag not in _TAG.findall(given):
        raise Problem(
            "precondition-failed",
            f"You asked to change version {given[:100]}, the current one is {etag}.",
            headers={"ETag": etag},
        )

"""Which cache a URL means, as Django's CACHES wants it."""

from __future__ import annotations

from importlib.util import find_spec
from typing import Any, Final
from urllib.parse import urlsplit

PREFIX: Final = "shop"
_BACKENDS: Final = {
    "redis": "RedisCache",
    "rediss": "RedisCache",
    "unix": "RedisCache",
    "memcached": "MemcachedCache",
    "locmem": "LocalCache",
}


class UnusableCacheUrl(ValueError):  # noqa: N818 - what is wrong with what a person wrote
    """The URL names no cache that can be used here; the text says why."""


def parse(url: str, prefix: str = PREFIX) -> dict[str, Any]:
    """The entry of CACHES; keys of ours begin with `prefix`. Raises `UnusableCacheUrl`.

    `redis://`, `rediss://`, `unix://` as redis-py takes them, `memcached://host:port`, `locmem://`;
    any other backend of Django's API by its path: `package.module.Backend://location`.
    """
    backend, is_url, location = url.partition("://")
    if is_url and "." in backend:
        return {"BACKEND": _importable(backend), "LOCATION": location, "KEY_PREFIX": prefix}
    try:
        parts = urlsplit(url)
        is_placed = parts.port != 0 and bool(parts.hostname or parts.path)
    except ValueError as error:
        raise UnusableCacheUrl(f"It is no URL: {error}.") from None
    if parts.scheme not in _BACKENDS:
        known = ", ".join(f"{scheme}://" for scheme in _BACKENDS)
        raise UnusableCacheUrl(f"It begins with none of {known}.")
    if parts.scheme != "locmem" and not is_placed:
        raise UnusableCacheUrl("It does not say where the server is.")
    if parts.scheme == "memcached" and not find_spec("pymemcache"):
        raise UnusableCacheUrl("Memcached needs pymemcache: pip install 'backend-tui[memcached]'.")
    return {
        "BACKEND": f"demo_server.caching.backend.{_BACKENDS[parts.scheme]}",
        "LOCATION": url,
        # Where others keep their keys, too, ours are marked.
        "KEY_PREFIX": prefix,
    }


def _importable(backend: str) -> str:
    from django.utils.module_loading import import_string

    try:
        import_string(backend)
    except ImportError as error:
        raise UnusableCacheUrl(f"It names a backend that cannot be imported: {error}.") from None
    return backend

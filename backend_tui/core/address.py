"""Where a request goes: whole URLs, hosts without a scheme, and paths of the shop."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import urlsplit

from backend_tui.core.authentication import is_loopback_host

_SCHEME: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")
_HOST: Final = re.compile(r"(localhost|[\w-]+(\.[\w-]+)+|\[[0-9a-fA-F:]+\])(:\d+)?(?=[/?#]|$)")


def is_relative(url: str) -> bool:
    """True for a path without a host: it goes to the shop."""
    text = url.strip()
    return not _SCHEME.match(text) and not _HOST.match(text)


def absolute(url: str, base: str) -> str:
    """The URL with scheme and host: `base` before a path, http for this machine, else https."""
    if _SCHEME.match(url):
        return url
    if _HOST.match(url):
        scheme = "http" if is_loopback_host(urlsplit(f"//{url}").hostname or "") else "https"
        return f"{scheme}://{url}"
    return f"{base.rstrip('/')}/{url.lstrip('/')}"

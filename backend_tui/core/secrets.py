"""Secrets in headers, URLs and bodies, masked wherever they would be shown or kept."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

MASK: Final = "•••"
_HEADERS: Final = frozenset(
    {
        "authorization",
        "cookie",
        "proxy-authorization",
        "set-cookie",
        "x-api-key",
        "x-csrftoken",
        "x-workbench-token",
    }
)
_NAME: Final = re.compile(
    r"(?i)(pass(word|wd|phrase)?|secret|token|api[-_]?key|credential|session(id)?|private[-_]?key)"
)
_USERINFO: Final = re.compile(r"(?P<scheme>[a-zA-Z][a-zA-Z0-9+.-]*://)(?P<user>[^/?#@\s]*)@")
_QUERY: Final = re.compile(r"(?P<lead>[?&;](?P<name>[^=&#\s]+)=)(?P<value>[^&#\s]+)")
_JSON: Final = re.compile(r'(?P<lead>"(?P<name>[^"\\]{1,64})"\s*:\s*)"(?:[^"\\]|\\.)*"')


def is_secret_name(name: str) -> bool:
    """True for a header, variable, field or parameter whose value must not be shown."""
    return name.lower() in _HEADERS or _NAME.search(name) is not None


def mask_value(name: str, value: str) -> str:
    """The value itself, or the mask when its name says secret; an auth scheme stays readable."""
    if not is_secret_name(name):
        return value
    scheme, space, _ = value.partition(" ")
    return f"{scheme} {MASK}" if space and scheme.lower() in {"basic", "bearer", "digest"} else MASK


def mask_headers(headers: Iterable[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    """The same headers in the same order, secret values masked."""
    return tuple((name, mask_value(name, value)) for name, value in headers)


def mask_url(url: str) -> str:
    """The URL without its password and without the values of secret query parameters."""
    url = _USERINFO.sub(_mask_user, url)
    return _QUERY.sub(_mask_pair, url)


def mask_json(text: str) -> str:
    """JSON text with the string values of secret members masked; anything else stays as it is."""
    return _JSON.sub(lambda m: f'{m["lead"]}"{MASK}"' if is_secret_name(m["name"]) else m[0], text)


def _mask_user(found: re.Match[str]) -> str:
    user, colon, _ = found["user"].partition(":")
    return f"{found['scheme']}{user}:{MASK}@" if colon else f"{found['scheme']}{user}@"


def _mask_pair(found: re.Match[str]) -> str:
    return found["lead"] + (MASK if is_secret_name(found["name"]) else found["value"])

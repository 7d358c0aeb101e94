"""Header fields that speak of caching, parsed as RFC 9110 and RFC 9111 have them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC
from email.utils import parsedate_to_datetime
from types import MappingProxyType
from typing import Final

from backend_tui.core.exchange import Headers

LONGEST_S: Final = 2**31
_MEMBER: Final = re.compile(
    r'\s*(?P<name>[!#$%&\'*+\-.^_`|~0-9A-Za-z]+)(?:\s*=\s*(?:"(?P<quoted>(?:[^"\\]|\\.)*)"'
    r'|(?P<bare>[^\s,"]*)))?\s*(?P<rest>[^,]*)'
)
_ESCAPED: Final = re.compile(r"\\(.)")
_TAG: Final = re.compile(r'(?:W/)?"[^"]*"')
_NO_DIRECTIVES: Final[Mapping[str, str | None]] = MappingProxyType({})


def values(headers: Headers, name: str) -> tuple[str, ...]:
    """Every value of a field, in order."""
    return tuple(value for key, value in headers if key.lower() == name)


def combined(headers: Headers, name: str) -> str | None:
    """The field's values as one list, None when it is not there."""
    found = values(headers, name)
    return ", ".join(value.strip() for value in found) if found else None


def cache_control(headers: Headers) -> Mapping[str, str | None]:
    """The directives by lower-case name; of one given twice the first counts. Never raises."""
    text = combined(headers, "cache-control")
    if not text:
        return _NO_DIRECTIVES
    found: dict[str, str | None] = {}
    place = 0
    while place < len(text):
        member = _MEMBER.match(text, place)
        if member is None:
            comma = text.find(",", place)
            place = len(text) if comma < 0 else comma + 1
            continue
        quoted, bare = member["quoted"], member["bare"]
        value = bare if quoted is None else _ESCAPED.sub(r"\1", quoted)
        found.setdefault(member["name"].lower(), value)
        place = member.end() + 1
    return found


def seconds(directives: Mapping[str, str | None], name: str) -> int | None:
    """A directive's delta-seconds; None when it is absent, 0 when what it says is no number."""
    if name not in directives:
        return None
    return delta(directives[name] or "") or 0


def delta(text: str) -> int | None:
    """Seconds of a decimal number, at most 2³¹; None for anything else."""
    text = text.strip()
    if not text.isascii() or not text.isdecimal():
        return None
    return LONGEST_S if len(text) > 10 else min(int(text), LONGEST_S)


def http_date(text: str | None) -> float | None:
    """Unix time of an HTTP date in any of its three forms; None for anything else, as for “0”."""
    if not text or len(text) > 64:
        return None
    try:
        found = parsedate_to_datetime(text.strip())
        if found.tzinfo is None:
            found = found.replace(tzinfo=UTC)
        return found.timestamp()
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def names_in(text: str | None) -> tuple[str, ...]:
    """The lower-case members of a list of names such as Vary or Connection."""
    return tuple(
        dict.fromkeys(part.strip().lower() for part in (text or "").split(",") if part.strip())
    )


def entity_tags(text: str) -> Iterator[str]:
    """The entity tags of If-None-Match, or `*`."""
    if text.strip() == "*":
        yield "*"
        return
    for found in _TAG.finditer(text):
        yield found[0]


def is_same_tag(one: str, other: str) -> bool:
    """The weak comparison of RFC 9110 8.8.3.2."""
    return one.strip().removeprefix("W/") == other.strip().removeprefix("W/")

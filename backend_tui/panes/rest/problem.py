"""Problem details (RFC 9457): what the server itself says went wrong, read leniently."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Final

from backend_tui.core.text import clean, clean_line, shorten

_MEMBERS: Final = ("type", "title", "status", "detail", "instance", "errors")
_PLACES: Final = ("pointer", "parameter", "header", "field", "name")
_LARGEST: Final = 256 * 1024


@dataclass(frozen=True, slots=True)
class Violation:
    """One field that was wrong; `pointer` says where in the request (RFC 6901, or a name)."""

    pointer: str
    detail: str


@dataclass(frozen=True, slots=True)
class ProblemDetails:
    """The members of a problem document that have a usable type; the rest as `extensions`."""

    title: str = ""
    detail: str = ""
    type: str = "about:blank"
    status: int | None = None
    instance: str = ""
    violations: tuple[Violation, ...] = ()
    extensions: tuple[tuple[str, str], ...] = ()


def read_problem(content_type: str, body: bytes) -> ProblemDetails | None:
    """The problem details of an answer, or None when it holds none."""
    if content_type.partition(";")[0].strip().lower() != "application/problem+json":
        return None
    if len(body) > _LARGEST:
        return None
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        return None
    if not isinstance(document, dict):
        return None
    status = document.get("status")
    listed = document.get("errors")
    return ProblemDetails(
        title=_text(document.get("title")),
        detail=_text(document.get("detail")),
        type=_text(document.get("type")) or "about:blank",
        status=status if isinstance(status, int) and not isinstance(status, bool) else None,
        instance=_text(document.get("instance")),
        violations=tuple(_violations(listed)),
        extensions=tuple(
            (clean_line(str(name)), shorten(clean_line(_shown(value)), 200))
            for name, value in list(document.items())[:40]
            if name not in _MEMBERS
        ),
    )


def _violations(listed: Any) -> list[Violation]:
    if isinstance(listed, dict):
        return [
            Violation(clean_line(str(name)), shorten(clean_line(_shown(value)), 300))
            for name, value in list(listed.items())[:50]
        ]
    if not isinstance(listed, list):
        return []
    found = []
    for each in listed[:50]:
        if isinstance(each, dict):
            place = next((each[name] for name in _PLACES if each.get(name)), "")
            words = each.get("detail") or each.get("message") or each.get("title") or ""
            found.append(Violation(clean_line(_shown(place)), clean_line(_shown(words))))
        else:
            found.append(Violation("", clean_line(_shown(each))))
    return found


def _text(value: object) -> str:
    return shorten(clean(value), 2_000) if isinstance(value, str) else ""


def _shown(value: object) -> str:
    if isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False)

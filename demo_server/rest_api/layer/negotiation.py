"""Content negotiation: which Accept headers an answer satisfies, which bodies are read."""

from collections.abc import Sequence
from typing import Final

from django.http import HttpRequest

from demo_server.rest_api.layer.problem import Problem

_UTF_8: Final = frozenset({"utf-8", "utf8", '"utf-8"', "us-ascii"})


def choose(accept: str, offered: Sequence[str]) -> str:
    """The offered media type the client likes best; Problem 406 when it likes none."""
    if not accept or accept == "*/*" or accept == offered[0]:
        return offered[0]
    best, best_quality = "", 0.0
    ranges = [_range(part) for part in accept.split(",")]
    for media in offered:
        quality = _quality(media, ranges)
        if quality > best_quality:
            best, best_quality = media, quality
    if not best:
        raise Problem("not-acceptable", f"Here the answer comes as {', '.join(offered)}.")
    return best


def _range(part: str) -> tuple[str, float]:
    name, *parameters = (piece.strip().lower() for piece in part.split(";"))
    for parameter in parameters:
        if parameter.startswith("q="):
            try:
                return name, min(1.0, max(0.0, float(parameter[2:])))
            except ValueError:
                return name, 0.0
    return name, 1.0


def _quality(media: str, ranges: Sequence[tuple[str, float]]) -> float:
    family = media.split("/", 1)[0] + "/*"
    for wanted in (media, family, "*/*"):
        for name, quality in ranges:
            if name == wanted:
                return quality
    return 0.0


def require_readable(request: HttpRequest, readable: Sequence[str], accept_header: str) -> None:
    """Problem 415 unless the body's Content-Type is one of `readable`, in UTF-8."""
    name, *parameters = (
        piece.strip().lower() for piece in request.META.get("CONTENT_TYPE", "").split(";")
    )
    charset = next((p[8:] for p in parameters if p.startswith("charset=")), "utf-8")
    if name in readable and charset in _UTF_8:
        return
    given = request.META.get("CONTENT_TYPE") or "no Content-Type"
    raise Problem(
        "unsupported-media-type",
        f"The body came as {given[:100]}. This address reads {' and '.join(readable)} in UTF-8.",
        headers={accept_header: ", ".join(readable)},
    )

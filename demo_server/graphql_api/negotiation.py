"""Which of the forms of an answer a client reads, by its Accept header."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

JSON: Final = "application/json"
GRAPHQL: Final = "application/graphql-response+json"
PARTS: Final = "multipart/mixed"
EVENTS: Final = "text/event-stream"
HTML: Final = "text/html"

StreamType = Literal["multipart/mixed", "text/event-stream"]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the client reads: a kind of JSON, kinds of streams (best first), a page."""

    json: str | None
    streams: tuple[StreamType, ...]
    prefers_page: bool

    @property
    def is_nothing(self) -> bool:
        """Whether no form that we have is wanted."""
        return self.json is None and not self.streams and not self.prefers_page


def wanted(accept: str) -> Wanted:
    """What an Accept header asks for; without one it is application/json."""
    if not accept.strip():
        return Wanted(JSON, (), prefers_page=False)
    ranges = [_range(part) for part in accept.lower().split(",") if part.strip()]
    named = {name: (quality, -place) for place, (name, quality) in enumerate(ranges) if quality > 0}
    json = max((JSON, GRAPHQL), key=lambda each: named.get(each, (0.0, 1)))
    chosen: str | None = json if json in named else None
    if chosen is None and ("*/*" in named or "application/*" in named):
        chosen = JSON
    streams: list[StreamType] = [PARTS, EVENTS]
    listed = sorted((each for each in streams if each in named), key=lambda each: named[each])
    page = named.get(HTML, (0.0, 0))
    is_page = page[0] > 0 and (chosen not in named or page > named[chosen])
    return Wanted(chosen, tuple(reversed(listed)), is_page)


def _range(part: str) -> tuple[str, float]:
    name, *parameters = (piece.strip() for piece in part.split(";"))
    for parameter in parameters:
        if parameter.startswith("q="):
            try:
                return name, min(1.0, max(0.0, float(parameter[2:])))
            except ValueError:
                return name, 0.0
    return name, 1.0

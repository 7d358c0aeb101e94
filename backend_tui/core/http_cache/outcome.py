"""What the cache did for one request, in numbers, in words and as a Cache-Status field."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from backend_tui.core.exchange import Headers
from backend_tui.core.units import bytes_text

Verdict = Literal["hit", "stale", "revalidated", "changed", "miss", "passed", "refused"]
_DAY: Final = 86_400
_HOUR: Final = 3_600
_MINUTE: Final = 60


@dataclass(frozen=True, slots=True)
class CacheOutcome:
    """`age_s` and `fresh_s` in seconds (below 0: stale for so long), None where nothing is stored.

    `asks_always`: what is stored is served only after asking whether it still holds.
    `why` says why the server was asked, or what let a stale answer be served; `not_stored` why the
    answer was not kept. `saved_bytes` did not cross the wire, `wire_requests` did. `added` are the
    fields put on the request to ask whether the stored answer still holds.
    """

    verdict: Verdict
    why: str = ""
    age_s: float | None = None
    fresh_s: float | None = None
    asks_always: bool = False
    is_stored: bool = False
    not_stored: str = ""
    forgotten: int = 0
    saved_bytes: int = 0
    wire_requests: int = 0
    lookup_us: int = 0
    refreshes: bool = False
    added: Headers = ()

    @property
    def words(self) -> str:
        """A clause or two, as “from cache, 12 s old, fresh for 48 s”."""
        match self.verdict:
            case "hit":
                return f"from cache, {span(self.age_s)} old, {self._remaining}"
            case "stale":
                again = ", asking again behind" if self.refreshes else ""
                return f"from cache, {self._remaining}: {self.why}{again}"
            case "revalidated":
                saved = f", {bytes_text(self.saved_bytes)} saved" if self.saved_bytes else ""
                return f"304 revalidated{saved}, {self._remaining}"
            case "changed":
                return f"changed since, {self._kept}"
            case "miss":
                return self._kept
            case "passed":
                count = self.forgotten
                answers = "answer" if count == 1 else "answers"
                return f"{count} stored {answers} forgotten" if count else self.why
            case "refused":
                return f"only-if-cached: {self.why}"

    @property
    def status(self) -> str:
        """The Cache-Status field of RFC 9211."""
        parts = ["backend-tui"]
        if self.verdict in ("hit", "stale"):
            parts.append("hit")
        elif self.verdict == "refused":
            parts.append("detail=only-if-cached")
        else:
            reason = {"revalidated": "stale", "changed": "stale", "miss": "uri-miss"}
            parts.append(f"fwd={reason.get(self.verdict, 'bypass')}")
        if self.verdict == "revalidated":
            parts.append("fwd-status=304")
        if self.verdict in ("miss", "changed") and self.is_stored:
            parts.append("stored")
        if self.fresh_s is not None:
            parts.append(f"ttl={round(self.fresh_s)}")
        return "; ".join(parts)

    @property
    def _kept(self) -> str:
        return f"stored, {self._remaining}" if self.is_stored else f"not stored: {self.not_stored}"

    @property
    def _remaining(self) -> str:
        left = self.fresh_s or 0.0
        if self.asks_always:
            return "asks each time"
        return f"fresh for {span(left)}" if left > 0 else f"stale for {span(-left)}"


def span(seconds: float | None) -> str:
    """A time as short as it may be read: 12 s, 4 min, 3 h, 2 d."""
    whole = round(seconds or 0.0)
    if whole < 2 * _MINUTE:
        return f"{whole} s"
    if whole < 2 * _HOUR:
        return f"{round(whole / _MINUTE)} min"
    return f"{round(whole / _HOUR)} h" if whole < 2 * _DAY else f"{round(whole / _DAY)} d"

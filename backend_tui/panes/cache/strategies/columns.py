"""The columns of the routes: how each is cached, and what came of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from backend_tui.panes.cache.live.counts import NONE
from backend_tui.panes.cache.strategies.lab import Counters, Route
from backend_tui.panes.cache.strategies.words import ratio_text, ttl_text
from backend_tui.ui.record_table import Cell, Column, Tone

_WIDE: Final = 100
_WIDER: Final = 118


def _strategy(route: Route) -> Cell:
    return route.policy.strategy, "muted" if route.policy.strategy == "none" else "accent"


def _ttl(route: Route) -> Cell:
    if route.policy.strategy in ("none", "query"):
        return NONE, "muted"
    return ttl_text(route.policy.ttl_s), "plain"


def _jitter(route: Route) -> Cell:
    share = route.policy.jitter
    return (f"±{share * 100:.0f} %", "plain") if share else (NONE, "muted")


def _ratio(route: Route) -> Cell:
    ratio = route.counters.ratio
    tone: Tone = "muted" if ratio is None else "good" if ratio >= 0.5 else "warning"
    return ratio_text(ratio), tone


def _count(name: str, tone: Tone = "plain") -> Callable[[Route], Cell]:
    def cell(route: Route) -> Cell:
        number = getattr(route.counters, name)
        if not number:
            return (NONE if not _was_asked(route.counters) else "0"), "muted"
        return f"{number:,}".replace(",", " "), tone

    return cell


def _was_asked(counters: Counters) -> bool:
    return counters != Counters()


ROUTES: Final[tuple[Column[Route], ...]] = (
    Column("ROUTE", lambda route: (route.name, "strong"), 12),
    Column("READS", lambda route: (route.reads.removeprefix("GET "), "muted"), 0, above=_WIDER),
    Column("STRATEGY", _strategy, 13),
    Column("TTL", _ttl, 6, is_number=True),
    Column("JITTER", _jitter, 6, is_number=True, above=_WIDE),
    Column("PROTECT", lambda route: (route.policy.protection, "plain"), 7),
    Column("REQ", _count("requests"), 6, is_number=True),
    Column("HIT", _ratio, 5, is_number=True),
    Column("LOADS", _count("loads"), 5, is_number=True),
    Column("SQL", _count("statements"), 5, is_number=True),
    Column("STALE", _count("stale_reads", "warning"), 5, is_number=True),
    Column("JOINED", _count("joined"), 6, is_number=True, above=_WIDE),
    Column("WAITS", _count("lease_waits"), 6, is_number=True, above=_WIDE),
    Column("EARLY", _count("early"), 5, is_number=True, above=_WIDER),
    Column("REFUSED", _count("refused_fills"), 7, is_number=True, above=_WIDER),
)

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


def _is_kept(route: Route) -> bool:
    """Whether an answer is stored for a time at all; else nothing expires or is guarded."""
    return route.policy.strategy not in ("none", "query")


def _protection(route: Route) -> Cell:
    return (route.policy.protection, "plain") if _is_kept(route) else (NONE, "muted")


def _ttl(route: Route) -> Cell:
    if not _is_kept(route):
        return NONE, "muted"
    return ttl_text(route.policy.ttl_s), "plain"


def _jitter(route: Route) -> Cell:
    share = route.policy.jitter if _is_kept(route) else 0.0
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
    Column("route", lambda route: (route.name, "strong"), 12),
    Column("reads", lambda route: (route.reads.removeprefix("GET "), "muted"), 0, above=_WIDER),
    Column("strategy", _strategy, 13),
    Column("ttl", _ttl, 6, is_number=True),
    Column("jitter", _jitter, 6, is_number=True, above=_WIDE),
    Column("protect", _protection, 7),
    Column("req", _count("requests"), 6, is_number=True),
    Column("hits", _ratio, 5, is_number=True),
    Column("loads", _count("loads"), 5, is_number=True),
    Column("sql", _count("statements"), 5, is_number=True),
    Column("stale", _count("stale_reads", "warning"), 5, is_number=True),
    Column("joined", _count("joined"), 6, is_number=True, above=_WIDE),
    Column("waits", _count("lease_waits"), 6, is_number=True, above=_WIDE),
    Column("early", _count("early"), 5, is_number=True, above=_WIDER),
    Column("refused", _count("refused_fills"), 7, is_number=True, above=_WIDER),
)

"""What each strategy and protection does and what can go wrong with it, in plain words."""

from __future__ import annotations

from typing import Final

from backend_tui.panes.cache.live.counts import NONE
from backend_tui.panes.cache.strategies.lab import Policy, Route

STRATEGIES: Final = {
    "none": (
        "Every request asks the database.",
        "Always true, and the database carries every request.",
    ),
    "cache-aside": (
        "The application looks into the cache, loads what is missing and stores it.",
        "Whoever writes past the application leaves an old value until its TTL ends.",
    ),
    "read-through": (
        "The cache itself loads what is missing, once for all who wait.",
        "The first reader after each expiry still waits for the load.",
    ),
    "write-through": (
        "A write goes to the database and, after its commit, into the cache at once.",
        "Writes cost more, and fill the cache with what nobody may ever read.",
    ),
    "write-back": (
        "A write is acknowledged from a log and reaches the database later, merged.",
        "The database is behind; without a durable log a crash loses acknowledged writes.",
    ),
    "query": (
        "The database keeps the result of a query, in a table or a materialized view of its own.",
        "It is as old as its last refresh; nothing updates it by itself.",
    ),
    "view": (
        "The framework keeps the whole answer of a view.",
        "What differs by user must vary the key, or one user sees another's page.",
    ),
    "fragment": (
        "The framework keeps a piece of a page.",
        "The piece may be older than the page around it.",
    ),
    "refresh-ahead": (
        "An ageing value is served while one worker refreshes it.",
        "Readers get a slightly old value knowingly; what nobody reads again is not refreshed.",
    ),
}
PROTECTIONS: Final = {
    "none": "When the key expires, everyone who misses loads it: a stampede.",
    "flight": "One load in this process, the others join it; each process loads once.",
    "lease": "One lease in the cache, one load in all; the others wait for its value.",
    "early": "Someone reloads a little early, by chance, before the key expires (XFetch).",
}
INVALIDATIONS: Final = {
    "delete": "a write deletes the key",
    "tag": "a write renews a tag, all keys with the old one are void",
    "version": "a write counts the version in the key up, the old key is left to expire",
}


def policy_words(policy: Policy) -> tuple[str, str]:
    """What the policy does, and what can go wrong, a sentence each."""
    does, wrong = STRATEGIES.get(policy.strategy, (f"{policy.strategy}.", ""))
    if policy.strategy == "none":
        return does, wrong
    protection = PROTECTIONS.get(policy.protection, "")
    if policy.protection == "none":
        return does, f"{protection} {wrong}"
    return f"{does} {protection}", wrong


def obstacle(route: Route, strategy: str) -> str:
    """Why the route cannot have the strategy; empty when it can."""
    if strategy in route.strategies:
        return ""
    if strategy == "write-back" and "write-through" in route.strategies:
        return f"{route.name}: no write-back, its writes have no log; product and views have."
    if strategy in ("write-through", "write-back"):
        return f"{route.name}: nobody writes this answer as a whole, so {strategy} has no value."
    return f"{route.name} cannot be cached by {strategy} here."


def ttl_text(seconds: float) -> str:
    """A time to live as short as it is exact: 0.5 s, 60 s, 5 min."""
    if seconds >= 120 and seconds % 60 == 0:
        return f"{seconds / 60:g} min"
    return f"{seconds:g} s"


def ratio_text(ratio: float | None) -> str:
    """Whole percent; `NONE` for no requests, never 100 % for less."""
    if ratio is None:
        return NONE
    percent = round(ratio * 100)
    if percent == 100 and ratio < 1:
        return ">99 %"
    return f"{percent} %"

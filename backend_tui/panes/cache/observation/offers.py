"""The rungs of the ladder in plain words: what each tells, what it costs the server, what it asks.

The costs are measured (redis-benchmark, 50 clients, Redis 7.0 and Valkey 9.1).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from backend_tui.core.units import bytes_text
from backend_tui.panes.cache.observation.batch import Rung
from backend_tui.panes.cache.observation.facts import Facts
from backend_tui.panes.cache.observation.notifications import SETTING, missing_letters

Needs = Literal["nothing", "confirm", "typed", "refused"]
Consent = Literal["nothing", "confirm", "typed"]
SECONDS: Final = 10.0
MOST_SECONDS: Final = 60.0
MOST_OPS: Final = 20_000
LEAST_HEADROOM: Final = 64 << 20
_STRENGTH: Final = ("nothing", "confirm", "typed", "refused")


@dataclass(frozen=True, slots=True)
class Offer:
    """One rung: its title, what it tells, what it costs, and what must be given to step on it.

    `why` says what is changed or risked, or why it is refused; it is empty when nothing is needed.
    """

    rung: Rung | Literal["feed"]
    title: str
    words: str
    cost: str
    needs: Needs
    why: str = ""

    def is_met_by(self, consent: Consent) -> bool:
        """Whether this consent is enough."""
        return _STRENGTH.index(consent) >= _STRENGTH.index(self.needs)


FEED: Final = Offer(
    "feed",
    "The app's own feed",
    "Every operation of the shop, exact, with its strategy, its load and its trace.",
    "4 to 22 µs an operation in the app, nothing in the cache.",
    "nothing",
)


def offer(rung: Rung, facts: Facts) -> Offer:
    """What this rung means on this server, now."""
    match rung:
        case "counters":
            return _counters()
        case "misses":
            return _misses(facts)
        case "exact":
            return _exact(facts)


def _counters() -> Offer:
    return Offer(
        "counters",
        "Counters",
        "Hits, misses, expired and evicted keys of the whole server, once a second.",
        "About 40 µs of the server's time a second.",
        "nothing",
    )


def _misses(facts: Facts) -> Offer:
    title = "Misses"
    words = "Also every missed, expired and evicted key; hits only in all."
    cost = "0.2 to 0.8 µs more for each miss (4 to 15 %), nothing for a hit."
    if facts.letters is None:
        # It may be on all the same, but nobody can tell.
        why = f"{SETTING} cannot be read: {facts.setting_refused}"
        return Offer("misses", title, words, cost, "refused", why)
    missing = missing_letters(facts.letters)
    if not missing:
        return Offer("misses", title, words, cost, "nothing")
    if facts.setting_refused:
        why = f"{SETTING} lacks {missing} and cannot be changed: {facts.setting_refused}"
        return Offer("misses", title, words, cost, "refused", why)
    why = f'{SETTING} is "{facts.letters}"; {missing} is added to it, and put back at the end.'
    return Offer("misses", title, words, cost, "confirm", why)


def _exact(facts: Facts) -> Offer:
    title = "Exact, for seconds"
    words = "Also every hit, key by key, by MONITOR; checked against the server's own counters."
    cost = "While it runs up to 100 % more CPU a command, a third less throughput when pipelined."
    below = _misses(facts)
    refused = facts.monitor_refused or (below.why if below.needs == "refused" else "")
    if refused:
        return Offer("exact", title, words, cost, "refused", refused)
    risks = _risks(facts)
    if risks:
        return Offer("exact", title, words, cost, "typed", " ".join(risks))
    why = below.why or "MONITOR shows us every command; only keys are kept, never values."
    return Offer("exact", title, words, cost, "confirm", why)


def _risks(facts: Facts) -> list[str]:
    risks = []
    if facts.figures.ops_per_s > MOST_OPS:
        risks.append(f"The server does {facts.figures.ops_per_s:,} commands a second.")
    if facts.headroom is not None and facts.headroom < LEAST_HEADROOM:
        risks.append(f"Only {bytes_text(facts.headroom)} are left below its maxmemory.")
    return risks

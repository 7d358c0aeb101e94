"""`cache watch --observe …`: a rung of the ladder without a screen.

Each operation is a JSON line as `cache watch` prints it; once a second comes a line with `counters`
and `check`, and at the end one with `ended`, `check` and, where they are told, `keys`.
"""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from dataclasses import asdict
from typing import Any, Final

from backend_tui.core.output import Output
from backend_tui.panes.cache.live.counts import NONE
from backend_tui.panes.cache.live.printing import operation_line
from backend_tui.panes.cache.observation.batch import Batch, Check, KeyCount, Rung
from backend_tui.panes.cache.observation.figures import Counters
from backend_tui.panes.cache.observation.observation import Observation
from backend_tui.panes.cache.observation.offers import MOST_SECONDS, Consent
from backend_tui.panes.cache.observation.tap import TIME_IS_OVER

INCOMPLETE: Final = 3
_SHOWN_KEYS: Final = 20


async def observe(
    output: Output,
    url: str,
    rung: Rung,
    *,
    seconds: float | None = None,
    count: int | None = None,
    as_json: bool = False,
    is_sure: bool = False,
) -> int:
    """Print what the rung tells, until its time is over; 0, or 3 when the counts are incomplete.

    Asking for a rung is the consent to it; a risky one needs `is_sure`. Whatever was changed on
    the server is put back at the end, also after ctrl+c and SIGTERM. Raises `BackendError`.
    """
    observation = Observation(url)
    consent: Consent = "typed" if is_sure else "confirm"
    try:
        offer = await observation.offer(rung)
        if offer.needs != "refused":
            output.note(" ".join(part for part in (offer.words, offer.cost, offer.why) if part))
        if rung == "exact" and (seconds or 0) > MOST_SECONDS:
            output.note(f"It ends after {MOST_SECONDS:g} s: a monitor must not be forgotten.")
        return await _print(output, observation, rung, seconds, count, as_json, consent)
    finally:
        told = await asyncio.shield(observation.aclose())
        if told is not None:
            output.note(told.words)


async def _print(
    output: Output,
    observation: Observation,
    rung: Rung,
    seconds: float | None,
    count: int | None,
    as_json: bool,
    consent: Consent,
) -> int:
    keys: dict[str, KeyCount] = {}
    printed = 0
    last = Batch(rung)
    async with aclosing(observation.events(rung, seconds, consent)) as batches:
        async for batch in batches:
            last = batch
            keys.update((each.key, each) for each in batch.counts)
            for row in batch.rows[: None if count is None else count - printed]:
                output.record(row._asdict()) if as_json else output.text(operation_line(row))
                printed += 1
            if batch.counters is not None:
                _tell_counters(output, batch.counters, batch.check, as_json)
            if batch.gap is not None:
                output.note(gap_words(batch))
            if printed == count:
                break
    _tell_end(output, last, keys, as_json)
    is_complete = last.check.is_exact is not False and last.ended in ("", TIME_IS_OVER)
    return 0 if is_complete else INCOMPLETE


def _tell_counters(output: Output, counters: Counters, check: Check, as_json: bool) -> None:
    if as_json:
        rates = {rate.name: {"calls": rate.calls, "us": rate.us} for rate in counters.rates}
        document = {**asdict(counters), "rates": rates, "hit_ratio": counters.hit_ratio}
        output.record({"counters": document, "check": check_document(check)})
        return
    ratio = counters.hit_ratio
    shown = NONE if ratio is None else f"{ratio:.1%}"
    output.text(
        f"{counters.seconds:6.1f} s  {counters.hits} hits  {counters.misses} misses  {shown}  "
        f"{counters.expired} expired  {counters.evicted} evicted  {counters.ops_per_s:.0f} ops/s"
    )


def _tell_end(output: Output, last: Batch, keys: dict[str, KeyCount], as_json: bool) -> None:
    ranked = sorted(keys.values(), key=lambda each: (-(each.hits or 0) - each.misses, each.key))
    if as_json:
        document: dict[str, Any] = {"ended": last.ended, "check": check_document(last.check)}
        if last.rung != "counters":
            document["keys"] = [each._asdict() for each in ranked]
        output.record(document)
        return
    if ranked:
        rows = [
            (each.key, NONE if each.hits is None else str(each.hits), str(each.misses))
            for each in ranked[:_SHOWN_KEYS]
        ]
        output.table(("key", "hits", "misses"), rows)
    output.note(" ".join(part for part in (last.ended, last.check.words) if part))


def gap_words(batch: Batch) -> str:
    """What is not known: `Feed gap of 2.1 s; the server was started anew.`"""
    gap = batch.gap
    if gap is None:
        return ""
    if gap.to_ms is None:
        return f"{gap.problem.what} {gap.problem.why}"
    anew = "; the server was started anew" if gap.is_restart else ""
    return f"Feed gap of {(gap.to_ms - gap.from_ms) / 1000:.1f} s{anew}."


def check_document(check: Check) -> dict[str, Any]:
    """The check as JSON: stable keys, and its words."""
    return {**asdict(check), "words": check.words}

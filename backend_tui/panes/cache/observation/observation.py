"""Watching a Redis that cannot be instrumented: a ladder of rungs, each with its cost told first.

    observation = Observation("redis://user:secret@127.0.0.1:6379/0")
    offers = await observation.offers()            # of the three rungs: words, cost, needs, why
    async with aclosing(observation.events("exact", 10, consent="confirm")) as batches:
        async for batch in batches:                # batch.rows are `row.Row`s, batch.counts exact
            ...                                    # hits and misses per key, batch.check the proof
    told = await observation.aclose()              # restores what was changed; None: nothing was

- `events` raises `BackendError` when it cannot begin (`UsageError` when the consent is too weak).
- "counters" and "misses" go on until closed: a lost connection is a `batch.gap` without an end,
  then one with it, and the counts begin anew (`gap.is_restart` for a restarted server).
- "exact" ends by itself; its last batch has `ended` ("The time is over.") and the final check.
- Close the generator when the view is hidden; on ctrl+z a monitor closes by itself. `aclose()` at
  the end of all observing; when this process dies before, a small process of ours restores.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator
from contextlib import aclosing, suppress
from dataclasses import dataclass
from typing import Final

from backend_tui.core.clock import Clock, SystemClock
from backend_tui.core.errors import BackendError, UsageError
from backend_tui.core.feed import pauses
from backend_tui.panes.cache.observation import offers, raw_connection
from backend_tui.panes.cache.observation.batch import RUNGS, Batch, Gap, Rung
from backend_tui.panes.cache.observation.facts import Facts, connected
from backend_tui.panes.cache.observation.join import Join
from backend_tui.panes.cache.observation.lookups import Lookups
from backend_tui.panes.cache.observation.notifications import (
    SETTING,
    Restored,
    Restorer,
    channels,
    missing_letters,
)
from backend_tui.panes.cache.observation.offers import MOST_SECONDS, SECONDS, Consent, Offer
from backend_tui.panes.cache.observation.raw_connection import RawConnection
from backend_tui.panes.cache.observation.suspension import before_suspension
from backend_tui.panes.cache.observation.tap import TIME_IS_OVER, Tap
from backend_tui.panes.cache.observation.watchdog import Watchdog
from backend_tui.panes.cache.server.failures import Refusal

EVERY: Final = 0.1
SWITCHED_OFF: Final = f"Somebody else has switched {SETTING} off."
SUSPENDED: Final = "This process was suspended."
CLIENT_NAME: Final = "backend-tui-observation"
_MOST_ROWS: Final = 5_000
_SLICE: Final = 250
_SLICE_SECONDS: Final = 0.005
_LONGEST_PAUSE: Final = 5.0


@dataclass
class _Opened:
    """What one connected observation consists of."""

    tap: Tap
    join: Join
    facts: Facts
    watchdog: Watchdog | None = None

    @property
    def is_final(self) -> bool:
        """Whether it ended for a reason that opening it again would not mend."""
        return self.tap.ended in (TIME_IS_OVER, SWITCHED_OFF)

    def close(self) -> None:
        """End both connections and their threads."""
        self.tap.close()
        if self.watchdog is not None:
            self.watchdog.close()


class Observation:
    """The ladder of one server, by its URL. Nothing is opened before the first question.

    `every` seconds the server's own counters are asked for.
    """

    def __init__(self, url: str, clock: Clock | None = None, every: float = 1.0) -> None:
        self._url = url
        self._clock = clock or SystemClock()
        self._every = every
        self._restorer: Restorer | None = None
        self._sequence = 1

    async def offer(self, rung: Rung) -> Offer:
        """What this rung tells and costs now, and what it needs. Raises `BackendError`."""
        return offers.offer(rung, await self._facts())

    async def offers(self) -> tuple[Offer, ...]:
        """All rungs, the cheapest first. Raises `BackendError`."""
        facts = await self._facts()
        return tuple(offers.offer(rung, facts) for rung in RUNGS)

    async def events(
        self, rung: Rung, seconds: float | None = None, consent: Consent = "nothing"
    ) -> AsyncGenerator[Batch]:
        """Batches at most every 0.1 s; "exact" for `seconds` (10, at most 60), else without end.

        Raises `BackendError` when it cannot begin, `UsageError` for a consent that is too weak.
        """
        if rung == "exact":
            seconds = min(max(seconds or SECONDS, EVERY), MOST_SECONDS)
        limit = None if seconds is None else self._clock.monotonic() + seconds
        opened = await self._begin(rung, seconds, consent)
        while True:
            async with aclosing(self._read(rung, opened)) as batches:
                async for batch in batches:
                    yield batch
            if rung == "exact" or opened.is_final:
                return
            lost_ms = self._now_ms()
            problem = BackendError("The cache is not heard any more.", opened.tap.ended)
            for pause in pauses(longest=_LONGEST_PAUSE):
                yield Batch(rung, gap=Gap(lost_ms, None, problem))
                await self._clock.sleep(pause)
                left = None if limit is None else limit - self._clock.monotonic()
                if left is not None and left <= 0:
                    yield Batch(rung, ended=TIME_IS_OVER)
                    return
                try:
                    again = await self._begin(rung, left, consent)
                except UsageError:
                    raise
                except BackendError as failed:
                    problem = failed
                else:
                    break
            is_restart = again.facts.run_id != opened.facts.run_id
            opened = again
            yield Batch(rung, gap=Gap(lost_ms, self._now_ms(), problem, is_restart))

    async def aclose(self) -> Restored | None:
        """Put back what was changed; how that went, or None when nothing had been changed."""
        restorer, self._restorer = self._restorer, None
        return None if restorer is None else await restorer.restore()

    async def _facts(self) -> Facts:
        def look() -> Facts:
            connection, facts = connected(self._url)
            connection.close()
            return facts

        return await asyncio.to_thread(look)

    async def _begin(self, rung: Rung, seconds: float | None, consent: Consent) -> _Opened:
        """The observation, opened in a thread. When we are cancelled meanwhile, it is closed."""
        opening = asyncio.ensure_future(asyncio.to_thread(self._open, rung, seconds, consent))
        try:
            return await asyncio.shield(opening)
        except asyncio.CancelledError:
            opening.add_done_callback(_close_late)
            raise

    def _open(self, rung: Rung, seconds: float | None, consent: Consent) -> _Opened:
        control, facts = connected(self._url)
        try:
            _demand(offers.offer(rung, facts), consent)
            if rung != "counters":
                self._switch_on(control, facts)
            lookups = Lookups(control.ask("COMMAND")) if rung == "exact" else None
            listening = raw_connection.opened(self._url)
            try:
                opened = self._listen(rung, seconds, facts, lookups, listening, control)
            except BaseException:
                listening.close()
                raise
        except BaseException:
            control.close()
            raise
        if opened.watchdog is None:
            control.close()
        return opened

    def _listen(
        self,
        rung: Rung,
        seconds: float | None,
        facts: Facts,
        lookups: Lookups | None,
        listening: RawConnection,
        control: RawConnection,
    ) -> _Opened:
        with suppress(Refusal):
            listening.ask("CLIENT", "SETNAME", CLIENT_NAME)
        tap = Tap(listening, facts.questions, seconds=seconds, every=self._every)
        watchdog = None
        if lookups is not None and seconds is not None:
            client = int(listening.ask("CLIENT", "ID"))
            watchdog = Watchdog(control, client, tap.stop, seconds=seconds)
        heard = () if rung == "counters" else channels(1 if facts.is_cluster else facts.databases)
        tap.begin(heard, is_monitor=lookups is not None)
        if watchdog is not None:
            watchdog.begin()
        join = Join(
            rung,
            home=facts.home,
            lookups=lookups,
            is_line_last=facts.is_line_last,
            first_sequence=self._sequence,
            questions=len(facts.questions),
        )
        return _Opened(tap, join, facts, watchdog)

    def _switch_on(self, control: RawConnection, facts: Facts) -> None:
        """Add the letters that are missing; from before that on, somebody is there to restore."""
        missing = missing_letters(facts.letters or "")
        if not missing:
            return
        if self._restorer is not None:
            self._restorer.restore_now()
        before = facts.letters or ""
        self._restorer = Restorer(self._url, before, before + missing)
        control.ask("CONFIG", "SET", SETTING, before + missing)

    async def _read(self, rung: Rung, opened: _Opened) -> AsyncGenerator[Batch]:
        """What one connected observation tells, until it ends; then it is closed."""
        tap, join = opened.tap, opened.join
        try:
            with before_suspension(lambda: tap.stop(SUSPENDED)):
                while True:
                    is_over = not tap.is_running
                    items, lost = tap.take()
                    async with aclosing(self._joined(opened, items, lost)) as batches:
                        async for batch in batches:
                            yield batch
                    setting = join.setting
                    if rung != "counters" and setting is not None and missing_letters(setting):
                        tap.stop(SWITCHED_OFF)
                    if is_over:
                        yield join.batch(tap.seconds_left, ended=tap.ended)
                        return
                    await asyncio.sleep(EVERY)
        finally:
            self._sequence = join.sequence
            opened.close()

    async def _joined(
        self, opened: _Opened, items: list[object], lost: int
    ) -> AsyncGenerator[Batch]:
        """The items joined, a few milliseconds at a time, so that keys are answered meanwhile."""
        tap, join = opened.tap, opened.join
        join.own_commands = 0 if opened.watchdog is None else opened.watchdog.asked
        if lost:
            join.lose(lost)
        began = time.monotonic()
        for start in range(0, len(items), _SLICE):
            join.add(items[start : start + _SLICE], self._now_ms())
            if time.monotonic() - began > _SLICE_SECONDS:
                await asyncio.sleep(0)
                began = time.monotonic()
            if join.waiting_rows >= _MOST_ROWS:
                yield join.batch(tap.seconds_left, most_rows=_MOST_ROWS)
        while join.has_news:
            yield join.batch(tap.seconds_left, most_rows=_MOST_ROWS)

    def _now_ms(self) -> float:
        return self._clock.now().timestamp() * 1000


def _demand(offer: Offer, consent: Consent) -> None:
    """Raises unless the consent is enough for what the rung does now."""
    if offer.needs == "refused":
        raise BackendError(f"{offer.title} cannot be had here.", offer.why, "Take a lower rung.")
    if not offer.is_met_by(consent):
        hint = 'Type "yes" to do it all the same.' if offer.needs == "typed" else "Say yes to it."
        raise UsageError(f"{offer.title} needs your consent.", offer.why, hint)


def _close_late(opening: asyncio.Future[_Opened]) -> None:
    if not opening.cancelled() and opening.exception() is None:
        opening.result().close()

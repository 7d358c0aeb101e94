"""The rungs beside the shop's feed: chosen by the person, watched while the tab is seen."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Coroutine
from contextlib import aclosing
from typing import Any

from backend_tui.core.errors import BackendError
from backend_tui.feature import Surroundings
from backend_tui.panes.cache.live.model import (
    Event,
    FeedChosen,
    LiveState,
    ObservationArrived,
    ObservationBegan,
)
from backend_tui.panes.cache.observation.dialog import Choice, ObservationDialog
from backend_tui.panes.cache.observation.observation import Observation
from backend_tui.panes.cache.observation.offers import FEED
from backend_tui.panes.cache.section import CacheSection

Feed = Callable[[], Coroutine[Any, Any, None]]


class Watching(CacheSection):
    """What the ladder needs of the tab it belongs to."""

    state: LiveState

    @abstractmethod
    def happen(self, event: Event) -> None:
        """The event changes the state and what is seen."""

    @abstractmethod
    def begin_anew(self) -> None:
        """The source has changed: its reader takes the place of the one before."""


class Ladder:
    """One observation at a time; whatever it changed on the server is put back at its end."""

    def __init__(self, section: Watching, surroundings: Surroundings) -> None:
        self._section = section
        self._stack = surroundings.stack
        self._clock = surroundings.clock
        self._observation: Observation | None = None
        self._choice: Choice | None = None

    def feeds(self) -> tuple[Feed, ...]:
        """The reader of the chosen rung; none for the shop's own feed.

        A rung that ends by itself is not begun again when the tab is seen again.
        """
        observed = self._section.state.observed
        if self._choice is None or observed is None:
            return ()
        return (self._rest,) if observed.ended else (self._watch,)

    async def choose(self) -> None:
        """Ask which rung; the costs are told first. A failure is shown on the tab."""
        try:
            observation = self._observation
            if observation is None:
                endpoint = await self._stack.cache()
                observation = Observation(endpoint.url, self._clock)
            offers = (FEED, *await observation.offers())
        except BackendError as problem:
            self._section.post_message(CacheSection.Failed(problem, self._section))
            return
        observed = self._section.state.observed
        current = "feed" if observed is None else observed.rung
        choice = await self._section.app.push_screen_wait(ObservationDialog(offers, current))
        if choice is None:
            return
        if choice.rung == "feed":
            await self.aclose()
            self._section.happen(FeedChosen())
        else:
            self._observation, self._choice = observation, choice
            self._section.happen(ObservationBegan(choice.rung))
        self._section.begin_anew()

    async def aclose(self) -> None:
        """Put back what was changed on the server."""
        observation, self._observation, self._choice = self._observation, None, None
        if observation is not None:
            await observation.aclose()

    async def _watch(self) -> None:
        observation, choice = self._observation, self._choice
        if observation is None or choice is None or choice.rung == "feed":
            return
        try:
            events = observation.events(choice.rung, choice.seconds, choice.consent)
            async with aclosing(events) as batches:
                async for batch in batches:
                    at_ms = self._clock.now().timestamp() * 1_000
                    self._section.happen(ObservationArrived(batch, at_ms))
        except BackendError as problem:
            self._section.post_message(CacheSection.Failed(problem, self._section))
        else:
            self._section.post_message(CacheSection.Failed(None, self._section))

    async def _rest(self) -> None:
        """What was observed stays to be read."""

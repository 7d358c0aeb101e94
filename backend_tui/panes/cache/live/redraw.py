"""When the Live tab is drawn: at most ten times a second, once a second while only time moves."""

from __future__ import annotations

from typing import Final, Protocol

from textual.timer import Timer
from textual.widget import Widget

DRAWN_EVERY: Final = 0.1
SLOWLY_EVERY: Final = 1.0
COUNTS_EVERY: Final = 3
"""The gauges and tables are drawn with every third drawing of the feed."""

FLOOD: Final = 1_000
"""More rows than this between two drawings nobody can read: the feed waits for the counts."""

QUIET: Final = 10
"""After so many drawings without news only times go on, and those once a second."""


class Drawing(Protocol):
    """What is drawn, and whether it would look the same if it never was again."""

    def draw_feed(self) -> None:
        """The operations that came."""

    def draw_counts(self) -> None:
        """Gauges, tables, the open key."""

    def is_still(self) -> bool:
        """Nothing moves by time alone: no window, no time to live."""


class Redraw:
    """Ticks while there is something to draw; rests when nothing moves any more."""

    def __init__(self, drawing: Drawing) -> None:
        self._drawing = drawing
        self._is_new = True
        self._ticks = 0
        self._quiet = 0
        self._arrived = 0
        self._quick: Timer | None = None
        self._slow: Timer | None = None

    def begin(self, owner: Widget) -> None:
        """The timers belong to the widget, and end with it."""
        self._quick = owner.set_interval(DRAWN_EVERY, self.tick)
        self._slow = owner.set_interval(SLOWLY_EVERY, self._tick_slowly, pause=True)

    def rest(self) -> None:
        """Not seen: nothing is drawn."""
        for timer in (self._quick, self._slow):
            if timer is not None:
                timer.pause()

    def touch(self, rows: int = 0) -> None:
        """Something is to be drawn with the next tick, so many rows among it."""
        self._is_new = True
        self._arrived += rows

    def resume(self) -> None:
        """Seen, with news: tick quickly."""
        if self._quick is not None and self._slow is not None:
            self._slow.pause()
            self._quick.resume()

    def tick(self) -> None:
        """Draw what has changed."""
        is_new, self._is_new = self._is_new, False
        self._quiet = 0 if is_new else self._quiet + 1
        self._ticks += 1
        is_flood, self._arrived = self._arrived > FLOOD, 0
        if is_new and not (is_flood and self._ticks % COUNTS_EVERY):
            self._drawing.draw_feed()
        if self._quiet >= QUIET and self._quick is not None and self._slow is not None:
            self._quick.pause()
            self._slow.resume()
            self._drawing.draw_counts()
        elif self._ticks % COUNTS_EVERY == 0:
            self._drawing.draw_counts()

    def _tick_slowly(self) -> None:
        self._drawing.draw_counts()
        if self._drawing.is_still() and self._slow is not None:
            self._slow.pause()

"""What a pane says of itself, so that the frame, the command line and the tests need no more.

The first frame is drawn from this: nothing here imports more than `dataclasses`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import click

    from backend_tui.core.clock import Clock
    from backend_tui.core.config import Config
    from backend_tui.stack.endpoints import Stack
    from backend_tui.ui.pane import Pane


def _system_clock() -> Clock:
    from backend_tui.core.clock import SystemClock

    return SystemClock()


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a pane may lean on: the settings read at the door, the running stack, and time."""

    config: Config
    stack: Stack
    clock: Clock = field(default_factory=_system_clock)


@dataclass(frozen=True, slots=True)
class Feature:
    """One pane: its folder's name, how the frame lists it, and how to make it, on first use.

    `pane` and `commands` import inside, so that a feature costs nothing until it is used.
    """

    name: str
    title: str
    key: str | None
    summary: str
    pane: Callable[[Surroundings], Pane]
    commands: Callable[[], click.Group]

    @property
    def digit(self) -> str | None:
        """The digit that opens the pane when no text field has focus: that of its F key."""
        return self.key.removeprefix("f") if self.key else None

"""The base of every page of the pane: what it is shown, and what it asks for."""

from __future__ import annotations

from collections.abc import Awaitable
from dataclasses import dataclass
from typing import ClassVar, TypeVar

from textual.containers import Vertical
from textual.message import Message

from backend_tui.core.errors import BackendError, CancelledByUser
from backend_tui.panes.docker.acts import Verb
from backend_tui.panes.docker.client import DockerClient
from backend_tui.panes.docker.container import Container
from backend_tui.panes.docker.model import DockerState, Event
from backend_tui.panes.docker.pruning import Prunable

T = TypeVar("T")


class DockerPage(Vertical):
    """One page. `show` comes with every new state, at most ten times a second, while it is seen."""

    DEFAULT_CSS = """
    DockerPage { width: 1fr; height: 1fr; }
    """

    PRUNES: ClassVar[Prunable] = "containers"
    """What `b` offers to clear away first while this page is in front."""

    @dataclass
    class Wanted(Message):
        """An event that the person caused: the pane's state follows it."""

        event: Event

    @dataclass
    class SeenChanged(Message):
        """Other containers are on screen now: `measured` is to be asked again."""

    @dataclass
    class ActWanted(Message):
        """The person confirmed: do this to these containers."""

        verb: Verb
        containers: tuple[Container, ...]
        new_name: str = ""

    @dataclass
    class Failed(Message):
        """Something asked for failed, or works again when `problem` is None."""

        problem: BackendError | None

    def __init__(self, client: DockerClient, *, id: str) -> None:  # noqa: A002 - Textual's own
        super().__init__(id=id)
        self.client = client
        self.state = DockerState()
        self.is_shown = False
        self._has_failed = False

    def show(self, state: DockerState) -> None:
        """Draw what has changed; `self.state` is what was shown last."""
        self.state = state

    def appear(self) -> None:
        """The page is seen."""
        self.is_shown = True

    def disappear(self) -> None:
        """The page is hidden: what it follows stops."""
        self.is_shown = False

    @property
    def measured(self) -> tuple[str, ...]:
        """The containers whose use the page shows, the most wanted first."""
        return ()

    async def attempt(self, work: Awaitable[T]) -> T | None:
        """The result of the work, or None after its failure was sent up as `Failed`."""
        try:
            result = await work
        except CancelledByUser:
            return None
        except BackendError as problem:
            self._has_failed = True
            self.post_message(self.Failed(problem))
            return None
        if self._has_failed:
            self._has_failed = False
            self.post_message(self.Failed(None))
        return result

"""The base of every detail tab of a container: what it is told, and how it fails."""

from __future__ import annotations

from collections.abc import Awaitable
from dataclasses import dataclass
from typing import TypeVar

from textual.containers import Vertical
from textual.message import Message
from textual.worker import Worker

from backend_tui.core.errors import BackendError, CancelledByUser
from backend_tui.panes.docker.client import DockerClient
from backend_tui.panes.docker.container import Container
from backend_tui.panes.docker.engine.stats import Sample

T = TypeVar("T")


class DetailSection(Vertical):
    """One tab under the table. While it is seen it is told of the chosen container.

    `look` runs as a worker for each chosen container and is cancelled for the next one; it may
    follow a stream for ever. `changed`, `sampled`, `gone` and `engine_back` tell of the same one.
    """

    DEFAULT_CSS = """
    DetailSection { width: 1fr; height: 1fr; }
    """

    @dataclass
    class Happened(Message):
        """An event of the tab's own model took place, for tours and tests."""

        event: object

    @dataclass
    class Failed(Message):
        """Something asked for failed, or works again when `problem` is None."""

        problem: BackendError | None

    def __init__(self, client: DockerClient, *, id: str) -> None:  # noqa: A002 - Textual's own
        super().__init__(id=id)
        self.client = client
        self.container: Container | None = None
        self.is_shown = False
        self._has_failed = False
        self.is_gone = False
        self._looking: Worker[None] | None = None

    async def look(self, container: Container) -> None:
        """Read what the tab shows of this container; cancelled when another is chosen."""

    def choose(self) -> None:
        """Another container, or none, is `self.container` now: take the old one's away."""

    def changed(self, before: Container) -> None:
        """The same container's row is another than `before`: it was started, renamed …"""

    def sampled(self, sample: Sample) -> None:
        """What the chosen container uses now, about once a second."""

    def gone(self) -> None:
        """It was removed; what is shown stays."""

    def engine_back(self) -> None:
        """The engine answers again after a loss: `look` runs once more by default."""
        self.look_again()

    # What the page calls.

    def appear(self) -> None:
        """The tab is seen."""
        if not self.is_shown:
            self.is_shown = True
            self.look_again()

    def disappear(self) -> None:
        """The tab is hidden: what it follows stops."""
        self.is_shown = False
        self._stop()

    def show(self, container: Container | None) -> None:
        """The chosen container as it is now; None for none."""
        before, self.container = self.container, container
        if before is not None and container is not None and before.id == container.id:
            self.is_gone = False
            if before != container:
                self.changed(before)
            return
        self.is_gone = False
        self._stop()
        self.choose()
        self.look_again()

    def removed(self) -> None:
        """The chosen container is gone, and the person still reads here."""
        if not self.is_gone:
            self.is_gone = True
            self.gone()

    def look_again(self) -> None:
        """Read anew, when there is something to read and somebody who sees it."""
        self._stop()
        container = self.container
        if self.is_shown and container is not None and self.is_attached:
            self._looking = self.run_worker(self._look, group="look", exit_on_error=False)

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

    def on_mount(self) -> None:
        self.look_again()

    async def _look(self) -> None:
        if self.container is not None:
            await self.attempt(self.look(self.container))

    def _stop(self) -> None:
        if self._looking is not None:
            self._looking.cancel()
            self._looking = None

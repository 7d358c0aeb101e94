"""The base of every tab of the Cache pane: its feeds live while it is seen, its failures go up."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from typing import Any, TypeVar

from textual.containers import Vertical
from textual.message import Message
from textual.worker import Worker

from backend_tui.core.errors import BackendError, CancelledByUser

T = TypeVar("T")


class CacheSection(Vertical):
    """A tab's content. The pane calls `appear` and `disappear` as it is shown and hidden."""

    DEFAULT_CSS = """
    CacheSection { width: 1fr; height: 1fr; }
    """

    @dataclass
    class Happened(Message):
        """An event of the tab's model took place."""

        event: object

    @dataclass
    class Failed(Message):
        """Something asked for failed, or works again when `problem` is None."""

        problem: BackendError | None
        section: CacheSection | None = None

    is_shown: bool = False
    _feeds: tuple[Worker[None], ...] = ()

    def feeds(self) -> tuple[Callable[[], Coroutine[Any, Any, None]], ...]:
        """The tab's live readers; each runs as a worker while the tab is seen."""
        return ()

    def appear(self) -> None:
        """The tab is seen: its feeds start."""
        if self.is_shown:
            return
        self.is_shown = True
        self._feeds = tuple(
            self.run_worker(feed(), group="feed", exit_on_error=False) for feed in self.feeds()
        )

    def disappear(self) -> None:
        """The tab is hidden: its feeds stop."""
        self.is_shown = False
        for worker in self._feeds:
            worker.cancel()
        self._feeds = ()

    async def attempt(self, work: Awaitable[T]) -> T | None:
        """The result of the work, or None after its failure was sent up as `Failed`."""
        try:
            result = await work
        except CancelledByUser:
            return None
        except BackendError as problem:
            self.post_message(self.Failed(problem, self))
            return None
        self.post_message(self.Failed(None, self))
        return result

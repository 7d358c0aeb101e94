"""Nothing that fails in the background stays silent: workers, tasks and threads are all watched."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from textual.worker import Worker, WorkerState
from textual.worker_manager import WorkerManager

if TYPE_CHECKING:
    from textual.app import App

Tell = Callable[[BaseException], None]


class WatchedWorkers(WorkerManager):
    """Textual's workers; one that fails without ending the app is told all the same."""

    def __init__(self, app: App[Any], tell: Tell) -> None:
        super().__init__(app)
        self._tell = tell

    def add_worker(self, worker: Worker[Any], start: bool = True, exclusive: bool = True) -> None:
        super().add_worker(worker, start, exclusive)
        task = worker._task  # noqa: SLF001 - Textual tells only the worker's own node
        if task is not None:
            task.add_done_callback(lambda _: self._ended(worker))

    def _ended(self, worker: Worker[Any]) -> None:
        if worker.state is WorkerState.ERROR and not worker.exit_on_error and worker.error:
            self._tell(worker.error)


def watch_tasks(tell: Tell) -> None:
    """Tell the failure of a task nobody awaits, and of what runs in the loop's callbacks."""

    def handler(_: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        error = context.get("exception")
        tell(error if isinstance(error, BaseException) else RuntimeError(str(context["message"])))

    asyncio.get_running_loop().set_exception_handler(handler)


def watch_threads(tell: Tell) -> Callable[[], None]:
    """Tell the failure of any thread, in the loop; the returned function ends the watch."""
    loop = asyncio.get_running_loop()
    before = threading.excepthook

    def hook(failed: threading.ExceptHookArgs) -> None:
        if failed.exc_value is not None and not loop.is_closed():
            loop.call_soon_threadsafe(tell, failed.exc_value)

    threading.excepthook = hook

    def end() -> None:
        threading.excepthook = before

    return end

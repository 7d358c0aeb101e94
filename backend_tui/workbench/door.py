"""Opens the workbench: the app first, the stack as soon as the first pane stands, then all ends."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, nullcontext
from types import FrameType
from typing import Final

from backend_tui.core.config import Config
from backend_tui.core.errors import BackendError, UsageError
from backend_tui.feature import Feature, Surroundings
from backend_tui.stack.endpoints import Stack
from backend_tui.workbench.opening_stack import OpeningStack
from backend_tui.workbench.skeleton import Skeleton

Opening = Callable[[Config], AbstractAsyncContextManager[Stack]]

_SETTLED: Final = 1.0
# How long one thread may keep another waiting: at Python's own 5 ms, the thread that writes to the
# terminal would wait through half of the next frame, and keys behind work in threads.
_TURN: Final = 0.0005


def open_workbench(
    config: Config, features: tuple[Feature, ...], opening: Opening, skeleton: Skeleton
) -> int:
    """Run the workbench until it is left; its exit code. A `BackendError` is raised on."""

    def leave(number: int, _: FrameType | None) -> None:
        skeleton.restore()
        os._exit(128 + number)

    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, leave)
    sys.setswitchinterval(_TURN)
    return asyncio.run(_run(config, features, opening, skeleton))


async def _run(
    config: Config, features: tuple[Feature, ...], opening: Opening, skeleton: Skeleton
) -> int:
    stack = OpeningStack(lambda: opening(config))
    try:
        return await _run_app(config, features, stack, skeleton)
    finally:
        await stack.close()


async def _run_app(
    config: Config, features: tuple[Feature, ...], stack: OpeningStack, skeleton: Skeleton
) -> int:
    from backend_tui.workbench import crash
    from backend_tui.workbench.app import Workbench
    from backend_tui.workbench.collecting import QuietCollector
    from backend_tui.workbench.stall import StallMonitor

    def leave(problem: BackendError) -> None:
        if isinstance(problem, UsageError):
            app.exit()

    app = Workbench(
        features,
        Surroundings(config, stack),
        terminal_before=skeleton.before,
        on_standing=lambda: stack.start(leave),
    )
    asyncio.get_running_loop().call_later(_SETTLED, QuietCollector().start)
    monitor = StallMonitor()
    with monitor if config.debug else nullcontext():
        await app.run_async()
    skeleton.hand_over()
    if isinstance(stack.problem, UsageError):
        raise stack.problem
    for stall in monitor.stalls:
        sys.stderr.write(f"The event loop stood still for {stall}\n")
    if app.crash_report:
        path = crash.keep(app.crash_report, config.data_dir)
        sys.stderr.write(crash.farewell(app.crash_report, path) + "\n")
    return app.return_code or 0

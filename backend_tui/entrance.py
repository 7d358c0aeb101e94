"""The way into the workbench: plain flags are read here, so that it opens without the command line.

Its stack is opened once the first pane stands, beside the event loop: what that takes is not what
the person waits for.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Final

from backend_tui.core.outcome import outcome
from backend_tui.core.output import Output
from backend_tui.registry import FEATURES

if TYPE_CHECKING:
    from backend_tui.core.config import Config
    from backend_tui.stack.endpoints import Stack
    from backend_tui.workbench.skeleton import Skeleton

_TEXTS: Final = {
    "--redis",
    "--database",
    "--demo-url",
    "--docker-host",
    "--docker-replay",
    "--data-dir",
    "--theme",
}
_SWITCHES: Final = {
    "--fresh": ("fresh", True),
    "--animations": ("animations", True),
    "--debug": ("debug", True),
    "--read-only": ("read_only", True),
    "--no-trace": ("tracing", False),
    "--no-attach": ("attach", False),
}


def plain_flags(arguments: list[str]) -> dict[str, str | bool] | None:
    """The settings that flags of text and switches give; None when one needs the command line."""
    flags: dict[str, str | bool] = {}
    words = iter(arguments)
    for word in words:
        name, equals, value = word.partition("=")
        if word in _SWITCHES:
            key, is_on = _SWITCHES[word]
            flags[key] = is_on
        elif name in _TEXTS:
            text = value if equals else next(words, "")
            if not text or text.startswith("-"):
                return None
            flags[name.removeprefix("--").replace("-", "_")] = text
        else:
            return None
    return flags


def open_plainly(flags: dict[str, str | bool], skeleton: Skeleton) -> int:
    """Run the workbench with these settings; its exit code, a failure told."""
    from backend_tui.core.config import read_config

    return guarded(skeleton, lambda: open_workbench(read_config(flags), skeleton))


def open_workbench(config: Config, skeleton: Skeleton) -> int:
    """Run the workbench on the terminal that shows the skeleton; its exit code."""
    from backend_tui.workbench import door

    return door.open_workbench(config, FEATURES, _opened, skeleton)


def guarded(skeleton: Skeleton, run: Callable[[], int]) -> int:
    """The exit code of what was run; a failure is told once the terminal is given back."""

    def restored() -> int:
        try:
            return run()
        finally:
            skeleton.restore()

    return outcome(Output(), restored)


@asynccontextmanager
async def _opened(config: Config) -> AsyncIterator[Stack]:
    import asyncio
    import importlib

    opening = await asyncio.to_thread(importlib.import_module, "backend_tui.stack.opening")
    async with opening.opened(config) as stack:
        yield stack

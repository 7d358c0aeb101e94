"""The door: paints the first frame at once, then imports what was asked for.

Only `sys` and `os` are imported before the first character is on the screen.
"""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from backend_tui.workbench.skeleton import Skeleton

_TAKE_A_VALUE = {
    "--redis",
    "--database",
    "--demo-url",
    "--docker-host",
    "--docker-replay",
    "--port",
    "--data-dir",
    "--theme",
    "--config",
}
_STAND_ALONE = {"--fresh", "--animations", "--no-trace", "--no-attach", "--debug", "--read-only"}
_DEFAULT_THEME = "contrast-dark"


def main() -> None:
    """Run the workbench or a command, and end with its exit code."""
    arguments = sys.argv[1:]
    if not (is_workbench(arguments) and os.isatty(0) and os.isatty(2)):
        from backend_tui.cli import main as run

        sys.exit(run(arguments))

    import gc

    from backend_tui.workbench.skeleton import Skeleton

    gc.disable()  # until the workbench stands: what is imported now is never garbage
    skeleton = Skeleton(theme_of(arguments))
    try:
        skeleton.enter()
        from backend_tui.registry import FEATURES

        skeleton.paint(FEATURES)
        code = _open(arguments, skeleton)
    finally:
        skeleton.restore()
    sys.stdout.flush()
    sys.stderr.flush()
    # Nothing is left to do; taking an interpreter of this size apart would cost 50 ms.
    os._exit(code)


def _open(arguments: list[str], skeleton: Skeleton) -> int:
    """Open the workbench, by the command line only when a flag needs it."""
    from backend_tui.entrance import open_plainly, plain_flags

    flags = plain_flags(arguments)
    if flags is not None:
        return open_plainly(flags, skeleton)
    from backend_tui.cli import open_workbench

    return open_workbench(arguments, skeleton)


def is_workbench(arguments: list[str]) -> bool:
    """True when there is no command and no flag that ends at once, such as `--help`."""
    words = iter(arguments)
    for word in words:
        if word in _TAKE_A_VALUE:
            next(words, None)
        elif word not in _STAND_ALONE and word.partition("=")[0] not in _TAKE_A_VALUE:
            return False
    return True


def theme_of(arguments: list[str]) -> str:
    """The theme the flags or the environment name; the settings file is not read this early."""
    for i, word in enumerate(arguments):
        if word.startswith("--theme="):
            return word.partition("=")[2]
        if word == "--theme":
            return arguments[i + 1] if i + 1 < len(arguments) else _DEFAULT_THEME
    return os.environ.get("BACKEND_TUI_THEME") or _DEFAULT_THEME


if __name__ == "__main__":
    main()

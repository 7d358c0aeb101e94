"""How a run ends: its failure told in words, its exit code."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from backend_tui.core.errors import BackendError

if TYPE_CHECKING:
    from backend_tui.core.output import Output

INTERRUPTED: Final = 130


def outcome(output: Output, run: Callable[[], int | None]) -> int:
    """The exit code of what was run, its failure told in words."""
    try:
        return run() or 0
    except BackendError as problem:
        output.problem(problem)
        return problem.exit_code
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        # The reader has gone: what is still buffered must not fail once more at the very end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0

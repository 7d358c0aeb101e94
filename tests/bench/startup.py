"""How fast the workbench is there, how much it takes and how fast it goes, against its peers.

Ready means that a typed character stands in the field where work begins: the URL, or the bare
app's input. It is typed as soon as anything is on the screen, for every program alike, and again
every tenth of a second for those that lose what is typed too early.
"""

from __future__ import annotations

import contextlib
import statistics
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.bench.peers import BARE_APP, ROOT, peer
from tests.bench.row import Row
from tests.bench.terminal import Terminal, is_visible, memory_mb

ROUNDS: Final = 7
TYPED: Final = "z"
AGAIN: Final = 0.1


@dataclass(frozen=True)
class Run:
    """One start: seconds and MB."""

    first_frame: float
    ready: float
    memory: float
    exit: float


def run(argv: list[str], ready: Callable[[str], bool], quit_key: str, cwd: Path) -> Run:
    """Start a program, type until it shows that, wait until it is quiet, and quit it."""
    with Terminal(argv, cwd=cwd, env={"PYTHONPATH": str(ROOT)}) as terminal:
        first_frame = terminal.wait(is_visible)
        ready_at = typed(terminal, ready)
        terminal.settle(quiet=0.5, seconds=5)
        memory = memory_mb(terminal.pid)
        asked = terminal.press(quit_key)
        return Run(first_frame, ready_at, memory, terminal.wait_exit() - asked)


def typed(terminal: Terminal, ready: Callable[[str], bool]) -> float:
    """When the first typed character was in its field."""
    for _ in range(200):
        terminal.press(TYPED)
        with contextlib.suppress(TimeoutError):
            at: float = terminal.wait(ready, AGAIN)
            return at
    raise TimeoutError(f"{terminal.argv[0]} never took a key; it shows:\n{terminal.text}")


def in_line(beginning: str) -> Callable[[str], bool]:
    """True when a line that begins so, blanks aside, shows what was typed."""
    return lambda screen: any(
        TYPED in line and line.lstrip().startswith(beginning) for line in screen.splitlines()
    )


def ratio(ours: list[Run], theirs: list[Run], figure: str) -> float:
    """The median of the ratios pair by pair."""
    return float(
        statistics.median(
            getattr(a, figure) / getattr(b, figure) for a, b in zip(ours, theirs, strict=True)
        )
    )


def main() -> None:
    posting = str(peer("posting"))
    workbench: list[Run] = []
    bare: list[Run] = []
    rival: list[Run] = []
    with tempfile.TemporaryDirectory() as folder:
        here = Path(folder)
        (here / "bare.py").write_text(BARE_APP)
        ours = [sys.executable, "-m", "backend_tui", "--data-dir", str(here / "data")]
        for turn in range(ROUNDS + 1):
            runs = (
                run(ours, lambda screen: f"/api/products{TYPED}" in screen, "ctrl+q", here),
                run([sys.executable, "bare.py"], in_line("▊"), "ctrl+q", here),
                run([posting], in_line("GET"), "ctrl+c", here),
            )
            if turn:  # the first turn warms the file cache and writes the byte code
                for each, into in zip(runs, (workbench, bare, rival), strict=True):
                    into.append(each)
    for what, figure, peers, must, note in (
        ("first frame, against posting", "first_frame", rival, 0.35, "{:.0f} ms"),
        ("REST pane ready, against a bare Textual app", "ready", bare, 2.0, "{:.0f} ms"),
        ("REST pane ready, against posting", "ready", rival, 0.5, "{:.0f} ms"),
        ("memory when ready, against posting", "memory", rival, 0.7, "{:.0f} MB"),
        ("time to exit, against posting", "exit", rival, 0.5, "{:.0f} ms"),
    ):
        own = statistics.median(getattr(each, figure) for each in workbench)
        scale = 1 if figure == "memory" else 1000
        value = ratio(workbench, peers, figure)
        Row(what, value, must, note=note.format(own * scale)).show()


if __name__ == "__main__":
    main()

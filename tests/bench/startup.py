"""How fast the workbench is there, how much it takes and how fast it goes, against its peers."""

from __future__ import annotations

import statistics
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.bench.peers import BARE_APP, peer
from tests.bench.row import Row
from tests.bench.terminal import Terminal, is_visible, memory_mb

ROUNDS: Final = 7


@dataclass(frozen=True)
class Run:
    """One start: seconds and MB."""

    first_frame: float
    ready: float
    memory: float
    exit: float


def run(argv: list[str], ready: Callable[[str], bool], quit_key: str, cwd: Path) -> Run:
    """Start a program, wait until it is ready and quiet, and quit it."""
    with Terminal(argv, cwd=cwd) as terminal:
        first_frame = terminal.wait(is_visible)
        ready_at = terminal.wait(ready) if not ready(terminal.text) else first_frame
        terminal.settle(quiet=0.5, seconds=5)
        memory = memory_mb(terminal.pid)
        asked = terminal.press(quit_key)
        return Run(first_frame, ready_at, memory, terminal.wait_exit() - asked)


def ratio(ours: list[Run], theirs: list[Run], figure: str) -> float:
    """The median of the ratios pair by pair."""
    return statistics.median(
        getattr(a, figure) / getattr(b, figure) for a, b in zip(ours, theirs, strict=True)
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
                run(ours, lambda screen: "/api/products" in screen, "ctrl+q", here),
                run([sys.executable, "bare.py"], lambda s: "READY" in s, "ctrl+q", here),
                run([posting], lambda screen: "Send" in screen, "ctrl+c", here),
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

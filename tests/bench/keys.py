"""The workbench at rest and under keys: idle cost, bytes written, key press to screen."""

from __future__ import annotations

import statistics
import sys
import tempfile
from typing import Final

from tests.bench.row import Row
from tests.bench.terminal import Terminal, cpu_seconds

IDLE: Final = 10.0
PRESSES: Final = 60


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "backend_tui", "--data-dir", folder]
        with Terminal(command) as terminal:
            terminal.wait(lambda screen: "demo ●" in screen)
            terminal.settle(quiet=2, seconds=15)
            written, used = terminal.written, cpu_seconds(terminal.pid)
            terminal.read_for(IDLE)
            idle = 100 * (cpu_seconds(terminal.pid) - used) / IDLE
            Row("idle for 10 s, REST pane open", idle, 1.0, "% CPU").show()
            Row("bytes written while idle", terminal.written - written, 0, "bytes").show()

            terminal.press("ctrl+l")
            terminal.settle()
            _keys(terminal, "typing in the URL", ["x", "y"])
            terminal.press("ctrl+c")
            terminal.settle()
            _send_and_read(terminal)


def _send_and_read(terminal: Terminal) -> None:
    terminal.press("ctrl+p")
    terminal.wait(lambda screen: "REST" in screen)
    _keys(terminal, "moving in the palette", ["down", "up"])
    terminal.press("escape")
    terminal.settle()
    terminal.press("f2")
    terminal.settle()
    _keys(terminal, "moving the focus", ["tab"])


def _keys(terminal: Terminal, what: str, keys: list[str]) -> None:
    latencies = []
    for turn in range(PRESSES):
        latencies.append(terminal.latency(keys[turn % len(keys)]) * 1000)
        terminal.settle(quiet=0.04)
    latencies.sort()
    Row(f"key press to screen, {what}: median", statistics.median(latencies), 20, "ms").show()
    Row(f"key press to screen, {what}: 99th percentile", latencies[-1], 60, "ms").show()


if __name__ == "__main__":
    main()

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
            terminal.wait(lambda screen: "demo ●" in screen and "/ filter" in screen)
            terminal.settle(quiet=2, seconds=15)
            written, used = terminal.written, cpu_seconds(terminal.pid)
            terminal.read_for(IDLE)
            idle = 100 * (cpu_seconds(terminal.pid) - used) / IDLE
            Row("idle for 10 s, REST pane open", idle, 1.0, "% CPU").show()
            Row("bytes written while idle", terminal.written - written, 0, "bytes").show()
            _rest(terminal)
            _palette(terminal)
            _traces(terminal)
            _panes(terminal)


def _rest(terminal: Terminal) -> None:
    _press(terminal, "ctrl+l")
    _keys(terminal, "typing in the URL", ["1", "backspace"])
    _press(terminal, "tab")
    _keys(terminal, "moving the focus", ["tab"])
    _press(terminal, "ctrl+l")
    for _ in range(4):
        terminal.press("ctrl+j")
        terminal.wait(lambda screen: "✓ 200 OK" in screen)
        terminal.settle()
    _keys(terminal, "moving in the body", ["down", "pagedown", "up", "pageup"])
    _press(terminal, "J")
    _keys(terminal, "moving in the journey", ["down", "down", "up", "up"])
    _press(terminal, "r")
    _keys(terminal, "moving in the routes", ["down", "down", "up", "up"])


def _palette(terminal: Terminal) -> None:
    terminal.press("ctrl+p")
    terminal.wait(lambda screen: "REST" in screen)
    terminal.settle()
    _keys(terminal, "moving in the palette", ["down", "up"])
    _press(terminal, "escape")


def _traces(terminal: Terminal) -> None:
    _press(terminal, ":")
    for letter in "traces":
        terminal.press(letter)
    terminal.press("enter")
    terminal.wait(lambda screen: screen.count("GET") >= 4)
    terminal.settle()
    _keys(terminal, "moving in the Traces table", ["up", "up", "down", "down"])


def _panes(terminal: Terminal) -> None:
    for key in ("f2", "f3"):
        terminal.press(key)
        terminal.settle(quiet=1)
    _keys(terminal, "switching between panes seen before", ["f2", "f3"])


def _press(terminal: Terminal, key: str) -> None:
    terminal.press(key)
    terminal.settle()


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

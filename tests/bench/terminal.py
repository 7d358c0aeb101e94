"""A program in a pseudo-terminal, every chunk of its output stamped when it was read.

Bytes are replayed through a terminal emulator only after they were stamped, so the emulator's cost
is in no figure. The replies are those of a plain xterm with synchronized output.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import pty
import re
import select
import signal
import struct
import termios
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Self

import pyte

KEYS: Final = {
    "enter": b"\r",
    "tab": b"\t",
    "backspace": b"\x7f",
    "escape": b"\x1b",
    "up": b"\x1b[A",
    "down": b"\x1b[B",
    "right": b"\x1b[C",
    "left": b"\x1b[D",
    "pageup": b"\x1b[5~",
    "pagedown": b"\x1b[6~",
    "f2": b"\x1bOQ",
    "f3": b"\x1bOR",
    "f8": b"\x1b[19~",
    "ctrl+j": b"\n",
    "ctrl+c": b"\x03",
    "ctrl+l": b"\x0c",
    "ctrl+p": b"\x10",
    "ctrl+q": b"\x11",
}
_QUERY: Final = re.compile(rb"\x1b\[(\?\d+\$p|[>=]?0?c|6n|1[468]t)")
_REPLIES: Final = {
    b"?2026$p": b"\x1b[?2026;2$y",
    b"?2048$p": b"\x1b[?2048;0$y",
    b"c": b"\x1b[?62;22c",
    b"6n": b"\x1b[1;1R",
}
_SEQUENCE: Final = re.compile(
    rb"\x1b(?:\[[<=>?]?[0-9:;]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[P_^X][^\x1b]*\x1b\\|.)"
)
# What pyte would print or choke on: private modes, kitty keys, queries.
_FOREIGN: Final = re.compile(
    rb"\x1b\[[<=>][^@-~]*[@-~]|\x1b\[\?[0-9;]*[hl]|\x1b\[[0-9;?]*\$?[pqtucn]"
    rb"|\x1b[P_^X\]][^\x07\x1b]*(?:\x07|\x1b\\)"
)


@dataclass
class Terminal:
    """A running program: what it wrote and when, in seconds since it was started."""

    argv: Sequence[str]
    size: tuple[int, int] = (120, 40)
    env: dict[str, str] = field(default_factory=dict)
    cwd: Path | None = None
    chunks: list[tuple[float, bytes]] = field(default_factory=list)

    def __enter__(self) -> Self:
        columns, lines = self.size
        self.screen = pyte.Screen(columns, lines)
        self._stream = pyte.ByteStream(self.screen)
        self._fed = 0
        environment = {
            key: value
            for key, value in os.environ.items()
            if not key.startswith(("TEXTUAL", "TMUX", "COLUMNS", "LINES"))
            and key not in ("CI", "NO_COLOR", "FORCE_COLOR", "TERM_PROGRAM")
        }
        environment |= {"TERM": "xterm-256color", "COLORTERM": "truecolor", "LC_ALL": "C.UTF-8"}
        environment |= self.env
        self.began = time.perf_counter()
        self.pid, self.master = pty.fork()
        if self.pid == 0:
            with contextlib.suppress(OSError):
                if self.cwd:
                    os.chdir(self.cwd)
                fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))
                os.execvpe(self.argv[0], list(self.argv), environment)
            os._exit(127)
        return self

    def __exit__(self, *_: object) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)
        with contextlib.suppress(ChildProcessError):
            os.waitpid(self.pid, 0)
        os.close(self.master)

    @property
    def now(self) -> float:
        return time.perf_counter() - self.began

    @property
    def written(self) -> int:
        """Bytes the program has written so far."""
        return sum(len(data) for _, data in self.chunks)

    @property
    def text(self) -> str:
        """The screen as it is now, trailing blanks of each line kept."""
        self._replay()
        return "\n".join(self.screen.display)

    def read(self, seconds: float) -> bool:
        """Read what comes within the time; False when nothing came or the program has gone."""
        if not select.select([self.master], [], [], max(seconds, 0))[0]:
            return False
        try:
            data = os.read(self.master, 1 << 16)
        except OSError:
            return False
        if not data:
            return False
        self.chunks.append((self.now, data))
        for found in _QUERY.finditer(data):
            if reply := _REPLIES.get(found[1]):
                os.write(self.master, reply)
        return True

    def read_for(self, seconds: float) -> None:
        """Read for exactly this long."""
        until = self.now + seconds
        while (left := until - self.now) > 0:
            self.read(left)

    def wait(self, seen: Callable[[str], bool], seconds: float = 30) -> float:
        """When the first chunk after which the screen is as `seen` says was read."""
        until = self.now + seconds
        while self.now < until:
            while self._fed < len(self.chunks):
                at, _ = self.chunks[self._fed]
                self._feed_one()
                if seen("\n".join(self.screen.display)):
                    return at
            if not self.read(min(until - self.now, 1)) and self.exited():
                break
        shown = "\n".join(line.rstrip() for line in self.text.splitlines() if line.strip())
        raise TimeoutError(f"{self.argv[0]} never showed what was waited for; it shows:\n{shown}")

    def settle(self, quiet: float = 0.3, seconds: float = 20) -> float:
        """When the last byte was read before the program was silent for `quiet` seconds."""
        until = self.now + seconds
        while self.now < until and self.read(quiet):
            pass
        self._replay()
        return self.chunks[-1][0] if self.chunks else 0.0

    def press(self, key: str) -> float:
        """Send a key; when it was sent."""
        os.write(self.master, KEYS.get(key) or key.encode())
        return self.now

    def latency(self, key: str, seconds: float = 2) -> float:
        """Seconds from a key to the end of the first frame it causes."""
        sent = self.press(key)
        first = len(self.chunks)
        while self.now - sent < seconds:
            self.read(seconds)
            output = b"".join(data for _, data in self.chunks[first:])
            if output.count(b"\x1b[?2026l") or (output and b"\x1b[?2026h" not in output):
                return self.chunks[-1][0] - sent
        raise TimeoutError(f"{self.argv[0]} answered {key} with nothing")

    def exited(self) -> bool:
        """True once the program has ended."""
        with contextlib.suppress(ChildProcessError):
            return os.waitpid(self.pid, os.WNOHANG)[0] != 0
        return True

    def wait_exit(self, seconds: float = 20) -> float:
        """When the program ended."""
        until = self.now + seconds
        while self.now < until:
            self.read(0.002)
            if self.exited():
                return self.now
        raise TimeoutError(f"{self.argv[0]} did not end")

    def _replay(self) -> None:
        while self._fed < len(self.chunks):
            self._feed_one()

    def _feed_one(self) -> None:
        _, data = self.chunks[self._fed]
        self._fed += 1
        if b"\x1b[?1049h" in data:
            self.screen.reset()
        self._stream.feed(_FOREIGN.sub(b"", data))


def is_visible(screen: str) -> bool:
    """True when anything at all is on the screen."""
    return bool(screen.strip())


def memory_mb(pid: int) -> float:
    """The proportional set size of one process, in MB."""
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) / 1024
    raise OSError(f"no memory figure for process {pid}")


def cpu_seconds(pid: int) -> float:
    """User and system time one process has used so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

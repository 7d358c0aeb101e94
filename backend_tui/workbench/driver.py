"""A terminal driver that sleeps until something happens: no polling, and a quick end.

Textual's own wakes ten times a second and waits for two of those polls at its end. It is used as it
is when its insides are no longer those this one was written against.
"""

from __future__ import annotations

import os
import select
import signal
import termios
import time
from codecs import getincrementaldecoder
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

from textual._parser import ParseError
from textual._xterm_parser import XTermParser
from textual.drivers._writer_thread import WriterThread
from textual.drivers.linux_driver import LinuxDriver

if TYPE_CHECKING:
    from textual.app import App
    from textual.driver import Driver

_ENTER_SCREEN: Final = "\x1b[?1049h"
_HUNG_UP: Final = 129
_PATIENCE: Final = 0.5
# What this driver leans on in Textual's: names of the driver's and of its parser's.
LEANS_ON: Final = {
    LinuxDriver: (
        "run_input_thread",
        "_run_input_thread",
        "start_application_mode",
        "_disable_mouse_support",
        "process_message",
        "write",
        "close",
    ),
    XTermParser: ("feed", "tick"),
    WriterThread: ("write", "run", "stop"),
}


class PatientWriter(WriterThread):
    """Writes until the terminal is gone; what comes after that is thrown away, never waited for."""

    def run(self) -> None:
        try:
            super().run()
        except (OSError, ValueError):
            while self._queue.get() is not None:
                pass


class FastLinuxDriver(LinuxDriver):
    """Waits on the terminal and on a wake pipe, with a time-out only inside an escape sequence."""

    def __init__(
        self,
        app: App[Any],
        *,
        debug: bool = False,
        mouse: bool = True,
        size: tuple[int, int] | None = None,
    ) -> None:
        super().__init__(app, debug=debug, mouse=mouse, size=size)
        self._terminal_before: list[Any] | None = getattr(app, "terminal_before", None)
        self._is_painted = self._terminal_before is not None
        self._wake: tuple[int, int] | None = None

    @property
    def _writer_thread(self) -> WriterThread | None:
        return self._writer

    @_writer_thread.setter
    def _writer_thread(self, writer: WriterThread | None) -> None:
        file = self._file
        self._writer = None if writer is None or file is None else PatientWriter(file)

    def start_application_mode(self) -> None:
        """As Textual's; a skeleton that is on the screen stays until the first real frame."""
        self._wake = os.pipe()
        super().start_application_mode()  # type: ignore[no-untyped-call]
        if self._terminal_before is not None:
            self.attrs_before = self._terminal_before

    def write(self, data: str) -> None:
        if self._is_painted and data == _ENTER_SCREEN:
            self._is_painted = False
            return
        super().write(data)

    def disable_input(self) -> None:
        """End the input thread now; one that does not end is left behind, never waited for."""
        if self._wake is None or self._key_thread is None:
            return
        signal.signal(signal.SIGWINCH, signal.SIG_DFL)
        self._disable_mouse_support()
        reading, writing = self._wake
        os.write(writing, b"x")
        self._key_thread.join(_PATIENCE)
        if not self._key_thread.is_alive():
            os.close(reading)
            os.close(writing)
        self._wake = None
        with suppress(termios.error):
            termios.tcflush(self.fileno, termios.TCIFLUSH)

    def run_input_thread(self) -> None:
        """Read keys until woken; a terminal that has gone ends the app as SIGHUP does."""
        if self._wake is None:
            return
        parser = XTermParser(self._debug)
        decode = getincrementaldecoder("utf-8")(errors="replace").decode
        wake = self._wake[0]
        while True:
            due = parser._timeout_time  # noqa: SLF001 - set while an escape sequence is open
            pause = None if due is None else max(due - time.monotonic(), 0)
            ready, _, _ = select.select([self.fileno, wake], [], [], pause)
            if wake in ready:
                break
            if self.fileno in ready:
                try:
                    data = os.read(self.fileno, 4096)
                except OSError:
                    data = b""
                if not data:
                    self._loop.call_soon_threadsafe(self._hang_up)
                    return
                for event in parser.feed(chords(decode(data))):
                    self.process_message(event)
            for event in parser.tick():
                self.process_message(event)
        with suppress(EOFError, ParseError):
            for _ in parser.feed(""):
                pass

    def _hang_up(self) -> None:
        self._app.exit(return_code=_HUNG_UP)


def chords(text: str) -> str:
    """What was read, alt+enter of old terminals (ESC CR) written as Textual's parser knows it."""
    return text.replace("\x1b\r", "\x1b[13;3u")


def driver_class() -> type[Driver] | None:
    """The fast driver where it fits, None for Textual's own choice."""
    is_known = all(hasattr(owner, name) for owner, names in LEANS_ON.items() for name in names)
    has_time_out = hasattr(XTermParser(), "_timeout_time")
    return FastLinuxDriver if is_known and has_time_out else None

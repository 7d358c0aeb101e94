"""The `:` line: the shell's own grammar, run beside the workbench against the same stack."""

from __future__ import annotations

import asyncio
import shlex
import sys
from contextlib import suppress
from typing import ClassVar, Final

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.suggester import SuggestFromList
from textual.widgets import Input, Static

from backend_tui.core.config import Config
from backend_tui.core.text import decode
from backend_tui.feature import Feature

_SHOWN: Final = 256 * 1024


class CommandLine(ModalScreen[None]):
    """A line, and what the command says; a pane's name alone goes to the pane, `quit` leaves."""

    DEFAULT_CSS = """
    CommandLine {
        align: center bottom;
        & > Vertical {
            width: 1fr;
            height: auto;
            max-height: 70%;
            background: $surface;
            border-top: tall $primary;
        }
        #said { height: auto; max-height: 1fr; padding: 0 1; display: none; }
        #said.-shown { display: block; }
        #said-text { width: 1fr; height: auto; }
        Input { height: 1; border: none; padding: 0 1; background: $panel; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "Stop or close"),
        Binding("pageup", "page(-1)", "Page up", show=False),
        Binding("pagedown", "page(1)", "Page down", show=False),
    ]

    def __init__(self, features: tuple[Feature, ...], config: Config) -> None:
        super().__init__()
        self._features = features
        self._config = config
        self._process: asyncio.subprocess.Process | None = None

    def compose(self) -> ComposeResult:
        names = [each.name for each in self._features] + ["demo", "doctor", "quit"]
        with Vertical():
            with VerticalScroll(id="said", can_focus=False):
                yield Static(id="said-text", markup=False)
            line = Input(
                placeholder="rest send GET /api/products",
                suggester=SuggestFromList(names, case_sensitive=False),
            )
            line.cursor_blink = False
            yield line

    def on_mount(self) -> None:
        self.query_one(Input).focus()

    async def on_input_submitted(self, message: Input.Submitted) -> None:
        """Run the line, or do at once what is the frame's own."""
        try:
            words = shlex.split(message.value)
        except ValueError as wrong:
            self._say(f"This line cannot be read: {wrong}.")
            return
        if not words or self._process is not None:
            return
        if words == ["quit"] or words == ["q"]:
            self.app.exit()
        elif len(words) == 1 and words[0] in {each.name for each in self._features}:
            self.dismiss()
            self.app.call_later(self.app.run_action, f"go('{words[0]}')")
        else:
            self._say("…")
            self.run_worker(self._run(words), name="command", exclusive=True)

    def action_leave(self) -> None:
        """Stop the running command, or close the line."""
        if self._process is None:
            self.dismiss()
        else:
            self._process.terminate()

    def action_page(self, pages: int) -> None:
        """Scroll what was said."""
        said = self.query_one("#said", VerticalScroll)
        said.scroll_relative(y=pages * max(said.size.height - 1, 1), animate=False)

    async def _run(self, words: list[str]) -> None:
        data_dir = ["--data-dir", str(self._config.data_dir)]
        self._process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "backend_tui", *data_dir, *words),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        said = b""
        try:
            assert self._process.stdout is not None
            while part := await self._process.stdout.read(65536):
                said = (said + part)[-_SHOWN:]
                self._say(decode(said))
            code = await self._process.wait()
        finally:
            if self._process.returncode is None:
                with suppress(ProcessLookupError):
                    self._process.kill()
            self._process = None
        self._say(f"{decode(said).rstrip()}\n{'✓' if code == 0 else '✗'} exit {code}".lstrip())

    def _say(self, text: str) -> None:
        self.query_one("#said-text", Static).update(Content(text))
        said = self.query_one("#said", VerticalScroll)
        said.add_class("-shown")
        said.call_after_refresh(said.scroll_end, animate=False)

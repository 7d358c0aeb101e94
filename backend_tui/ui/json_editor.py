"""JSON to write: checked as typed, coloured line by line, laid out without changing a number."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import ClassVar, Final

from textual.binding import Binding, BindingType
from textual.message import Message
from textual.timer import Timer
from textual.widgets import TextArea

from backend_tui.core.body.grammar import JsonProblem
from backend_tui.core.body.json_format import check, format_json
from backend_tui.ui.body_paint import json_spans
from backend_tui.ui.code_editor import CodeEditor, Span

_PAUSE: Final = 0.15
_SMALL: Final = 1 << 15


class JsonEditor(CodeEditor):
    """A text that should be JSON. `problem` says where it is not, and `Checked` when that changes.

    An empty text is no problem: it is no body.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("alt+l,alt+f", "format", "Format", tooltip="Lay it out; numbers stay as typed"),
    ]

    class Changed(TextArea.Changed):
        """The text has changed."""

    @dataclass
    class Checked(Message):
        """The text was checked; `problem` is None when it is JSON or empty."""

        editor: JsonEditor
        problem: JsonProblem | None

    def __init__(
        self,
        text: str = "",
        *,
        placeholder: str = "JSON body; alt+l lays it out",
        id: str | None = None,  # noqa: A002 - Textual's own name for it
        classes: str | None = None,
    ) -> None:
        self.problem: JsonProblem | None = None
        self._checking: Timer | None = None
        super().__init__(text, placeholder=placeholder, id=id, classes=classes)

    def tokens(self, line: int, text: str) -> list[Span]:  # noqa: ARG002
        """The tokens of one line of JSON."""
        return json_spans(text)

    def edited(self) -> None:
        """Check soon."""
        self._check_soon()

    def on_mount(self) -> None:
        self._check_soon()

    def action_format(self) -> None:
        """Lay the JSON out, one member a line; a text that is no JSON stays as it is. Undoable."""
        try:
            laid_out = format_json(self.text)
        except ValueError:
            self._say(check(self.text))
            return
        if laid_out == self.text:
            return
        line, _ = self.cursor_location
        self.replace(laid_out, self.document.start, self.document.end)
        self.move_cursor((min(line, self.document.line_count - 1), 0))

    def _check_soon(self) -> None:
        if not self.is_attached:
            return
        if self._checking is not None:
            self._checking.stop()
        self._checking = self.set_timer(_PAUSE, self._start_check)

    def _start_check(self) -> None:
        self._checking = None
        self.run_worker(self._check(), group="check", exclusive=True)

    async def _check(self) -> None:
        text = self.text
        if not text.strip():
            self._say(None)
        elif len(text) <= _SMALL:
            self._say(check(text))
        else:
            problem = await asyncio.to_thread(check, text)
            if text == self.text:
                self._say(problem)

    def _say(self, problem: JsonProblem | None) -> None:
        self.problem = problem
        words = f"✗ {problem}" if problem else ("✓ JSON" if self.text.strip() else "")
        self.say(words, is_wrong=problem is not None)
        self.post_message(self.Checked(self, problem))

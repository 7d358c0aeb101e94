"""The document being written: coloured, completed at the cursor, brackets kept in pairs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Final

from textual import events
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.widgets import TextArea

from backend_tui.panes.graphql.colouring import Blocks, line_tokens
from backend_tui.ui.code_editor import CodeEditor, Span
from backend_tui.ui.completion_popup import CompletionPopup, Suggestion

_PAIRS: Final = {"{": "}", "(": ")", "[": "]"}
_CLOSING: Final = frozenset(_PAIRS.values())
_BEFORE_PAIR: Final = frozenset(" \t,)]}")
_ASKS: Final = frozenset("$@(:.")


class QueryEditor(CodeEditor):
    """Asks its owner for suggestions by `Wanted` and writes the accepted one."""

    HELP: ClassVar[str] = (
        "Typing opens the list of what fits here, ctrl+space asks for it. Enter or tab writes the "
        "entry, escape closes the list. ctrl+z takes anything back, also a whole replaced document."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+space,ctrl+@", "complete", "Complete", tooltip="What could be written here"),
        Binding("alt+l,alt+f", "lay_out", "Lay out", tooltip="Indent anew; undo takes back"),
    ]

    class Changed(TextArea.Changed):
        """The document has changed."""

    @dataclass
    class Wanted(Message):
        """Suggestions are wanted at the cursor; `is_asked` when by ctrl+space."""

        editor: QueryEditor
        is_asked: bool

    @dataclass
    class Accepted(Message):
        """A suggestion was chosen; the owner knows what it replaces."""

        editor: QueryEditor
        suggestion: Suggestion

    class LayOut(Message):
        """The person wants the document laid out anew."""

    def __init__(self, popup: CompletionPopup, *, id: str) -> None:  # noqa: A002 - Textual's own
        self.popup = popup
        self._blocks: Blocks | None = None
        super().__init__(
            placeholder="{ a query }   ctrl+space shows what fits, ctrl+j runs it", id=id
        )

    def edited(self) -> None:
        """Forget where block strings are."""
        self._blocks = None

    def tokens(self, line: int, text: str) -> list[Span]:
        """The tokens of one line of GraphQL."""
        if self._blocks is None:
            self._blocks = Blocks(self.document.lines)
        return line_tokens(text, is_in_block=self._blocks.holds(line))

    @property
    def caret(self) -> int:
        """Characters before the cursor."""
        line, column = self.cursor_location
        return self.offset_of(line, column)

    def action_complete(self) -> None:
        self.post_message(self.Wanted(self, is_asked=True))

    def action_lay_out(self) -> None:
        self.post_message(self.LayOut())

    async def _on_key(self, event: events.Key) -> None:
        if self.popup.is_open and self._answer_popup(event):
            event.stop()
            event.prevent_default()
            return
        if event.is_printable and event.character and self._pair(event.character):
            event.stop()
            event.prevent_default()
        elif event.key == "enter":
            event.stop()
            event.prevent_default()
            self._break_line()
        else:
            await super()._on_key(event)
        self._follow(event)

    def _answer_popup(self, event: events.Key) -> bool:
        """Keys that belong to the list while it is open."""
        if event.key in self.popup.KEYS:
            self.popup.step(event.key)
            return True
        if event.key in ("enter", "tab"):
            chosen = self.popup.highlighted
            self.popup.close()
            if chosen is not None:
                self.post_message(self.Accepted(self, chosen))
            return True
        if event.key == "escape":
            self.popup.close()
            return True
        return False

    def _follow(self, event: events.Key) -> None:
        """Ask again when the key wrote part of a name, close the list when it did not."""
        char = event.character if event.is_printable else None
        is_word = char is not None and (char.isalnum() or char == "_" or char in _ASKS)
        if is_word or (event.key == "backspace" and self.popup.is_open):
            self.post_message(self.Wanted(self, is_asked=False))
        elif self.popup.is_open and event.key not in ("ctrl+space", "ctrl+@"):
            self.popup.close()

    def _pair(self, char: str) -> bool:
        """Write both brackets, or step over the one that is there; False for any other key."""
        start, end = self.selection
        if start != end or self.read_only:
            return False
        line, column = end
        after = self.document.get_line(line)[column : column + 1]
        if char in _CLOSING and after == char:
            self.move_cursor((line, column + 1))
            return True
        if char in _PAIRS and (not after or after in _BEFORE_PAIR):
            self._replace_via_keyboard(char + _PAIRS[char], start, end)
            self.move_cursor((line, column + 1))
            return True
        return False

    def _break_line(self) -> None:
        """A new line with the indent of this one, two deeper after an opening bracket."""
        if self.read_only:
            return
        start, end = self.selection
        first = min(start, end)
        text = self.document.get_line(first[0])[: first[1]][:4096]
        indent = text[: len(text) - len(text.lstrip(" "))]
        last = max(start, end)
        after = self.document.get_line(last[0])[last[1] : last[1] + 1]
        opener = text.rstrip()[-1:]
        if opener in _PAIRS and opener:
            deeper = f"\n{indent}  "
            closing = f"\n{indent}" if after == _PAIRS[opener] else ""
            self._replace_via_keyboard(deeper + closing, start, end)
            self.move_cursor((first[0] + 1, len(indent) + 2))
        else:
            self._replace_via_keyboard(f"\n{indent}", start, end)

"""JSON to write: checked as typed, coloured line by line, laid out without changing a number."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import ClassVar, Final

from rich.style import Style
from rich.text import Text
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.document._document import Location
from textual.document._document_navigator import DocumentNavigator
from textual.document._wrapped_document import WrappedDocument
from textual.message import Message
from textual.timer import Timer
from textual.widgets import TextArea
from textual.widgets.text_area import TextAreaTheme

from backend_tui.core.body.grammar import JsonProblem
from backend_tui.core.body.json_format import check, format_json
from backend_tui.core.text import clean
from backend_tui.ui.body_paint import json_spans

_PAUSE: Final = 0.15
_SMALL: Final = 1 << 15
_NAMES: Final = ("key", "string", "number", "word", "mark")
_BRACKET_LINES: Final = 500
_LONG_LINE: Final = 4096


class _LineHighlights(dict[int, list[tuple[int, int | None, str]]]):
    """The tokens of a line when it is drawn; `TextArea` clears it after every edit."""

    def __init__(self, editor: JsonEditor) -> None:
        super().__init__()
        self._editor = editor

    def __bool__(self) -> bool:
        return True

    def __missing__(self, line: int) -> list[tuple[int, int | None, str]]:
        text = clean(self._editor.document.get_line(line))
        if len(text) > _LONG_LINE:
            return []
        spans = json_spans(text)
        if not text.isascii():
            spans = [
                (len(text[:start].encode()), len(text[:stop].encode()), name)
                for start, stop, name in spans
            ]
        found: list[tuple[int, int | None, str]] = list(spans)
        self[line] = found
        return found


class _CountedLines(WrappedDocument):
    """`TextArea` asks for the height for every line it draws; the original counts all lines."""

    @property
    def height(self) -> int:
        return len(self._offset_to_line_info)


class JsonEditor(TextArea):
    """A text that should be JSON. `problem` says where it is not, and `Checked` when that changes.

    An empty text is no problem: it is no body.
    """

    COMPONENT_CLASSES: ClassVar[set[str]] = {f"json-editor--{name}" for name in _NAMES}

    DEFAULT_CSS = """
    JsonEditor {
        border: none;
        border-bottom: blank;
        border-subtitle-align: left;
        border-subtitle-color: $text-muted;
        padding: 0;
        &:focus { border: none; border-bottom: blank; }
        &.-wrong { border-subtitle-color: $text-error; }
        .json-editor--key { color: $text-primary; }
        .json-editor--string { color: $text-success; }
        .json-editor--number { color: $text-warning; }
        .json-editor--word { color: $text-accent; }
        .json-editor--mark { color: $foreground; }
    }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("alt+f", "format", "Format", tooltip="Lay the JSON out; numbers stay as typed"),
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
        placeholder: str = "JSON body; alt+f lays it out",
        id: str | None = None,  # noqa: A002 - Textual's own name for it
        classes: str | None = None,
    ) -> None:
        self.problem: JsonProblem | None = None
        self._whole: str | None = None
        self._checking: Timer | None = None
        super().__init__(
            text,
            soft_wrap=False,
            show_line_numbers=True,
            tab_behavior="focus",
            placeholder=placeholder,
            id=id,
            classes=classes,
        )
        self._highlights = _LineHighlights(self)
        self.indent_width = 2
        self.cursor_blink = False

    @property
    def text(self) -> str:
        """The whole text; joined once an edit, where `TextArea` joins it for every line drawn."""
        if self._whole is None:
            self._whole = self.document.text
        return self._whole

    @text.setter
    def text(self, value: str) -> None:
        self.load_text(value)

    def on_mount(self) -> None:
        self._colour()
        self.app.theme_changed_signal.subscribe(self, lambda _: self._colour())
        self._check_soon()

    def _set_document(self, text: str, language: str | None) -> None:
        super()._set_document(text, language)
        self.wrapped_document = _CountedLines(self.document, tab_width=self.indent_width)
        self.wrapped_document.wrap(self.wrap_width, tab_width=self.indent_width)
        self.navigator = DocumentNavigator(self.wrapped_document)

    def _build_highlight_map(self) -> None:
        """Called by `TextArea` after every change of the text."""
        self._whole = None
        self._line_cache.clear()
        self._highlights.clear()
        self._check_soon()

    def get_line(self, line_index: int) -> Text:
        """The line as it is drawn: pasted control characters are seen, not obeyed."""
        return Text(clean(self.document.get_line(line_index)), end="", no_wrap=True)

    def find_matching_bracket(self, bracket: str, search_from: Location) -> Location | None:
        """As in `TextArea`, but not through a long text for every move of the cursor."""
        if self.document.line_count > _BRACKET_LINES:
            return None
        return super().find_matching_bracket(bracket, search_from)

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
        self.set_class(problem is not None, "-wrong")
        words = f"✗ {problem}" if problem else ("✓ JSON" if self.text.strip() else "")
        self.border_subtitle = Content(clean(words))
        self.post_message(self.Checked(self, problem))

    def _colour(self) -> None:
        styles = {
            name: Style(color=self.get_component_rich_style(f"json-editor--{name}").color)
            for name in _NAMES
        }
        self.register_theme(TextAreaTheme(name="json", syntax_styles=styles))
        self.theme = "css"
        self.theme = "json"

"""Text of some language to write: only visible lines are coloured, problems are underlined.

No tree-sitter: it segfaults on some texts and dies of lone surrogates. A line's tokens are found
when it is drawn, so a text of megabytes opens and answers keys like a short one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Final

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from rich.text import Text
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.document._document import Document, Location
from textual.document._document_navigator import DocumentNavigator
from textual.geometry import Size
from textual.strip import Strip
from textual.widgets import TextArea
from textual.widgets.text_area import TextAreaTheme

from backend_tui.core.text import clean
from backend_tui.ui.unwrapped import LONG_LINE, UnwrappedDocument

TOKENS: Final = (
    "comment",
    "directive",
    "key",
    "keyword",
    "mark",
    "number",
    "string",
    "type",
    "variable",
    "word",
)
_BRACKET_LINES: Final = 500

Span = tuple[int, int, str]


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong from one location up to another, both (line, column) from 0; clean words."""

    start: Location
    end: Location
    words: str
    is_warning: bool = False

    @property
    def symbol(self) -> str:
        return "▲" if self.is_warning else "✗"

    def __str__(self) -> str:
        line, column = self.start
        return f"{line + 1}:{column + 1} {self.words}"


class _LineHighlights(dict[int, list[tuple[int, int | None, str]]]):
    """The tokens of a line when it is drawn; `TextArea` clears it after every edit."""

    def __init__(self, editor: CodeEditor) -> None:
        super().__init__()
        self._editor = editor

    def __bool__(self) -> bool:
        return True

    def __missing__(self, line: int) -> list[tuple[int, int | None, str]]:
        text = clean(self._editor.document.get_line(line))
        spans = self._editor.tokens(line, text) if len(text) <= LONG_LINE else []
        if not text.isascii():
            spans = [
                (len(text[:start].encode()), len(text[:stop].encode()), name)
                for start, stop, name in spans
            ]
        found: list[tuple[int, int | None, str]] = list(spans)
        self[line] = found
        return found


class CodeEditor(TextArea):
    """A subclass names the language by `tokens`; whoever checks the text sets `problems`."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+home", "edge(0)", "To the start", show=False),
        Binding("ctrl+end", "edge(1)", "To the end", show=False),
        Binding("alt+s", "select_everything", "Select all", show=False),
    ]
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        *(f"code-editor--{name}" for name in TOKENS),
        "code-editor--problem",
        "code-editor--warning",
    }

    DEFAULT_CSS = """
    CodeEditor {
        border: none;
        border-bottom: blank;
        border-subtitle-align: left;
        border-subtitle-color: $text-muted;
        padding: 0;
        scrollbar-size-vertical: 1;
        scrollbar-size-horizontal: 1;
        &:focus { border: none; border-bottom: blank; }
        &.-wrong { border-subtitle-color: $text-error; }
        .code-editor--comment { color: $text-muted; }
        .code-editor--directive { color: $text-accent; }
        .code-editor--key { color: $text-primary; }
        .code-editor--keyword { color: $text-accent; }
        .code-editor--mark { color: $foreground; }
        .code-editor--number { color: $text-warning; }
        .code-editor--string { color: $text-success; }
        .code-editor--type { color: $text-secondary; }
        .code-editor--variable { color: $text-warning; }
        .code-editor--word { color: $text-accent; }
        .code-editor--problem { color: $text-error; }
        .code-editor--warning { color: $text-warning; }
    }
    """

    def __init__(
        self,
        text: str = "",
        *,
        placeholder: str = "",
        id: str | None = None,  # noqa: A002 - Textual's own name for it
        classes: str | None = None,
    ) -> None:
        self._whole: str | None = None
        self._problems: tuple[Problem, ...] = ()
        self._marks: dict[int, list[Problem]] = {}
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

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """F6 and F7 select in `TextArea`; here function keys lead to panes, as everywhere."""
        if action in ("select_line", "select_all"):
            return False
        return super().check_action(action, parameters)

    def action_edge(self, end: int) -> None:
        """To the start or the end of the text."""
        self.move_cursor(self.document.end if end else (0, 0))

    def action_select_everything(self) -> None:
        self.select_all()

    def tokens(self, line: int, text: str) -> list[Span]:  # noqa: ARG002 - for subclasses
        """The tokens of one line as (start, stop, one of `TOKENS`)."""
        return []

    def edited(self) -> None:
        """The text has changed; called before the new text is drawn."""

    @property
    def text(self) -> str:
        """The whole text; joined once an edit, where `TextArea` joins it for every line drawn."""
        if self._whole is None:
            self._whole = self.document.text
        return self._whole

    @text.setter
    def text(self, value: str) -> None:
        self.load_text(value)

    def become(self, text: str) -> None:
        """Replace the whole text as one edit: undo brings the one before back."""
        if text != self.text:
            self.history.checkpoint()
            self.replace(text, self.document.start, self.document.end)
            self.history.checkpoint()

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What is wrong with the text, in order of position."""
        return self._problems

    @problems.setter
    def problems(self, problems: tuple[Problem, ...]) -> None:
        if problems == self._problems:
            return
        self._problems = tuple(sorted(problems, key=lambda each: each.start))
        self._marks = {}
        for problem in self._problems:
            last = problem.end[0] if problem.end[1] else max(problem.end[0] - 1, problem.start[0])
            for line in range(problem.start[0], min(last, problem.start[0] + 200) + 1):
                self._marks.setdefault(line, []).append(problem)
        self._line_cache.clear()
        self.refresh()

    def next_problem(self, step: int) -> Problem | None:
        """Put the cursor on the next problem (or the one before), around the ends."""
        if not self._problems:
            return None
        at = self.cursor_location
        if step > 0:
            found = next((p for p in self._problems if p.start > at), self._problems[0])
        else:
            earlier = [p for p in self._problems if p.start < at]
            found = earlier[-1] if earlier else self._problems[-1]
        self.go_to(found.start)
        return found

    def problem_at_cursor(self) -> Problem | None:
        """The problem the cursor is in, else the first of its line."""
        here = self._marks.get(self.cursor_location[0], ())
        inside = (p for p in here if p.start <= self.cursor_location <= p.end)
        return next(inside, here[0] if here else None)

    def offset_of(self, line: int, column: int) -> int:
        """Characters before a location; line breaks count as they are written."""
        before = self.document.lines[:line]
        return sum(map(len, before)) + len(before) * len(self.document.newline) + column

    def location_of(self, offset: int) -> Location:
        """The location of an offset, as far as the text goes."""
        wide = len(self.document.newline)
        for line, text in enumerate(self.document.lines):
            if offset <= len(text):
                return line, max(offset, 0)
            offset -= len(text) + wide
        return self.document.end

    def go_to(self, location: Location) -> None:
        """Put the cursor there, as far as the text goes."""
        line = max(0, min(location[0], self.document.line_count - 1))
        column = max(0, min(location[1], len(self.document.get_line(line))))
        self.move_cursor((line, column), center=not self._is_visible(line))

    def _is_visible(self, line: int) -> bool:
        top = self.scroll_offset.y
        return top <= line < top + self.scrollable_content_region.height

    def say(self, words: str | Content, *, is_wrong: bool = False) -> None:
        """What stands under the text."""
        self.set_class(is_wrong, "-wrong")
        said = words if isinstance(words, Content) else Content(clean(words))
        if self.border_subtitle != said:
            self.border_subtitle = said

    def on_mount(self) -> None:
        self._colour()
        self.app.theme_changed_signal.subscribe(self, lambda _: self._colour())

    def on_resize(self) -> None:
        self.call_after_refresh(self.scroll_cursor_visible)

    def _set_document(self, text: str, language: str | None) -> None:  # noqa: ARG002 - one language
        self._highlight_query = None
        self.document = Document(text)
        self.wrapped_document = UnwrappedDocument(self.document, self.indent_width)
        self.navigator = DocumentNavigator(self.wrapped_document)
        self._build_highlight_map()
        self.move_cursor((0, 0))
        self._rewrap_and_refresh_virtual_size()

    def _build_highlight_map(self) -> None:
        """Called by `TextArea` after every change of the text."""
        self._whole = None
        self._line_cache.clear()
        self._highlights.clear()
        self.edited()

    def _refresh_size(self) -> None:
        """As in `TextArea`, but only the longest line is measured."""
        lines = self.document.lines
        longest = max(lines, key=len, default="")
        width = len(longest)
        if width <= LONG_LINE:
            width = cell_len(longest.expandtabs(self.indent_width))
            if len(lines) <= _BRACKET_LINES:
                width = self.document.get_size(self.indent_width).width
        self.virtual_size = Size(width + self.gutter_width + 1, len(lines))
        self._refresh_scrollbars()

    def get_column_width(self, row: int, column: int) -> int:
        """Cells before a column; in a long line its number."""
        if len(self.document.get_line(row)) > LONG_LINE:
            return column
        return super().get_column_width(row, column)

    def get_line(self, line_index: int) -> Text:
        """The line as it is drawn: pasted control characters are seen, not obeyed."""
        text = Text(clean(self.document.get_line(line_index)), end="", no_wrap=True)
        for problem in self._marks.get(line_index, ()):
            start, stop = self._part(problem, line_index, len(text))
            text.stylize(Style(underline=True, bold=True), start, stop)
        return text

    def find_matching_bracket(self, bracket: str, search_from: Location) -> Location | None:
        """As in `TextArea`, but not through a long text for every move of the cursor."""
        is_long = len(self.document.get_line(search_from[0])) > LONG_LINE
        if is_long or self.document.line_count > _BRACKET_LINES:
            return None
        return super().find_matching_bracket(bracket, search_from)

    @staticmethod
    def _part(problem: Problem, line: int, length: int) -> tuple[int, int]:
        """The columns of a line that a problem covers, one at least."""
        start = problem.start[1] if problem.start[0] == line else 0
        stop = problem.end[1] if problem.end[0] == line else length
        return start, max(stop, start + 1)

    def _render_line(self, y: int) -> Strip:
        line = y + self.scroll_offset.y
        if line >= self.document.line_count:
            return super()._render_line(y)
        is_long = len(self.document.get_line(line)) > LONG_LINE
        strip = self._long_line(line) if is_long else super()._render_line(y)
        marks = self._marks.get(line)
        if not marks:
            return strip
        worst = min(marks, key=lambda each: each.is_warning)
        name = "code-editor--warning" if worst.is_warning else "code-editor--problem"
        style = self.get_component_rich_style(name, partial=True)
        at = self.gutter_width - 2
        mark = Strip([Segment(worst.symbol, style)], 1).apply_style(self.rich_style)
        return Strip.join([strip.crop(0, at), mark, strip.crop(at + 1, strip.cell_length)])

    def _long_line(self, line: int) -> Strip:
        """The part of a long line that is seen, a character a cell."""
        theme, gutter = self._theme, self.gutter_width
        base = theme.base_style or self.rich_style
        room = max(self.region.width - gutter, 1)
        left = self.scroll_offset.x
        piece = clean(self.document.get_line(line)[left : left + room]).replace("\t", " ")
        text = Text(piece, end="", no_wrap=True)
        text.set_length(room)
        first, last = sorted(self.selection)
        cursor = self.selection.end
        if first != last and first[0] <= line <= last[0] and theme.selection_style:
            start = first[1] if first[0] == line else 0
            stop = last[1] if last[0] == line else left + room
            text.stylize(theme.selection_style, max(start - left, 0), max(stop - left, 0))
        if theme.cursor_style and self._draw_cursor and cursor[0] == line:
            text.stylize(theme.cursor_style, cursor[1] - left, cursor[1] - left + 1)
        number = Segment(f"{line + 1:>{gutter - 2}}  ", theme.gutter_style)
        drawn = Strip(text.render(self.app.console), cell_length=text.cell_len)
        drawn = drawn.crop_extend(0, room, base)
        return Strip.join([Strip([number], gutter), drawn]).apply_style(base)

    def _colour(self) -> None:
        styles = {
            name: Style(color=self.get_component_rich_style(f"code-editor--{name}").color)
            for name in TOKENS
        }
        self.register_theme(TextAreaTheme(name="code", syntax_styles=styles))
        self.theme = "css"
        self.theme = "code"

"""The errors of an answer: message, place in the query, place in the data, extensions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.message import Message
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from backend_tui.core.text import clean, clean_line, shorten
from backend_tui.panes.graphql.answer import Answer, GraphqlProblem


class ErrorList(OptionList):
    """One error a line."""

    DEFAULT_CSS = """
    ErrorList {
        border: none;
        padding: 0;
        height: auto;
        max-height: 50%;
        background: $background;
        scrollbar-size-vertical: 1;
        &:focus { background-tint: transparent; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("j,n", "cursor_down", "Next error", show=False),
        Binding("k,N", "cursor_up", "Previous error", show=False),
    ]


class ErrorsView(Vertical):
    """Enter leads to the line of the query, `p` to the place in the data; posts `Jump`."""

    DEFAULT_CSS = """
    ErrorsView {
        & > #errors-words { padding: 1 2; color: $text-muted; height: auto; }
        & > VerticalScroll { height: 1fr; padding: 0 1; scrollbar-size-vertical: 1; }
        & > VerticalScroll > Static { height: auto; }
        &.-some > #errors-words { display: none; }
        &.-none > VerticalScroll { display: none; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "jump('query')", "To the query", tooltip="To the line of the query"),
        Binding("p", "jump('data')", "To the data", tooltip="To the place in the result"),
        Binding("y", "copy", "Copy", tooltip="The error as text"),
    ]

    @dataclass
    class Jump(Message):
        """The person wants to see where an error is: in the query or in the data."""

        problem: GraphqlProblem
        where: str

    def __init__(self) -> None:
        super().__init__()
        self.problems: tuple[GraphqlProblem, ...] = ()
        self._words = "No run yet."

    def compose(self) -> ComposeResult:
        yield Static(self._words, markup=False, id="errors-words")
        yield ErrorList(compact=True)
        with VerticalScroll(can_focus=False):
            yield Static(markup=False, id="errors-detail")

    def on_mount(self) -> None:
        self._fill()

    def on_resize(self) -> None:
        self._fill()

    def show(self, answer: Answer | None, words: str) -> None:
        """Show the errors of an answer, or the words when there are none."""
        problems = answer.problems if answer else ()
        if (problems, words) != (self.problems, self._words):
            self.problems, self._words = problems, words
            if self.is_mounted:
                self._fill()

    @property
    def chosen(self) -> GraphqlProblem | None:
        """The error under the cursor."""
        at = self.query_one(ErrorList).highlighted
        return self.problems[at] if at is not None and at < len(self.problems) else None

    def action_jump(self, where: str) -> None:
        if self.chosen is not None:
            self.post_message(self.Jump(self.chosen, where))

    def action_copy(self) -> None:
        if self.chosen is not None:
            self.app.copy_to_clipboard(_as_text(self.chosen))
            self.notify("Copied the error.", markup=False, timeout=2)

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        self.action_jump("query")

    def on_option_list_option_highlighted(self, event: OptionList.OptionHighlighted) -> None:
        event.stop()
        self._detail()

    def _fill(self) -> None:
        self.set_class(bool(self.problems), "-some")
        self.set_class(not self.problems, "-none")
        self.query_one("#errors-words", Static).update(Content(self._words))
        listed = self.query_one(ErrorList)
        kept = listed.highlighted or 0
        listed.clear_options()
        if self.problems:
            listed.add_options([Option(self._line(each)) for each in self.problems])
            listed.highlighted = min(kept, len(self.problems) - 1)
        self._detail()

    def _line(self, problem: GraphqlProblem) -> Text:
        theme = self.app.current_theme
        place = ":".join(map(str, problem.locations[0])) if problem.locations else ""
        room = max(self.size.width - 12, 10)
        message = shorten(clean_line(problem.message), room)
        return Text.assemble(
            ("✗ ", theme.error or ""), (f"{place:<7} ", "dim"), message, no_wrap=True
        )

    def _detail(self) -> None:
        problem = self.chosen
        parts: list[Content] = []
        if problem is not None:
            parts = [Content(""), Content(clean(problem.message))]
            facts = (
                ("code", problem.code),
                ("query", ", ".join(f"line {a}, column {b}" for a, b in problem.locations)),
                ("data", problem.where),
                ("more", problem.extensions),
            )
            for name, value in facts:
                if value:
                    hanging = clean(value).replace("\n", "\n       ")
                    parts.append(Content.assemble((f"{name:<7}", "$text-muted"), hanging))
        self.query_one("#errors-detail", Static).update(Content("\n").join(parts))


def _as_text(problem: GraphqlProblem) -> str:
    places = "".join(f"\n  query {line}:{column}" for line, column in problem.locations)
    path = f"\n  data {problem.where}" if problem.path else ""
    return f"{problem.message}{places}{path}\n{problem.extensions}".rstrip()

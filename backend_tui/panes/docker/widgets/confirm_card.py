"""The question before an act: what it does, to whom, where, the docker line that does it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Final

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Input, Static

from backend_tui.core.text import clean_line, shorten

_LONGEST: Final = 400


@dataclass(frozen=True, slots=True)
class Question:
    """`name` is the text to begin with where one is asked for, None where none is."""

    title: str
    does: str
    whom: str
    where: str
    line: str
    is_remote: bool = False
    name: str | None = None


class ConfirmCard(Vertical, can_focus=True):
    """Hidden until `ask`; answers once, then gives the focus back."""

    DEFAULT_CSS = """
    ConfirmCard {
        display: none;
        height: auto;
        max-height: 12;
        padding: 0 1;
        border-left: thick $warning;
        background: $warning-muted;
        color: $foreground;
        &.-shown { display: block; }
        & > Static { height: auto; background: transparent; }
        & > Input {
            display: none; height: 1; border: none; padding: 0; background: $surface;
            &.-shown { display: block; }
        }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "answer(True)", "Do it", priority=False),
        Binding("escape", "answer(False)", "Leave it"),
    ]

    @dataclass
    class Answered(Message):
        """`name` is what was typed where a name was asked for."""

        is_yes: bool
        name: str

    def __init__(self) -> None:
        super().__init__()
        self.question: Question | None = None
        self._back_to: Widget | None = None

    def compose(self) -> ComposeResult:
        yield Static(markup=False, id="confirm-words")
        yield Input(id="confirm-name", compact=True)
        yield Static(markup=False, id="confirm-keys")

    def ask(self, question: Question) -> None:
        """Show the question and take the focus."""
        self.question = question
        if self._back_to is None:
            self._back_to = self.screen.focused
        self.query_one("#confirm-words", Static).update(_words(question))
        field = self.query_one(Input)
        field.set_class(question.name is not None, "-shown")
        field.disabled = question.name is None
        keys = Content.assemble(
            ("enter", "bold $text-primary"),
            " does it   ",
            ("esc", "bold $text-primary"),
            " leaves everything as it is",
        )
        self.query_one("#confirm-keys", Static).update(keys)
        self.add_class("-shown")
        if question.name is not None:
            field.value = question.name
            field.cursor_position = len(question.name)
            field.focus()
        else:
            self.focus()

    def action_answer(self, is_yes: bool) -> None:
        self._answer(is_yes)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self._answer(is_yes=True)

    def _answer(self, is_yes: bool) -> None:
        if self.question is None:
            return
        self.question = None
        self.remove_class("-shown")
        name = self.query_one(Input).value.strip()
        if self._back_to is not None and self._back_to.is_attached:
            self._back_to.focus()
        self._back_to = None
        self.post_message(self.Answered(is_yes, name))


def _words(question: Question) -> Content:
    lines = [
        Content.styled(clean_line(question.title), "bold $text-warning"),
        Content(clean_line(question.does)),
        Content.assemble(
            (shorten(clean_line(question.whom), _LONGEST), "bold") if question.whom else ""
        ),
        Content.assemble(
            ("at ", "$text-muted"),
            (clean_line(question.where), "$text-muted"),
            ("  ▲ this engine is on another machine", "bold $text-error")
            if question.is_remote
            else "",
        ),
        Content.styled(f"$ {shorten(clean_line(question.line), _LONGEST)}", "$text-primary"),
    ]
    return Content("\n").join(line for line in lines if line.plain)

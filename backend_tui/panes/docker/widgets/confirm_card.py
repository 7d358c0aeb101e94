"""The question before an act: what it does, to whom, where, the docker line that does it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Final

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Input, Static

from backend_tui.core.text import clean_line, shorten

_LONGEST: Final = 400
_TABS: Final = ("tab", "shift+tab")


@dataclass(frozen=True, slots=True)
class Question:
    """`name` is the text to begin with where one is asked for, None where none is.

    `word` is what must be typed before it is done. `is_ready` is False while there is nothing
    that could be done, or not yet; `others` says what else ← and → would ask.
    """

    title: str
    does: str
    whom: str
    where: str
    line: str
    is_remote: bool = False
    name: str | None = None
    word: str = ""
    is_ready: bool = True
    others: str = ""

    @property
    def has_field(self) -> bool:
        """True when something is to be typed."""
        return self.is_ready and (self.name is not None or bool(self.word))


class ConfirmCard(Vertical, can_focus=True):
    """Hidden until `ask`; takes the keys at once, answers once, then gives the focus back."""

    DEFAULT_CSS = """
    ConfirmCard {
        display: none;
        height: auto;
        max-height: 14;
        padding: 0 1;
        border-left: thick $warning;
        background: $warning-muted;
        color: $foreground;
        & > Static { height: auto; background: transparent; }
        & > Input {
            display: none; height: 1; border: none; padding: 0; background: $surface;
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

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's own name for it
        super().__init__(id=id)
        self.question: Question | None = None
        self._back_to: Widget | None = None

    def compose(self) -> ComposeResult:
        yield Static(markup=False, id="confirm-words")
        yield Input(id="confirm-name", compact=True)
        yield Static(markup=False, id="confirm-keys")

    def ask(self, question: Question) -> None:
        """Show the question, or another in its place, and have the focus when this returns."""
        self.question = question
        if self._back_to is None:
            self._back_to = self.screen.focused
        self.query_one("#confirm-words", Static).update(_words(question))
        self.query_one("#confirm-keys", Static).update(_keys(question))
        field = self.query_one(Input)
        field.display = question.has_field
        field.disabled = not question.has_field
        field.value = question.name or ""
        field.cursor_position = len(field.value)
        field.placeholder = f"type {question.word} to do it" if question.word else ""
        self.display = True
        self.screen.set_focus(field if question.has_field else self)

    def take(self, event: events.Key) -> bool:
        """A key that was typed after the question, on its way to what had the focus before."""
        if self.question is None:
            return False
        field = self.query_one(Input)
        if self not in _with_ancestors(self.screen.focused):  # a click elsewhere: nothing is done
            self.screen.set_focus(field if self.question.has_field else self)
        elif event.key in ("enter", "escape"):
            self.action_answer(event.key == "enter")
        elif event.is_printable and event.character and self.question.has_field:
            field.insert_text_at_cursor(event.character)
        else:
            return self._is_of_no_use(event)
        return True

    def on_key(self, event: events.Key) -> None:
        """What is no answer goes nowhere: the keys of the pane rest while it is asked."""
        if self._is_of_no_use(event):
            event.stop()
            event.prevent_default()

    def _is_of_no_use(self, event: events.Key) -> bool:
        return event.is_printable or event.key in _TABS

    def action_answer(self, is_yes: bool) -> None:
        question = self.question
        if question is None or (is_yes and not question.is_ready):
            return
        typed = self.query_one(Input).value.strip()
        if is_yes and question.word and typed != question.word:
            line = f"This engine is on another machine: type {question.word}, then enter."
            self.query_one("#confirm-keys", Static).update(Content.styled(line, "bold $text-error"))
            return
        self.close()
        self.answered(is_yes, typed)

    def answered(self, is_yes: bool, name: str) -> None:
        """What the answer means."""
        self.post_message(self.Answered(is_yes, name))

    def close(self) -> None:
        """Take it away without an answer."""
        self.question = None
        self.display = False
        if self._back_to is not None and self._back_to.is_attached:
            self.screen.set_focus(self._back_to)
        self._back_to = None

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.action_answer(True)

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()


def _with_ancestors(widget: Widget | None) -> list[object]:
    return list(widget.ancestors_with_self) if widget is not None else []


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


def _keys(question: Question) -> Content:
    """What can be pressed."""
    key = "bold $text-primary"
    parts: list[tuple[str, str] | str] = []
    if question.is_ready and question.word:
        parts += [f"type {question.word}, then ", ("enter", key), " does it   "]
    elif question.is_ready:
        parts += [("enter", key), " does it   "]
    leaves = " leaves everything as it is" if question.is_ready else " closes this"
    parts += [("esc", key), leaves]
    if question.others:
        parts += ["   ", ("← →", key), f" {question.others}"]
    return Content.assemble(*parts)

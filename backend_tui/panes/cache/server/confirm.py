"""The question before a key is changed: which key, on which server, what will happen."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from backend_tui.core.errors import BackendError
from backend_tui.core.text import clean
from backend_tui.ui.error_banner import ErrorBanner

Done = Callable[[str], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Question:
    """`asks` is the label of what must be typed besides (seconds, a name), "" for nothing.

    `word` must be typed to confirm, "" where Enter is enough: the server is our own.
    """

    title: str
    key: str
    server: str
    consequence: str
    asks: str = ""
    given: str = ""
    word: str = ""


class ConfirmScreen(ModalScreen[bool]):
    """True when it was done. A failure is shown here, and what was typed stays."""

    DEFAULT_CSS = """
    ConfirmScreen {
        align: center middle;
        & > Vertical {
            width: 72;
            max-width: 96%;
            height: auto;
            max-height: 94%;
            padding: 1 2;
            background: $surface;
            border-left: outer $warning;
        }
        Static { height: auto; }
        #confirm-title { text-style: bold; }
        #confirm-facts { margin: 1 0; }
        Input { height: 1; border: none; padding: 0 1; margin-bottom: 1; background: $panel; }
        Input:focus { background: $primary 25%; }
        #confirm-keys { color: $text-muted; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "Leave it as it is"),
        Binding("enter", "do", "Do it", show=False),
    ]

    def __init__(self, question: Question, done: Done) -> None:
        super().__init__()
        self._question = question
        self._done = done
        self._is_busy = False

    def compose(self) -> ComposeResult:
        asked = self._question
        with Vertical():
            yield Static(Content(asked.title), id="confirm-title")
            yield Static(
                Content.assemble(
                    ("key     ", "$text-muted"),
                    (clean(asked.key), "bold"),
                    "\n",
                    ("server  ", "$text-muted"),
                    clean(asked.server),
                    "\n\n",
                    clean(asked.consequence),
                ),
                id="confirm-facts",
            )
            if asked.asks:
                yield Static(Content.styled(asked.asks, "$text-muted"))
                yield Input(asked.given, id="confirm-given", compact=True)
            if asked.word:
                words = f"This server is not the workbench's own: type “{asked.word}” to go on"
                yield Static(Content.styled(words, "$text-warning"))
                yield Input(placeholder=asked.word, id="confirm-word", compact=True)
            yield ErrorBanner()
            yield Static("enter does it   esc leaves it as it is", id="confirm-keys", markup=False)

    def on_mount(self) -> None:
        for field in self.query(Input):
            field.focus()
            return

    @property
    def typed(self) -> str:
        """What was typed as the seconds or the name."""
        return self.query_one("#confirm-given", Input).value if self._question.asks else ""

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        fields = list(self.query(Input))
        after = fields.index(event.input) + 1
        if after < len(fields):
            fields[after].focus()
        else:
            self.action_do()

    def action_leave(self) -> None:
        self.dismiss(False)

    def action_do(self) -> None:
        """Do it once, when the word is there."""
        word = self._question.word
        if word and self.query_one("#confirm-word", Input).value.strip() != word:
            self.query_one(ErrorBanner).show(
                BackendError("Nothing was changed.", f"The word “{word}” is not typed.", "")
            )
            self.query_one("#confirm-word", Input).focus()
            return
        if not self._is_busy:
            self._is_busy = True
            self.run_worker(self._run(), group="confirm")

    async def _run(self) -> None:
        try:
            await self._done(self.typed)
        except BackendError as problem:
            self.query_one(ErrorBanner).show(problem)
            self._is_busy = False
            return
        self.dismiss(True)

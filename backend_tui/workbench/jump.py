"""Jump mode: a letter over every place that takes the focus, and one key goes there."""

from __future__ import annotations

from typing import Any, ClassVar, Final

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import ModalScreen
from textual.widgets import Static

LETTERS: Final = "asdfghjklqwertyuiopzxcvbnm"


class JumpScreen(ModalScreen[Any]):
    """Answers with the target whose letter was pressed, or with None."""

    DEFAULT_CSS = """
    JumpScreen {
        background: $background 40%;
        & > .letter {
            position: absolute;
            width: 3;
            height: 1;
            background: $accent;
            color: $background;
            text-style: bold;
        }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,ctrl+o", "dismiss", "Leave")]

    def __init__(self, targets: list[tuple[Any, int, int]]) -> None:
        super().__init__()
        self.letters = dict(zip(LETTERS, targets, strict=False))

    def compose(self) -> ComposeResult:
        for letter, (_, x, y) in self.letters.items():
            mark = Static(f" {letter} ", classes="letter", markup=False)
            mark.styles.offset = (x, y)
            yield mark

    def on_key(self, event: events.Key) -> None:
        if event.key in self.letters:
            event.stop()
            self.dismiss(self.letters[event.key][0])

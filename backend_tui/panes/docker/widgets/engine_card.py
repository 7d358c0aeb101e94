"""The question before another engine is used: docker's contexts and the sockets that are here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.message import Message

from backend_tui.panes.docker.widgets.confirm_card import ConfirmCard, Question
from backend_tui.stack.docker_endpoint import EngineAddress


class EngineCard(ConfirmCard):
    """Steps through those that were found; nothing is connected without a yes."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("right", "step(1)", "Next engine", show=False),
        Binding("left", "step(-1)", "Previous engine", show=False),
    ]

    @dataclass
    class Chosen(Message):
        """The person wants this one from now on."""

        address: EngineAddress

    def __init__(self) -> None:
        super().__init__(id="docker-engines")
        self._found: Sequence[tuple[str, EngineAddress]] = ()
        self._at = 0

    def open(self, found: Sequence[tuple[str, EngineAddress]]) -> None:
        """Offer the first of them, at least one: what each is called, and where it is."""
        self._found, self._at = found, 0
        self._ask()

    def action_step(self, by: int) -> None:
        if self.question is not None:
            self._at = (self._at + by) % len(self._found)
            self._ask()

    def answered(self, is_yes: bool, name: str) -> None:  # noqa: ARG002
        if is_yes:
            self.post_message(self.Chosen(self._found[self._at][1]))

    def _ask(self) -> None:
        called, address = self._found[self._at]
        count = len(self._found)
        self.ask(
            Question(
                title=f"Use {called}?",
                does="This pane then shows that engine, and every act is done there.",
                whom="",
                where=address.shown,
                line=f"{address.command} ps",
                is_remote=not address.is_local,
                others=f"{self._at + 1} of {count} that are found here" if count > 1 else "",
            )
        )

"""The question before a prune: what would go is counted first, kind by kind."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.message import Message

from backend_tui.core.errors import BackendError
from backend_tui.panes.docker.client import DockerClient
from backend_tui.panes.docker.pruning import DOES, KINDS, Prunable, Pruning, prune_line
from backend_tui.panes.docker.widgets.confirm_card import ConfirmCard, Question


class PruneCard(ConfirmCard):
    """Asks from the first moment on; it can be answered once the engine has counted."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("right", "kind(1)", "Next kind", show=False),
        Binding("left", "kind(-1)", "Previous kind", show=False),
    ]

    @dataclass
    class Confirmed(Message):
        """The person saw what would go, and wants it gone."""

        kind: Prunable

    def __init__(self, client: DockerClient) -> None:
        super().__init__(id="docker-prune")
        self._client = client
        self._kind: Prunable = KINDS[0]

    def open(self, kind: Prunable) -> None:
        """Ask about this kind first. Raises when the engine that was named does not exist."""
        self._kind = kind
        self._ask(f"Prune {kind}?", "Counting what would go…")
        self.run_worker(self._count(kind), group="prune", exclusive=True, exit_on_error=False)

    def action_kind(self, step: int) -> None:
        if self.question is not None:
            self.open(KINDS[(KINDS.index(self._kind) + step) % len(KINDS)])

    def answered(self, is_yes: bool, name: str) -> None:  # noqa: ARG002
        self.workers.cancel_node(self)
        if is_yes:
            self.post_message(self.Confirmed(self._kind))

    async def _count(self, kind: Prunable) -> None:
        try:
            found = await self._client.prunable(kind)
        except BackendError as problem:
            words = " ".join(part for part in (problem.what, problem.why) if part)
            if self.question is not None:
                self._ask(f"What of the {kind} would go is not known.", words)
            return
        if self.question is None:
            return
        if found.names:
            self._ask(f"Prune {found}?", DOES[kind], found)
        else:
            self._ask(f"No {kind} to prune.", DOES[kind])

    def _ask(self, title: str, does: str, found: Pruning | None = None) -> None:
        address = self._client.address
        self.ask(
            Question(
                title=title,
                does=does,
                whom=", ".join(found.names) if found else "",
                where=address.shown,
                line=prune_line(address, self._kind),
                is_remote=not address.is_local,
                word="prune" if found and not address.is_local else "",
                is_ready=found is not None,
                others=" · ".join(each for each in KINDS if each != self._kind),
            )
        )

"""Editing a text value: written in peace, stored after a look at before and after."""

from __future__ import annotations

import difflib
from collections.abc import Awaitable, Callable
from typing import ClassVar, Final

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input, Static, TextArea

from backend_tui.core.errors import BackendError
from backend_tui.core.text import clean, clean_line, shorten
from backend_tui.ui.error_banner import ErrorBanner

Store = Callable[[bytes], Awaitable[None]]
_MOST_LINES: Final = 200


class EditScreen(ModalScreen[bool]):
    """True when it was stored. ctrl+j leads to before and after, and from there stores.

    A failure is shown here; the text stays until the person leaves it.
    """

    DEFAULT_CSS = """
    EditScreen {
        align: center middle;
        & > Vertical {
            width: 96%;
            height: 92%;
            padding: 1 2;
            background: $surface;
            border-left: outer $warning;
        }
        #edit-title { height: auto; margin-bottom: 1; }
        TextArea, TextArea:focus { height: 1fr; border: none; background: $background; }
        #edit-review { height: 1fr; display: none; }
        #edit-diff { width: 1fr; height: auto; }
        #edit-word { display: none; height: 1; border: none; padding: 0 1; background: $panel; }
        #edit-keys { height: auto; margin-top: 1; color: $text-muted; }
        &.-review TextArea { display: none; }
        &.-review #edit-review { display: block; }
        &.-review.-foreign #edit-word { display: block; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+j", "store", "Store", priority=True),
        Binding("escape", "leave", "Back", priority=True),
    ]

    def __init__(self, title: str, before: bytes, store: Store, *, word: str = "") -> None:
        super().__init__()
        self._title = title
        self._before = before
        self._store = store
        self._word = word
        self._is_busy = False
        self._leaves = False
        self.set_class(bool(word), "-foreign")

    def compose(self) -> ComposeResult:
        with Vertical():
            yield Static(Content.styled(clean(self._title), "bold"), id="edit-title")
            yield TextArea(self._before.decode(), id="edit-text", show_line_numbers=False)
            with VerticalScroll(id="edit-review"):
                yield Static(markup=False, id="edit-diff")
            yield Input(placeholder=f"type “{self._word}” to store", id="edit-word", compact=True)
            yield ErrorBanner()
            yield Static(markup=False, id="edit-keys")

    def on_mount(self) -> None:
        self._told()
        self.query_one(TextArea).focus()

    @property
    def after(self) -> bytes:
        """What would be stored."""
        return self.query_one(TextArea).text.encode()

    def action_store(self) -> None:
        """Show before and after; the second time store."""
        if self.after == self._before:
            self.query_one(ErrorBanner).show(BackendError("Nothing is different yet."))
            return
        if not self.has_class("-review"):
            self.query_one(ErrorBanner).clear()
            self.query_one("#edit-diff", Static).update(self._difference())
            self.add_class("-review")
            self.query_one("#edit-word" if self._word else "#edit-review").focus()
            self._told()
            return
        word = self.query_one("#edit-word", Input).value.strip()
        if word != self._word:
            self.query_one(ErrorBanner).show(
                BackendError("Nothing was stored.", f"The word “{self._word}” is not typed.")
            )
        elif not self._is_busy:
            self._is_busy = True
            self.run_worker(self._run(), group="store")

    def on_input_submitted(self) -> None:
        self.action_store()

    def action_leave(self) -> None:
        """From before and after back to the text; from a changed text after a second press."""
        if self.has_class("-review"):
            self.remove_class("-review")
            self.query_one(TextArea).focus()
            self._told()
        elif self.after == self._before or self._leaves:
            self.dismiss(False)
        else:
            self._leaves = True
            self.query_one(ErrorBanner).show(
                BackendError("Your changes are not stored.", "", "esc again throws them away.")
            )

    def on_text_area_changed(self) -> None:
        self._leaves = False
        self.query_one(ErrorBanner).clear()

    async def _run(self) -> None:
        try:
            await self._store(self.after)
        except BackendError as problem:
            self.query_one(ErrorBanner).show(problem)
            self._is_busy = False
            return
        self.dismiss(True)

    def _told(self) -> None:
        is_review = self.has_class("-review")
        words = (
            "ctrl+j stores it   esc back to the text"
            if is_review
            else ("ctrl+j shows before and after   esc leaves it as it is")
        )
        self.query_one("#edit-keys", Static).update(Content(words))

    def _difference(self) -> Content:
        before = self._before.decode().split("\n")
        after = self.after.decode().split("\n")
        lines = []
        for line in difflib.unified_diff(before, after, n=2, lineterm=""):
            if line.startswith(("---", "+++", "@@")):
                continue
            style = {"-": "$text-error", "+": "$text-success"}.get(line[:1], "$text-muted")
            lines.append(Content.styled(shorten(clean_line(line), 2_000), style))
        if len(lines) > _MOST_LINES:
            left = len(lines) - _MOST_LINES
            lines = [*lines[:_MOST_LINES], Content(f"… and {left} more lines")]
        return Content("\n").join(lines)

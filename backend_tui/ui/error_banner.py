"""A problem where it happened: what failed, why, and what to do, until it is mended."""

from __future__ import annotations

from textual.content import Content
from textual.widgets import Static

from backend_tui.core.errors import BackendError
from backend_tui.core.text import clean


class ErrorBanner(Static):
    """Hidden until `show`; a line each for what, why and hint, never markup."""

    DEFAULT_CSS = """
    ErrorBanner {
        display: none;
        height: auto;
        max-height: 8;
        padding: 0 1;
        border-left: thick $error;
        background: $error 12%;
        color: $foreground;
        &.-shown { display: block; }
    }
    """

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's own name for it
        super().__init__(markup=False, id=id)
        self.problem: BackendError | None = None

    def show(self, problem: BackendError) -> None:
        """Show the problem until it is mended."""
        self.problem = problem
        lines = [Content.styled(f"✗ {clean(problem.what)}", "bold $text-error")]
        if problem.why:
            lines.append(Content(clean(problem.why)))
        if problem.hint:
            lines.append(Content.styled(f"→ {clean(problem.hint)}", "$text-muted"))
        self.update(Content("\n").join(lines))
        self.add_class("-shown")

    def clear(self) -> None:
        """Take it away; nothing happens when nothing is shown."""
        if self.problem is not None:
            self.problem = None
            self.remove_class("-shown")

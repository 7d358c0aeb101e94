"""Problem details (RFC 9457) as a card over the body: what the server itself says went wrong."""

from __future__ import annotations

from textual.content import Content
from textual.widgets import Static

from backend_tui.panes.rest.problem import ProblemDetails


class ProblemCard(Static):
    """Hidden without a problem; the body below it stays as sent."""

    DEFAULT_CSS = """
    ProblemCard {
        display: none;
        height: auto;
        max-height: 10;
        padding: 0 1;
        border-left: thick $warning;
        background: $warning 10%;
        &.-shown { display: block; }
    }
    """

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's own
        super().__init__(markup=False, id=id)

    def show(self, problem: ProblemDetails | None, status: int | None) -> None:
        """Show the problem of an answer with that status, or hide."""
        self.set_class(problem is not None, "-shown")
        if problem is None:
            return
        title = problem.title or "The server reports a problem"
        lines = [Content.styled(f"▲ {title}", "bold $text-warning")]
        if problem.detail:
            lines.append(Content(problem.detail))
        if problem.violations:
            width = min(max(len(each.pointer) for each in problem.violations), 24)
            lines += [
                Content.assemble((f"{each.pointer:<{width}}  ", "$text-primary"), each.detail)
                for each in problem.violations[:6]
            ]
        facts = [] if problem.type == "about:blank" else [f"type {problem.type}"]
        if problem.status is not None and problem.status != status:
            facts.append(f"▲ says status {problem.status}, sent {status}")
        facts += [f"{name} {value}" for name, value in problem.extensions[:4]]
        if facts:
            lines.append(Content.styled("  ".join(facts), "$text-muted"))
        self.update(Content("\n").join(lines))

"""What the Traces pane says of its list and of the journey that is open."""

from __future__ import annotations

from textual.content import Content

from backend_tui.panes.traces.journey import Journey
from backend_tui.panes.traces.model import TracesState


def state_words(state: TracesState) -> Content:
    """How the list is, at the right end of the filter: receiver, mark, losses, feed."""
    parts: list[tuple[str, str]] = []
    if state.receiver is not None:
        parts.append((f"OTLP {state.receiver.removeprefix('http://')}", "$text-primary"))
    if state.marked is not None and state.compared is None:
        parts.append(("A marked, c compares", "$text-primary"))
    if state.dropped:
        parts.append((f"{state.dropped} missed", "$text-warning"))
    if state.is_paused:
        parts.append((f"‖ paused, {len(state.held)} waiting", "bold $text-warning"))
    else:
        symbol = {"waiting": "◌", "live": "●", "lost": "✗"}[state.feed]
        tone = {"waiting": "$text-muted", "live": "$text-success", "lost": "$text-error"}
        words = {
            "waiting": "waiting for the shop",
            "live": "live",
            "lost": "lost, trying again",
        }
        parts.append((f"{symbol} {words[state.feed]}", tone[state.feed]))
    return Content("  ").join(Content.styled(text, style) for text, style in parts)


def title(journey: Journey) -> Content:
    """The open journey in one line: outcome, request, where it came from, its id."""
    trace = journey.trace
    symbol, tone = ("✗", "$text-error") if journey.is_failed else ("✓", "$text-success")
    return Content.assemble(
        (f"{symbol} {trace.status or ''} ", f"bold {tone}"),
        (f"{trace.method} {journey.target}".replace("\n", "␊"), "bold"),
        (f"   {trace.service}  {trace.trace_id}", "$text-muted"),
    )

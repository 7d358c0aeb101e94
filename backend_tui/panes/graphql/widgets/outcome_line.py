"""How the run on screen went, in one line: judged first, then status, size, time and counts."""

from __future__ import annotations

from typing import Final

from textual.content import Content
from textual.widgets import Static

from backend_tui.core.counting import counter_texts
from backend_tui.core.text import clean_line
from backend_tui.core.units import bytes_text, duration_text
from backend_tui.panes.graphql.run import Run
from backend_tui.panes.graphql.subscription import EventLog

_TONES: Final = {
    "plain": "",
    "good": "$text-success",
    "warning": "bold $text-warning",
    "muted": "$text-muted",
}
_VERDICTS: Final = {
    "ok": "bold $text-success",
    "partial": "bold $text-warning",
    "request error": "bold $text-error",
    "not GraphQL": "bold $text-error",
}
_CONNECTIONS: Final = {
    "connecting": ("◌ Subscribing …", "bold $text-warning"),
    "live": ("● Live", "bold $text-success"),
    "reconnecting": ("◌ Reconnecting", "bold $text-warning"),
    "ended": ("■ Ended", "bold"),
    "failed": ("✗ Broken off", "bold $text-error"),
}


class OutcomeLine(Static):
    """How the run on screen went, or goes."""

    DEFAULT_CSS = """
    OutcomeLine {
        height: 1;
        padding: 0 1;
        text-wrap: nowrap;
        text-overflow: ellipsis;
        background: $surface;
    }
    """

    def __init__(self) -> None:
        super().__init__(markup=False, id="graphql-outcome")

    def show(self, run: Run | None, elapsed_us: int = 0) -> None:
        """Show the run; `elapsed_us` is told while it runs."""
        self.update(Content("  ").join(outcome(run, elapsed_us)), layout=False)


def outcome(run: Run | None, elapsed_us: int) -> list[Content]:
    """The parts of the line, the most telling first."""
    if run is None:
        return [Content.styled("○ Nothing run yet", "$text-muted")]
    name = run.operation.title if run.operation else "operation"
    if run.log is not None:
        return [*_streamed(run.log), Content.styled(clean_line(name), "$text-muted")]
    head = run.head
    status = clean_line(f"{head.status} {head.reason}".strip()) if head else ""
    size, elapsed = bytes_text(run.size), f"{elapsed_us / 1_000_000:.1f} s"
    total = duration_text(run.timings.total_us)
    match run.phase:
        case "sending":
            return [Content.styled(f"◌ Waiting for the answer  {elapsed}", "$text-warning")]
        case "receiving":
            return [
                Content.styled(f"◌ {status}", "bold $text-warning"),
                Content(f"{size}  {elapsed}"),
            ]
        case "streaming":
            arrived = f"{len(run.patches)} {'part' if len(run.patches) == 1 else 'parts'}"
            return [
                Content.styled(f"◌ {arrived} so far", "bold $text-warning"),
                Content(f"{status}  {size}  {elapsed}"),
            ]
        case "cancelled":
            words = f"■ Stopped after {size}" if head else "■ Stopped before an answer"
            return [Content.styled(words, "bold $text-warning"), Content(status), Content(total)]
        case "failed":
            words = f"✗ {status}, broken off after {size}" if head else "✗ No answer"
            return [Content.styled(words, "bold $text-error"), Content(total)]
    answer = run.answer
    tone = _VERDICTS[answer.verdict] if answer else "bold"
    parts = [Content.styled(answer.title if answer else status, tone)]
    if answer is not None:
        parts.append(Content(status))
    parts += [Content(size), Content(total)]
    if run.patches:
        parts.append(Content(f"{len(run.patches)} parts"))
    if run.saved_bytes:
        parts.append(Content.styled(f"{bytes_text(run.saved_bytes)} saved", "$text-success"))
    if run.trace is not None and run.trace.route:
        counted = counter_texts(run.trace.counters)
        parts += [Content.styled(words, _TONES[kind]) for words, kind in counted if kind != "muted"]
    if answer is not None and answer.verdict == "not GraphQL":
        parts.insert(1, Content(clean_line(answer.words)))
    return parts


def _streamed(log: EventLog) -> list[Content]:
    words, tone = _CONNECTIONS[log.connection]
    if log.connection == "reconnecting" and log.retry_in is not None:
        words += f" in {log.retry_in:.1f} s"
    parts = [Content.styled(words, tone)]
    parts.append(Content(f"{log.total:,} {'event' if log.total == 1 else 'events'}"))
    if log.connection == "live":
        rate = log.rate()
        parts.append(Content(f"{rate:,.0f}/s" if rate >= 10 else f"{rate:.1f}/s"))
    if log.errors:
        parts.append(Content.styled(f"✗ {log.errors} with errors", "$text-error"))
    if log.latency_us:
        parts.append(Content(f"ping {duration_text(log.latency_us)}"))
    if log.is_paused:
        parts.append(Content.styled(f"⏸ paused, {log.waiting:,} waiting", "bold $text-warning"))
    if log.close_code is not None:
        parts.append(Content.styled(f"close {log.close_code}", "$text-muted"))
    if log.reconnects:
        parts.append(Content(f"reconnected {log.reconnects} times"))
    if log.words and log.connection in ("ended", "failed", "reconnecting"):
        parts.append(Content(clean_line(log.words)))
    return parts

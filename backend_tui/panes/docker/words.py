"""What the pane says: how the engine is, which one it is, how much is there, what failed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from textual.content import Content

from backend_tui.core.errors import BackendError
from backend_tui.core.text import clean_line, shorten
from backend_tui.panes.docker.acts import Verb
from backend_tui.panes.docker.model import Condition, DockerState, Failure
from backend_tui.ui import pane

_NAMES: Final = 120
"""Characters of names that one reason takes in a banner."""
_MARKS: Final[dict[Condition, tuple[str, str]]] = {
    "connecting": ("◌ connecting", "$text-muted"),
    "live": ("● live", "$text-success"),
    "lost": ("✗ lost", "$text-error"),
}


def heading(state: DockerState, shown: str, *, is_read_only: bool, age: float | None) -> Content:
    """Condition and engine; `shown` is its address, `age` the seconds since it was lost."""
    words, tone = _MARKS[state.engine]
    if state.engine == "lost" and state.info is None:
        words = "✗ no engine"
    parts = [Content.styled(words, tone)]
    if state.engine == "lost" and age is not None and state.containers:
        parts.append(Content.styled(f"what is shown is {age:.0f} s old", "$text-warning"))
    info = state.info
    if info is not None and info.address.is_recorded:
        parts.insert(0, Content.styled(" RECORDED ", "bold $text-warning on $warning-muted"))
    if info is not None:
        product = "Podman" if info.is_podman else "Docker"
        parts.append(Content(f"{product} {info.version}"))
        parts.append(Content.styled(f"API {info.api}", "$text-muted"))
    parts.append(Content.styled(clean_line(shown), "$text-muted"))
    if is_read_only:
        parts.append(Content.styled("read-only", "bold $text-warning"))
    return Content("  ").join(parts)


def counts(state: DockerState, streams: int) -> Content:
    """How many containers there are, run, are marked and measured."""
    parts = [f"{state.running}/{len(state.containers)} run"] if state.containers else []
    if state.marked:
        parts.append(f"◆ {len(state.marked)} marked")
    if state.doing:
        parts.append(f"◌ {len(state.doing)} at work")
    if streams:
        parts.append(f"{streams} measured")
    return Content.styled("  ".join(parts), "$text-muted")


def condition(state: DockerState) -> tuple[pane.Condition, str]:
    """The symbol and words beside the pane's name."""
    match state.engine:
        case "connecting":
            return "busy", ""
        case "live":
            return "live", f"{state.running} up"
        case "lost":
            return ("problem", "lost") if state.info is not None else ("idle", "no engine")


def told_together(verb: Verb, failures: Sequence[Failure], count: int) -> BackendError:
    """One problem for the banner: the failure itself, or a line for each of several."""
    if count == 1:
        return failures[0].error
    reasons: dict[str, list[str]] = {}
    for each in failures:
        said = clean_line(each.error.why or each.error.what)
        reasons.setdefault(said, []).append(each.name)
    lines = [
        f"{shorten(', '.join(names), _NAMES)}: {said}" for said, names in list(reasons.items())[:4]
    ]
    if len(reasons) > 4:
        lines.append(f"and {len(reasons) - 4} reasons more")
    others = ", the others are done" if len(failures) < count else ""
    return BackendError(
        f"{verb}: {len(failures)} of {count} failed{others}.",
        "\n".join(lines),
        failures[0].error.hint,
    )

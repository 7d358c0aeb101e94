"""What could be written here: a list at the cursor, with what each entry is and says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Final

from rich.cells import cell_len, set_cell_size
from textual import events
from textual.content import Content
from textual.geometry import Offset
from textual.message import Message
from textual.widget import Widget

from backend_tui.core.text import clean_line

ROWS: Final = 8
_NARROWEST: Final = 28
_WIDEST: Final = 64
_LABEL: Final = 34
_WORDS: Final = 2


@dataclass(frozen=True, slots=True)
class Suggestion:
    """One entry: what is listed, its type, what it says, why it is deprecated, what is written.

    `caret` is how many characters before the end of `text` the cursor is put.
    """

    label: str
    detail: str = ""
    description: str = ""
    deprecation: str | None = None
    text: str = ""
    caret: int = 0
    symbol: str = "·"


class CompletionPopup(Widget):
    """Hidden until `show`; the editor beneath keeps the focus and sends the keys."""

    DEFAULT_CSS = """
    CompletionPopup {
        display: none;
        overlay: screen;
        constrain: inside inflect;
        width: auto;
        height: auto;
        background: $panel;
        color: $foreground;
        &.-shown { display: block; }
    }
    """

    @dataclass
    class Accepted(Message):
        """The person clicked an entry."""

        suggestion: Suggestion

    KEYS: ClassVar[frozenset[str]] = frozenset({"up", "down", "pageup", "pagedown"})

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's own
        super().__init__(id=id)
        self.suggestions: tuple[Suggestion, ...] = ()
        self.at = 0
        self._top = 0

    @property
    def is_open(self) -> bool:
        return bool(self.suggestions)

    @property
    def highlighted(self) -> Suggestion | None:
        """The entry that would be written."""
        return self.suggestions[self.at] if self.suggestions else None

    def show(self, suggestions: tuple[Suggestion, ...], cursor: Offset) -> None:
        """Offer these under a cell of the screen; none closes the list.

        The highlight stays on an entry that is still offered.
        """
        if not suggestions:
            self.close()
            return
        kept = self.highlighted.label if self.highlighted and self.at else None
        self.suggestions = suggestions
        labels = [each.label for each in suggestions]
        self.at = labels.index(kept) if kept in labels else 0
        self._see()
        self.absolute_offset = Offset(max(cursor.x - 2, 0), cursor.y + 1)
        self.add_class("-shown")
        self.refresh(layout=True)

    def close(self) -> None:
        """Take it away."""
        if self.suggestions:
            self.suggestions, self.at, self._top = (), 0, 0
            self.remove_class("-shown")

    def step(self, key: str) -> None:
        """Move the highlight: single steps go around, pages stop at the ends."""
        count = len(self.suggestions)
        match key:
            case "up" | "down":
                self.at = (self.at + (1 if key == "down" else -1)) % count
            case "pageup":
                self.at = max(self.at - ROWS, 0)
            case "pagedown":
                self.at = min(self.at + ROWS, count - 1)
        self._see()
        self.refresh(layout=True)

    def on_click(self, event: events.Click) -> None:
        event.stop()
        row = self._top + event.y
        if event.y < min(ROWS, len(self.suggestions)) and row < len(self.suggestions):
            self.at = row
            self.post_message(self.Accepted(self.suggestions[row]))

    def _see(self) -> None:
        top = max(min(self._top, self.at), self.at - ROWS + 1)
        self._top = max(min(top, len(self.suggestions) - ROWS), 0)

    def render(self) -> Content:
        shown = self.suggestions[self._top : self._top + ROWS]
        if not shown:
            return Content("")
        label = min(max(cell_len(clean_line(each.label)) for each in self.suggestions), _LABEL)
        detail = max(cell_len(clean_line(each.detail)) for each in self.suggestions)
        width = min(max(label + detail + 6, _NARROWEST), _WIDEST, self.screen.size.width - 2)
        lines = [
            self._line(each, label, width, is_chosen=self._top + i == self.at)
            for i, each in enumerate(shown)
        ]
        return Content("\n").join([*lines, *self._words(width)])

    def _line(self, each: Suggestion, label: int, width: int, *, is_chosen: bool) -> Content:
        mark = "▲" if each.deprecation is not None else each.symbol
        name = _fitted(clean_line(each.label), label)
        rest = width - label - 5
        said = _fitted(clean_line(each.detail), rest)
        struck = "$text-muted strike" if each.deprecation is not None else ""
        ground = "on $primary 40%" if is_chosen else ""
        line = Content.assemble(
            (f" {mark} ", "$text-warning" if mark == "▲" else "$text-muted"),
            (name, struck or ("bold" if is_chosen else "")),
            (f" {said} ", "" if is_chosen else "$text-muted"),
        )
        return line.stylize(ground) if ground else line

    def _words(self, width: int) -> list[Content]:
        """What the highlighted entry says, two lines at most; more entries are counted."""
        chosen = self.highlighted
        lines: list[str] = []
        if chosen is not None:
            said = " ".join(chosen.description.split())
            if chosen.deprecation is not None:
                said = f"▲ Deprecated: {' '.join(chosen.deprecation.split())} {said}"
            lines = _wrapped(clean_line(said), width - 2)
        count = len(self.suggestions)
        if count > ROWS:
            lines.append(f"{self.at + 1} of {count}")
        return [Content.styled(f" {_fitted(line, width - 2)} ", "$text-muted") for line in lines]


def _fitted(text: str, width: int) -> str:
    """Exactly `width` cells, the cut marked."""
    if cell_len(text) > width:
        return set_cell_size(text, max(width - 1, 0)) + "…"
    return set_cell_size(text, max(width, 0))


def _wrapped(text: str, width: int) -> list[str]:
    lines: list[str] = []
    for word in text.split():
        if lines and cell_len(lines[-1]) + cell_len(word) < width:
            lines[-1] += f" {word}"
        elif len(lines) == _WORDS:
            lines[-1] = _fitted(lines[-1], width - 1).rstrip().removesuffix("…") + "…"
            break
        else:
            lines.append(word)
    return lines

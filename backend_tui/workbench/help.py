"""Help for what has focus: what the pane does in a few words, then the keys that work here."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Markdown, Static

from backend_tui.workbench.keys import ActiveKey

_KEY_WIDTH = 18


class HelpScreen(ModalScreen[None]):
    """The pane's own text and the keys of the focused chain, nearest first; any close key ends."""

    DEFAULT_CSS = """
    HelpScreen {
        align: center middle;
        & > VerticalScroll {
            width: 78;
            max-width: 100%;
            height: auto;
            max-height: 90%;
            padding: 1 2;
            background: $surface;
            border-left: outer $primary;
        }
        Markdown { padding: 0; margin: 0; background: transparent; }
        MarkdownH1, MarkdownH2, MarkdownH3 { margin: 0 0 1 0; content-align: left middle; }
        MarkdownBlock { margin: 0 0 1 0; padding: 0; }
        Static { height: auto; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,question_mark,q", "dismiss", "Close help"),
    ]

    def __init__(self, text: str, keys: list[ActiveKey]) -> None:
        super().__init__()
        self._text = text
        self._keys = keys

    def compose(self) -> ComposeResult:
        with VerticalScroll():
            if self._text:
                yield Markdown(self._text, open_links=False)
            yield Static(self._table(), markup=False)

    def _table(self) -> Content:
        frames = (self.app, *self.app.screen_stack)
        near = [each for each in self._keys if each.node not in frames]
        far = [each for each in self._keys if each.node in frames]
        lines: list[Content] = []
        for heading, keys in (("Here", near), ("Everywhere", far)):
            if not keys:
                continue
            lines += [Content("")] if lines else []
            lines.append(Content.styled(heading, "bold $primary"))
            lines += [self._line(each) for each in keys]
        return Content("\n").join(lines)

    def _line(self, each: ActiveKey) -> Content:
        said = f"{each.description}  " if each.tooltip else each.description
        return Content.assemble(
            (f"  {each.key:<{_KEY_WIDTH}}", "$primary"),
            (said, "$foreground"),
            (each.tooltip, "$text-muted"),
        )

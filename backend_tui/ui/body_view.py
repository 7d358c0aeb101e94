"""A body to read, of any kind and size: folds, search, raw and hex, copying and saving."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Final, Literal, Self

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.timer import Timer
from textual.widgets import Input, Static

from backend_tui.core import clipboard
from backend_tui.core.body.document import BodyDocument
from backend_tui.core.body.file_name import create_new, safe_file_name
from backend_tui.core.body.json_rows import MOST_ROWS
from backend_tui.core.body.search import Search
from backend_tui.core.errors import BackendError
from backend_tui.core.text import clean_line, shorten
from backend_tui.ui.body_lines import BodyLines
from backend_tui.ui.body_paint import spaced

__all__ = ["BodyDocument", "BodyView"]

_REFRESH: Final = 0.2
_SLICES: Final = 16
Asked = Literal["search", "save"]


class BodyView(Vertical):
    """`show(document)`; the document stays its owner's, who closes it."""

    DEFAULT_CSS = """
    BodyView {
        width: 1fr;
        height: 1fr;
        & > #body-problem { display: none; height: auto; max-height: 2; padding: 0 1; }
        & > #body-problem { color: $text-error; }
        & > #body-problem.-shown { display: block; }
        & > #body-empty { height: 1fr; padding: 1 2; color: $text-muted; }
        & > #body-status { height: 1; padding: 0 1; color: $text-muted; }
        & > Input { display: none; height: 1; border: none; padding: 0 1; background: $surface; }
        & > Input.-shown { display: block; }
    }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("slash", "ask('search')", "Search", tooltip="Search the body as sent"),
        Binding("n", "hit(1)", "Next", show=False),
        Binding("N", "hit(-1)", "Previous", show=False),
        Binding("y", "copy('value')", "Copy", tooltip="Copy the selection or the value"),
        Binding("Y", "copy('all')", "Copy all", show=False),
        Binding("c", "choose_copy", "Copy…", tooltip="Copy the line, value, path or all"),
        Binding("S", "ask('save')", "Save", tooltip="Save the original bytes"),
        Binding("e", "problem", "To the problem", show=False),
        Binding("escape", "leave", "Leave", show=False),
    ]

    @dataclass
    class Copied(Message):
        """Something was copied; the person has been told."""

        copied: clipboard.Copied

    @dataclass
    class Saved(Message):
        """The original bytes were saved; the person has been told."""

        path: Path
        size: int

    @dataclass
    class Failed(Message):
        """Copying or saving did not work."""

        problem: BackendError

    def __init__(
        self,
        *,
        empty: str = "Nothing has arrived yet.",
        id: str | None = None,  # noqa: A002 - Textual's own name for it
        classes: str | None = None,
    ) -> None:
        super().__init__(id=id, classes=classes)
        self._empty = empty
        self._disposition = ""
        self._url = ""
        self._unlisten: Callable[[], None] | None = None
        self._refreshing: Timer | None = None
        self._hit: int | None = None
        self._asked: Asked = "search"
        self._chooses = False
        self._shown: BodyDocument | None = None

    def compose(self) -> ComposeResult:
        yield Static(id="body-problem", markup=False)
        yield BodyLines(id="body-lines")
        yield Static(self._empty, id="body-empty", markup=False)
        yield Input(id="body-input", compact=True, select_on_focus=False)
        yield Static(id="body-status", markup=False)

    def on_mount(self) -> None:
        if self._shown is not None:
            self.show(self._shown, disposition=self._disposition, url=self._url)
        else:
            self._describe()

    def on_unmount(self) -> None:
        if self._unlisten is not None:
            self._unlisten()

    @property
    def lines(self) -> BodyLines:
        """What has the focus while reading."""
        return self.query_one(BodyLines)

    @property
    def document(self) -> BodyDocument | None:
        return self._shown

    def focus(self, scroll_visible: bool = True) -> Self:
        """Focus the lines."""
        self.lines.focus(scroll_visible)
        return self

    def show(self, document: BodyDocument | None, *, disposition: str = "", url: str = "") -> None:
        """Show a document, whole or growing; the header and URL only suggest a name to save it."""
        if self._unlisten is not None:
            self._unlisten()
            self._unlisten = None
        self._shown, self._disposition, self._url, self._hit = document, disposition, url, None
        if not self.is_mounted:
            return
        if document is not None:
            self._unlisten = document.listen(self._changed)
        self._close_input()
        self.lines.show(document)
        self._describe()

    def clear(self, words: str | None = None) -> None:
        """Show nothing, with words that say why."""
        if words is not None:
            self._empty = words
        self.show(None)

    def _changed(self) -> None:
        """The document tells of growth: look at its first bytes at once, then five times a second
        at most.
        """
        if not self.lines.display:
            self.look_again()
        elif self._refreshing is None and self.is_attached:
            rows = self.lines.rows.count
            wait = _REFRESH if rows > self.size.height else 0.01
            self._refreshing = self.set_timer(wait, self.look_again)

    def look_again(self) -> None:
        """Show what the document holds by now."""
        self._refreshing = None
        lines, document = self.lines, self._shown
        if document is None:
            return
        if lines.rows.count == 0 and lines.mode != lines.natural_mode():
            lines.mode = lines.natural_mode()
        lines.update_rows()
        self._describe()

    @on(BodyLines.Moved)
    def _moved(self, event: BodyLines.Moved) -> None:
        event.stop()
        self._describe()

    def _describe(self) -> None:
        document = self._shown
        is_empty = document is None or (document.original.size == 0)
        self.lines.display = not is_empty
        words = (
            self._empty
            if document is None
            else (
                "The body is empty." if document.original.is_complete else "Waiting for the body …"
            )
        )
        empty = self.query_one("#body-empty", Static)
        empty.update(Content(words), layout=False)
        empty.display = is_empty
        self.query_one("#body-status", Static).update(self._status(), layout=False)
        banner, problem = self.query_one("#body-problem", Static), None
        if document is not None and not is_empty and document.json_rows is not None:
            problem = document.json_rows.problem
        banner.set_class(problem is not None, "-shown")
        if problem is not None:
            banner.update(Content(f"✗ Not JSON from {clean_line(str(problem))}"))

    def _status(self) -> Content:
        document, lines = self._shown, self.lines
        if document is None or document.original.size == 0:
            return Content("")
        if self._chooses:
            return Content.assemble(
                ("copy  ", "bold $text-accent"),
                "l line · v value · p path · a all as sent · esc leave",
            )
        facts = [lines.mode, document.kind.label]
        if document.kind.name != "binary":
            facts.append(document.charset.label)
        facts.append(readable_size(document.original.size))
        if lines.mode != "hex":
            more = "" if document.is_indexed else "…"
            facts.append(f"{spaced(lines.rows.count)}{more} lines")
        if not document.original.is_complete:
            facts.append("◌ arriving")
        if document.json_rows is not None and document.json_rows.is_cut and lines.mode == "pretty":
            facts.append(f"▲ first {spaced(MOST_ROWS)} lines; p shows all")
        right = " · ".join(facts)
        left = self._search_words() or self._place()
        room = max(self.size.width - 2 - len(right) - 2, 0)
        left = shorten(left, room) if len(left) > room else left
        return Content.assemble(
            (left, "$text-accent" if lines.search else "$foreground"),
            " " * max(self.size.width - 2 - len(right) - Content(left).cell_length, 1),
            right,
        )

    def _place(self) -> str:
        lines = self.lines
        if lines.mode == "pretty" and (path := lines.path()):
            return path
        if lines.mode == "hex":
            start = lines.line_span()[0]
            return f"byte {spaced(start)}"
        return f"line {spaced(lines.cursor + 1)}"

    def _search_words(self) -> str:
        search = self.lines.search
        if search is None:
            return ""
        needle = shorten(clean_line(search.needle), 24)
        if not search.hits:
            return f"/{needle}  {'not found' if search.is_complete else 'searching …'}"
        more = "" if search.is_complete and not search.is_capped else "+"
        at = "?" if self._hit is None else spaced(self._hit + 1)
        return f"/{needle}  {at} of {spaced(len(search.hits))}{more}"

    def action_ask(self, asked: Asked) -> None:
        """Open the one-line input to search or to name the file."""
        document = self._shown
        if document is None or document.original.size == 0:
            return
        self._asked = asked
        field = self.query_one(Input)
        if asked == "save":
            name = safe_file_name(document.kind, self._disposition, self._url)
            field.value, field.placeholder = name, "file name"
        else:
            search = self.lines.search
            field.value = search.needle if search else ""
            field.placeholder = "search the body as sent: enter finds, esc leaves"
        field.cursor_position = len(field.value)
        field.add_class("-shown")
        field.focus()

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        event.stop()
        if self._asked == "search" and event.input.has_class("-shown"):
            self._start_search(event.value)

    @on(Input.Submitted)
    async def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        value = event.value
        self._close_input()
        self.lines.focus()
        if self._asked == "save":
            await self._save(value)
        elif self.lines.search is None:
            self._start_search(value)

    def action_leave(self) -> None:
        """Close the input, the choice or the search; else let the key go on."""
        if self._chooses:
            self._chooses = False
        elif self.query_one(Input).has_class("-shown"):
            if self._asked == "search":
                self._start_search("")
            self._close_input()
            self.lines.focus()
        elif self.lines.search is not None:
            self._start_search("")
        self._describe()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:  # noqa: ARG002
        if action == "leave" and self.is_mounted:
            is_open = self._chooses or self.query_one(Input).has_class("-shown")
            return is_open or self.lines.search is not None
        return True

    def _close_input(self) -> None:
        self.query_one(Input).remove_class("-shown")

    def _start_search(self, needle: str) -> None:
        document, lines = self._shown, self.lines
        self.workers.cancel_group(self, "search")
        self._hit = None
        if document is None or not needle:
            lines.mark(None)
            self._describe()
            return
        search = Search(needle, is_json=document.kind.is_json)
        lines.mark(search)
        self.run_worker(self._search(search, document), group="search", exclusive=True)

    async def _search(self, search: Search, document: BodyDocument) -> None:
        buffer = document.text_buffer()
        origin = self.lines.line_span()[0]

        def look() -> bool:
            return any(search.advance(buffer, len(buffer)) for _ in range(_SLICES))

        done = False
        while not done and self.lines.search is search:
            done = await asyncio.to_thread(look)
            if self._hit is None and search.hits and (done or search.hits[-1] >= origin):
                self._go_to_hit(search.after(origin))
            self._describe()

    def action_hit(self, by: int) -> None:
        """The next or the previous hit, around the ends."""
        search = self.lines.search
        if search is None or not search.hits:
            return
        if self._hit is None:
            self._go_to_hit(search.after(self.lines.line_span()[0]))
        else:
            self._go_to_hit((self._hit + by) % len(search.hits))

    def _go_to_hit(self, hit: int | None) -> None:
        search = self.lines.search
        if hit is not None and search is not None:
            self._hit = hit
            self.lines.go_to_offset(search.hits[hit])
        self._describe()

    def action_problem(self) -> None:
        """To the place where the body stops being JSON."""
        document, lines = self._shown, self.lines
        rows = document.json_rows if document else None
        if rows is not None and rows.problem is not None:
            lines.go_to_offset(rows.problem.offset)

    def action_choose_copy(self) -> None:
        """Ask by one key what to copy."""
        self._chooses = self._shown is not None
        self._describe()

    async def on_key(self, event: events.Key) -> None:
        if not self._chooses:
            return
        event.stop()
        event.prevent_default()
        self._chooses = False
        what = {"l": "line", "v": "value", "p": "path", "a": "all"}.get(event.key)
        self._describe()
        if what:
            await self.action_copy(what)

    async def action_copy(self, what: str) -> None:
        """Copy what is selected, or the cursor's line, value or path, or all bytes as sent."""
        document, lines = self._shown, self.lines
        if document is None or document.original.size == 0:
            return
        chosen = self.screen.get_selected_text() if what == "value" else None
        if chosen:
            data = chosen.encode("utf-8", "replace")
        elif what == "path":
            data = lines.path(most=1 << 17).encode("utf-8", "replace")
        elif what == "all":
            source = document.original
            data = await asyncio.to_thread(source.read, 0, source.size)
        else:
            start, stop = lines.value_span() if what == "value" else lines.line_span()
            source = document.original if lines.mode == "hex" else document.text
            data = (await asyncio.to_thread(source.read, start, stop)).rstrip(b"\r\n")
        try:
            copied = await clipboard.copy(data, by_terminal=self.app.copy_to_clipboard)
        except BackendError as problem:
            self._fail(problem)
            return
        self.notify(str(copied), timeout=3, markup=False)
        self.post_message(self.Copied(copied))

    async def _save(self, name: str) -> None:
        document = self._shown
        if document is None or not name.strip():
            return
        path = Path(os.path.expanduser(name.strip()))  # noqa: ASYNC240, PTH111 - reads no disk
        try:
            written, file = create_new(path.parent, path.name)
            with file:
                size = await asyncio.to_thread(document.original.write_to, file)
        except OSError as problem:
            words = problem.strerror or str(problem)
            self._fail(BackendError(f"{path} could not be written whole.", f"{words}."))
            return
        except BackendError as problem:
            self._fail(problem)
            return
        self.notify(f"saved {readable_size(size)} to {written}", timeout=4, markup=False)
        self.post_message(self.Saved(written, size))

    def _fail(self, problem: BackendError) -> None:
        self.notify(str(problem), severity="error", timeout=8, markup=False)
        self.post_message(self.Failed(problem))


def readable_size(size: int) -> str:
    """Bytes as people read them: 512 B, 1.5 kB, 10.4 MB."""
    if size < 1000:
        return f"{size} B"
    number = float(size)
    for unit in ("kB", "MB", "GB", "TB"):
        number /= 1000
        if number < 1000 or unit == "TB":
            break
    return f"{number:.1f} {unit}"

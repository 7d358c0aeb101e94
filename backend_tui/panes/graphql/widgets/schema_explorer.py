"""The schema to read: types and fields, who uses what, search, and a way back."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Final, Literal

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from backend_tui.core.text import clean, clean_line, shorten
from backend_tui.panes.graphql.model import SchemaState
from backend_tui.panes.graphql.widgets.schema_pages import Page, Row, rows

Asked = Literal["search", "export", "open"]
_PLACEHOLDERS: Final = {
    "search": "a type, field, argument or value",
    "export": "write the SDL to this new file",
    "open": "read SDL or introspection JSON from this file",
}


class SchemaRows(OptionList):
    """The rows of the page in front."""

    DEFAULT_CSS = """
    SchemaRows {
        height: 1fr;
        border: none;
        padding: 0;
        background: $surface;
        scrollbar-size-vertical: 1;
        &:focus { background-tint: transparent; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("j", "cursor_down", show=False),
        Binding("k", "cursor_up", show=False),
    ]


class SchemaExplorer(Vertical):
    """Enter goes on to a type, `a` writes the field into the query; the pane does the work."""

    DEFAULT_CSS = """
    SchemaExplorer {
        height: 1fr;
        background: $surface;
        & > #schema-title { height: 1; padding: 0 1; background: $panel; color: $text-muted;
            text-wrap: nowrap; text-overflow: ellipsis; }
        & > Input { display: none; height: 1; border: none; padding: 0 1; background: $panel; }
        & > Input.-shown { display: block; }
        & > #schema-empty { display: none; padding: 1 2; height: 1fr; color: $text-muted; }
        & > #schema-words { height: auto; max-height: 6; padding: 0 1; background: $panel; }
        &.-empty > #schema-empty { display: block; }
        &.-empty > SchemaRows { display: none; }
        &.-empty > #schema-words { display: none; }
    }
    """
    HELP: ClassVar[str] = (
        "Enter goes to the type of a field, left and right go back and forth. `a` writes the field "
        "into the query at its cursor, `A` fills the selection there with all fields. `o` reads a "
        "schema from a file, `S` writes this one as SDL, `r` asks the server again."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("slash", "ask('search')", "Search", tooltip="Types, fields, arguments, values"),
        Binding("left,backspace,h", "walk(-1)", "Back", tooltip="To the page before"),
        Binding("right,l", "walk(1)", "Forward", show=False),
        Binding("a", "insert", "Add", tooltip="Write the field into the query"),
        Binding("A", "fill", "Fill", tooltip="All fields into the selection at the query's cursor"),
        Binding("r", "refetch", "Fetch again", tooltip="Ask the server for its schema again"),
        Binding("c", "changes", "Changes", tooltip="What changed since the schema before"),
        Binding("S", "ask('export')", "Save SDL", show=False),
        Binding("o", "ask('open')", "Open file", show=False),
        Binding("y", "copy", "Copy name", show=False),
        Binding("escape", "leave", "Back", show=False),
    ]

    @dataclass
    class Insert(Message):
        """Write this field into the query."""

        type_name: str
        field: str

    class Fill(Message):
        """Fill the selection at the query's cursor."""

    class Refetch(Message):
        """Ask the server for its schema again."""

    @dataclass
    class File(Message):
        """Write the SDL to a new file, or read a schema from one."""

        path: Path
        is_export: bool

    class Left(Message):
        """The person is done with the schema."""

    def __init__(self) -> None:
        super().__init__(id="graphql-schema")
        self.state = SchemaState()
        self.pages: list[Page] = [Page()]
        self.at = 0
        self._rows: tuple[Row, ...] = ()
        self._asked: Asked = "search"
        self._places: dict[Page, int] = {}

    def compose(self) -> ComposeResult:
        yield Static(markup=False, id="schema-title")
        yield Input(compact=True, select_on_focus=False, id="schema-input")
        yield SchemaRows(compact=True, id="schema-rows")
        yield Static(markup=False, id="schema-empty")
        yield Static(markup=False, id="schema-words")

    def on_mount(self) -> None:
        self._describe()
        self._load()

    def on_resize(self) -> None:
        self._fill()

    @property
    def page(self) -> Page:
        """The page in front."""
        return self.pages[self.at]

    @property
    def row(self) -> Row | None:
        """The row under the cursor."""
        at = self.query_one(SchemaRows).highlighted
        return self._rows[at] if at is not None and at < len(self._rows) else None

    def show(self, state: SchemaState) -> None:
        """Show what is known of the schema; the page stays when the schema is renewed."""
        before, self.state = self.state, state
        if not self.is_mounted:
            return
        if state.schema is not before.schema:
            self._load()
        self._describe()

    def focus_rows(self) -> None:
        """Put the focus on the rows."""
        self.query_one(SchemaRows).focus()

    def go(self, page: Page) -> None:
        """Open a page; pages that were ahead are forgotten."""
        if page != self.page:
            self._remember()
            self.pages = [*self.pages[: self.at + 1], page]
            self.at += 1
        self._load()

    def action_walk(self, step: int) -> None:
        """To the page before or after this one."""
        to = self.at + step
        if 0 <= to < len(self.pages):
            self._remember()
            self.at = to
            self._load()

    def action_changes(self) -> None:
        self.go(Page("changes"))

    def action_insert(self) -> None:
        if self.row is not None and self.row.field:
            self.post_message(self.Insert(self.row.owner, self.row.field))

    def action_fill(self) -> None:
        self.post_message(self.Fill())

    def action_refetch(self) -> None:
        self.post_message(self.Refetch())

    def action_copy(self) -> None:
        if self.row is not None:
            self.app.copy_to_clipboard(self.row.name)
            self.notify(f"Copied {shorten(self.row.name, 60)}.", markup=False, timeout=2)

    def action_ask(self, asked: Asked) -> None:
        """Open the line for words or for a file."""
        if self.state.schema is None and asked != "open":
            return
        self._asked = asked
        field = self.query_one(Input)
        field.placeholder = _PLACEHOLDERS[asked]
        with self.prevent(Input.Changed):
            field.value = {"export": "schema.graphql", "search": ""}.get(asked, "")
        field.cursor_position = len(field.value)
        field.add_class("-shown")
        field.focus()

    def action_leave(self) -> None:
        field = self.query_one(Input)
        if field.has_class("-shown"):
            field.remove_class("-shown")
            self.focus_rows()
        else:
            self.post_message(self.Left())

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        if self._asked != "search" or not event.input.has_class("-shown"):
            return
        page = Page("search", event.value.strip())
        if not page.subject:
            return
        if self.page.kind == "search":
            self.pages[self.at] = page
            self._load()
        else:
            self.go(page)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        event.input.remove_class("-shown")
        self.focus_rows()
        if self._asked != "search" and event.value.strip():
            path = Path(event.value.strip()).expanduser()
            self.post_message(self.File(path, is_export=self._asked == "export"))

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        if self.row is not None and self.row.target:
            self.go(Page("type", self.row.target))

    def on_option_list_option_highlighted(self, event: OptionList.OptionHighlighted) -> None:
        event.stop()
        self._say()

    def _load(self) -> None:
        self.run_worker(self._read(), group="page", exclusive=True)

    async def _read(self) -> None:
        schema, page = self.state.schema, self.page
        if schema is None:
            self._rows = ()
        else:
            self._rows = await asyncio.to_thread(rows, schema, page, self.state.changes)
        self._fill()
        self._describe()

    def _remember(self) -> None:
        self._places[self.page] = self.query_one(SchemaRows).highlighted or 0

    def _fill(self) -> None:
        listed = self.query_one(SchemaRows)
        kept = self._places.get(self.page, 0)
        listed.clear_options()
        if not self._rows:
            return
        listed.add_options([Option(self._line(row)) for row in self._rows])
        first = next((i for i, row in enumerate(self._rows) if not row.is_heading), 0)
        listed.highlighted = min(kept, len(self._rows) - 1) if kept else first
        self._say()

    def _line(self, row: Row) -> Text:
        theme = self.app.current_theme
        if row.is_heading:
            return Text.assemble(
                (row.name, "bold"), (f"  {row.detail}" if row.detail else "", "dim"), no_wrap=True
            )
        style = "strike dim" if row.deprecation else (theme.primary if row.field else "")
        mark = "▲" if row.deprecation else row.symbol or " "
        gap = "" if row.detail[:1] in ("", "(", ":") else "  "
        name = Text.assemble((f"{mark} ", "dim"), (row.name, style), gap, (row.detail, "dim"))
        name.no_wrap = True
        name.truncate(max(self.size.width - 2, 10), overflow="ellipsis")
        return name

    def _say(self) -> None:
        """What the row under the cursor is, at the bottom."""
        row = self.row
        said = self.query_one("#schema-words", Static)
        parts = []
        if row is not None:
            if row.deprecation:
                words = f"▲ Deprecated: {clean(row.deprecation)}"
                parts.append(Content.styled(words, "$text-warning"))
            if row.words:
                parts.append(Content(clean(row.words)))
        said.display = bool(parts)
        said.update(Content("\n").join(parts))

    def _describe(self) -> None:
        state = self.state
        words = "Schema"
        if state.schema is not None:
            words = clean_line(f"{self.page.title}  {state.schema.title}")
            breaking = sum(change.weight == "breaking" for change in state.changes)
            if state.changes and self.page.kind != "changes":
                mark = f"✗ {breaking} breaking" if breaking else f"○ {len(state.changes)} changes"
                words += f"  {mark}: c"
            words += "".join(f"  ▲ {clean_line(note)}" for note in state.schema.source.notes)
        if state.status == "loading":
            words += f"  ◌ {clean_line(state.progress) or 'asking'}"
        elif state.status == "failed" and state.schema is not None:
            words += "  ✗ not renewed: r tries again"
        self.query_one("#schema-title", Static).update(Content(words))
        self.set_class(state.schema is None, "-empty")
        self.query_one("#schema-empty", Static).update(_absent(state))


def _absent(state: SchemaState) -> Content:
    """Why there is no schema, and what to do."""
    if state.status == "loading":
        return Content(f"◌ Asking for the schema. {clean_line(state.progress)}")
    if state.problem is not None:
        lines = [Content.styled(f"✗ {clean(state.problem.what)}", "bold $text-error")]
        lines += [
            Content(clean(words)) for words in (state.problem.why, state.problem.hint) if words
        ]
        lines.append(Content("r asks again, o reads a file. Queries run without a schema, too."))
        return Content("\n").join(lines)
    return Content("No schema yet: r asks the server, o reads SDL or introspection JSON.")

"""What is sent: the document, its variables, headers, who asks, what a WebSocket begins with."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar, Final

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.message import Message

from backend_tui.core.authentication import NoAuth, Pair
from backend_tui.panes.graphql.request import Draft
from backend_tui.panes.graphql.widgets.query_editor import QueryEditor
from backend_tui.ui.auth_editor import AuthEditor
from backend_tui.ui.completion_popup import CompletionPopup
from backend_tui.ui.json_editor import JsonEditor
from backend_tui.ui.pair_editor import Pair as EditedPair
from backend_tui.ui.pair_editor import PairEditor
from backend_tui.ui.sections import Sections

HEADER_NAMES: Final = (
    "Accept",
    "Accept-Language",
    "Authorization",
    "GraphQL-Require-Preflight",
    "Idempotency-Key",
    "Origin",
    "traceparent",
    "User-Agent",
    "X-Data-Loader",
)


class EditorSection(Vertical):
    """Shows a draft and posts `Changed` with the draft as the person has changed it."""

    DEFAULT_CSS = """
    EditorSection {
        height: 1fr;
        width: 1fr;
        & PairEditor { padding: 0 1; }
    }
    """
    HELP: ClassVar[str] = (
        "The operation under the cursor runs. Headers and auth go with the schema's own request "
        "too. Connect is the payload a WebSocket subscription begins with."
    )

    @dataclass
    class Changed(Message):
        """The person changed the draft."""

        draft: Draft

    @dataclass
    class TabShown(Message):
        """An editor is in front now."""

        tab: str

    def __init__(self) -> None:
        super().__init__(id="graphql-editor")
        self.draft = Draft()
        self.popup = CompletionPopup(id="graphql-popup")
        self.document = QueryEditor(self.popup, id="graphql-query")
        self.variables = JsonEditor(
            placeholder="variables as JSON; alt+v writes them from the operation",
            id="graphql-variables",
        )
        self.sections = Sections(
            {
                "query": ("Query", lambda: self.document),
                "variables": ("Variables", lambda: self.variables),
                "headers": ("Headers", lambda: PairEditor(names=HEADER_NAMES)),
                "auth": ("Auth", AuthEditor),
                "connect": ("Connect", _connection_editor),
            },
            id="graphql-editors",
        )
        self.marks = {"query": "", "variables": ""}

    def compose(self) -> ComposeResult:
        yield self.sections
        yield self.popup

    def show(self, draft: Draft) -> None:
        """Show the draft; fields that say it already keep their cursor.

        A document and variables that are replaced come back with ctrl+z in their editor.
        """
        self.draft = draft
        if self.document.text != draft.document:
            self.document.become(draft.document)
            self.document.move_cursor((0, 0))
        self._fill("variables")
        self._fill("headers")
        self._fill("auth")
        self._fill("connect")
        self.count()

    async def focus_editor(self, tab: str = "query") -> None:
        """Bring an editor to the front, with the focus in it."""
        await self.sections.show(tab, focus=True)

    def mark(self, tab: str, words: str) -> None:
        """What stands beside the title of the query or of the variables."""
        self.marks[tab] = words
        self.count()

    def on_query_editor_changed(self, event: QueryEditor.Changed) -> None:
        event.stop()
        self._become(replace(self.draft, document=event.text_area.text))

    def on_json_editor_changed(self, event: JsonEditor.Changed) -> None:
        event.stop()
        if event.text_area is self.variables:
            self._become(replace(self.draft, variables=event.text_area.text))
        else:
            self._become(replace(self.draft, connection=event.text_area.text))

    def on_json_editor_checked(self, event: JsonEditor.Checked) -> None:
        event.stop()
        self.count()

    def on_pair_editor_changed(self, event: PairEditor.Changed) -> None:
        event.stop()
        pairs = tuple(Pair(p.name, p.value, p.is_on) for p in event.editor.pairs)
        self._become(replace(self.draft, headers=pairs))

    def on_auth_editor_changed(self, event: AuthEditor.Changed) -> None:
        event.stop()
        self._become(replace(self.draft, auth=event.auth))

    def on_sections_shown(self, event: Sections.Shown) -> None:
        event.stop()
        if event.is_new:
            self._fill(event.tab)
        self.post_message(self.TabShown(event.tab))

    def _become(self, draft: Draft) -> None:
        if draft != self.draft:
            self.draft = draft
            self.count()
            self.post_message(self.Changed(draft))

    def _fill(self, tab: str) -> None:
        content = self.sections.made(tab)
        if content is None or not content.is_mounted:
            return
        match content:
            case JsonEditor():
                is_variables = tab == "variables"
                wanted = self.draft.variables if is_variables else self.draft.connection
                if content.text != wanted:
                    content.become(wanted)
            case PairEditor():
                shown = tuple(EditedPair(p.name, p.value, p.is_on) for p in self.draft.headers)
                if tuple(content.pairs) != shown:
                    content.pairs = shown
            case AuthEditor():
                content.show(self.draft.auth)

    def count(self) -> None:
        """Say beside each tab what it holds."""
        draft = self.draft
        headers = sum(pair.is_on and bool(pair.name) for pair in draft.headers)
        self.sections.strip.words = (
            ("query", self.marks["query"]),
            ("variables", self.marks["variables"] or ("●" if draft.variables.strip() else "")),
            ("headers", str(headers) if headers else ""),
            ("auth", "" if isinstance(draft.auth, NoAuth) else "●"),
            ("connect", "●" if draft.connection.strip() else ""),
        )


def _connection_editor() -> JsonEditor:
    return JsonEditor(
        placeholder='payload of connection_init, such as {"authorization": "Bearer …"}',
        id="graphql-connection",
    )

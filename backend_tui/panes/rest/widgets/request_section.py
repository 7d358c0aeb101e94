"""The request as it is written: method and URL in one line, the rest under tabs beneath."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar, Final

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.message import Message
from textual.widgets import Input, Static

from backend_tui.panes.rest.request import Draft, NoAuth, Pair
from backend_tui.panes.rest.widgets.method_field import MethodField
from backend_tui.ui.pair_editor import Pair as EditedPair
from backend_tui.ui.pair_editor import PairEditor
from backend_tui.ui.sections import Sections
from backend_tui.ui.send_button import SendButton

if TYPE_CHECKING:
    from textual.widget import Widget

    from backend_tui.panes.rest.routes import Route
    from backend_tui.ui.auth_editor import AuthEditor
    from backend_tui.ui.json_editor import JsonEditor

HEADER_NAMES: Final = (
    "Accept",
    "Accept-Language",
    "Authorization",
    "Cache-Control",
    "Content-Type",
    "Idempotency-Key",
    "If-Match",
    "If-Modified-Since",
    "If-None-Match",
    "If-Unmodified-Since",
    "Origin",
    "Prefer",
    "Range",
    "traceparent",
    "User-Agent",
)


def _auth_editor() -> Widget:
    from backend_tui.ui.auth_editor import AuthEditor

    return AuthEditor()


def _json_editor() -> Widget:
    """The body's editor, whose text area is a large import, when the tab is first shown."""
    from backend_tui.ui.json_editor import JsonEditor

    return JsonEditor(id="rest-body")


def _write(editor: Widget, draft: Draft) -> None:
    """Show the draft in an editor that was made when its tab was first shown."""
    from backend_tui.ui.auth_editor import AuthEditor
    from backend_tui.ui.json_editor import JsonEditor

    if isinstance(editor, AuthEditor):
        editor.show(draft.auth)
    elif isinstance(editor, JsonEditor) and editor.text != draft.body:
        editor.text = draft.body


class RequestLine(Horizontal):
    """Method, URL and the button in one line."""

    DEFAULT_CSS = """
    RequestLine { height: 1; width: 1fr; }
    RequestLine > Input { width: 1fr; background: $surface; padding: 0 1; }
    RequestLine > Input:focus { background: $surface; text-style: bold; }
    RequestLine > #rest-caching { display: none; width: auto; padding: 0 1; color: $text-success; }
    RequestLine.-caching > #rest-caching { display: block; }
    """

    def compose(self) -> ComposeResult:
        yield MethodField(id="rest-method")
        yield Input(
            placeholder="/api/products, or https://any.server/path",
            compact=True,
            select_on_focus=False,
            id="rest-url",
        )
        yield Static("● cache", markup=False, id="rest-caching")
        yield SendButton(id="rest-send")


class ParamsEditor(VerticalScroll, can_focus=False):
    """Values for the {names} in the URL, then the query."""

    DEFAULT_CSS = """
    ParamsEditor {
        scrollbar-size-vertical: 1;
        & > Static { height: 1; padding: 0 1; color: $text-muted; }
        & > PairEditor { height: auto; padding: 0 1; }
        & > .-path { display: none; }
        &.-has-path > .-path { display: block; }
    }
    """

    def compose(self) -> ComposeResult:
        yield Static("Path", classes="-path", markup=False)
        yield PairEditor(id="rest-path", classes="-path")
        yield Static("Query", markup=False)
        yield PairEditor(id="rest-query")


class RequestSection(Vertical):
    """Shows a draft and posts `Changed` with the draft as the person has changed it."""

    DEFAULT_CSS = """
    RequestSection { height: auto; }
    RequestSection #rest-headers { padding: 0 1; }
    """
    HELP: ClassVar[str] = (
        "The URL may be a path of the shop (`/api/products`) or any `https://…`. Names in braces "
        "such as `{id}` get their values under Params. What is switched off stays and is not sent."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+t", "method", "Method", tooltip="The next HTTP method"),
    ]

    @dataclass
    class Changed(Message):
        """The person changed the draft."""

        draft: Draft

    def __init__(self) -> None:
        super().__init__(id="rest-request")
        self.draft = Draft()
        self.route: Route | None = None
        self.sections = Sections(
            {
                "params": ("Params", ParamsEditor),
                "headers": ("Headers", lambda: PairEditor(names=HEADER_NAMES, id="rest-headers")),
                "auth": ("Auth", _auth_editor),
                "body": ("Body", _json_editor),
            },
            id="rest-editor",
        )

    def compose(self) -> ComposeResult:
        yield RequestLine()
        yield self.sections

    def show(self, draft: Draft) -> None:
        """Show the draft; fields that say it already keep their cursor."""
        self.draft = draft
        self.query_one(MethodField).method = draft.method
        url = self.url
        if url.value != draft.url:
            with self.prevent(Input.Changed):
                url.value = draft.url
                url.cursor_position = len(draft.url)
        for name in ("params", "headers", "auth", "body"):
            self._fill(name)
        self._count()

    def tell_caching(self, is_on: bool) -> None:
        """Say beside the button whether requests go through the HTTP cache."""
        self.query_one(RequestLine).set_class(is_on, "-caching")

    @property
    def url(self) -> Input:
        """Where the URL is written."""
        return self.query_one("#rest-url", Input)

    def focus_url(self) -> None:
        """Into the URL, after whatever else is asked for now."""
        self.url.focus()

    def action_method(self) -> None:
        self.query_one(MethodField).action_step(1)

    def on_method_field_changed(self, event: MethodField.Changed) -> None:
        event.stop()
        self._become(replace(self.draft, method=event.method))

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        if event.input.id == "rest-url":
            self._become(self.draft.with_url(event.value))
            self._fill("params")

    def on_pair_editor_changed(self, event: PairEditor.Changed) -> None:
        event.stop()
        pairs = tuple(Pair(p.name, p.value, p.is_on) for p in event.editor.pairs)
        match event.editor.id:
            case "rest-path":
                self._become(replace(self.draft, path=pairs))
            case "rest-query":
                self._become(replace(self.draft, query=pairs))
            case _:
                self._become(replace(self.draft, headers=pairs))

    def on_json_editor_changed(self, event: JsonEditor.Changed) -> None:
        event.stop()
        self._become(replace(self.draft, body=event.text_area.text))

    def on_json_editor_checked(self, event: JsonEditor.Checked) -> None:
        event.stop()
        self._count()

    def on_auth_editor_changed(self, event: AuthEditor.Changed) -> None:
        event.stop()
        self._become(replace(self.draft, auth=event.auth))

    def on_sections_shown(self, event: Sections.Shown) -> None:
        event.stop()
        if event.is_new:
            self._fill(event.tab)

    def _become(self, draft: Draft) -> None:
        if draft != self.draft:
            self.draft = draft
            self._count()
            self.post_message(self.Changed(draft))

    def _fill(self, name: str) -> None:
        content = self.sections.made(name)
        if content is None or not content.is_mounted:
            return
        match content:
            case ParamsEditor():
                content.set_class(bool(self.draft.path), "-has-path")
                self._fill_pairs(content.query_one("#rest-path", PairEditor), self.draft.path)
                self._fill_pairs(content.query_one("#rest-query", PairEditor), self.draft.query)
            case PairEditor():
                self._fill_pairs(content, self.draft.headers)
            case _:
                _write(content, self.draft)

    def _fill_pairs(self, editor: PairEditor, pairs: tuple[Pair, ...]) -> None:
        shown = tuple(EditedPair(pair.name, pair.value, pair.is_on) for pair in pairs)
        if tuple(editor.pairs) != shown:
            editor.pairs = shown

    def _count(self) -> None:
        """Say beside each tab what it holds."""
        draft = self.draft
        on = [pair for pair in (*draft.path, *draft.query) if pair.is_on and pair.name]
        headers = [pair for pair in draft.headers if pair.is_on and pair.name]
        auth = "" if isinstance(draft.auth, NoAuth) else "●"
        is_wrong = getattr(self.sections.made("body"), "problem", None) is not None
        self.sections.strip.words = (
            ("params", str(len(on)) if on else ""),
            ("headers", str(len(headers)) if headers else ""),
            ("auth", auth),
            ("body", "✗" if is_wrong else "●" if draft.body.strip() else ""),
        )

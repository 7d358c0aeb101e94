"""Where operations go and how: transport, URL, switches, and the button, in one line."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar, Final

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget
from textual.widgets import Input, Static

from backend_tui.panes.graphql.request import TRANSPORTS, Draft, Pair, Transport
from backend_tui.ui.send_button import SendButton

LOADER_HEADER: Final = "X-Data-Loader"
_WORDS: Final[dict[Transport, str]] = {
    "auto": "Auto",
    "post": "POST",
    "get": "GET",
    "sse": "SSE",
    "websocket": "WebSocket",
}


class TransportField(Widget, can_focus=True):
    """Shows one transport; posts `Changed` when the person picks another."""

    DEFAULT_CSS = """
    TransportField {
        width: 13;
        height: 1;
        padding: 0 1;
        text-style: bold;
        background: $panel;
        &:focus { background: $primary 35%; }
    }
    """
    HELP: ClassVar[str] = (
        "Auto sends queries and mutations by POST, subscriptions by server-sent events, or by "
        "WebSocket when the URL begins with ws."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down,right,space", "step(1)", "Next transport"),
        Binding("up,left", "step(-1)", "Previous transport", show=False),
    ]

    @dataclass
    class Changed(Message):
        """Another transport was chosen."""

        transport: Transport

    transport: reactive[Transport] = reactive("auto")

    def render(self) -> Content:
        return Content.assemble(_WORDS[self.transport], (" ▾", "$text-muted"))

    def action_step(self, step: int) -> None:
        """The next transport, around the end."""
        at = TRANSPORTS.index(self.transport) + step
        self.transport = TRANSPORTS[at % len(TRANSPORTS)]
        self.post_message(self.Changed(self.transport))

    def on_click(self) -> None:
        self.action_step(1)


class EndpointLine(Horizontal):
    """Shows where a draft goes; posts `Changed` with the draft as the person has changed it."""

    DEFAULT_CSS = """
    EndpointLine {
        height: 1;
        width: 1fr;
        & > Input { width: 1fr; background: $surface; padding: 0 1; }
        & > Input:focus { background: $surface; text-style: bold; }
        & > #graphql-switches { width: auto; padding: 0 1; background: $surface; }
    }
    """

    @dataclass
    class Changed(Message):
        """The person changed where the draft goes or how."""

        draft: Draft

    def __init__(self) -> None:
        super().__init__()
        self.draft = Draft()

    def compose(self) -> ComposeResult:
        yield TransportField(id="graphql-transport")
        yield Input(
            placeholder="/graphql, or https://any.server/graphql, or wss://…",
            compact=True,
            select_on_focus=False,
            id="graphql-url",
        )
        yield Static(markup=False, id="graphql-switches")
        yield SendButton("Run", id="graphql-run")

    def show(self, draft: Draft) -> None:
        """Show the draft; fields that say it already keep their cursor."""
        self.draft = draft
        self.query_one(TransportField).transport = draft.transport
        url = self.query_one("#graphql-url", Input)
        if url.value != draft.endpoint:
            with self.prevent(Input.Changed):
                url.value = draft.endpoint
                url.cursor_position = len(draft.endpoint)
        words = []
        if draft.is_persisted:
            words.append("persisted")
        if not has_loaders(draft):
            words.append("▲ loaders off")
        self.query_one("#graphql-switches", Static).update(Content(" ".join(words)))

    def action_transport(self) -> None:
        """The next transport."""
        self.query_one(TransportField).action_step(1)

    def on_transport_field_changed(self, event: TransportField.Changed) -> None:
        event.stop()
        self._become(replace(self.draft, transport=event.transport))

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        self._become(replace(self.draft, endpoint=event.value))

    def _become(self, draft: Draft) -> None:
        if draft != self.draft:
            self.draft = draft
            self.post_message(self.Changed(draft))


def has_loaders(draft: Draft) -> bool:
    """False when the draft asks the shop to read without data loaders."""
    return not any(
        pair.is_on and pair.name.lower() == LOADER_HEADER.lower() and pair.value.lower() == "off"
        for pair in draft.headers
    )


def with_loaders(draft: Draft, has: bool) -> Draft:
    """The draft with data loaders as wanted: without them by a header of ours."""
    rest = tuple(p for p in draft.headers if p.name.lower() != LOADER_HEADER.lower())
    return replace(draft, headers=rest if has else (*rest, Pair(LOADER_HEADER, "off")))

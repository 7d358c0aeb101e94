"""Who asks: nobody, a user by basic authentication, a token, or a logged-in session."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Final

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.message import Message
from textual.widgets import Input, Static

from backend_tui.core.authentication import (
    LOGIN_PATH,
    Auth,
    BasicAuth,
    BearerAuth,
    NoAuth,
    SessionAuth,
)
from backend_tui.ui.tab_strip import TabStrip

KINDS: Final = (("none", "None"), ("basic", "Basic"), ("bearer", "Bearer"), ("session", "Session"))
_FIELDS: Final = {
    "none": (),
    "basic": ("username", "password"),
    "bearer": ("token",),
    "session": ("username", "password", "login"),
}
_WORDS: Final = {
    "none": "Nothing proves who asks.",
    "basic": "User and password go with every request.",
    "bearer": "The token goes with every request; no session is needed.",
    "session": "The login form is posted first; its cookie and CSRF token go along.",
}


class AuthEditor(VerticalScroll, can_focus=False):
    """Left and right choose the kind; the fields of that kind follow. Posts `Changed`."""

    DEFAULT_CSS = """
    AuthEditor {
        padding: 0 1;
        scrollbar-size-vertical: 1;
        & TabStrip { background: $background; }
        & Horizontal { height: 1; display: none; }
        & Horizontal.-shown { display: block; layout: horizontal; }
        & .-label { width: 10; color: $text-muted; }
        & Input { width: 1fr; }
        & #auth-words { color: $text-muted; height: auto; }
    }
    """
    HELP: ClassVar[str] = (
        "Left and right on the first line choose how to prove who asks. `u` takes the shop's own "
        "logins in turn: customer, staff, admin."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("u", "borrow", "Shop's logins", tooltip="Customer, staff, admin in turn"),
    ]

    @dataclass
    class Changed(Message):
        """The person changed who asks."""

        auth: Auth

    class Borrowed(Message):
        """The person wants the next of the shop's own logins."""

    def __init__(self) -> None:
        super().__init__()
        self._auth: Auth = NoAuth()
        self._is_filling = False

    def compose(self) -> ComposeResult:
        yield TabStrip(KINDS, id="auth-kind")
        for name in ("username", "password", "token", "login"):
            with Horizontal(id=f"auth-row-{name}"):
                yield Static(name, classes="-label", markup=False)
                yield Input(id=f"auth-{name}", password=name in ("password", "token"), compact=True)
        yield Static(markup=False, id="auth-words")

    def on_mount(self) -> None:
        self._fill()

    def show(self, auth: Auth) -> None:
        """Show who asks, unless it is what the fields say already."""
        if auth != self._auth:
            self._auth = auth
            if self.is_mounted:
                self._fill()

    def on_tab_strip_chosen(self, event: TabStrip.Chosen) -> None:
        event.stop()
        self._read()

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        if not self._is_filling:
            self._read()

    def action_borrow(self) -> None:
        self.post_message(self.Borrowed())

    def _read(self) -> None:
        kind = self.query_one(TabStrip).active
        said = {name: self.query_one(f"#auth-{name}", Input).value for name in _FIELDS[kind]}
        match kind:
            case "basic":
                self._auth = BasicAuth(said["username"], said["password"])
            case "bearer":
                self._auth = BearerAuth(said["token"])
            case "session":
                login = said["login"] or LOGIN_PATH
                self._auth = SessionAuth(said["username"], said["password"], login)
            case _:
                self._auth = NoAuth()
        self._arrange(kind)
        self.post_message(self.Changed(self._auth))

    def _fill(self) -> None:
        kind, values = described(self._auth)
        self._is_filling = True
        with self.prevent(Input.Changed):
            for name in ("username", "password", "token", "login"):
                self.query_one(f"#auth-{name}", Input).value = values.get(name, "")
        self._is_filling = False
        self.query_one(TabStrip).active = kind
        self._arrange(kind)

    def _arrange(self, kind: str) -> None:
        for name in ("username", "password", "token", "login"):
            self.query_one(f"#auth-row-{name}").set_class(name in _FIELDS[kind], "-shown")
        words = f"{_WORDS[kind]}\nu takes the shop's own logins in turn: customer, staff, admin."
        self.query_one("#auth-words", Static).update(Content(words))


def described(auth: Auth) -> tuple[str, dict[str, str]]:
    """The kind's id and the values of its fields."""
    match auth:
        case BasicAuth(username, password):
            return "basic", {"username": username, "password": password}
        case BearerAuth(token):
            return "bearer", {"token": token}
        case SessionAuth(username, password, login):
            return "session", {"username": username, "password": password, "login": login}
        case _:
            return "none", {}

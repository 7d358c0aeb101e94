"""Where the demo server answers and how to log into its admin pages; the password on request."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from backend_tui.core.errors import BackendError
from backend_tui.core.secrets import MASK
from backend_tui.core.text import clean_line
from backend_tui.stack.endpoints import Stack
from backend_tui.ui.error_banner import ErrorBanner


@dataclass(frozen=True, slots=True)
class Addresses:
    """What the demo server says of itself to its own workbench."""

    shop: str
    api: str
    admin: str
    user: str
    password: str = field(repr=False)


async def addresses(stack: Stack) -> Addresses:
    """Asked of the running server; `BackendError` when it does not answer or says too little."""
    from backend_tui.core.http import HttpClient

    endpoint = await stack.demo()
    async with HttpClient() as client:
        said = await client.get_json(f"{endpoint.url}/_workbench", endpoint.headers)
    admin = said.get("admin") if isinstance(said, dict) else None
    if not isinstance(admin, dict):
        raise BackendError(
            "The demo server did not tell its admin login.",
            "It answered without one.",
            "A server of your own (--demo-url) keeps its own logins.",
        )
    return Addresses(
        shop=f"{endpoint.url}/",
        api=f"{endpoint.url}/api/",
        admin=clean_line(str(admin.get("url") or f"{endpoint.url}/admin/")),
        user=clean_line(str(admin.get("username") or "")),
        password=str(admin.get("password") or ""),
    )


class AdminScreen(ModalScreen[None]):
    """Addresses and login; `s` shows the password, `y` copies it, `u` copies the address."""

    DEFAULT_CSS = """
    AdminScreen {
        align: center middle;
        & > Vertical {
            width: 64;
            max-width: 100%;
            height: auto;
            padding: 1 2;
            background: $surface;
            border-left: outer $primary;
        }
        Static { height: auto; }
        #keys { margin-top: 1; color: $text-muted; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q", "dismiss", "Close"),
        Binding("s", "reveal", "Show or hide the password"),
        Binding("y", "copy_password", "Copy the password"),
        Binding("u", "copy_address", "Copy the admin's address"),
    ]

    def __init__(self, stack: Stack) -> None:
        super().__init__()
        self._stack = stack
        self._is_revealed = False
        self.found: Addresses | None = None

    def compose(self) -> ComposeResult:
        with Vertical():
            yield Static("Asking the demo server …", id="addresses", markup=False)
            yield ErrorBanner()
            keys = "s show or hide the password   y copy it   u copy the address   esc close"
            yield Static(keys, id="keys", markup=False)

    def on_mount(self) -> None:
        self.run_worker(self._ask(), name="addresses")

    def action_reveal(self) -> None:
        """Show the password, or mask it again."""
        self._is_revealed = not self._is_revealed
        self._draw()

    def action_copy_password(self) -> None:
        """The password to the clipboard, never to the screen."""
        if self.found is not None:
            self.app.copy_to_clipboard(self.found.password)
            self.notify("The password is copied.", markup=False)

    def action_copy_address(self) -> None:
        """The admin's address to the clipboard."""
        if self.found is not None:
            self.app.copy_to_clipboard(self.found.admin)
            self.notify("The address is copied.", markup=False)

    async def _ask(self) -> None:
        try:
            self.found = await addresses(self._stack)
        except BackendError as problem:
            self.query_one("#addresses", Static).display = False
            self.query_one(ErrorBanner).show(problem)
            return
        self._draw()

    def _draw(self) -> None:
        if self.found is None:
            return
        password = clean_line(self.found.password) if self._is_revealed else MASK
        rows = (
            ("Storefront", self.found.shop),
            ("REST", self.found.api),
            ("Admin", self.found.admin),
            ("User", self.found.user),
            ("Password", password),
        )
        lines = [
            Content.assemble((f"{name:<12}", "$text-muted"), (value, "$foreground"))
            for name, value in rows
        ]
        self.query_one("#addresses", Static).update(Content("\n").join(lines))

"""The tab “Keys”: every key by SCAN, one of them opened beside, changed only after a question."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from pathlib import Path
from time import monotonic
from typing import ClassVar, Final

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Input, Static
from textual.worker import Worker

from backend_tui.core.body.document import BodyDocument
from backend_tui.core.errors import BackendError
from backend_tui.core.text import clean_line, shorten
from backend_tui.core.units import bytes_text
from backend_tui.panes.cache.section import CacheSection
from backend_tui.panes.cache.server import acts, scan
from backend_tui.panes.cache.server.confirm import ConfirmScreen
from backend_tui.panes.cache.server.detail import Detail, Gone, opened, uneditable, unwritable
from backend_tui.panes.cache.server.edit_screen import EditScreen
from backend_tui.panes.cache.server.failures import Refusal
from backend_tui.panes.cache.server.key_list import KeyList
from backend_tui.panes.cache.server.key_text import key_bytes, key_text
from backend_tui.panes.cache.server.keys_model import (
    Event,
    KeyClosed,
    KeyGone,
    KeyOpened,
    KeysState,
    PageArrived,
    ScanBegan,
    ScanStopped,
    ServerLost,
    WritesAllowed,
)
from backend_tui.panes.cache.server.questions import asked
from backend_tui.panes.cache.server.reaching import NothingToBrowse, Reached
from backend_tui.panes.cache.server.words import (
    detail_words,
    own_words,
    scan_words,
    seconds_text,
    shown_words,
)
from backend_tui.ui.body_view import BodyView

_PLACEHOLDER: Final = "/ match: product:*  session:??"
_WIDE: Final = 96
_REDRAW: Final = 0.2
_RETRY: Final = (0.5, 1.0, 2.0, 5.0)
_EMPTY: Final = "No keys here.\n\nThe shop writes some when its pages or its API are asked."
_NO_MATCH: Final = (
    "No key matches “{pattern}”.\n\n* any text · ? one character · [ab] one of these."
)


class KeysSection(CacheSection):
    """The list follows the scan; what is opened stands still until another key is opened."""

    DEFAULT_CSS = """
    KeysSection {
        #keys-head { dock: top; height: 2; }
        #keys-top { height: 1; background: $surface; }
        #keys-filter { width: 1fr; border: none; height: 1; padding: 0 1; background: $surface; }
        #keys-filter:focus { background: $primary 20%; }
        #keys-state { width: 48; height: 1; padding: 0 1; text-align: right; color: $text-muted; }
        #keys-server {
            height: 1; padding: 0 1; color: $text-muted;
            text-wrap: nowrap; text-overflow: ellipsis;
        }
        #keys-body { height: 1fr; layout: vertical; }
        #key-detail { height: 3fr; display: none; }
        #key-name { height: auto; max-height: 2; padding: 0 1; background: $surface; }
        #key-facts { height: auto; max-height: 3; padding: 0 1; color: $text-muted; }
        KeyList { height: 2fr; }
        &.-open #key-detail { display: block; }
        &.-wide #keys-body { layout: horizontal; }
        &.-wide KeyList { width: 2fr; height: 1fr; }
        &.-wide #key-detail { width: 3fr; height: 1fr; border-left: solid $panel; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("slash", "filter", "Match", key_display="/"),
        Binding("R", "again", "Read again", show=False, tooltip="Scan from the beginning"),
        Binding("u", "unlock", "Allow changes", show=False),
        Binding("escape", "back", "Back", show=False),
    ]

    def __init__(self, *, reached: Reached, exports: Path) -> None:
        super().__init__()
        self.state = KeysState()
        self._reached = reached
        self._exports = exports
        self._document: BodyDocument | None = None
        self._opened_at = 0.0
        self._drawn_at = 0.0
        self._scan: Worker[None] | None = None
        self._measures = True

    def compose(self) -> ComposeResult:
        # The list first: it takes the focus when the tab is entered.
        with Vertical(id="keys-body"):
            yield KeyList(id="keys-list")
            with Vertical(id="key-detail"):
                yield Static(markup=False, id="key-name")
                yield Static(markup=False, id="key-facts")
                yield BodyView(empty="This value is empty.")
        with Vertical(id="keys-head"):
            with Horizontal(id="keys-top"):
                yield Input(placeholder=_PLACEHOLDER, id="keys-filter", compact=True)
                yield Static(markup=False, id="keys-state")
            yield Static(markup=False, id="keys-server")

    def on_mount(self) -> None:
        self.set_interval(1.0, self._tick)
        self._draw()
        if self.is_shown:
            self._begin(self.state.pattern)

    async def on_unmount(self) -> None:
        if self._document is not None:
            self._document.close()
        await self._reached.aclose()

    def on_resize(self) -> None:
        self.set_class(self.size.width >= _WIDE, "-wide")

    @property
    def list(self) -> KeyList:
        return self.query_one(KeyList)

    def appear(self) -> None:
        """Seen: a scan that was never begun, was lost or was given up by hiding begins."""
        super().appear()
        if not self.is_mounted:
            return
        if self.state.phase in ("waiting", "lost") or (
            self.state.phase == "scanning" and (self._scan is None or not self._scan.is_running)
        ):
            self._begin(self.state.pattern)

    def disappear(self) -> None:
        """Hidden: nothing is asked any more; a scan begins again when seen."""
        super().disappear()
        if self._scan is not None:
            self._scan.cancel()

    def _begin(self, pattern: str) -> None:
        if self._scan is not None:
            self._scan.cancel()
        self._scan = self.run_worker(self._follow(pattern), group="scan", exit_on_error=True)

    async def _follow(self, pattern: str) -> None:
        """Scan to the end; a lost server is asked again after growing pauses."""
        turn = 0
        while True:
            try:
                await self._scan_all(pattern)
            except BackendError as problem:
                self._lost(problem)
                if isinstance(problem, NothingToBrowse):
                    return
                await asyncio.sleep(_RETRY[min(turn, len(_RETRY) - 1)])
                turn += 1
            else:
                return

    async def _scan_all(self, pattern: str) -> None:
        server = await self._reached.server()
        identity = await server.open()
        self._happen(ScanBegan(identity, pattern))
        self.post_message(self.Failed(None))
        tree_list = self.list
        is_fresh = True
        async with aclosing(scan.pages(server, key_bytes(pattern))) as pages:
            async for page in pages:
                if is_fresh:
                    tree_list.begin()
                    is_fresh = False
                tree_list.add(page.keys)
                tree = tree_list.key_tree
                if page.is_last:
                    tree_list.flush(force=True)
                arrived = PageArrived(
                    len(tree), tree.left_out, page.seen, page.expected, page.is_last
                )
                is_due = page.is_last or monotonic() - self._drawn_at > _REDRAW
                self._happen(arrived, draws=is_due)

    def _lost(self, problem: BackendError) -> None:
        self._happen(ServerLost(problem))
        self.post_message(self.Failed(problem))

    def _happen(self, event: Event, *, draws: bool = True) -> None:
        self.state = self.state.after(event)
        if draws and self.query("#keys-state"):  # gone while the app closes
            self._drawn_at = monotonic()
            self._draw()
            if not isinstance(event, PageArrived):
                self._draw_detail()
        if not isinstance(event, PageArrived) or event.is_last:
            self.post_message(self.Happened(event))

    def _draw(self) -> None:
        state = self.state
        self.query_one("#keys-state", Static).update(Content(scan_words(state)), layout=False)
        self.query_one("#keys-server", Static).update(self._server_words(), layout=False)
        if state.phase == "lost" and state.problem is not None and not state.kept:
            problem = state.problem
            parts = (problem.what, problem.why, problem.hint)
            self.list.set_empty("\n".join(clean_line(part) for part in parts if part))
        elif state.phase == "done":
            pattern = clean_line(state.pattern)
            self.list.set_empty(_NO_MATCH.format(pattern=pattern) if pattern else _EMPTY)
        else:
            self.list.set_empty("Reading the keys …")

    def _server_words(self) -> Content:
        state = self.state
        if state.identity is None:
            return Content("")
        if state.identity.source:
            lock = "no changes"
        elif state.identity.is_embedded:
            lock = "ours"
        else:
            lock = "▲ changes allowed" if state.is_unlocked else "read only, u unlocks"
        parts = [state.identity.words, lock, own_words(state.own)]
        return Content(" · ".join(part for part in parts if part))

    def _draw_detail(self) -> None:
        detail = self.state.detail
        self.set_class(detail is not None, "-open")
        if detail is None:
            return
        self.query_one("#key-name", Static).update(
            Content.styled(shorten(key_text(detail.key), 300), "bold $text-success")
        )
        room = self.size.width * 3 // 5 - 1 if self.has_class("-wide") else self.size.width
        facts = detail_words(detail, self._ttl(detail), max(room - 2, 30))
        if more := shown_words(detail):
            facts += f"\n{more}"
        self.query_one("#key-facts", Static).update(Content(facts))

    def _ttl(self, detail: Detail) -> float | None:
        if detail.ttl_ms is None:
            return None
        return detail.ttl_ms - (monotonic() - self._opened_at) * 1000

    def _tick(self) -> None:
        if self.is_shown and self.state.detail is not None and self.state.detail.ttl_ms is not None:
            self._draw_detail()

    @on(KeyList.Opened)
    def _opened(self, event: KeyList.Opened) -> None:
        event.stop()
        self.run_worker(self._open(event.key), group="open", exclusive=True)

    async def _open(self, key: bytes) -> None:
        server = await self._reached.server()
        try:
            detail = await opened(server, key)
        except Gone as problem:
            self.list.forget(key)
            self._happen(KeyGone(key))
            self.notify(problem.what, markup=False, timeout=4)
            return
        except BackendError as problem:
            self.post_message(self.Failed(problem))
            return
        self.post_message(self.Failed(None))
        self._opened_at = monotonic()
        self.list.opened = key
        self.list.learn(key, detail.type, detail.memory)
        self._happen(KeyOpened(detail, server.own))
        view = self.query_one(BodyView)
        before, self._document = self._document, None
        document = await BodyDocument.of(detail.value.data, detail.value.content_type)
        self._document = document
        view.show(document, url=f"/{acts.file_stem(key)}")
        if before is not None:
            before.close()

    @on(KeyList.Settled)
    def _settled(self, event: KeyList.Settled) -> None:
        event.stop()
        if self._measures and self.is_shown and self.state.phase != "lost":
            self.run_worker(self._measure(event.keys), group="measure", exclusive=True)

    async def _measure(self, keys: tuple[bytes, ...]) -> None:
        try:
            server = await self._reached.server()
            self.list.measured(keys, await server.memory_of(keys))
        except Refusal:
            self._measures = False
            self.list.measured(keys, {})
        except BackendError as problem:
            self.post_message(self.Failed(problem))

    @on(KeyList.Asked)
    def _asked(self, event: KeyList.Asked) -> None:
        event.stop()
        if event.act == "save":
            self.run_worker(self._save(event.key), group="act")
        elif not self.state.may_write:
            self.notify(
                "This server is not the workbench's own: u allows changes for now.",
                title="Read only",
                markup=False,
            )
        elif event.act == "edit":
            self.run_worker(self._edit(event.key), group="act")
        else:
            self._confirm(event.act, event.key)

    def _confirm(self, act: str, key: bytes) -> None:
        question = asked(act, key, self._server_name(), is_own=self._is_own)

        async def done(typed: str) -> None:
            await self._do(act, key, typed)

        self.app.push_screen(ConfirmScreen(question, done))

    async def _do(self, act: str, key: bytes, typed: str) -> None:
        server = await self._reached.server()
        match act:
            case "delete":
                await acts.delete(server, key)
            case "expire":
                await acts.expire(server, key, acts.seconds_of(typed))
            case "persist":
                await acts.persist(server, key)
            case _:
                await acts.rename(server, key, key_bytes(typed))
                self.list.add((key_bytes(typed),))
        if act in ("delete", "rename"):
            self.list.forget(key)
            self._happen(KeyGone(key))
        elif self.state.detail is not None and self.state.detail.key == key:
            await self._open(key)
        words = {"delete": "Deleted.", "persist": "Kept for ever."}
        if act == "expire":
            words[act] = f"Expires in {seconds_text(acts.seconds_of(typed))}."
        self.notify(words.get(act, "Renamed."), markup=False, timeout=3)

    async def _edit(self, key: bytes) -> None:
        server = await self._reached.server()
        detail = await self.attempt(opened(server, key))
        if detail is None:
            return
        if detail.type == "hash":
            self._choose_field(detail)
        else:
            self._write(key, detail.raw, uneditable(detail))

    def _choose_field(self, detail: Detail) -> None:
        """Ask which field, then edit that one alone."""
        first = detail.items[0][0] if detail.items else b""
        question = asked("field", detail.key, self._server_name(), is_own=True, given=first)

        async def chosen(typed: str) -> None:
            field = key_bytes(typed)
            before = await acts.field(await self._reached.server(), detail.key, field)
            self.call_later(self._write, detail.key, before, unwritable(before), field)

        self.app.push_screen(ConfirmScreen(question, chosen))

    def _write(
        self, key: bytes, before: bytes | None, reason: str, field: bytes | None = None
    ) -> None:
        if reason or before is None:
            self.notify(reason, title="Not editable here", markup=False)
            return

        async def store(after: bytes) -> None:
            await acts.edit(await self._reached.server(), key, before, after, field)
            await self._open(key)
            self.notify("Stored; its time to live is as it was.", markup=False, timeout=3)

        where = key_text(key) if field is None else f"{key_text(key)} · {key_text(field)}"
        title = f"{where}  on  {self._server_name()}"
        self.app.push_screen(EditScreen(title, before, store, word="" if self._is_own else "edit"))

    async def _save(self, key: bytes) -> None:
        server = await self._reached.server()
        detail = await self.attempt(opened(server, key))
        if detail is None:
            return
        saved = await self.attempt(acts.save(server, detail, self._exports))
        if saved is not None:
            path, size = saved
            self.notify(f"{bytes_text(size)} in {path}", title="Saved", markup=False)

    @property
    def _is_own(self) -> bool:
        return self.state.identity is not None and self.state.identity.is_embedded

    def _server_name(self) -> str:
        identity = self.state.identity
        return "" if identity is None else f"{identity.name} at {identity.place}"

    def action_filter(self) -> None:
        self.query_one("#keys-filter", Input).focus()

    def action_again(self) -> None:
        self._begin(self.state.pattern)

    def action_unlock(self) -> None:
        """Allow changes on a server of the person's own, or forbid them again."""
        if self.state.identity is not None and not self._is_own:
            self._happen(WritesAllowed(not self.state.is_unlocked))

    def action_back(self) -> None:
        """Stop the scan, or close what is open, or take the filter away: the nearest first."""
        field = self.query_one("#keys-filter", Input)
        if field.has_focus:
            self.list.focus()
        elif self.state.phase == "scanning" and self._scan is not None:
            self._scan.cancel()
            self._happen(ScanStopped())
            self.list.flush(force=True)
        elif self.state.detail is not None:
            self.list.opened = None
            self._happen(KeyClosed())
            self.list.focus()
        elif self.state.pattern:
            field.value = ""
            self._begin("")

    @on(Input.Submitted, "#keys-filter")
    def _filtered(self, event: Input.Submitted) -> None:
        event.stop()
        self._begin(event.value.strip())
        self.list.focus()

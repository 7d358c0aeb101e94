"""The keys on screen: a tree or a list of any length, of which only what is seen is drawn."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from time import perf_counter
from typing import ClassVar, Final, Literal

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.timer import Timer

from backend_tui.core.units import bytes_text
from backend_tui.panes.cache.server.key_text import key_text
from backend_tui.panes.cache.server.tree import Branch, KeyTree, Line, parent_line
from backend_tui.panes.cache.server.words import NONE, spaced

Act = Literal["delete", "expire", "persist", "rename", "edit", "save"]
_REFRESH: Final = 0.25
_SETTLED: Final = 0.12
_BUDGET: Final = 0.006
_KNOWN: Final = 20_000
_TYPE: Final = 7
_MEMORY: Final = 7


class KeyList(ScrollView, can_focus=True):
    """Keys and branches by their lines; memory and type are shown where they are known.

    Memory is asked for what is seen (`Settled`), which counts as no lookup; a type is known of
    keys that were opened.
    """

    DEFAULT_CSS = """
    KeyList {
        height: 1fr;
        width: 1fr;
        overflow-x: hidden;
        scrollbar-size-vertical: 1;
        scrollbar-gutter: stable;
        background: $background;
        & > .key-list--plain { color: $foreground; }
        & > .key-list--branch { color: $text-primary; }
        & > .key-list--muted { color: $text-muted; }
        & > .key-list--open { color: $text-success; }
        & > .key-list--cursor { background: $foreground 10%; }
        &:focus > .key-list--cursor { background: $primary 35%; }
    }
    """
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "key-list--plain",
        "key-list--branch",
        "key-list--muted",
        "key-list--open",
        "key-list--cursor",
    }
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down,j", "step(1)", "Next", show=False),
        Binding("up,k", "step(-1)", "Previous", show=False),
        Binding("pagedown", "page(1)", "Page down", show=False),
        Binding("pageup", "page(-1)", "Page up", show=False),
        Binding("home,g", "step(-100000000)", "First", show=False),
        Binding("end,G", "step(100000000)", "Last", show=False),
        Binding("enter", "choose", "Open", tooltip="Look at the key, or unfold the branch"),
        Binding("right,l", "unfold", "Unfold", show=False),
        Binding("left,h", "fold", "Fold", show=False),
        Binding("t", "flat", "Tree/list", tooltip="By : and / as a tree, or every key a line"),
        Binding("v", "act('edit')", "Edit", tooltip="Edit the text, before and after shown"),
        Binding("e", "act('expire')", "Expire", tooltip="Let the key expire in so many seconds"),
        Binding("p", "act('persist')", "Persist", show=False),
        Binding("m", "act('rename')", "Rename", show=False),
        Binding("d", "act('delete')", "Delete", tooltip="Delete the key, after a question"),
        Binding("w", "act('save')", "Save", tooltip="The whole value in a file", show=False),
        Binding("y", "copy", "Copy key", show=False),
    ]

    @dataclass
    class Opened(Message):
        """The person wants to look into a key."""

        key: bytes

    @dataclass
    class Asked(Message):
        """The person wants something done to a key."""

        act: Act
        key: bytes

    @dataclass
    class Settled(Message):
        """These keys are on screen and their memory is not known yet."""

        keys: tuple[bytes, ...]

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's own
        super().__init__(id=id)
        self.key_tree = KeyTree()
        self.cursor = 0
        self.empty = ""
        self.opened: bytes | None = None
        self._memory: dict[bytes, int | None] = {}
        self._types: dict[bytes, str] = {}
        self._growing: Iterator[None] | None = None
        self._is_stale = False
        self._timer: Timer | None = None
        self._settling: Timer | None = None
        self._held: bytes | Branch | None = None
        self._ground = Style()
        self._styles_of: dict[str, Style] = {}

    def on_mount(self) -> None:
        self._timer = self.set_interval(_REFRESH, self.flush, pause=True)

    def begin(self) -> None:
        """Forget all keys: a new scan begins."""
        self.key_tree = KeyTree(is_flat=self.key_tree.is_flat)
        self._memory.clear()
        self._growing = None
        self.cursor = 0
        self._held = None
        self.scroll_to(y=0, animate=False, immediate=True)
        self.flush(force=True)

    def add(self, keys: tuple[bytes, ...]) -> None:
        """Take in keys; the first ones are drawn at once, later ones with the next refresh."""
        is_first = not len(self.key_tree)
        self.key_tree.add(keys)
        self._is_stale = True
        if is_first:
            self.flush()
        elif self._timer is not None:
            self._timer.resume()

    def forget(self, key: bytes) -> None:
        """Take a key away; the cursor stays at its line."""
        self.key_tree.remove(key)
        self._held = None
        self.flush(force=True)

    def learn(self, key: bytes, type_name: str, memory: int | None) -> None:
        """What opening a key has told."""
        self._types[key] = type_name
        self._memory[key] = memory
        self.refresh()

    def measured(self, asked: tuple[bytes, ...], sizes: dict[bytes, int]) -> None:
        """The memory of keys on screen; those left out are gone, or may not be measured."""
        if len(self._memory) > _KNOWN:
            self._memory.clear()
        for key in asked:
            self._memory[key] = sizes.get(key)
        self.refresh()

    def set_empty(self, words: str) -> None:
        """What is said when there is nothing to show."""
        if words != self.empty:
            self.empty = words
            self.refresh()

    def flush(self, force: bool = False) -> None:
        """Settle the order and draw; the cursor keeps to its key."""
        if self._timer is not None:
            self._timer.pause()
        if not (self._is_stale or force):
            return
        self._is_stale = False
        held = self._held
        top = self.cursor - self.scroll_offset.y
        self.key_tree.arrange()
        height = self.key_tree.height
        at = self.key_tree.place(held, self.cursor) if isinstance(held, bytes) else None
        at = self._branch_line(held) if isinstance(held, Branch) else at
        self.cursor = self.cursor if at is None else at
        self.cursor = max(0, min(self.cursor, height - 1))
        self.virtual_size = Size(0, height)
        if held is not None:
            self._scroll(self.cursor - top)
        self.refresh()
        self._settle()

    @property
    def line(self) -> Line | None:
        """The line under the cursor."""
        return self.key_tree.line(self.cursor)

    def action_step(self, by: int) -> None:
        self._move(self.cursor + by)

    def action_page(self, by: int) -> None:
        self._move(self.cursor + by * max(self.size.height - 1, 1))

    def action_choose(self) -> None:
        line = self.line
        if line is None:
            return
        if line.branch is not None:
            if line.branch.is_open:
                self.action_fold()
            else:
                self.action_unfold()
        elif line.key is not None:
            self.post_message(self.Opened(line.key))

    def action_unfold(self) -> None:
        line = self.line
        if line is None or line.branch is None or line.branch.is_open:
            return
        self._held = line.branch
        self._growing = self.key_tree.unfold(line.branch)
        self._grow()

    def action_fold(self) -> None:
        line = self.line
        if line is None:
            return
        if line.branch is not None and line.branch.is_open:
            self.key_tree.fold(line.branch)
            self._held = line.branch
            self.flush(force=True)
        elif (above := parent_line(self.key_tree, self.cursor)) is not None:
            self._move(above)

    def action_flat(self) -> None:
        """A tree or a flat list; the cursor keeps to its key when it is seen in both."""
        line = self.line
        self._held = line.key if line else None
        self.key_tree.is_flat = not self.key_tree.is_flat
        self.flush(force=True)

    def action_act(self, act: Act) -> None:
        line = self.line
        if line is not None and line.key is not None:
            self.post_message(self.Asked(act, line.key))

    def action_copy(self) -> None:
        line = self.line
        if line is not None and line.key is not None:
            self.app.copy_to_clipboard(key_text(line.key))
            self.notify("The key is copied.", markup=False, timeout=2)

    def on_click(self, event: events.Click) -> None:
        at = event.y + self.scroll_offset.y
        if at >= self.key_tree.height:
            return
        is_again = at == self.cursor and self.has_focus
        self._move(at)
        if is_again:
            self.action_choose()

    def on_resize(self) -> None:
        self._see()
        self._settle()

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        super().watch_scroll_y(old_value, new_value)
        self._settle()

    def _grow(self) -> None:
        """Sort a branch's keys into smaller ones, a few ms at a time."""
        growing = self._growing
        if growing is None:
            return
        began = perf_counter()
        for _ in growing:
            if perf_counter() - began > _BUDGET:
                self.set_timer(0.001, self._grow)
                return
        self._growing = None
        self.flush(force=True)

    def _branch_line(self, branch: Branch) -> int | None:
        """The line of a branch that is near the cursor, or on screen."""
        around = range(self.cursor - 2 * self.size.height, self.cursor + 2 * self.size.height)
        for at in sorted(around, key=lambda each: abs(each - self.cursor)):
            line = self.key_tree.line(at)
            if line is not None and line.branch is branch:
                return at
        return None

    def _move(self, to: int) -> None:
        height = self.key_tree.height
        if not height:
            return
        before, top = self.cursor, self.scroll_offset.y
        self.cursor = max(0, min(to, height - 1))
        line = self.line
        self._held = (line.branch or line.key) if line else None
        self._see()
        if self.scroll_offset.y != top:
            self.refresh()
            return
        width = self.size.width
        self.refresh(*(Region(0, at - top, width, 1) for at in (before, self.cursor)))

    def _see(self) -> None:
        top, room = self.scroll_offset.y, max(self.size.height, 1)
        if self.cursor < top:
            self._scroll(self.cursor)
        elif self.cursor >= top + room:
            self._scroll(self.cursor - room + 1)

    def _scroll(self, y: int) -> None:
        self.scroll_to(y=max(y, 0), animate=False, immediate=True, force=True)

    def _settle(self) -> None:
        if self._settling is not None:
            self._settling.stop()
        if self.is_mounted:
            self._settling = self.set_timer(_SETTLED, self._settled)

    def _settled(self) -> None:
        self._settling = None
        top = self.scroll_offset.y
        lines = (self.key_tree.line(at) for at in range(top, top + self.size.height))
        keys = [line.key for line in lines if line is not None and line.key is not None]
        unknown = tuple(key for key in keys if key not in self._memory)
        if unknown:
            self.post_message(self.Settled(unknown))

    def render_lines(self, crop: Region) -> list[Strip]:
        self._ground = self.rich_style  # dear to ask for, and the same for every line
        self._styles_of = {}
        return super().render_lines(crop)

    def render_line(self, y: int) -> Strip:
        width = self.scrollable_content_region.width
        at = y + self.scroll_offset.y
        line = self.key_tree.line(at)
        if line is None:
            words = self.empty.split("\n") if not self.key_tree.height else []
            text = f" {words[y]}" if y < len(words) else ""
            return Strip([self._segment(set_cell_size(text, width), "muted")], width)
        strip = self._drawn(line, width)
        if at == self.cursor:
            cursor = self.get_component_rich_style("key-list--cursor")
            return Strip(Segment.apply_style(strip, None, Style(bgcolor=cursor.bgcolor)), width)
        return strip

    def _drawn(self, line: Line, width: int) -> Strip:
        indent = " " * min(1 + 2 * line.depth, width // 3)
        if line.branch is not None:
            fold, right, tone = "▾ " if line.branch.is_open else "▸ ", [], "branch"
            limits = line.branch.limits if line.branch.is_open else ""
            right = [(limits, "muted")] if limits and width >= 60 else []
            right.append((spaced(line.branch.count), "muted"))
        else:
            assert line.key is not None, "a line is a branch or a key"
            is_open = line.key == self.opened
            fold, tone = "● " if is_open else "  ", "open" if is_open else "plain"
            right = [(self._memory_text(line.key), "muted")]
            if width >= 36:
                right.insert(0, (self._types.get(line.key, "").ljust(_TYPE), "muted"))
        tail = "  ".join(text for text, _ in right)
        room = max(width - cell_len(indent) - 2 - cell_len(tail) - 2, 4)
        name = key_text(line.name) or '""'
        if cell_len(name) > room:
            name = set_cell_size(name, room - 1) + "…"
        segments = [
            self._segment(f"{indent}{fold}", tone),
            self._segment(set_cell_size(name, room), tone),
            self._segment(f" {tail} ", "muted"),
        ]
        return Strip(segments).crop_extend(0, width, self._ground)

    def _memory_text(self, key: bytes) -> str:
        size = self._memory.get(key)
        text = bytes_text(size) if size is not None else (NONE if key in self._memory else "")
        return text.rjust(_MEMORY)

    def _segment(self, text: str, tone: str) -> Segment:
        style = self._styles_of.get(tone)
        if style is None:
            style = self._styles_of[tone] = self.get_component_rich_style(f"key-list--{tone}")
        return Segment(text, style)

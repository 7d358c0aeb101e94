"""A build on screen: the folder asked for, each step as it goes, the last words of the output."""

from __future__ import annotations

from contextlib import aclosing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Final

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Input, Static
from textual.worker import Worker

from backend_tui.core.errors import BackendError
from backend_tui.core.text import clean_line
from backend_tui.panes.docker.engine.connection import Engine
from backend_tui.panes.docker.images.building import Progress, Step, build, default_tag
from backend_tui.ui.record_table import Cell, Column, RecordTable

_SHOWN: Final = 5


def _state(step: Step) -> Cell:
    match step.state:
        case "running":
            return "◌ running…", "warning"
        case "cached":
            return "= from cache", "good"
        case "done":
            return f"✓ {step.seconds:.1f} s", "good"
        case "failed":
            return "✗ failed", "error"


_COLUMNS: Final[tuple[Column[Any], ...]] = (
    Column("step", lambda step: (str(step.number), "muted"), 4, is_number=True),
    Column("state", _state, 13),
    Column("instruction", lambda step: (step.text, "plain"), 0),
)


class BuildView(Vertical):
    """Hidden until `ask`; one build at a time, which esc cancels and then puts away."""

    DEFAULT_CSS = """
    BuildView {
        display: none; height: 3fr;
        &.-shown { display: block; }
        & > Static { height: auto; padding: 0 1; background: $surface; }
        & > Input { height: 1; border: none; padding: 0 1; background: $panel; }
        & > #build-output { max-height: 5; color: $text-muted; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "leave", "Cancel, or close")]

    @dataclass
    class Ended(Message):
        """It was built, failed with `problem`, was cancelled, or put away (`tag` empty)."""

        tag: str
        folder: Path | None
        image: str = ""
        problem: BackendError | None = None
        is_cancelled: bool = False

    def __init__(self, engine: Engine) -> None:
        super().__init__()
        self.engine = engine
        self.progress = Progress()
        self._worker: Worker[None] | None = None

    def compose(self) -> ComposeResult:
        yield Static("Build an image", markup=False, id="build-title")
        yield Input(placeholder="the folder with the Dockerfile", compact=True, id="build-folder")
        yield RecordTable[Step](
            _COLUMNS, identity=lambda step: step.number, empty="enter builds it, esc leaves it"
        )
        yield Static(markup=False, id="build-output")

    @property
    def is_building(self) -> bool:
        return self._worker is not None and self._worker.is_running

    def ask(self) -> None:
        """Show it and take the focus."""
        self.add_class("-shown")
        field = self.query_one(Input)
        field.value = field.value or str(Path.cwd())
        (self.query_one(RecordTable) if self.is_building else field).focus()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        if self.is_building or not event.value.strip():
            return
        folder = Path(event.value.strip()).expanduser().absolute()
        self.query_one(RecordTable).focus()
        self._worker = self.run_worker(self._build(folder), group="build", exit_on_error=False)

    def action_leave(self) -> None:
        if self.is_building and self._worker is not None:
            self._worker.cancel()
            return
        self.remove_class("-shown")
        self.post_message(self.Ended("", None))

    async def _build(self, folder: Path) -> None:
        tag = default_tag(folder)
        self.query_one(RecordTable).clear()
        self.progress = Progress()
        self._say(f"Building {tag}  esc cancels", "$text-warning")
        ended = self.Ended(tag, folder, is_cancelled=True)
        try:
            async with aclosing(build(self.engine, folder, tag)) as states:
                async for progress in states:
                    self._draw(progress)
            ended = self.Ended(tag, folder, image=self.progress.image)
            cached = f"{self.progress.cached} of {self.progress.total} steps from the cache"
            self._say(f"✓ {tag} is built, {cached}", "$text-success")
        except BackendError as problem:
            ended = self.Ended(tag, folder, problem=problem)
            self._say(f"✗ {problem.what}", "$text-error")
        finally:
            if ended.is_cancelled and self.is_attached:
                self._say("✗ cancelled: the engine stopped at this step", "$text-warning")
            self.post_message(ended)

    def _draw(self, progress: Progress) -> None:
        known = len(self.progress.steps)
        self.progress = progress
        self.query_one(RecordTable).extend(progress.steps[max(known - 1, 0) :])
        lines = progress.lines[-_SHOWN:]
        self.query_one("#build-output", Static).update("\n".join(lines))

    def _say(self, words: str, tone: str) -> None:
        title = self.query_one("#build-title", Static)
        title.update(Content.styled(clean_line(words), tone))

"""The editors with the language behind them: completion, findings, layout, rework, insertion."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar, Final

from textual.binding import Binding, BindingType
from textual.message import Message
from textual.timer import Timer
from textual.widgets import TextArea

from backend_tui.core.errors import BackendError, UsageError
from backend_tui.core.text import clean_line, shorten
from backend_tui.panes.graphql import documents, filling, writing
from backend_tui.panes.graphql.completion import Completion
from backend_tui.panes.graphql.diagnosis import Diagnosis, Edit
from backend_tui.panes.graphql.model import DocumentRead
from backend_tui.panes.graphql.request import Draft, Operation
from backend_tui.panes.graphql.variables import extracted_arguments, variables_skeleton
from backend_tui.panes.graphql.widgets.editor_section import EditorSection
from backend_tui.panes.graphql.widgets.query_editor import QueryEditor
from backend_tui.ui.completion_popup import CompletionPopup

if TYPE_CHECKING:
    from backend_tui.panes.graphql.schema import Schema

_PAUSE: Final = 0.25


class WritingDesk(EditorSection):
    """Knows the schema; posts `Read` when a draft was checked, `Failed` when rework cannot be."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("alt+n", "problem(1)", "Next problem", tooltip="To the next finding in the query"),
        Binding("alt+p", "problem(-1)", "Previous problem", show=False),
        Binding("alt+v", "skeleton", "Variables", tooltip="Write the variables by their types"),
        Binding("alt+a", "fill", "Fill", tooltip="All fields into the selection at the cursor"),
        Binding("alt+e", "extract", "Extract", show=False, tooltip="Arguments become variables"),
        Binding("alt+m", "merge", "Merge", show=False, tooltip="Write out the named fragments"),
        Binding("alt+k", "minify", "Minify", show=False, tooltip="The shortest text of the same"),
    ]

    @dataclass
    class Read(Message):
        """A draft was checked; `operation` is the one the cursor means."""

        event: DocumentRead
        operation: Operation | None

    @dataclass
    class Meant(Message):
        """The cursor went into another operation."""

        operation: Operation | None

    @dataclass
    class Failed(Message):
        """What was asked for cannot be done with this document."""

        problem: BackendError

    def __init__(self) -> None:
        super().__init__()
        self.schema: Schema | None = None
        self.meant: Operation | None = None
        self._operations: tuple[Operation, ...] = ()
        self._diagnosis = Diagnosis()
        self._completion = Completion(0, 0)
        self._checking: Timer | None = None
        self._looking: Timer | None = None
        self._checked: tuple[str, str] | None = None

    def show_schema(self, schema: Schema | None) -> None:
        """Complete and check by this schema from now on."""
        if schema is not self.schema:
            self.schema = schema
            self._checked = None
            self.check_soon(0.01)

    def show_findings(self, operations: tuple[Operation, ...], diagnosis: Diagnosis) -> None:
        """Underline what was found and say what stands at the cursor."""
        self._operations, self._diagnosis = operations, diagnosis
        self.document.problems = writing.problems(diagnosis)
        self._say()

    def show_variables_findings(self, diagnosis: Diagnosis) -> None:
        """Underline what is wrong with the variables."""
        self.variables.problems = writing.problems(diagnosis)
        errors = diagnosis.errors
        self.mark("variables", f"✗ {errors}" if errors else "")
        if errors:
            first = diagnosis.problems[0]
            words = f"✗ {first.line}:{first.column} {first.message}"
            self.variables.say(clean_line(words), is_wrong=True)

    async def meant_now(self) -> Operation | None:
        """The operation the cursor means in the text as it is this moment."""
        document, caret = self.document.text, self.document.caret
        found = await writing.off_loop(len(document), documents.operations, document)
        return writing.operation_meant(found, caret)

    # Checking

    def check_soon(self, pause: float = _PAUSE) -> None:
        """Check the draft once the person pauses."""
        if not self.is_attached:
            return
        if self._checking is not None:
            self._checking.stop()
        self._checking = self.set_timer(pause, self._start_check)

    def _start_check(self) -> None:
        self._checking = None
        if self.popup.is_open:
            self.check_soon()  # a word is being chosen: half of it is no mistake yet
            return
        self.run_worker(self._check(), group="check", exclusive=True)

    async def _check(self) -> None:
        draft = self.draft
        if self._checked == (draft.document, draft.variables):
            return
        event, meant = await writing.read_document(
            draft, self.document.caret, self.meant, self.schema
        )
        if draft.document == self.draft.document:
            self._checked = (draft.document, draft.variables)
            self.meant = meant
            self.post_message(self.Read(event, meant))
            self._say()

    def on_text_area_selection_changed(self, event: TextArea.SelectionChanged) -> None:
        event.stop()
        if event.text_area is self.document and self._looking is None:
            self._looking = self.set_timer(0.1, self._look)

    def _look(self) -> None:
        """The cursor has moved: which operation is it in, which finding is there."""
        self._looking = None
        meant = writing.operation_meant(self._operations, self.document.caret)
        if meant != self.meant and self._checked == (self.draft.document, self.draft.variables):
            self.meant = meant
            self.post_message(self.Meant(meant))
        self._say()

    def _say(self) -> None:
        here = self.document.problem_at_cursor()
        errors, count = self._diagnosis.errors, len(self._diagnosis.problems)
        self.mark("query", f"✗ {errors}" if errors else f"▲ {count}" if count else "")
        name = clean_line(self.meant.title) if self.meant else ""
        line, column = self.document.cursor_location
        if here is not None:
            self.document.say(
                f"{here.symbol} {clean_line(str(here))}", is_wrong=not here.is_warning
            )
        elif errors:
            words = f"✗ {errors} {'problem' if errors == 1 else 'problems'}, alt+n leads there"
            self.document.say(words, is_wrong=True)
        elif self._diagnosis.note:
            self.document.say(f"○ {clean_line(self._diagnosis.note)}")
        elif name:
            judged = "✓ valid" if self.schema is not None else "○ no schema"
            self.document.say(f"{judged}  ▸ {shorten(name, 40)}  {line + 1}:{column + 1}")
        else:
            self.document.say("")

    def action_problem(self, step: int) -> None:
        """To the next finding or the one before."""
        if self.document.next_problem(step) is not None:
            self.run_worker(self.focus_editor("query"))
            self._say()

    # Completion

    def on_query_editor_wanted(self, event: QueryEditor.Wanted) -> None:
        event.stop()
        if self.schema is None:
            if event.is_asked:
                self.post_message(self.Failed(_no_schema()))
            return
        if not event.is_asked and len(self.document.text) > writing.LONGEST_READ:
            return  # a long document is read only when the person asks
        self.run_worker(self._complete(is_asked=event.is_asked), group="complete", exclusive=True)

    async def _complete(self, *, is_asked: bool) -> None:
        schema, editor = self.schema, self.document
        text, caret = editor.text, editor.caret
        if schema is None:
            return
        found = await writing.suggested(schema, text, caret)
        if (editor.text, editor.caret) != (text, caret) or not editor.has_focus:
            return
        listed = writing.suggestions(found)
        word = text[found.start : caret]
        is_written = len(listed) == 1 and listed[0].text == word and not is_asked
        self._completion = found
        self.popup.show(() if is_written else listed, editor.cursor_screen_offset)

    def on_query_editor_accepted(self, event: QueryEditor.Accepted) -> None:
        event.stop()
        found, editor = self._completion, self.document
        start = editor.location_of(found.start)
        end = max(editor.cursor_location, editor.location_of(found.end))
        after = editor.replace(event.suggestion.text, start, end, maintain_selection_offset=False)
        line, column = after.end_location
        editor.move_cursor((line, max(column - event.suggestion.caret, 0)))
        if event.suggestion.text.endswith((": ", "(", "{ ", "@", "$", "... ")):
            editor.action_complete()

    def on_completion_popup_accepted(self, event: CompletionPopup.Accepted) -> None:
        event.stop()
        self.popup.close()
        self.post_message(QueryEditor.Accepted(self.document, event.suggestion))

    # Rework

    def write(self, edit: Edit) -> None:
        """Do an edit in the document; undo takes it back."""
        editor = self.document
        start, end = editor.location_of(edit.start), editor.location_of(edit.end)
        editor.history.checkpoint()
        editor.replace(edit.text, start, end, maintain_selection_offset=False)
        editor.history.checkpoint()
        editor.go_to(editor.location_of(edit.cursor))

    def insert(self, type_name: str, field: str) -> None:
        """Write a field of a type at the cursor."""
        if self.schema is not None:
            document, caret = self.document.text, self.document.caret
            self.write(filling.insertion(self.schema, document, caret, type_name, field))

    def action_fill(self) -> None:
        """All fields into the selection at the cursor."""
        if self.schema is None:
            self.post_message(self.Failed(_no_schema()))
            return
        edit = filling.filled(self.schema, self.document.text, self.document.caret)
        if edit is not None:
            self.write(edit)
        else:
            self.notify("Nothing to fill here.", markup=False, timeout=2)

    def on_query_editor_lay_out(self, event: QueryEditor.LayOut) -> None:
        event.stop()
        self._rework(documents.prettified)

    def action_merge(self) -> None:
        self._rework(documents.merged_fragments)

    def action_minify(self) -> None:
        self._rework(documents.minified)

    def _rework(self, work: Callable[[str], str]) -> None:
        self.run_worker(self._reworked(work), group="rework", exclusive=True)

    async def _reworked(self, work: Callable[[str], str]) -> None:
        """The document made anew as one edit; one that cannot be read stays as it is."""
        editor = self.document
        text, (line, _) = editor.text, editor.cursor_location
        try:
            made = await writing.off_loop(len(text), work, text)
        except BackendError as problem:
            self.post_message(self.Failed(problem))
            return
        if editor.text == text:
            editor.become(made)
            editor.go_to((line, 0))

    async def action_skeleton(self) -> None:
        """A member for each variable of the operation; what is written already stays."""
        try:
            text = variables_skeleton(
                self.draft.document, self.meant, self.schema, self.draft.variables
            )
        except BackendError as problem:
            self.post_message(self.Failed(problem))
            return
        if not text:
            self.notify("The operation has no variables.", markup=False, timeout=2)
            return
        self.write_variables(text)
        await self.focus_editor("variables")

    def write_variables(self, text: str) -> None:
        """Other variables; undo in their editor brings those before back."""
        self._become(replace(self.draft, variables=text))
        self._fill("variables")

    def action_extract(self) -> None:
        """The literal arguments of the operation become variables."""
        if self.schema is None:
            self.post_message(self.Failed(_no_schema()))
            return
        try:
            document, variables = extracted_arguments(
                self.draft.document, self.draft.variables, self.meant, self.schema
            )
        except BackendError as problem:
            self.post_message(self.Failed(problem))
            return
        self.write_variables(variables)
        self.document.become(document)

    def _become(self, draft: Draft) -> None:
        super()._become(draft)
        self.check_soon()

    def show(self, draft: Draft) -> None:
        super().show(draft)
        self.check_soon(0.01)


def _no_schema() -> UsageError:
    return UsageError(
        "There is no schema yet.",
        "Completion and insertion need to know its types.",
        "alt+d opens the schema: r asks the server, o reads a file.",
    )

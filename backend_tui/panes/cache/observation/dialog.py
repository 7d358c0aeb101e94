"""The ladder on screen: every rung with what it tells and costs; one is chosen and agreed to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from textwrap import wrap
from typing import ClassVar, Final, Literal

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.reactive import reactive
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from backend_tui.core.text import clean
from backend_tui.panes.cache.observation.batch import Rung
from backend_tui.panes.cache.observation.offers import SECONDS, Consent, Offer

_TIMES: Final = (5.0, 10.0, 20.0, 30.0, 60.0)
_SURE: Final = "yes"
_ROOM: Final = 69
"""Cells of a line before the first layout, on every screen that is wide enough."""


@dataclass(frozen=True, slots=True)
class Choice:
    """The rung the person steps on, for how long, and the consent they gave to it."""

    rung: Rung | Literal["feed"]
    seconds: float | None
    consent: Consent


class ObservationDialog(ModalScreen[Choice | None]):
    """Answers a `Choice`, or None when the person leaves it as it is."""

    DEFAULT_CSS = """
    ObservationDialog {
        align: center middle;
        & > Vertical {
            width: 76;
            max-width: 100%;
            height: auto;
            max-height: 100%;
            padding: 1 2;
            background: $surface;
            border-left: outer $primary;
        }
        Static { height: auto; }
        .rung { padding: 0 1; }
        .rung.-chosen { background: $block-cursor-background; color: $block-cursor-foreground; }
        #agreement { margin-top: 1; }
        #agreement.-asking { border-left: thick $warning; padding-left: 1; }
        #sure { display: none; height: 1; border: none; padding: 0 1; background: $panel; }
        #sure.-asking { display: block; }
        #keys { margin-top: 1; color: $text-muted; }
    }
    """
    AUTO_FOCUS = ""
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "back", "Back"),
        Binding("up,k", "step(-1)", "Rung above"),
        Binding("down,j", "step(1)", "Rung below"),
        Binding("left,minus", "time(-1)", "Shorter"),
        Binding("right,plus", "time(1)", "Longer"),
        Binding("enter", "choose", "Choose", priority=False),
    ]

    chosen: reactive[int] = reactive(0)
    seconds: reactive[float] = reactive(SECONDS)
    is_asking: reactive[bool] = reactive(False)

    def __init__(self, offers: Sequence[Offer], current: Rung | Literal["feed"]) -> None:
        super().__init__()
        self._offers = tuple(offers)
        self._current = current
        names = [offer.rung for offer in self._offers]
        self.set_reactive(ObservationDialog.chosen, names.index(current) if current in names else 0)

    @property
    def offer(self) -> Offer:
        """The rung under the cursor."""
        return self._offers[self.chosen]

    def compose(self) -> ComposeResult:
        with Vertical():
            yield Static(
                Content.styled("How closely to watch this cache", "bold"), id="title", markup=False
            )
            for number in range(len(self._offers)):
                yield Static(id=f"rung-{number}", classes="rung", markup=False)
            yield Static(id="agreement", markup=False)
            yield Input(id="sure", compact=True)
            yield Static(id="keys", markup=False)

    def on_mount(self) -> None:
        self._draw()

    def on_resize(self) -> None:
        self.call_after_refresh(self._draw)

    def watch_chosen(self) -> None:
        self.is_asking = False
        self._draw()

    def watch_seconds(self) -> None:
        self._draw()

    def watch_is_asking(self) -> None:
        self._draw()
        is_typed = self.is_asking and self.offer.needs == "typed"
        for field in self.query("#sure").results(Input):
            field.set_class(is_typed, "-asking")
            field.value = ""
            field.focus() if is_typed else self.set_focus(None)

    def action_step(self, step: int) -> None:
        """The rung above or below."""
        self.chosen = (self.chosen + step) % len(self._offers)

    def action_time(self, step: int) -> None:
        """A shorter or longer time for the rung that ends by itself."""
        if self.offer.rung == "exact":
            at = _TIMES.index(self.seconds) + step
            self.seconds = _TIMES[min(max(at, 0), len(_TIMES) - 1)]

    def action_choose(self) -> None:
        """Step on the rung, after the consent that it needs."""
        match self.offer.needs:
            case "nothing":
                self._answer("nothing")
            case "confirm" if self.is_asking:
                self._answer("confirm")
            case "confirm" | "typed":
                self.is_asking = True
            case "refused":
                self.app.bell()

    def action_back(self) -> None:
        """Take the question back, or leave everything as it is."""
        if self.is_asking:
            self.is_asking = False
        else:
            self.dismiss(None)

    @on(Input.Submitted, "#sure")
    def _agree(self, event: Input.Submitted) -> None:
        event.stop()
        if event.value.strip().lower() == _SURE:
            self._answer("typed")
        else:
            self.is_asking = False

    def _answer(self, consent: Consent) -> None:
        is_bounded = self.offer.rung == "exact"
        self.dismiss(Choice(self.offer.rung, self.seconds if is_bounded else None, consent))

    def _draw(self) -> None:
        if not self.query("#keys"):
            return
        for number, offer in enumerate(self._offers):
            rung = self.query_one(f"#rung-{number}", Static)
            rung.set_class(number == self.chosen, "-chosen")
            rung.update(self._rung(number, offer))
        agreement = self.query_one("#agreement", Static)
        agreement.set_class(self.is_asking, "-asking")
        agreement.update(self._agreement())
        keys = ["↑ ↓ rung"]
        if self.offer.rung == "exact":
            keys.append("← → seconds")
        keys += ["enter choose", "esc back" if self.is_asking else "esc leave it"]
        self.query_one("#keys", Static).update(Content("   ".join(keys)))

    def _rung(self, number: int, offer: Offer) -> Content:
        mark = "●" if offer.rung == self._current else "✗" if offer.needs == "refused" else "○"
        title = offer.title
        if offer.rung == "exact":
            title = f"{title.removesuffix(', for seconds')} for {self.seconds:g} s"
        notes = {"confirm": "asks first", "typed": "risky here", "refused": "not here"}
        note = "now" if offer.rung == self._current else notes.get(offer.needs, "")
        head = Content.styled(f"{mark} {title}", "bold" if number == self.chosen else "")
        if note:
            head = Content.assemble(
                head, (f"  {note}", "" if number == self.chosen else "$text-muted")
            )
        if number != self.chosen:
            return head
        room = max((self.query_one(f"#rung-{number}").size.width or _ROOM) - 2, 20)
        lines = [*wrap(offer.words, room), *wrap(offer.cost, room)]
        return Content("\n").join((head, *(Content(f"  {line}") for line in lines)))

    def _agreement(self) -> Content:
        offer = self.offer
        lines = [Content(clean(offer.why))] if offer.why else []
        if self.is_asking and offer.needs == "typed":
            lines.append(Content(f"This may hurt the server. Type {_SURE} and press enter:"))
        elif self.is_asking:
            lines.append(Content.styled("▲ Press enter again to do it.", "bold"))
        elif offer.needs == "refused":
            lines.insert(0, Content.styled("✗ It cannot be had here.", "$text-error"))
        return Content("\n").join(lines)

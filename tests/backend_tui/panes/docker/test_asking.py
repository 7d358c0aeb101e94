"""Questions before acts: they have the keys at once, count before a prune, guard far engines."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest
from textual.app import App, ComposeResult
from textual.widgets import Button

from backend_tui.panes.docker import acts
from backend_tui.panes.docker.widgets.confirm_card import ConfirmCard, Question
from backend_tui.panes.docker.widgets.engine_card import EngineCard
from backend_tui.panes.docker.widgets.prune_card import PruneCard
from backend_tui.ui.error_banner import ErrorBanner
from tests.backend_tui.panes.docker.conftest import until
from tests.backend_tui.panes.docker.test_pane import opened
from tests.real_engine import RealEngine

real = pytest.mark.service("docker")
_LONG_SLEEP = "trap 'exit 0' TERM; while :; do sleep 0.05; done"


class Asking(App[None]):
    """One card over a button that has the focus; `answers` is what it said."""

    def __init__(self) -> None:
        super().__init__()
        self.answers: list[tuple[bool, str]] = []

    def compose(self) -> ComposeResult:
        yield ConfirmCard()
        yield Button("below")

    def on_mount(self) -> None:
        self.query_one(Button).focus()

    def on_confirm_card_answered(self, message: ConfirmCard.Answered) -> None:
        self.answers.append((message.is_yes, message.name))

    def ask(self, word: str = "", *, is_ready: bool = True) -> ConfirmCard:
        card = self.query_one(ConfirmCard)
        card.ask(
            Question(
                title="Remove web?",
                does="",
                whom="",
                where="tcp://far:2376",
                line="docker rm web",
                is_remote=bool(word),
                word=word,
                is_ready=is_ready,
            )
        )
        return card


async def test_on_a_far_engine_the_word_must_be_typed() -> None:
    app = Asking()
    async with app.run_test() as pilot:
        card = app.ask("remove")
        await pilot.press("enter")
        await pilot.press(*"remov", "enter")
        assert app.answers == []
        assert card.question is not None
        await pilot.press("e", "enter")
        await until(lambda: app.answers == [(True, "remove")])
        assert app.focused is app.query_one(Button)


async def test_what_is_not_ready_cannot_be_answered_with_yes() -> None:
    app = Asking()
    async with app.run_test() as pilot:
        app.ask(is_ready=False)
        assert app.focused is app.query_one(ConfirmCard)
        await pilot.press("enter", "x", "tab")
        assert app.answers == []
        await pilot.press("escape")
        await until(lambda: app.answers == [(False, "")])


@real
async def test_keys_typed_at_once_after_an_act_answer_its_question(engine: RealEngine) -> None:
    engine.script(_LONG_SLEEP, name="web")
    async with opened(engine.url) as (app, pilot):
        for key in ("s", "d", "j", "enter"):  # no pause: all wait in the same queue
            app.simulate_key(key)
        await until(lambda: app.state("web") == "exited")
        (command,) = app.docker.state.commands
        assert command.line.endswith("stop web")
        await until(lambda: not app.page.state.doing)
        for key in ("n", "2", "enter"):
            app.simulate_key(key)
        await until(lambda: app.names == ["web2"])
        await pilot.pause()
        assert app.focused is app.table


@real
async def test_copies_are_of_the_name_or_of_the_id(engine: RealEngine) -> None:
    identity = engine.container(name="web", starts=False)
    async with opened(engine.url) as (app, pilot):
        await pilot.press("y")
        await until(lambda: app.clipboard == "web")
        await pilot.press("Y")
        await until(lambda: app.clipboard == identity)


@real
async def test_a_prune_is_counted_before_it_is_asked_and_every_kind_is_offered(
    engine: RealEngine,
) -> None:
    engine.container(name="web")
    engine.container(name="old", starts=False)
    engine.api.create_volume("t-loose")
    try:
        async with opened(engine.url) as (app, pilot):
            card = app.docker.query_one(PruneCard)
            await pilot.press("b")
            assert card.has_focus
            await until(lambda: card.question and card.question.is_ready)
            await pilot.pause(0.1)
            assert "Prune 1 container," in app.drawn()
            for _ in range(2):
                await pilot.press("right")
            await until(lambda: card.question and card.question.whom == "t-loose")
            await pilot.press("left", "left")
            await until(lambda: card.question and card.question.whom == "old")
            await pilot.press("enter")
            await until(lambda: app.names == ["web"])
            assert app.docker.state.commands[-1].line.endswith("container prune -f")
            assert app.focused is app.table
    finally:
        engine.api.remove_volume("t-loose")


@real
async def test_an_act_that_a_hung_engine_never_answers_ends_with_words(
    own_engine: RealEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(acts, "PATIENCE", 0.5)
    assert own_engine.daemon is not None
    one = own_engine.container(name="na")
    async with opened(own_engine.url) as (app, pilot):
        own_engine.daemon.freeze()
        await pilot.press("p")
        await until(lambda: app.docker.state.commands and app.docker.state.commands[-1].outcome)
        problem = app.docker.query_one(ErrorBanner).problem
        assert problem is not None
        assert problem.what == "No answer to: pause na."
        assert "may still do it" in problem.hint
        assert not app.docker.state.doing
        own_engine.daemon.thaw()
        monkeypatch.undo()
        await until(lambda: app.page.state.containers[one].state == "paused")
        await pilot.press("p")
        await until(lambda: app.state("na") == "running")
        await until(lambda: app.docker.query_one(ErrorBanner).problem is None)


@real
async def test_other_engines_are_stepped_through_and_used_after_a_yes(
    engine: RealEngine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine.container(name="web")
    for name, host in (("here", engine.url), ("gone", "unix:///tmp/there-is-none.sock")):
        folder = tmp_path / "contexts" / "meta" / hashlib.sha256(name.encode()).hexdigest()
        folder.mkdir(parents=True)
        meta = {"Name": name, "Endpoints": {"docker": {"Host": host}}}
        (folder / "meta.json").write_text(json.dumps(meta))
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setattr("backend_tui.stack.docker_endpoint.other_sockets", lambda _: ())
    async with opened("tcp://127.0.0.1:1") as (app, pilot):
        card = app.docker.query_one(EngineCard)
        await pilot.press("D")
        await until(lambda: card.question)
        assert card.question is not None
        assert card.question.title == "Use the context gone?"
        await pilot.press("right")
        assert card.question.title == "Use the context here?"
        assert card.question.line == "docker --context here ps"
        await pilot.press("enter")
        await until(lambda: app.names == ["web"])
        assert app.docker.client.address.context == "here"
        await pilot.press("D")
        await until(lambda: card.question and "gone" in card.question.title)
        titles = set()
        while card.question.title not in titles:
            titles.add(card.question.title)
            await pilot.press("left")
        assert "Use the engine of the beginning?" in titles
        await pilot.press("escape")
        assert app.names == ["web"]

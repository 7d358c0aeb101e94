"""What the pane knows follows from events alone; rows are filtered, sorted and grouped."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from backend_tui.core.errors import BackendError
from backend_tui.panes.docker.acts import ACTS, docker_line
from backend_tui.panes.docker.container import PROJECT, SERVICE, Container
from backend_tui.panes.docker.engine.events import EngineEvent
from backend_tui.panes.docker.engine.stats import Sample
from backend_tui.panes.docker.model import (
    ActEnded,
    ActStarted,
    DockerState,
    Event,
    Failure,
    Filtered,
    FoldToggled,
    MarkToggled,
    SamplesArrived,
    Selected,
    Sorted,
    StoppedToggled,
)
from backend_tui.panes.docker.rows import ContainerRow, GroupRow, rows
from backend_tui.panes.docker.watching import (
    ContainersChanged,
    ContainersListed,
    EngineInfo,
    EngineLost,
    EngineReached,
    EventsHappened,
)
from backend_tui.stack.docker_endpoint import EngineAddress

ADDRESS = EngineAddress("unix:///var/run/docker.sock", "default")
AT = datetime(2026, 1, 2, tzinfo=UTC)


def container(name: str, state: Any = "running", project: str = "", **given: Any) -> Container:
    labels = ((PROJECT, project), (SERVICE, name)) if project else ()
    return Container(
        id=name,
        name=name,
        image="img",
        image_id="",
        command="",
        created=0,
        state=state,
        labels=labels,
        **given,
    )


def sample(name: str, cpu: float | None = 1.0, memory: int = 1) -> Sample:
    return Sample(name, 0, cpu, 2, memory, 10, None, None, 0, 0, 1)


def after(*events: Event, state: DockerState | None = None) -> DockerState:
    state = state or DockerState()
    for event in events:
        state = state.after(event)
    return state


def keys(state: DockerState) -> list[str]:
    return [row.key for row in rows(state)]


LISTED = ContainersListed((container("web"), container("db"), container("old", "exited")))


def test_lost_and_back_are_events() -> None:
    info = EngineInfo(ADDRESS, "20", "1.41")
    state = after(EngineReached(info), LISTED, SamplesArrived((sample("web"),)))
    lost = after(EngineLost(BackendError("gone"), 0.5), state=state)
    assert (lost.engine, lost.samples, len(lost.containers)) == ("lost", {}, 3)
    assert after(EngineReached(info), state=lost).engine == "live"


def test_what_is_gone_is_forgotten_but_the_selection_stays_for_its_detail() -> None:
    state = after(LISTED, Selected("db"), MarkToggled(frozenset({"db", "web"})))
    state = after(ContainersChanged((), frozenset({"db"})), state=state)
    assert set(state.containers) == {"web", "old"}
    assert state.marked == frozenset({"web"})
    assert (state.selected, state.chosen) == ("db", None)


def test_an_event_changes_the_row_before_the_list_does() -> None:
    die = EngineEvent(at=5, kind="container", action="die", id="web", exit_code=3)
    state = after(LISTED, SamplesArrived((sample("web"),)), EventsHappened((die,)))
    assert (state.containers["web"].state, state.containers["web"].exit_code) == ("exited", 3)
    assert state.samples == {}
    assert state.told[-1].why == "exit 3: its own code, a failure"
    destroy = EngineEvent(at=6, kind="container", action="destroy", id="web")
    assert "web" not in after(EventsHappened((destroy,)), state=state).containers


def test_why_it_ended_is_claimed_only_of_what_was_seen() -> None:
    kill = EngineEvent(at=5, kind="container", action="kill", id="web", signal=9)
    die = EngineEvent(at=5, kind="container", action="die", id="web", exit_code=137)
    seen = after(LISTED, EventsHappened((kill, die)))
    assert seen.ending(seen.containers["web"]) == "137 SIGKILL: sent by the engine"
    assert DockerState().ending(container("x", "exited", exit_code=137)) == "137 SIGKILL"
    assert seen.ending(seen.containers["db"]) == ""


def test_an_act_is_shown_while_it_lasts_and_logged_with_its_failures() -> None:
    ids = frozenset({"web", "db"})
    state = after(LISTED, ActStarted(1, "stop", ids, "docker stop web db", AT))
    assert dict(state.doing) == {"web": "stop", "db": "stop"}
    assert state.commands[-1].outcome == ""
    failure = Failure("db", BackendError("refused", "it is paused"))
    state = after(ActEnded(1, ids, 1, (failure,)), state=state)
    assert state.doing == {}
    assert state.commands[-1].outcome == "1 done, 1 failed (db: it is paused)"


def test_the_filter_wants_every_word_somewhere() -> None:
    state = after(LISTED, Filtered("WE img"))
    assert keys(state) == ["web"]
    assert keys(after(Filtered("running"), state=state)) == ["db", "web"]
    hidden = after(Filtered(""), StoppedToggled(), state=state)
    assert keys(hidden) == ["db", "web"]


def test_those_without_a_value_come_last_either_way() -> None:
    state = after(LISTED, SamplesArrived((sample("web", 5), sample("db", 9))))
    assert keys(after(Sorted("cpu", is_descending=True), state=state)) == ["db", "web", "old"]
    assert keys(after(Sorted("cpu", is_descending=False), state=state)) == ["web", "db", "old"]


def test_projects_are_groups_with_sums_and_fold() -> None:
    own = (container("a", project="shop"), container("b", "exited", project="shop"))
    state = after(ContainersListed((*own, container("lone"))))
    state = after(SamplesArrived((sample("a", 5, 7),)), state=state)
    group, *others = rows(state)
    assert isinstance(group, GroupRow)
    assert (group.project, group.running, group.cpu, group.memory) == ("shop", 1, 5, 7)
    assert [row.key for row in others] == ["a", "b", "lone"]
    assert isinstance(others[0], ContainerRow)
    assert others[0].is_grouped
    assert keys(after(FoldToggled("shop"), state=state)) == ["project shop", "lone"]


def test_docker_lines_do_the_same_in_a_shell() -> None:
    one, two = container("web 1"), container("db", "exited")
    assert docker_line(ADDRESS, "stop", (one, two)) == "docker stop 'web 1' db"
    assert docker_line(ADDRESS, "remove", (one,)) == "docker rm -f 'web 1'"
    assert docker_line(ADDRESS, "remove", (two,)) == "docker rm db"
    assert docker_line(ADDRESS, "rename", (two,), "x y") == "docker rename db 'x y'"


def test_acts_suit_states_as_the_engine_does_them() -> None:
    assert ACTS["start"].suits(container("x", "exited"))
    assert not ACTS["start"].suits(container("x"))
    assert not ACTS["kill"].suits(container("x", "created"))
    assert ACTS["unpause"].suits(container("x", "paused"))

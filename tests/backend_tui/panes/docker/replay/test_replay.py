"""A recording is made without secrets and played as an engine: the same contract for both."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing
from pathlib import Path

import pytest

from backend_tui.core.clock import ManualClock, SystemClock
from backend_tui.core.errors import BackendError, MissingError, UsageError
from backend_tui.panes.docker.client import DockerClient
from backend_tui.panes.docker.engine.connection import SdkEngine
from backend_tui.panes.docker.engine.failures import ActRefusedError, ReadOnlyError
from backend_tui.panes.docker.logs.reading import lines
from backend_tui.panes.docker.replay.choosing import ChosenEngine
from backend_tui.panes.docker.replay.engine import RecordedEngine
from backend_tui.panes.docker.replay.recording import Recorder
from backend_tui.panes.docker.replay.redacting import Redactor
from backend_tui.panes.docker.replay.session import SHIPPED, Session, load, parse
from backend_tui.panes.docker.watching import (
    ContainersListed,
    EngineLost,
    EngineReached,
    EventsHappened,
)
from backend_tui.stack.docker_endpoint import RECORDED, EngineAddress
from tests.real_engine import RealEngine

real = pytest.mark.service("docker")
SECRET = "canary-77"


async def session_of(engine: RealEngine, seconds: float = 3.0) -> tuple[Session, list[str]]:
    """A recording of the engine, during which one container is killed."""
    source = SdkEngine(engine.url)
    made = engine.made[0]
    written: list[str] = []
    try:
        async with aclosing(Recorder(source, SystemClock(), seconds).lines()) as recorded:
            async for line in recorded:
                written.append(line)
                if '"/stats"' not in line and f'"/containers/{made}/stats"' in line:
                    await asyncio.to_thread(engine.api.kill, made, "USR1")
    finally:
        await source.aclose()
    return parse(written, "test"), written


@pytest.fixture(params=["real", "recorded"])
async def either(
    request: pytest.FixtureRequest, engine: RealEngine
) -> AsyncIterator[Callable[[], DockerClient]]:
    """The real engine with one busy container, and a recording of the same."""
    source = "trap 'echo got' USR1; n=0; while :; do n=$((n+1)); echo line $n; sleep 0.2; done"
    engine.script(source, name="web", environment=[f"API_TOKEN={SECRET}"])
    made: list[DockerClient] = []
    session = (await session_of(engine))[0] if request.param == "recorded" else None

    def client() -> DockerClient:
        if session is not None:
            made.append(DockerClient(RecordedEngine(session, SystemClock())))
        else:
            made.append(DockerClient(SdkEngine(engine.url)))
        return made[-1]

    yield client
    for each in made:
        await each.aclose()


@real
async def test_the_contract(either: Callable[[], DockerClient]) -> None:
    client = either()
    (web,) = await client.containers()
    assert (web.name, web.state) == ("web", "running")
    info = await client.info()
    assert re.match(r"\d+\.\d+", info.version)
    document = await client.inspect(web.id)
    assert str(document["Name"]) == "/web"
    top = await client.engine.call("top", web.id)
    assert isinstance(top, dict)
    assert "Titles" in top
    async with aclosing(client.samples(web.id)) as samples:
        first, second = await anext(samples), await anext(samples)
    assert first.memory > 0
    assert second.at > first.at
    assert second.cpu is not None
    async with aclosing(lines(client, web.id, is_tty=False, tail=2)) as batches:
        told = [line for batch in [each async for each in batches] for line in batch]
    assert [line.data.split()[0] for line in told] == [b"line", b"line"]
    assert told[0].at < told[1].at
    with pytest.raises(ActRefusedError) as gone:
        await client.inspect("0" * 64)
    assert gone.value.status == 404
    async with aclosing(client.watch()) as items:
        assert isinstance(await anext(items), EngineReached)
        assert isinstance(await anext(items), ContainersListed)


@real
async def test_a_recording_holds_no_secret_and_no_place(engine: RealEngine) -> None:
    engine.script(
        f"while :; do echo connecting with {SECRET}; sleep 0.3; done",
        name="web",
        environment=[f"API_TOKEN={SECRET}", "URL=redis://u:pw-9@h"],
    )
    written = "\n".join((await session_of(engine, 1.5))[1])
    assert "connecting with •••" in written
    assert SECRET not in written
    assert "pw-9" not in written
    assert engine.url.removeprefix("unix://").rpartition("/")[0] not in written


def test_the_redactor_knows_names_urls_and_values() -> None:
    redactor = Redactor()
    redactor.learn({"Config": {"Env": ["DB_PASSWORD=orange", "COLOUR=blue"]}})
    assert redactor.text("login orange blue") == "login ••• blue"
    assert redactor.text("token: abc password=x --requirepass y") == (
        "token: ••• password=••• --requirepass •••"
    )
    assert redactor.text("the token bucket") == "the token bucket"
    assert redactor.document({"LogPath": "/x", "Cmd": ["a", "orange"]}) == {"Cmd": ["a", "•••"]}


async def test_the_shipped_session_lives_through_all_its_events_by_a_virtual_clock() -> None:
    """No engine is here: what happens comes at the clock's pace, is over, and begins again."""
    clock = ManualClock()
    session = load(SHIPPED)
    engine = RecordedEngine(session, clock)
    client = DockerClient(engine, clock)
    began = clock.now().timestamp()
    actions: list[str] = []
    async with aclosing(client.watch()) as items:
        async for item in items:
            match item:
                case EventsHappened(events):
                    actions += [event.action for event in events]
                    assert all(began <= event.at <= began + session.seconds for event in events)
                case EngineLost(error):
                    assert "at its end" in error.what
                    break
                case _:
                    continue
        assert {"start", "die", "oom", "kill", "pause", "health_status"} <= set(actions)
        assert isinstance(await anext(items), EngineReached)
    assert {each.name for each in await client.containers()} >= {"shop-web-1", "shop-db-1"}


async def test_acts_are_refused_with_words() -> None:
    client = DockerClient(RecordedEngine(load(SHIPPED), ManualClock()))
    (web,) = await client.find(("shop-web-1",))
    with pytest.raises(ReadOnlyError) as refused:
        await client.act("stop", web)
    assert "this is a recording" in refused.value.what
    assert "stop shop-web-1" in refused.value.why


async def test_the_shipped_session_tells_all_that_the_tabs_ask_for() -> None:
    engine = RecordedEngine(load(SHIPPED), ManualClock())
    images = await engine.call("images")
    assert isinstance(images, list)
    for method in ("history", "inspect_image"):
        assert await engine.call(method, images[0]["Id"])
    for method in ("volumes", "networks", "df", "version"):
        assert await engine.call(method)
    client = DockerClient(engine)
    (web,) = await client.find(("shop-web-1",))
    assert "orange" not in json.dumps(await client.inspect(web.id))
    with pytest.raises(BackendError):
        await engine.call("info")


def test_the_shipped_session_names_no_machine() -> None:
    text = SHIPPED.read_text(encoding="utf-8")
    assert "orange-kayak" not in text
    assert "/tmp/bt-docker" not in text
    assert "KernelVersion" not in text
    assert SHIPPED.stat().st_size < 1_000_000


@pytest.mark.parametrize("text", ["", "{}", "nonsense", '{"kind":"docker session","format":9}'])
def test_what_is_no_recording_is_told_with_its_line(text: str) -> None:
    with pytest.raises(UsageError, match="no recording"):
        parse(text.splitlines(), "x")


async def test_a_missing_recording_is_missing_and_a_chosen_one_is_played(tmp_path: Path) -> None:
    with pytest.raises(MissingError, match="no recording"):
        load(tmp_path / "none.ndjson")
    chosen = ChosenEngine(SdkEngine("unix:///tmp/there-is-none.sock"), ManualClock())
    chosen.use(EngineAddress(RECORDED, "chosen"))
    assert chosen.address.is_recorded
    assert await chosen.call("containers", all=True)
    chosen.use(EngineAddress("unix:///tmp/there-is-none.sock", "chosen"))
    assert not chosen.address.is_recorded

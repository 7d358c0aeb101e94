"""`cache strategy`, `burst`, `clock` and `write-back` without a screen, on the real shop."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import click
import pytest
from click.testing import CliRunner, Result

from backend_tui.core.config import Config
from backend_tui.panes.cache.strategies import commands
from tests.backend_tui.panes.rest.test_commands import LateDoor
from tests.backend_tui.stack_at import StackAt

pytestmark = pytest.mark.service("valkey")


@pytest.fixture
def run(cached_shop: StackAt, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Runs `cache …` against the shop that is there already."""

    @asynccontextmanager
    async def opened(config: Config) -> AsyncIterator[StackAt]:
        yield cached_shop

    monkeypatch.setattr(commands, "opened", opened)
    group = click.Group("cache")
    for command in commands.COMMANDS:
        group.add_command(command)

    def runs(*words: str) -> Result:
        return CliRunner().invoke(group, words, obj=LateDoor())

    assert runs("strategy", "reset").exit_code == 0
    return runs


def document(result: Result) -> Any:
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def test_routes_are_listed_and_shown(run: Any) -> None:
    listed = document(run("strategy", "list", "--json"))
    assert listed["routes"][0]["name"] == "lab-a"
    assert listed["routes"][0]["hit_ratio"] is None
    shown = document(run("strategy", "show", "product", "--json"))
    assert shown["policy"]["strategy"] == "cache-aside"
    words = run("strategy", "show", "product")
    assert "It can be:" in words.stderr
    assert "ttl_s" in words.stdout


def test_a_policy_is_set_by_short_names_and_reset(run: Any) -> None:
    route = document(run("strategy", "set", "lab-a", "strategy=write-through", "ttl=30", "--json"))
    assert (route["policy"]["strategy"], route["policy"]["ttl_s"]) == ("write-through", 30)
    document(run("strategy", "reset", "--json"))
    route = document(run("strategy", "show", "lab-a", "--json"))
    assert route["policy"]["strategy"] == "cache-aside"


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (("strategy", "set", "tags", "strategy=write-through"), "write-through"),
        (("strategy", "set", "lab-a", "nothing=1"), "Known: strategy"),
        (("strategy", "set", "nowhere", "ttl=1"), "Known: lab-a"),
        (("strategy", "try", "products", "stale"), "lab-a"),
    ],
)
def test_what_cannot_be_ends_with_2_and_says_why(
    run: Any, words: tuple[str, ...], named: str
) -> None:
    result = run(*words)
    assert result.exit_code == 2
    assert named in result.stderr


def test_a_burst_and_an_experiment_tell_the_counters(run: Any) -> None:
    burst = document(run("burst", "product", "--clients", "5", "--requests", "20", "--json"))
    assert burst["burst"]["good"] == 20
    assert burst["change"]["requests"] == 20
    told = run("strategy", "try", "lab-b", "expire")
    assert told.exit_code == 0, told.output
    assert "+20" in told.stdout
    assert "20 requests by 20 clients" in told.stderr


def test_the_clock_goes_on(run: Any) -> None:
    before = document(run("clock", "advance", "30", "--json"))["offset_s"]
    after = document(run("clock", "advance", "12.5", "--json"))["offset_s"]
    assert after - before == 12.5


def test_write_back_survives_its_crash_test_and_the_naive_way_does_not(run: Any) -> None:
    assert document(run("write-back", "status", "--json"))["is_on"] is False
    crash = document(run("write-back", "crash-test", "--writes", "10", "--json"))
    assert (crash["lost"], crash["doubled"]) == (0, 0)
    assert document(run("write-back", "mode", "naive", "--json"))["mode"] == "naive"
    lost = run("write-back", "crash-test", "--writes", "10")
    assert lost.exit_code == 1
    assert "10 lost" in lost.stdout
    assert document(run("write-back", "mode", "durable", "--json"))["mode"] == "durable"


def test_a_flusher_that_is_not_there_cannot_be_killed(run: Any) -> None:
    result = run("write-back", "kill")
    assert result.exit_code == 1
    assert "Nothing is deferred" in result.stderr

"""`cache keys`, `cache info`, `cache slowlog`, `cache bigkeys` against both real servers."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner
from redis import Redis

from backend_tui.core.config import Config
from backend_tui.core.door import Door
from backend_tui.core.output import Output
from backend_tui.panes.cache.server.commands import COMMANDS
from tests.real_caches import CacheServer


class Run:
    """A command of the group against one server."""

    def __init__(self, url: str) -> None:
        self.url = url

    def __call__(self, *words: str, given: str = "") -> tuple[int, str, str]:
        """Exit code, stdout and stderr."""
        group = click.Group("cache", commands=list(COMMANDS))
        data, said = io.StringIO(), io.StringIO()
        door = Door(Config(redis=self.url), Output(data, said))
        result = CliRunner().invoke(group, list(words), obj=door, input=given)
        return result.exit_code, data.getvalue(), said.getvalue() + result.output

    def json(self, *words: str) -> Any:
        code, data, said = self(*words, "--json")
        assert code == 0, said
        return json.loads(data)


@pytest.fixture
def client(process: CacheServer) -> Redis:
    found = Redis(port=process.port)
    found.mset({f"user:{number}": number for number in range(12)})
    found.set(b"bin\x00\xff", b"\x00\xff")
    found.set("doc", '{"a": 1}', ex=100)
    return found


@pytest.fixture
def run(process: CacheServer, client: Redis) -> Run:
    return Run(process.url)


def test_keys_are_listed_by_glob_as_lines_tree_and_json(run: Run) -> None:
    assert len(run("keys")[1].splitlines()) == 14
    assert sorted(run("keys", "user:1*")[1].split()) == ["user:1", "user:10", "user:11"]
    assert len(run("keys", "--limit", "5")[1].splitlines()) == 5
    assert "user:  12" in run("keys", "--tree")[1]
    lines = run("keys", "--json")[1].splitlines()
    assert {"key": "bin\\x00\\xff", "key_hex": "62696e00ff"} in [json.loads(each) for each in lines]
    assert run("keys", "--nope")[0] == 2


def test_one_key_is_shown_with_everything_and_its_cost(run: Run) -> None:
    found = run.json("keys", "show", "doc")
    assert found["type"] == "string"
    assert found["kind"] == "JSON"
    assert found["value"] == '{"a": 1}'
    assert 90_000 < found["ttl_ms"] <= 100_000
    assert found["own_lookups"]["hits"] > 0
    binary = run.json("keys", "show", "bin\\x00\\xff")
    assert (binary["value"], binary["value_hex"]) == (None, "00ff")
    code, _, said = run("keys", "show", "never")
    assert code == 1
    assert "There is no key never any more." in said


def test_a_value_is_saved(run: Run, tmp_path: Path) -> None:
    assert run("keys", "show", "doc", "--save", str(tmp_path))[0] == 0
    assert [each.read_bytes() for each in tmp_path.iterdir()] == [b'{"a": 1}']


def test_changes_ask_first_unless_told_yes(run: Run, client: Redis) -> None:
    code, _, said = run("keys", "delete", "doc", given="n\n")
    assert code == 2
    assert "Delete doc on " in said
    assert client.exists("doc")
    assert run("keys", "persist", "doc", "--yes")[0] == 0
    assert client.ttl("doc") == -1
    assert run("keys", "expire", "doc", "5m", "--yes")[0] == 0
    assert client.ttl("doc") > 200
    assert run("keys", "rename", "doc", "user:1", "--yes")[0] == 1
    assert run("keys", "rename", "doc", "paper", "--yes")[0] == 0
    assert run("keys", "delete", "paper", given="y\n")[0] == 0
    assert not client.exists("paper", "doc")
    assert run("keys", "expire", "user:1", "soon", "--yes")[0] == 2


def test_info_counts_a_window_and_no_lookups_is_no_ratio(run: Run) -> None:
    found = run.json("info", "--for", "0.2")
    assert (found["hits"], found["misses"], found["hit_ratio"]) == (0, 0, None)
    assert found["keys"] == 14
    code, data, said = run("info", "--for", "0.1")
    assert code == 0
    assert "–" in data
    assert "EXISTS and TTL too" in said


def test_slow_and_large(run: Run, client: Redis) -> None:
    client.config_set("slowlog-log-slower-than", 0)
    client.set("large", "x" * 9_000)
    entries = run.json("slowlog")["entries"]
    assert any(each["command"].startswith("SET large xxx") for each in entries)
    found = run.json("bigkeys")
    assert found["largest"][0]["key"] == "large"
    assert found["keys"] == 15
    assert found["is_estimate"] is False
    assert "large" in run("bigkeys")[1]


def test_a_server_that_is_not_there_ends_with_its_own_code() -> None:
    code, data, said = Run("redis://127.0.0.1:1")("keys")
    assert (code, data) == (3, "")
    assert "Nothing listens at 127.0.0.1:1." in said

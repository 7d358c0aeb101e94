"""`rest send` and `rest routes` without a screen, on the real shop."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from backend_tui.core.config import Config
from backend_tui.core.door import Door
from backend_tui.core.output import Output
from backend_tui.panes.rest import commands
from tests.backend_tui.stack_at import StackAt

ROOT = Path(__file__).parents[4]


@pytest.fixture
def run(shop: StackAt, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Runs `rest …` against the shop that is there already."""

    @asynccontextmanager
    async def opened(config: Config) -> AsyncIterator[StackAt]:
        yield shop

    monkeypatch.setattr(commands, "opened", opened)

    def runs(*words: str, stdin: str | None = None) -> Result:
        return CliRunner().invoke(commands.rest, words, input=stdin, obj=LateDoor())

    return runs


class LateDoor(Door):
    """A door whose output is made when the test's own streams stand."""

    def __init__(self) -> None:
        object.__setattr__(self, "config", Config())

    @property
    def output(self) -> Output:
        return Output()


def test_send_prints_one_document_with_its_trace(run: Any) -> None:
    documents = []
    for _ in range(2):
        result = run("send", "get", "/api/products?page_size=2&q=oak", "--json")
        assert result.exit_code == 0, result.output
        documents.append(json.loads(result.stdout))
    first, second = documents
    assert first["request"]["method"] == "GET"
    assert first["status"] == 200
    assert first["bytes"] == len(
        json.dumps(first["body"], separators=(",", ":"), ensure_ascii=False).encode()
    )
    assert first["trace"]["counters"]["sql"] > 0
    assert second["trace"]["counters"]["sql"] == 0
    assert second["trace"]["counters"]["cache_hits"] > 0
    assert {"connect_us", "send_us", "wait_us", "download_us", "total_us"} <= set(first["timings"])
    names = [span["name"] for span in first["trace"]["spans"]]
    assert {"connect", "send", "wait", "download"} <= set(names)


def test_answer_goes_to_stdout_and_words_to_stderr(run: Any) -> None:
    result = run("send", "GET", "/api/tags?page_size=1")
    assert json.loads(result.stdout)["page_size"] == 1
    assert result.stderr.startswith("HTTP/1.1 200 OK\n")
    assert "trace " in result.stderr


def test_body_headers_roles_and_parameters_are_sent(run: Any, tmp_path: Path) -> None:
    body = tmp_path / "body.json"
    body.write_text('{"n": 1.10}', encoding="utf-8")
    words = (
        "send",
        "POST",
        "/lab/echo",
        "-d",
        f"@{body}",
        "-H",
        "X-A: 1",
        "-H",
        "x-a: 2",
        "-q",
        "a=ü",
    )
    document = json.loads(run(*words, "--json").stdout)
    assert document["status"] == 200
    assert [h["value"] for h in document["request"]["headers"] if h["name"].lower() == "x-a"] == [
        "1",
        "2",
    ]
    assert document["request"]["body"] == '{"n": 1.10}'
    assert document["request"]["url"].endswith("/lab/echo?a=%C3%BC")
    piped = json.loads(run("send", "POST", "/lab/echo", "-d", "@-", "--json", stdin="{}").stdout)
    assert piped["request"]["body"] == "{}"
    one = run("send", "GET", "/api/products/{product_id}", "-p", "product_id=7", "--json")
    assert json.loads(one.stdout)["body"]["id"] == 7
    as_staff = ("send", "GET", "/api/users?page_size=1", "--as", "staff", "--json")
    staff = run(*as_staff)
    assert json.loads(staff.stdout)["status"] == 200
    assert "Bearer shop_" not in staff.stdout
    assert (
        "Bearer shop_"
        in run("send", "GET", "/api/tags", "--as", "staff", "--json", "--show-secrets").stdout
    )


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("send", "GET", "http://127.0.0.1:1/"), 1, "Nothing listens"),
        (("send", "GET", "/x/{id}"), 2, "{id} has no value"),
        (("send", "GE T", "/x"), 2, "no HTTP method"),
        (("send", "GET", "/x", "-H", "nonsense"), 2, "no name and value"),
        (("send", "GET", "/x", "-d", "@/no/such/file"), 2, "cannot be read"),
        (("send", "GET", "/x", "--as", "nobody"), 2, "Known: "),
        (("send", "GET", "/x", "--bearer", "a", "--basic", "b:c"), 2, "exclude each other"),
        (("send", "GET", "/api/products/999999", "--fail"), 1, "404"),
        (("send", "GET", "/lab/slow?ms=5000", "--timeout", "0.2"), 1, "took too long"),
        (("routes", "--openapi", "http://127.0.0.1:1/"), 1, "Nothing listens"),
    ],
)
def test_failures_have_their_exit_code_and_words(
    run: Any, words: tuple[str, ...], code: int, said: str
) -> None:
    result = run(*words)
    assert result.exit_code == code, result.output
    assert said in result.stderr


def test_failure_as_document_still_exits_with_one(run: Any) -> None:
    result = run("send", "GET", "http://127.0.0.1:1/", "--json")
    document = json.loads(result.stdout)
    assert result.exit_code == 1
    assert (document["status"], document["error"]["kind"]) == (None, "refused")


def test_binary_is_saved_and_never_printed(run: Any, tmp_path: Path) -> None:
    result = run("send", "GET", "/lab/binary")
    assert result.stdout == ""
    assert "save it with -o FILE" in result.stderr
    target = tmp_path / "body.bin"
    assert run("send", "GET", "/lab/binary", "-o", str(target)).exit_code == 0
    assert target.stat().st_size > 0


def test_routes_are_listed(run: Any) -> None:
    document = json.loads(run("routes", "--json").stdout)
    known = {(route["method"], route["path"]) for route in document["routes"]}
    assert ("GET", "/api/products") in known
    assert document["base"].startswith("http://127.0.0.1:")
    table = run("routes").stdout.splitlines()
    assert table[0].split() == ["GROUP", "METHOD", "PATH", "SUMMARY"]
    assert len(table) == len(known) + 1


def test_commands_load_no_textual(shop: StackAt) -> None:
    code = "import sys, backend_tui.panes.rest.commands; print('textual' in sys.modules)"
    command = [sys.executable, "-c", code]
    shown = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT)
    assert shown.stdout.strip() == "False"


@pytest.mark.service("valkey")
def test_from_the_shell_a_stack_of_its_own_answers_and_is_gone(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "backend_tui", "rest", "send"]
    environment = {**os.environ, "BACKEND_TUI_DATA_DIR": str(tmp_path)}
    shown = subprocess.run(
        [*command, "GET", "/api/products/7", "--json"],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env=environment,
        timeout=60,
    )
    assert shown.returncode == 0, shown.stderr
    document = json.loads(shown.stdout)
    assert (document["status"], document["body"]["id"]) == (200, 7)
    assert document["trace"]["counters"]["sql"] > 0
    url = document["request"]["url"].partition("/api/")[0]
    again = subprocess.run(
        [*command, "GET", f"{url}/api/products/7"],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={**environment, "BACKEND_TUI_DEMO_URL": "http://127.0.0.1:1"},
        timeout=60,
    )
    assert again.returncode == 1


def test_cache_sends_twice_and_tells_each_time_what_it_did(run: Any) -> None:
    result = run("send", "get", "/api/", "--cache", "--json")
    assert result.exit_code == 0, result.output
    document = json.loads(result.stdout)
    first, second = document["repeats"]
    assert first["cache"]["is_stored"] is True
    assert second["cache"]["verdict"] == document["cache"]["verdict"] == "hit"
    assert second["cache"]["wire_requests"] == second["wire_bytes"] == 0
    assert second["bytes"] == first["bytes"] > 0


def test_repeat_tells_every_outcome(run: Any) -> None:
    result = run("send", "get", "/api/products/3", "--repeat", "3", "--cache")
    assert result.exit_code == 0, result.output
    assert result.stderr.count("304 revalidated") == 2
    assert result.stdout.count('"sku"') == 1

"""`graphql run`, `subscribe`, `schema` and `check` without a screen, on the real shop."""

from __future__ import annotations

import asyncio
import json
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
from backend_tui.core.exchange import HttpRequest
from backend_tui.core.http import HttpClient
from backend_tui.core.output import Output
from backend_tui.panes.graphql import commands
from backend_tui.panes.graphql.client import StackGraphqlClient
from backend_tui.panes.graphql.request import Draft
from backend_tui.panes.graphql.side_by_side import SCREENS
from tests.backend_tui.stack_at import StackAt


class LateDoor(Door):
    """A door whose output is made when the test's own streams stand."""

    def __init__(self, folder: Path) -> None:
        object.__setattr__(self, "config", Config(data_dir=folder))

    @property
    def output(self) -> Output:
        return Output()


@pytest.fixture
def run(shop: StackAt, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
    """Runs `graphql …` against the shop that is there already."""

    @asynccontextmanager
    async def opened(config: Config) -> AsyncIterator[StackAt]:
        yield shop

    monkeypatch.setattr(commands, "opened", opened)

    def runs(*words: str, stdin: str | None = None) -> Result:
        return CliRunner().invoke(commands.graphql, words, input=stdin, obj=LateDoor(tmp_path))

    return runs


PRODUCTS = "query P($n: Int!) { products(first: $n) { nodes { name } } }"


def test_run_prints_one_document_with_its_trace(run: Any) -> None:
    result = run("run", PRODUCTS, "--variables", '{"n": 3}', "--json")
    assert result.exit_code == 0, result.output
    document = json.loads(result.stdout)
    assert document["verdict"] == "ok"
    assert len(document["result"]["data"]["products"]["nodes"]) == 3
    assert document["trace"]["counters"]["sql"] > 0
    assert document["request"]["operation"] == "P"
    assert document["error"] is None


def test_run_tells_errors_and_fails(run: Any, tmp_path: Path) -> None:
    file = tmp_path / "q.graphql"
    file.write_text("query A {\n  products { nope }\n}\nquery B { products { totalCount } }")
    wrong = run("run", f"@{file}", "--operation", "A")
    assert wrong.exit_code == 1
    assert "✗ 2:14 Cannot query field 'nope'" in wrong.stderr
    file.write_text(file.read_text().replace("nope", "totalCount"))
    right = run("run", f"@{file}", "--operation", "B")
    assert right.exit_code == 0
    assert json.loads(right.stdout)["data"]["products"]["totalCount"] > 0
    assert "✓ ok" in right.stderr
    several = run("run", f"@{file}")
    assert several.exit_code == 2
    assert "query A, query B" in several.stderr
    piped = run("run", "@-", stdin="{ products { totalCount } }")
    assert piped.exit_code == 0


def test_tokens_are_masked_and_roles_known(run: Any) -> None:
    result = run("run", "{ me { username isStaff } }", "--as", "staff", "--json")
    assert result.exit_code == 0, result.output
    document = json.loads(result.stdout)
    assert document["result"]["data"]["me"]["isStaff"] is True
    sent = {each["name"].lower(): each["value"] for each in document["request"]["headers"]}
    assert sent["authorization"] == "Bearer •••"
    unknown = run("run", "{ me { id } }", "--as", "pirate")
    assert unknown.exit_code == 2
    assert "customer" in unknown.stderr
    session = run("run", "{ me { username } }", "--as", "admin", "--json")
    assert session.exit_code == 0, session.output
    assert json.loads(session.stdout)["result"]["data"]["me"]["username"] == "admin"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("run", "subscription { priceChanged { after } }"), "graphql subscribe"),
        (("subscribe", "{ me { id } }"), "graphql run"),
        (("run", "{ me { id } }", "-H", "nonsense"), "no name and value"),
        (("run", "@/nowhere/x"), "cannot be read"),
        (("run", "{ me { id } }", "--url", "http://a.example/", "--as", "staff"), "--as goes"),
        (("run", "{ me { id } }", "--bearer", "a", "--basic", "b:c"), "exclude each other"),
    ],
)
def test_wrong_usage_is_told(run: Any, words: tuple[str, ...], said: str) -> None:
    result = run(*words)
    assert result.exit_code == 2
    assert said in result.stderr


def test_schema_is_listed_printed_and_compared(run: Any, tmp_path: Path) -> None:
    listed = run("schema", "--json")
    assert listed.exit_code == 0, listed.output
    document = json.loads(listed.stdout)
    assert document["roots"]["subscription"] == "Subscription"
    assert {"Product", "Category"} <= {each["name"] for each in document["types"]}
    sdl = run("schema", "--sdl")
    assert sdl.exit_code == 0
    file = tmp_path / "old.graphql"
    file.write_text(sdl.stdout)
    same = run("schema", "--diff", str(file))
    assert (same.exit_code, same.stdout) == (0, "")
    file.write_text(sdl.stdout.replace("interface Node {", "interface Node {\n  gone: Int"))
    gone = run("schema", "--diff", str(file), "--json")
    assert gone.exit_code == 1
    assert json.loads(gone.stdout)[0]["weight"] == "breaking"


def test_check_has_positions_and_an_exit_code(run: Any, tmp_path: Path) -> None:
    good, bad = tmp_path / "good.graphql", tmp_path / "bad.graphql"
    good.write_text("{ products { totalCount } }")
    bad.write_text("{\n  products { nope }\n}")
    assert run("check", str(good)).exit_code == 0
    result = run("check", str(good), str(bad))
    assert result.exit_code == 1
    assert result.stdout.startswith(f"{bad}:2:14: error: Cannot query field")
    found = json.loads(run("check", str(bad), "--json").stdout)
    assert found[0]["ok"] is False
    assert found[0]["problems"][0]["line"] == 2


async def test_subscribe_prints_events_until_the_count(shop: StackAt) -> None:
    """A process of its own, as a script would use it; the events are made by another."""
    client = StackGraphqlClient(shop)
    token = (await client.credentials())["staff"].token  # type: ignore[union-attr]
    await client.aclose()
    url = f"{shop.endpoint.url}/graphql"
    query = "subscription { priceChanged { product { id } after } }"
    words = ("graphql", "subscribe", query, "--url", url, "--count", "2", "--json")
    child = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "backend_tui", *words),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert child.stdout is not None
    assert child.stderr is not None
    async with asyncio.timeout(30):
        assert b"subscribed" in await child.stderr.readline()
        http = HttpClient()
        for price in ("11.00", "12.00"):
            headers = (
                ("Authorization", f"Bearer {token}"),
                ("Content-Type", "application/merge-patch+json"),
                ("If-Match", "*"),
            )
            body = json.dumps({"price": price}).encode()
            target = f"{shop.endpoint.url}/api/products/9"
            await http.request_json(HttpRequest("PATCH", target, headers, body))
        await http.aclose()
        out, _ = await child.communicate()
    assert child.returncode == 0
    events = [json.loads(line) for line in out.splitlines()]
    assert [each["sequence"] for each in events] == [1, 2]
    after = [each["payload"]["data"]["priceChanged"]["after"] for each in events]
    assert after == ["11.00", "12.00"]


@pytest.mark.parametrize("screen", SCREENS, ids=lambda screen: screen.name)
async def test_both_ways_of_a_screen_are_measured(shop: StackAt, screen: Any) -> None:
    client = StackGraphqlClient(shop)
    found = await client.compare(screen, Draft())
    await client.aclose()
    assert found.graphql.trips == 1
    assert found.graphql.over_fetched == ()
    assert found.graphql.under_fetched == found.rest.under_fetched == ()
    assert found.rest.trips >= len(screen.paths)
    assert found.rest.bytes > found.graphql.bytes > 0
    assert len(found.rest.over_fetched) > 3
    assert found.rest.fields_sent > found.graphql.fields_sent
    assert found.graphql.statements > 0
    assert len(found.rest.traces) == found.rest.trips

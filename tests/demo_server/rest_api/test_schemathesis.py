"""The OpenAPI document is true: a foreign judge sends thousands of requests and finds nothing."""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.demo_server.conftest import TOKEN, ShopServer

ROOT = Path(__file__).parents[3]
SECONDS = 25
"""How long each run goes on; the first phases alone take about this long."""


@pytest.fixture(scope="module")
def judged_shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ShopServer]:
    """A server that thousands of random requests may change, as fast as they come."""
    server = ShopServer(tmp_path_factory.mktemp("judged"), DEMO_RATE_LIMIT="1000000").start()
    yield server
    assert server.stop() == 0, "".join(server.log)


@pytest.mark.parametrize("who", ["anonymous", "customer", "staff"])
def test_schemathesis_finds_nothing(judged_shop: ShopServer, tmp_path: Path, who: str) -> None:
    judge = shutil.which("schemathesis", path=str(Path(sys.executable).parent))
    assert judge is not None, "schemathesis is not installed beside this Python"
    command = [judge, "--config-file", str(ROOT / "schemathesis.toml"), "run"]
    command += [f"{judged_shop.url}/api/openapi.json", "--seed", "7", "--max-time", str(SECONDS)]
    command += ["--checks", "all", "--warnings", "off"]
    if who != "anonymous":
        with judged_shop.client(headers={"X-Workbench-Token": TOKEN}) as client:
            known: dict[str, Any] = client.get("/_workbench").json()
        command += ["--header", f"Authorization: Bearer {known['tokens'][who]}"]
        # It would revoke the token of the run itself; anonymous runs judge it.
        command += ["--exclude-operation-id", "revoke_token"]
    run = subprocess.run(
        command, cwd=tmp_path, capture_output=True, text=True, timeout=180, check=False
    )
    assert run.returncode == 0, run.stdout[-20_000:] + run.stderr[-2_000:]
    assert "passed" in run.stdout

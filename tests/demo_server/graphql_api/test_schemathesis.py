"""A foreign judge sends hundreds of random operations and finds no failure of the server."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from tests.demo_server.conftest import ShopServer
from tests.demo_server.graphql_api.conftest import ROOT, tokens_of

SECONDS = 20


def test_schemathesis_finds_nothing(tmp_path: Path) -> None:
    judge = shutil.which("schemathesis", path=str(Path(sys.executable).parent))
    assert judge is not None, "schemathesis is not installed beside this Python"
    server = ShopServer(tmp_path / "shop", DEMO_RATE_LIMIT="1000000").start()
    try:
        command = [judge, "--config-file", str(ROOT / "schemathesis.toml"), "run"]
        command += [f"{server.url}/graphql", "--seed", "7", "--max-time", str(SECONDS)]
        # What a schema cannot say (sizes, cursors, rights) is refused with a code: not a failure.
        command += ["--checks", "all", "--exclude-checks", "positive_data_acceptance"]
        command += ["--exclude-name", "Query.lab", "--warnings", "off"]
        # As staff, for it takes a missing right for a failure of the server.
        command += ["--header", f"Authorization: Bearer {tokens_of(server)['staff']}"]
        hooks = "tests.demo_server.graphql_api.schemathesis_scalars"
        run = subprocess.run(
            command,
            cwd=tmp_path,
            env={**os.environ, "SCHEMATHESIS_HOOKS": hooks, "PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            timeout=180,
            check=False,
        )
        assert run.returncode == 0, run.stdout[-20_000:] + run.stderr[-2_000:]
        assert not [line for line in server.log if "Traceback" in line], server.log[-60:]
    finally:
        server.stop()

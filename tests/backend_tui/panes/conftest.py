"""The real shop in a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.backend_tui.stack_at import TOKEN, StackAt

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="session")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StackAt]:
    """A running shop with its seeded data, shared by the tests of the panes."""
    environment = {name: v for name, v in os.environ.items() if not name.startswith("DEMO_")}
    environment |= {"DEMO_WORKBENCH_TOKEN": TOKEN}
    environment.pop("DJANGO_SETTINGS_MODULE", None)
    command = [sys.executable, "-m", "demo_server", "--port", "0", "--exit-with-stdin"]
    process = subprocess.Popen(
        [*command, "--data-dir", str(tmp_path_factory.mktemp("shop"))],
        cwd=ROOT,
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    ready = json.loads(process.stdout.readline())
    yield StackAt(ready["url"])
    process.stdin.close()
    try:
        process.wait(15)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait(5)
    process.stdout.close()

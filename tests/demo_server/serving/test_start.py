"""Starting: what can go wrong is said in one line, and nothing is lost or left half made."""

from __future__ import annotations

import importlib.util
import json
import os
import socket
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

ROOT = Path(__file__).parents[3]


def attempt(*flags: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the server where it should refuse to start."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("DEMO_")}
    return subprocess.run(
        [sys.executable, "-m", "demo_server", *flags],
        cwd=ROOT,
        env=clean | environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


def refused(done: subprocess.CompletedProcess[str], *words: str) -> None:
    """Exit code 3, nothing on stdout, one line that says what, why and what to do."""
    assert done.returncode == 3, done.stderr
    assert done.stdout == ""
    [line] = done.stderr.splitlines()
    assert line.startswith("error: ")
    for word in words:
        assert word in line


def test_a_taken_port_is_named(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        done = attempt("--port", port, "--data-dir", str(tmp_path))
    refused(done, f"Port {port}", "in use", "--port 0")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "flags", [["--host", "0.0.0.0"], ["--host", "example.org"], ["--port", "99999"], ["--nope"]]
)
def test_wrong_usage_is_refused(flags: list[str], tmp_path: Path) -> None:
    done = attempt(*flags, "--data-dir", str(tmp_path))
    assert done.returncode == 2
    assert done.stdout == ""
    assert flags[-1] in done.stderr


def test_a_data_directory_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    done = attempt("--port", "0", "--data-dir", str(tmp_path / "file" / "shop"))
    refused(done, str(tmp_path), "not a directory", "--data-dir")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_full_disk_is_named(tmp_path: Path) -> None:
    (tmp_path / ".credentials.json").symlink_to("/dev/full")
    script = (
        "import runpy, resource, signal, sys; signal.signal(signal.SIGXFSZ, signal.SIG_IGN);"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000));"
        f"sys.argv = ['demo_server', '--port', '0', '--data-dir', {str(tmp_path)!r}];"
        "runpy.run_module('demo_server', run_name='__main__')"
    )
    clean = {name: value for name, value in os.environ.items() if not name.startswith("DEMO_")}
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=ROOT,
        env=clean,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    refused(done, "The database", "shop.sqlite3")


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("oracle://x/y", ["oracle", "sqlite"]),
        ("sqlite://", ["no database"]),
        ("nonsense", ["missing"]),
        ("postgres://u:hidden-word@127.0.0.1:1/shop", ["database server"]),
    ],
)
def test_an_unusable_database_url_is_explained(tmp_path: Path, url: str, words: list[str]) -> None:
    if url.startswith("postgres"):
        pytest.importorskip("psycopg")
    done = attempt("--port", "0", "--data-dir", str(tmp_path), DEMO_DATABASE_URL=url)
    refused(done, *words)
    assert "hidden-word" not in done.stderr


@pytest.mark.skipif(
    importlib.util.find_spec("MySQLdb") is not None, reason="the driver is installed here"
)
def test_a_missing_driver_is_named_with_its_extra(tmp_path: Path) -> None:
    url = "mysql://shop@127.0.0.1/shop"
    done = attempt("--port", "0", "--data-dir", str(tmp_path), DEMO_DATABASE_URL=url)
    refused(done, "mysqlclient", "backend-tui[mysql]")


def test_files_are_private(start_shop: Callable[..., Any]) -> None:
    server = start_shop()
    modes = {each.name: stat.S_IMODE(each.stat().st_mode) for each in server.data_dir.iterdir()}
    assert {"shop.sqlite3", "credentials.json"} <= set(modes)
    assert set(modes.values()) == {0o600}
    assert stat.S_IMODE(server.data_dir.stat().st_mode) == 0o700


def test_a_damaged_database_is_kept_aside(start_shop: Callable[..., Any], tmp_path: Path) -> None:
    folder = tmp_path / "shop"
    folder.mkdir()
    rubbish = b"this was a database once" * 500
    (folder / "shop.sqlite3").write_bytes(rubbish)
    server = start_shop(data_dir=folder)
    with server.client() as client:
        assert client.get("/api/products/7").status_code == 200
    [kept] = folder.glob("shop.sqlite3.damaged-*")
    assert kept.read_bytes() == rubbish
    assert server.stop() == 0
    assert any("damaged" in line and kept.name in line for line in server.log)


def test_a_database_of_the_past_is_brought_up_to_date(
    start_shop: Callable[..., Any], tmp_path: Path
) -> None:
    first = start_shop()
    assert first.stop() == 0
    with sqlite3.connect(first.data_dir / "shop.sqlite3") as database:
        database.execute("DELETE FROM django_migrations WHERE app = 'sessions'")
        database.execute("DROP TABLE django_session")
        database.execute("UPDATE shop_product SET name = 'Kept name' WHERE id = 7")
    second = start_shop()
    with second.client() as client:
        assert client.get("/api/products/7").json()["name"] == "Kept name"
    with sqlite3.connect(first.data_dir / "shop.sqlite3") as database:
        assert database.execute("SELECT COUNT(*) FROM django_session").fetchone() == (0,)


def test_fresh_begins_anew_and_refuses_while_another_server_runs(
    start_shop: Callable[..., Any],
) -> None:
    running = start_shop()
    with running.client() as client:
        before = client.get(
            "/_workbench",
            headers={"X-Workbench-Token": running.environment["DEMO_WORKBENCH_TOKEN"]},
        ).json()
    refused(attempt("--port", "0", "--fresh", "--data-dir", str(running.data_dir)), "another")
    with running.client() as client:
        assert client.get("/api/products/7").status_code == 200
    assert running.stop() == 0
    with sqlite3.connect(running.data_dir / "shop.sqlite3") as database:
        database.execute("UPDATE shop_product SET name = 'Old name' WHERE id = 7")
    again = start_shop("--fresh")
    with again.client() as client:
        assert client.get("/api/products/7").json()["name"] != "Old name"
        after = client.get(
            "/_workbench", headers={"X-Workbench-Token": again.environment["DEMO_WORKBENCH_TOKEN"]}
        ).json()
    assert before["admin"]["password"] != after["admin"]["password"]


def test_the_first_request_after_the_first_start_may_sign_in(
    start_shop: Callable[..., Any],
) -> None:
    server = start_shop()
    token = {"X-Workbench-Token": server.environment["DEMO_WORKBENCH_TOKEN"]}
    with server.client() as client:
        known = client.get("/_workbench", headers=token).json()
        for person in (known["admin"], known["users"]["customer"]):
            assert client.post("/api/auth/token", json=person).status_code == 201


def test_what_was_written_and_who_may_sign_in_survive_a_restart(
    start_shop: Callable[..., Any],
) -> None:
    first = start_shop()
    token = {"X-Workbench-Token": first.environment["DEMO_WORKBENCH_TOKEN"]}
    with first.client() as client:
        before = client.get("/_workbench", headers=token).json()
    assert first.stop() == 0
    with start_shop().client() as client:
        after = client.get("/_workbench", headers=token).json()
        for each in (before, after):
            each.pop("pid")
        assert after == before
        bearer = {"Authorization": f"Bearer {before['tokens']['staff']}"}
        assert client.get("/api/users?page_size=1", headers=bearer).status_code == 200


def test_an_inherited_socket_is_served(start_shop: Callable[..., Any]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        server = start_shop("--fd", str(listening.fileno()))
        assert server.url == f"http://127.0.0.1:{port}"
        assert httpx.get(f"{server.url}/healthz", trust_env=False).status_code == 200
        assert server.stop() == 0


def test_a_descriptor_that_is_no_socket_is_refused(tmp_path: Path) -> None:
    refused(attempt("--fd", "99", "--data-dir", str(tmp_path)), "File descriptor 99")


def test_it_serves_ipv6_loopback_too(start_shop: Callable[..., Any]) -> None:
    if not socket.has_dualstack_ipv6():
        pytest.skip("no IPv6 here")
    server = start_shop("--host", "::1")
    assert server.url.startswith("http://[::1]:")
    with server.client() as client:
        assert client.get("/healthz").status_code == 200


def test_nothing_is_written_elsewhere_and_no_secret_is_told(
    start_shop: Callable[..., Any], tmp_path: Path
) -> None:
    server = start_shop(HOME=str(tmp_path / "home"), XDG_DATA_HOME=str(tmp_path / "xdg"))
    assert server.stop() == 0
    assert sorted(each.name for each in tmp_path.iterdir()) == ["shop"]
    secrets = json.loads((server.data_dir / "credentials.json").read_text())
    log = "".join(server.log)
    for name, secret in secrets.items():
        assert str(secret) not in log or not secret, name


def test_orders_are_added_by_the_seed_command(start_shop: Callable[..., Any]) -> None:
    server = start_shop()
    assert server.stop() == 0
    done = attempt("--data-dir", str(server.data_dir), "seed", "--orders", "500")
    assert done.returncode == 0
    assert "2,500 orders" in done.stderr

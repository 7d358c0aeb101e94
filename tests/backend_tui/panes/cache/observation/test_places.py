"""Every kind of server is observed: TLS, Unix socket, a cluster's node, behind sentinels."""

from __future__ import annotations

import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from time import monotonic

import pytest
import redis

from backend_tui.panes.cache.observation.observation import Observation
from tests.backend_tui.panes.cache.observation.conftest import Seen, setting, watched
from tests.real_caches import CacheServer, Kind, program, running

READS = 3_000
PATIENCE = 15.0


def free_port() -> int:
    with closing(socket.create_server(("127.0.0.1", 0))) as reserved:
        return int(reserved.getsockname()[1])


async def observed(url: str, client: redis.Redis) -> Seen:
    """A few thousand reads by somebody else, observed through this URL."""
    client.ping()

    def work() -> None:
        client.set("there", b"v" * 2_000)
        for number in range(0, READS, 100):
            with client.pipeline(transaction=False) as pipe:
                for each in range(number, number + 50):
                    pipe.get("there")
                    pipe.get(f"absent:{each % 7}")
                    pipe.set("written", b"w" * 2_000)
                pipe.execute()

    observation = Observation(url, every=0.2)
    seen = await watched(observation, "exact", work)
    told = await observation.aclose()
    assert told is not None
    assert told.is_done
    assert setting(client) == ""
    return seen


def assert_exact(seen: Seen) -> None:
    assert seen.last.check.words == "exact ✓"
    assert seen.counts["there"].hits == READS // 2
    assert sum(each.misses for each in seen.counts.values()) == READS // 2


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder with a name short enough for a socket."""
    made = Path(tempfile.mkdtemp(prefix="obs"))
    yield made
    shutil.rmtree(made)


@pytest.mark.parametrize("kind", ["valkey", "redis"])
async def test_a_unix_socket(kind: Kind, folder: Path) -> None:
    path = folder / "cache.sock"
    with (
        running(kind, "--unixsocket", str(path)),
        redis.Redis(unix_socket_path=str(path)) as client,
    ):
        assert_exact(await observed(f"unix://{path}?db=0", client))


ALLOWED = "info monitor subscribe config|get config|set client multi discard command select"


def certify(folder: Path) -> None:
    """A certificate of its own authority."""
    command = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2"
    names = "-subj /CN=localhost -addext subjectAltName=IP:127.0.0.1,DNS:localhost"
    files = f"-keyout {folder}/key.pem -out {folder}/cert.pem"
    subprocess.run(f"{command} {names} {files}".split(), check=True, capture_output=True)


@contextmanager
def sentinel_of(primary: CacheServer, folder: Path, port: int) -> Iterator[None]:
    """A sentinel that watches the primary as the service `shop`."""
    settings = folder / "sentinel.conf"
    settings.write_text(
        f"port {port}\ndir {folder}\nbind 127.0.0.1\n"
        f"sentinel monitor shop 127.0.0.1 {primary.port} 1\n",
        encoding="utf-8",
    )
    sentinel = subprocess.Popen(
        (str(program("redis")), str(settings), "--sentinel"), stdout=subprocess.DEVNULL
    )
    try:
        answering(port)
        yield
    finally:
        sentinel.kill()
        sentinel.wait(5)


@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is missing")
async def test_tls_and_an_acl_user(folder: Path) -> None:
    certify(folder)
    port = free_port()
    options = f"--tls-port {port} --tls-cert-file {folder}/cert.pem --tls-key-file {folder}/key.pem"
    with (
        running("redis", *options.split(), "--tls-auth-clients", "no") as server,
        redis.Redis(port=server.port) as client,
    ):
        client.acl_setuser(
            "watcher",
            enabled=True,
            passwords=["+right"],
            channels=["__keyevent@*"],
            commands=[f"+{name}" for name in ALLOWED.split()],
        )
        url = f"rediss://watcher:right@127.0.0.1:{port}/0?ca={folder}/cert.pem"
        assert_exact(await observed(url, client))


@pytest.mark.parametrize("kind", ["valkey", "redis"])
async def test_a_node_of_a_cluster(kind: Kind) -> None:
    with (
        running(kind, "--cluster-enabled", "yes") as server,
        redis.Redis(port=server.port) as client,
    ):
        client.execute_command("CLUSTER ADDSLOTSRANGE", 0, 16383)
        limit = monotonic() + PATIENCE
        while not is_whole(client) and monotonic() < limit:
            client.ping()
        assert_exact(await observed(f"redis+cluster://{server.address}", client))


def is_whole(client: redis.Redis) -> bool:
    """Whether the cluster serves every key."""
    return "'cluster_state': 'ok'" in str(client.cluster("INFO"))


async def test_the_primary_that_sentinels_name(folder: Path) -> None:
    port = free_port()
    with (
        running("redis") as primary,
        sentinel_of(primary, folder, port),
        redis.Redis(port=primary.port) as client,
    ):
        url = f"redis+sentinel://127.0.0.1:1,127.0.0.1:{port}/shop/0"
        assert_exact(await observed(url, client))


def answering(port: int) -> None:
    """Wait until somebody answers there."""
    limit = monotonic() + PATIENCE
    with redis.Redis(port=port) as client:
        while True:
            try:
                client.ping()
            except redis.ConnectionError:
                if monotonic() > limit:
                    raise
            else:
                return


async def test_a_database_of_ones_own_is_home(server: CacheServer) -> None:
    with redis.Redis(port=server.port, db=3) as third, redis.Redis(port=server.port) as zeroth:
        observation = Observation(server.url.removesuffix("/0") + "/3", every=0.2)
        seen = await watched(observation, "exact", lambda: (third.get("a"), zeroth.get("a")))
        await observation.aclose()
    assert sorted(seen.counts) == ["[0] a", "a"]

"""Every state a real server can be brought into is told as what, why and what to do."""

from __future__ import annotations

import asyncio
import socket
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import pytest

from backend_tui.core.errors import BackendError, MissingError, UsageError
from backend_tui.panes.cache.server.address import parse_address
from backend_tui.panes.cache.server.failures import NotReady, Refusal, refused
from backend_tui.panes.cache.server.server import Server
from tests.real_caches import CacheServer, Kind, program, running

KINDS: tuple[Kind, ...] = ("valkey", "redis")
both = pytest.mark.parametrize("kind", KINDS)


@asynccontextmanager
async def asked(url: str) -> AsyncIterator[Server]:
    server = Server(parse_address(url))
    try:
        yield server
    finally:
        await server.aclose()


async def failure(url: str, *command: str | bytes | int) -> BackendError:
    async with asked(url) as server:
        with pytest.raises(BackendError) as caught:
            await server.ask(*(command or ("PING",)))
    problem = caught.value
    assert problem.what
    assert "Error" not in problem.what
    return problem


async def until(server: Server, text: bytes, *command: str) -> None:
    """Ask until the reply holds the text."""
    async with asyncio.timeout(20):
        while text not in await server.ask(*command):
            pass


async def answers(server: Server) -> None:
    """Ask until somebody listens."""
    async with asyncio.timeout(10):
        while True:
            try:
                await server.ask("PING")
            except MissingError:
                continue
            return


def _started(*command: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def _in_the_way(folder: str) -> None:
    """Where the snapshot should go is a folder."""
    Path(folder, "dump.rdb").mkdir()


async def test_nobody_listens() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        problem = await failure(f"redis://127.0.0.1:{free.getsockname()[1]}")
    assert isinstance(problem, MissingError)
    assert problem.what.startswith("Nothing listens at 127.0.0.1:")


async def test_unknown_host_is_named() -> None:
    problem = await failure("redis://no-such-host.invalid:6379")
    assert "host is unknown: no-such-host.invalid:6379" in problem.what


@both
async def test_a_frozen_server_is_told_within_the_time_given(kind: Kind) -> None:
    with running(kind) as process:
        async with asked(process.url) as server:
            await server.ask("PING")
            process.freeze()
            began = asyncio.get_running_loop().time()
            with pytest.raises(MissingError, match="does not answer") as caught:
                await server.ask("PING")
            assert asyncio.get_running_loop().time() - began < 4.5
            assert "3 s" in caught.value.why
            process.thaw()
            assert await server.ask("PING") == b"PONG"


@both
async def test_a_restarted_server_is_found_again(kind: Kind) -> None:
    with running(kind) as process:
        async with asked(process.url) as server:
            await server.ask("PING")
            process.kill()
            with pytest.raises(BackendError):
                await server.ask("PING")
            process.start()
            assert await server.ask("PING") == b"PONG"


@both
async def test_a_password_is_wanted_and_a_wrong_one_refused(kind: Kind) -> None:
    with running(kind, "--requirepass", "right") as process:
        bare = await failure(process.url)
        assert bare.what == "The cache wants a password."
        assert "redis://USER:PASSWORD@HOST" in bare.hint
        wrong = await failure(process.url.replace("//", "//:wrong@"))
        assert wrong.what == "The cache does not accept user or password."
        assert "wrong" not in str(wrong).replace("WRONGPASS", "")
        async with asked(process.url.replace("//", "//:right@")) as server:
            assert await server.ask("PING") == b"PONG"


@both
async def test_an_acl_names_the_command_and_everything_else_goes_on(kind: Kind) -> None:
    with running(kind) as process:
        async with asked(process.url) as admin:
            rules = ("on", ">pw", "~*", "+@all", "-info", "-object", "-client", "-config")
            await admin.ask("ACL", "SETUSER", "reader", *rules)
            await admin.ask("SET", "a", "1")
        async with asked(process.url.replace("//", "//reader:pw@")) as server:
            with pytest.raises(Refusal) as caught:
                await server.sample()
            assert caught.value.code == "NOPERM"
            assert caught.value.what == "This user may not run INFO."
            assert "Everything else goes on" in caught.value.hint
            replies = await server.counted(b"a", [("TYPE", b"a"), ("OBJECT", "ENCODING", b"a")])
            assert replies[0] == b"string"
            assert isinstance(replies[1], Refusal)
            assert replies[1].what == "This user may not run OBJECT ENCODING."


@both
async def test_a_replica_names_whom_it_follows(kind: Kind) -> None:
    with running(kind) as primary, running(kind) as follower:
        async with asked(follower.url) as server:
            await server.ask("REPLICAOF", "127.0.0.1", str(primary.port))
            problem = await failure(follower.url, "SET", "a", "1")
            at = f"127.0.0.1:{primary.port}"
            assert problem.what.endswith(f"is a replica of {at}: it takes no writes.")
            assert at in problem.hint
            await server.aclose()
            assert (await server.open()).source == at


@both
async def test_a_full_server_without_eviction_says_so(kind: Kind) -> None:
    with running(kind, "--maxmemory", "1mb", "--maxmemory-policy", "noeviction") as process:
        problem = await failure(process.url, "SET", "a", "x" * 2_000_000)
        async with asked(process.url) as server:
            for number in range(2_000):
                try:
                    await server.ask("SET", f"k{number}", "x" * 1_000)
                except Refusal as refusal:
                    problem = refusal
                    break
            assert await server.ask("PING") == b"PONG"
        assert "is full and may evict nothing" in problem.what
        assert "maxmemory" in problem.hint


@both
async def test_a_server_that_cannot_save_says_so(kind: Kind) -> None:
    options = ("--save", "1000 1", "--stop-writes-on-bgsave-error", "yes")
    with running(kind, *options, "--dbfilename", "dump.rdb") as process:
        async with asked(process.url) as server:
            _in_the_way(process.folder)
            await server.ask("SET", "a", "1")
            await server.ask("BGSAVE")
            await until(server, b"rdb_last_bgsave_status:err", "INFO", "persistence")
        problem = await failure(process.url, "SET", "a", "2")
        assert "cannot save to its disk" in problem.what
        assert problem.why.startswith("MISCONF")


@both
async def test_a_loading_server_says_how_far_it_is(kind: Kind) -> None:
    slow = ("--key-load-delay", "300", "--loading-process-events-interval-bytes", "1024")
    with running(kind, "--enable-debug-command", "yes") as process:
        async with asked(process.url) as server:
            await server.ask("DEBUG", "POPULATE", 50_000, "key", 100)
            await server.ask("SAVE")
        process.kill()
        process.process = _started(str(program(kind)), *process._arguments(), *slow)
        problem = await _when_it_listens(process)
        assert isinstance(problem, NotReady)
        assert problem.what == "The cache loads its data."
        assert "% are loaded" in problem.why


async def _when_it_listens(process: CacheServer) -> BackendError:
    async with asyncio.timeout(10), asked(process.url) as server:
        while True:
            try:
                await server.ask("GET", "a")
            except BackendError as problem:
                if "Nothing listens" not in problem.what:
                    return problem
            else:
                raise AssertionError("it has loaded before it was asked")


@both
async def test_no_more_clients_are_taken(kind: Kind) -> None:
    with running(kind, "--maxclients", "1") as process:
        async with asked(process.url) as first:
            await first.ask("PING")
            problem = await failure(process.url)
    assert "takes no more clients" in problem.what


async def test_what_is_no_redis_is_told() -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(10)
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        await writer.drain()
        writer.close()

    listening = await asyncio.start_server(talk, "127.0.0.1", 0)
    async with listening:
        problem = await failure(f"redis://127.0.0.1:{listening.sockets[0].getsockname()[1]}")
    assert "is no Redis" in problem.what


@both
async def test_unknown_command_is_named(kind: Kind) -> None:
    with running(kind) as process:
        problem = await failure(process.url, "NOSUCH", "a")
    assert problem.what == "This server does not know NOSUCH."


@both
async def test_a_missing_socket_is_named_and_a_real_one_works(kind: Kind, tmp_path: Path) -> None:
    assert "cannot be opened" in (await failure(f"unix://{tmp_path}/none.sock")).what
    with running(kind, "--unixsocket", f"{tmp_path}/r.sock"):
        async with asked(f"unix://{tmp_path}/r.sock?db=2") as server:
            assert await server.ask("PING") == b"PONG"


@contextmanager
def certificates(folder: Path) -> Iterator[Path]:
    command = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2"
    subprocess.run(
        [
            *command.split(),
            *("-keyout", f"{folder}/key.pem", "-out", f"{folder}/cert.pem"),
            *("-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"),
        ],
        check=True,
        capture_output=True,
    )
    yield folder


async def test_tls_with_an_authority_of_ones_own(tmp_path: Path) -> None:
    with certificates(tmp_path), CacheTls(tmp_path) as port:
        plain = await failure(f"redis://127.0.0.1:{port}")
        assert plain.what
        untrusted = await failure(f"rediss://127.0.0.1:{port}")
        assert "certificate of 127.0.0.1" in untrusted.what
        assert "?ssl_ca_certs=" in untrusted.hint
        for query in (f"ca={tmp_path}/cert.pem", f"ssl_ca_certs={tmp_path}/cert.pem", "verify=no"):
            async with asked(f"rediss://127.0.0.1:{port}/1?{query}") as server:
                assert await server.ask("PING") == b"PONG"


async def test_tls_asked_of_a_server_without(redis_url: str) -> None:
    problem = await failure(redis_url.replace("redis://", "rediss://"))
    assert problem.what
    assert "redis:// without the second s" in problem.hint


class CacheTls:
    """Debian's Redis on a TLS port alone."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __enter__(self) -> int:
        with socket.create_server(("127.0.0.1", 0)) as reserved:
            port: int = reserved.getsockname()[1]
        files = f"--tls-cert-file {self.folder}/cert.pem --tls-key-file {self.folder}/key.pem"
        options = f"--port 0 --tls-port {port} {files} --tls-auth-clients no --appendonly no"
        self.process = subprocess.Popen(
            [str(program("redis")), *options.split(), "--save", "", "--dir", str(self.folder)],
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout is not None
        for line in self.process.stdout:
            if "Ready to accept" in line:
                return port
        raise AssertionError("the TLS server did not start")

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.wait(5)
        assert self.process.stdout is not None
        self.process.stdout.close()


@both
async def test_a_cluster_of_one_node_is_detected_and_its_states_explained(kind: Kind) -> None:
    with running(kind, "--cluster-enabled", "yes") as process:
        down = await failure(process.url, "SET", "a", "1")
        assert isinstance(down, NotReady)
        assert "does not serve this key" in down.what
        async with asked(process.url) as server:
            await server.ask("CLUSTER", "ADDSLOTSRANGE", 0, 16383)
            await until(server, b"cluster_state:ok", "CLUSTER", "INFO")
        listed = process.url.replace("redis://", "redis+cluster://").removesuffix("/0")
        async with asked(listed) as server:
            identity = await server.open()
            assert identity.is_cluster
            assert "cluster of 1 node" in identity.words
            await server.ask("SET", "a", "1", key=b"a")
            assert (await server.counted(b"a", [("GET", b"a")])) == [b"1"]


async def test_the_keys_of_two_nodes_are_asked_where_they_live() -> None:
    options = ("--cluster-enabled", "yes", "--cluster-require-full-coverage", "no")
    with running("redis", *options) as one, running("redis", *options) as two:
        async with asked(one.url) as first, asked(two.url) as second:
            await first.ask("CLUSTER", "ADDSLOTSRANGE", 0, 8191)
            await second.ask("CLUSTER", "ADDSLOTSRANGE", 8192, 16383)
            await first.ask("CLUSTER", "MEET", "127.0.0.1", two.port)
            await until(first, b"8192-16383", "CLUSTER", "NODES")
            for each in (first, second):
                await until(each, b"cluster_state:ok", "CLUSTER", "INFO")
        async with asked(one.url) as server:
            assert (await server.open()).nodes == 2
            for number in range(40):
                key = f"k{number}".encode()
                await server.ask("SET", key, number, key=key)
            assert (await server.sample()).keys == 40
            low, high = sorted(server._parts, key=lambda part: part.slots)
            assert await low.main.ask("GET", "b") is None  # slot 3300
            with pytest.raises(Refusal, match=low.main.place) as caught:
                await high.main.ask("GET", "b")
            assert caught.value.code == "MOVED"


async def test_sentinels_name_the_primary(tmp_path: Path) -> None:
    with running("redis") as primary:
        with socket.create_server(("127.0.0.1", 0)) as reserved:
            port = reserved.getsockname()[1]
        settings = tmp_path / "sentinel.conf"
        settings.write_text(
            f"port {port}\nbind 127.0.0.1\ndir {tmp_path}\n"
            f"sentinel monitor shop 127.0.0.1 {primary.port} 1\n"
        )
        sentinel = _started(str(program("redis")), str(settings), "--sentinel")
        try:
            async with asked(f"redis://127.0.0.1:{port}") as server:
                await answers(server)
            url = f"redis+sentinel://127.0.0.1:1,127.0.0.1:{port}/shop/0"
            async with asked(url) as server:
                assert (await server.open()).place == primary.address
                await server.ask("SET", "a", "1")
            unknown = await failure(f"redis+sentinel://127.0.0.1:{port}/other/0")
            assert "no service “other”" in unknown.what
        finally:
            sentinel.kill()
            sentinel.wait(5)


@pytest.mark.parametrize(
    ("reply", "what"),
    [
        ("MOVED 3999 127.0.0.1:6381", "It belongs to 127.0.0.1:6381."),
        ("ASK 3999 127.0.0.1:6381", "It belongs to 127.0.0.1:6381."),
        ("MASTERDOWN Link with MASTER is down", "lost its primary"),
        ("TRYAGAIN Multiple keys request during rehashing of slot", "moves this key"),
        ("BUSY Redis is busy running a script.", "runs a script"),
        ("CROSSSLOT Keys in request don't hash to the same slot", "different nodes"),
        ("NOPERM this user has no permissions to access one of the keys", "touch that key"),
    ],
)
def test_replies_that_need_a_larger_arrangement(reply: str, what: str) -> None:
    assert what in refused(reply).what


@pytest.mark.parametrize(
    "url",
    ["", "http://a", "redis://", "redis+ring://a", "redis://a:99999", "redis://a/x", "unix://"],
)
def test_a_url_that_is_none_is_refused_with_the_forms_there_are(url: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_address(url)
    assert "redis+sentinel://" in caught.value.hint


def test_a_url_keeps_its_secrets() -> None:
    address = parse_address("rediss://me:s3cr%40t@[::1]:7000/3?ca=/a.pem&verify=none")
    assert (address.user, address.password, address.database) == ("me", "s3cr@t", 3)
    assert address.hosts == (("::1", 7000),)
    assert "s3cr" not in address.shown
    assert "s3cr" not in repr(address)
    assert address.tls is not None
    assert not address.tls.is_verified

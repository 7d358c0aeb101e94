"""An engine behind TLS: reached with its certificates, refused in words without, streams stop."""

from __future__ import annotations

import asyncio
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import aclosing
from pathlib import Path

import pytest

from backend_tui.panes.docker.client import DockerClient
from backend_tui.panes.docker.engine.connection import SdkEngine
from backend_tui.panes.docker.engine.failures import EngineAwayError
from tests.backend_tui.panes.docker.conftest import docker_threads, until
from tests.real_engine import RealEngine, running_engine

pytestmark = pytest.mark.service("docker")


def openssl(folder: Path, *words: str) -> None:
    subprocess.run(["openssl", *words], cwd=folder, check=True, capture_output=True)


def make_certificates(folder: Path) -> None:
    """A CA, a server's and a client's certificate, named as docker wants them."""
    key = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")
    ca = ("-keyout", "ca-key.pem", "-out", "ca.pem", "-subj", "/CN=ca", "-days", "2")
    openssl(folder, "req", "-x509", *key, *ca)
    (folder / "server.ext").write_text("subjectAltName=IP:127.0.0.1\nextendedKeyUsage=serverAuth\n")
    (folder / "client.ext").write_text("extendedKeyUsage=clientAuth\n")
    for name, out in (("server", "server"), ("client", "")):
        lead = f"{out}-" if out else ""
        request = ("-keyout", f"{lead}key.pem", "-out", f"{name}.csr", "-subj", f"/CN={name}")
        openssl(folder, "req", *key, *request)
        signed = ("-CA", "ca.pem", "-CAkey", "ca-key.pem", "-CAcreateserial", "-days", "2")
        target = ("-in", f"{name}.csr", "-out", f"{lead}cert.pem", "-extfile", f"{name}.ext")
        openssl(folder, "x509", "-req", *target, *signed)


@pytest.fixture(scope="module")
def behind_tls(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[RealEngine, str, Path]]:
    """The engine, its TLS address, and the folder of the client's certificates."""
    folder = tmp_path_factory.mktemp("tls")
    make_certificates(folder)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    files = (
        f"--tlscacert={folder}/ca.pem",
        f"--tlscert={folder}/server-cert.pem",
        f"--tlskey={folder}/server-key.pem",
    )
    with running_engine("--host", f"tcp://127.0.0.1:{port}", "--tlsverify", *files) as engine:
        yield engine, f"tcp://127.0.0.1:{port}", folder


async def test_its_certificates_open_it_and_its_streams_stop_at_once(
    behind_tls: tuple[RealEngine, str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    engine, url, folder = behind_tls
    monkeypatch.setenv("DOCKER_CERT_PATH", str(folder))
    monkeypatch.setenv("DOCKER_TLS_VERIFY", "1")
    made = engine.container()
    client = DockerClient(SdkEngine(url))
    (found,) = await client.containers()
    assert found.id == made
    async with aclosing(client.samples(made)) as samples:
        assert (await anext(samples)).memory > 0
        before = time.monotonic()
    assert time.monotonic() - before < 0.5
    await until(lambda: "docker-stream" not in docker_threads(), 1)
    await client.aclose()


async def test_without_a_clients_certificate_the_reason_is_told(
    behind_tls: tuple[RealEngine, str, Path], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    _, url, folder = behind_tls
    (tmp_path / "ca.pem").write_bytes((folder / "ca.pem").read_bytes())
    monkeypatch.setenv("DOCKER_CERT_PATH", str(tmp_path))
    monkeypatch.setenv("DOCKER_TLS_VERIFY", "1")
    engine = SdkEngine(url)
    async with asyncio.timeout(20):
        with pytest.raises(EngineAwayError) as raised:
            await engine.call("ping")
    await engine.aclose()
    assert url in raised.value.what
    assert "TLS" in raised.value.why
    assert "cert.pem" in raised.value.hint

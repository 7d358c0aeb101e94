"""The engine that is meant is found as docker finds it; one that is named is never replaced."""

from __future__ import annotations

import hashlib
import json
import socket
import tempfile
from pathlib import Path

import pytest

from backend_tui.core.errors import MissingError, UsageError
from backend_tui.stack.docker_endpoint import other_sockets, resolve


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home with the context “laptop”, which is the current one."""
    add_context(tmp_path, "laptop", {"Endpoints": {"docker": {"Host": "unix:///run/laptop.sock"}}})
    (tmp_path / ".docker" / "config.json").write_text(json.dumps({"currentContext": "laptop"}))
    return tmp_path


def add_context(home: Path, name: str, meta: object) -> Path:
    """Returns the folder of its certificates."""
    digest = hashlib.sha256(name.encode()).hexdigest()
    folder = home / ".docker" / "contexts" / "meta" / digest
    folder.mkdir(parents=True)
    (folder / "meta.json").write_text(json.dumps(meta))
    certificates = home / ".docker" / "contexts" / "tls" / digest / "docker"
    certificates.mkdir(parents=True)
    return certificates


def test_the_order_is_flag_then_host_then_context_then_current_context(home: Path) -> None:
    environ = {"HOME": str(home)}
    flag = resolve("tcp://given:2375", environ)
    assert (flag.url, flag.origin) == ("tcp://given:2375", "--docker-host")
    variable = resolve("tcp://given:2375", {**environ, "DOCKER_HOST": "tcp://given:2375"})
    assert variable.origin == "DOCKER_HOST"
    current = resolve(None, environ)
    assert (current.url, current.origin) == ("unix:///run/laptop.sock", "current context")
    assert current.shown == "unix:///run/laptop.sock (context laptop)"
    default = resolve(None, {**environ, "DOCKER_CONTEXT": "default"})
    assert (default.origin, default.is_local) == ("default", True)


def test_a_docker_line_reaches_the_same_engine(home: Path) -> None:
    environ = {"HOME": str(home)}
    assert resolve("tcp://a b:1", environ).command == "docker -H 'tcp://a b:1'"
    assert resolve("tcp://a:1", {**environ, "DOCKER_HOST": "tcp://a:1"}).command == "docker"
    assert resolve(None, environ).command == "docker"


@pytest.mark.parametrize("way", ["DOCKER_CONTEXT", "config.json"])
def test_a_named_context_that_is_missing_is_an_error_and_never_the_default(
    home: Path, way: str
) -> None:
    environ = {"HOME": str(home)}
    if way == "DOCKER_CONTEXT":
        environ["DOCKER_CONTEXT"] = "prod\x1b[2J"
    else:
        (home / ".docker" / "config.json").write_text('{"currentContext": "prod"}')
    with pytest.raises(MissingError, match="does not exist") as raised:
        resolve(None, environ)
    assert "prod" in raised.value.what
    assert "\x1b" not in str(raised.value)


def test_a_context_without_an_engine_is_an_error(home: Path) -> None:
    add_context(home, "empty", {"Endpoints": {}})
    with pytest.raises(MissingError, match="names no engine"):
        resolve(None, {"HOME": str(home), "DOCKER_CONTEXT": "empty"})


@pytest.mark.parametrize("url", ["\x1b[2J", "tcp://", "ftp://host", "nonsense"])
def test_what_is_no_address_is_told(url: str) -> None:
    with pytest.raises(UsageError) as raised:
        resolve(url, {})
    assert "\x1b" not in str(raised.value)


@pytest.mark.parametrize(
    ("written", "meant"),
    [("host:2375", "tcp://host:2375"), ("/run/x.sock", "unix:///run/x.sock")],
)
def test_the_short_forms_of_docker_are_understood(written: str, meant: str) -> None:
    assert resolve(written, {}).url == meant


def test_certificates_come_with_the_context_or_the_environment(home: Path) -> None:
    folder = add_context(
        home,
        "far",
        {"Endpoints": {"docker": {"Host": "tcp://far:2376", "SkipTLSVerify": True}}},
    )
    for name in ("ca.pem", "cert.pem", "key.pem"):
        (folder / name).write_text("x")
    far = resolve(None, {"HOME": str(home), "DOCKER_CONTEXT": "far"})
    assert far.tls is not None
    assert (far.tls.ca, far.tls.verifies, far.is_local) == (folder / "ca.pem", False, False)
    near = resolve("tcp://far:2376", {"DOCKER_CERT_PATH": str(folder), "DOCKER_TLS_VERIFY": "1"})
    assert near.tls is not None
    assert (near.tls.key, near.tls.verifies) == (folder / "key.pem", True)
    assert resolve("tcp://far:2376", {}).tls is None


@pytest.mark.parametrize("text", ["", "[]", "{", '{"currentContext": 7}'])
def test_a_strange_docker_configuration_is_no_trouble(tmp_path: Path, text: str) -> None:
    (tmp_path / "config.json").write_text(text)
    assert resolve(None, {"DOCKER_CONFIG": str(tmp_path)}).origin == "default"


def test_sockets_of_other_products_are_found_and_plain_files_are_not() -> None:
    with tempfile.TemporaryDirectory(dir="/tmp") as folder:
        home = Path(folder)
        colima = home / ".colima" / "default" / "docker.sock"
        colima.parent.mkdir(parents=True)
        podman = home / "podman" / "podman.sock"
        podman.parent.mkdir()
        podman.write_text("no socket")
        with socket.socket(socket.AF_UNIX) as server:
            server.bind(str(colima))
            found = other_sockets({"HOME": folder, "XDG_RUNTIME_DIR": folder})
    assert ("Colima", colima) in [(each.product, each.path) for each in found]
    assert podman not in [each.path for each in found]

"""A real Docker engine for the tests: Debian's dockerd on a socket and folders of its own.

Load it by `pytest_plugins` or by importing the fixtures. No registry is asked: the images are
built `FROM scratch` with a static busybox.
"""

from __future__ import annotations

import io
import os
import shutil
import signal
import subprocess
import tarfile
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

import pytest
from docker import APIClient
from docker.errors import APIError, DockerException, NotFound
from requests.exceptions import ConnectionError, ReadTimeout  # noqa: A004 - the library's name

IMAGE: Final = "backend-tui-test:busybox"
GIVEN: Final = "BACKEND_TUI_TEST_DOCKER_HOST"
BUSYBOX: Final = Path("/usr/bin/busybox")
PATIENCE: Final = 60.0
LABEL: Final = "backend-tui-test"
_DOCKERFILE: Final = """\
FROM scratch
COPY busybox /bin/busybox
RUN ["/bin/busybox", "--install", "-s", "/bin"]
ENV GREETING=hello
CMD ["sleep", "3600"]
"""


def has_engine() -> bool:
    """True when the tests are given an engine, or root may start Debian's own."""
    if os.environ.get(GIVEN):
        return True
    able = os.name == "posix" and os.geteuid() == 0 and BUSYBOX.is_file()
    return able and shutil.which("dockerd") is not None


def _until_we_end() -> tuple[str, ...]:
    """Words before a command that end it with us, however we end.

    The system's signal comes when the starting thread ends, so that only the main one may ask.
    """
    is_main = threading.current_thread() is threading.main_thread()
    return ("setpriv", "--pdeathsig", "TERM") if is_main and shutil.which("setpriv") else ()


@dataclass
class Dockerd:
    """A dockerd as a child process; it can be killed, stopped in its tracks and started again."""

    folder: Path
    process: subprocess.Popen[bytes] | None = None
    options: tuple[str, ...] = ()

    @property
    def url(self) -> str:
        return f"unix://{self.folder / 'docker.sock'}"

    def start(self) -> None:
        """Start it and wait until it answers."""
        folder = self.folder
        (folder / "daemon.json").write_text("{}")
        with (folder / "dockerd.log").open("ab") as log:
            self.process = subprocess.Popen(
                [
                    *_until_we_end(),
                    *("dockerd", "--bridge=none", "--iptables=false", "--ip6tables=false"),
                    *("--host", self.url, "--pidfile", str(folder / "docker.pid")),
                    *("--data-root", str(folder / "data"), "--exec-root", str(folder / "exec")),
                    *("--shutdown-timeout", "2", "--config-file", str(folder / "daemon.json")),
                    *self.options,
                ],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self._until_it_answers()

    def _until_it_answers(self) -> None:
        assert self.process is not None
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            if self.process.poll() is not None:
                break
            try:
                with APIClient(self.url, version="1.41", timeout=3) as api:
                    api.ping()
                return
            except (DockerException, ConnectionError, ReadTimeout):
                threading.Event().wait(0.1)
        log = (self.folder / "dockerd.log").read_text(errors="replace")
        raise RuntimeError(f"dockerd did not start:\n{log[-2000:]}")

    def freeze(self) -> None:
        """It hangs: connections are taken, nothing is answered."""
        assert self.process is not None
        self.process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        assert self.process is not None
        self.process.send_signal(signal.SIGCONT)

    def kill(self) -> None:
        """As by kill -9; its containers die with their containerd."""
        assert self.process is not None
        self.process.kill()
        self.process.wait(10)
        self._end_leftovers()

    def stop(self) -> None:
        """End it in order, and everything that it started."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGCONT)
            self.process.terminate()
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait(10)
        self._end_leftovers()

    def _end_leftovers(self) -> None:
        """Kill the containerd and the shims whose command line names our folder."""
        needle = str(self.folder).encode()
        for entry in Path("/proc").iterdir():
            if not entry.name.isdigit() or int(entry.name) == os.getpid():
                continue
            try:
                command = (entry / "cmdline").read_bytes()
            except OSError:
                continue
            if needle in command and command.split(b"\0")[0].rpartition(b"/")[2].startswith(
                (b"containerd", b"runc", b"dockerd")
            ):
                try:
                    os.kill(int(entry.name), signal.SIGKILL)
                except ProcessLookupError:
                    continue
        # A containerd that nobody reaps would look alive to the next dockerd, which then waits.
        for name in ("docker.pid", "exec/containerd/containerd.pid"):
            (self.folder / name).unlink(missing_ok=True)

    def clean_up(self) -> None:
        """Unmount what containers had mounted, and delete the folder."""
        mounts = Path("/proc/self/mounts").read_text().splitlines()
        places = [line.split()[1] for line in mounts if str(self.folder) in line.split()[1]]
        for place in sorted(places, reverse=True):
            subprocess.run(["umount", "-l", place], check=False, capture_output=True)
        shutil.rmtree(self.folder, ignore_errors=True)


@dataclass
class RealEngine:
    """A running engine with the test image; every container made here is removed by `sweep`."""

    url: str
    api: APIClient
    daemon: Dockerd | None = None
    made: list[str] = field(default_factory=list)

    def container(
        self,
        *command: str,
        name: str | None = None,
        starts: bool = True,
        labels: dict[str, str] | None = None,
        environment: Sequence[str] = (),
        image: str = IMAGE,
        tty: bool = False,
        healthcheck: dict[str, Any] | None = None,
        **host: Any,
    ) -> str:
        """The id of a new container without network; it sleeps unless a command is given."""
        made = self.api.create_container(
            image,
            list(command) or ["sleep", "3600"],
            name=name or f"t-{uuid4().hex[:8]}",
            labels={LABEL: "1", **(labels or {})},
            environment=list(environment),
            tty=tty,
            healthcheck=healthcheck,
            host_config=self.api.create_host_config(network_mode="none", **host),
        )
        identity: str = made["Id"]
        self.made.append(identity)
        if starts:
            self.api.start(identity)
        return identity

    def containers(self, count: int, *, starts: bool = False, **options: Any) -> list[str]:
        """So many at once; those that only exist cost some milliseconds each."""
        return [self.container(starts=starts, **options) for _ in range(count)]

    def script(self, source: str, **options: Any) -> str:
        """A container that runs a shell script."""
        return self.container("sh", "-c", source, **options)

    def sweep(self) -> None:
        """Remove every container made here, whatever has become of it."""
        with ThreadPoolExecutor(8) as together:
            for done in [together.submit(self._remove, each) for each in self.made]:
                done.result()
        self.made.clear()

    def _remove(self, identity: str) -> None:
        try:
            self.api.remove_container(identity, force=True, v=True)
        except NotFound:
            return
        except APIError as problem:
            if problem.status_code != 409:  # its removal is under way already
                raise

    def build(self, dockerfile: str, tag: str, **files: bytes) -> None:
        """Build an image without network from a Dockerfile and files."""
        context = io.BytesIO()
        with tarfile.open(fileobj=context, mode="w") as archive:
            for name, data in {"Dockerfile": dockerfile.encode(), **files}.items():
                entry = tarfile.TarInfo(name)
                entry.size, entry.mode = len(data), 0o755
                archive.addfile(entry, io.BytesIO(data))
        context.seek(0)
        steps = self.api.build(
            fileobj=context,
            custom_context=True,
            tag=tag,
            rm=True,
            forcerm=True,
            decode=True,
            network_mode="none",
        )
        for step in steps:
            if "error" in step:
                raise RuntimeError(step["error"])


@contextmanager
def running_engine(*options: str) -> Iterator[RealEngine]:
    """A dockerd of one's own with the test image, ended and cleaned up afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="bt-docker-", dir="/tmp"))
    daemon = Dockerd(folder, options=options)
    try:
        daemon.start()
        with APIClient(daemon.url, version="auto", timeout=60) as api:
            engine = RealEngine(daemon.url, api, daemon)
            engine.build(_DOCKERFILE, IMAGE, busybox=BUSYBOX.read_bytes())
            yield engine
            if daemon.process is not None and daemon.process.poll() is None:
                daemon.thaw()
                engine.sweep()
    finally:
        daemon.stop()
        daemon.clean_up()


@contextmanager
def given_engine(url: str) -> Iterator[RealEngine]:
    """An engine of the person's own; only what the tests made is removed."""
    with APIClient(url, version="auto", timeout=60) as api:
        engine = RealEngine(url, api)
        engine.build(_DOCKERFILE, IMAGE, busybox=BUSYBOX.read_bytes())
        try:
            yield engine
        finally:
            engine.sweep()
            api.remove_image(IMAGE, force=True)


@pytest.fixture(scope="session")
def session_engine() -> Iterator[RealEngine]:
    """One engine for the whole session; started by the first test that asks."""
    given = os.environ.get(GIVEN)
    with given_engine(given) if given else running_engine() as engine:
        yield engine


@pytest.fixture
def engine(session_engine: RealEngine) -> Iterator[RealEngine]:
    """The session's engine, without containers before and after the test."""
    yield session_engine
    session_engine.sweep()


@pytest.fixture
def own_engine() -> Iterator[RealEngine]:
    """An engine for this test alone, which it may kill."""
    with running_engine() as engine:
        yield engine

"""Seconds until the demo stack answers with products: first start ever, and later ones."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Final

from tests.bench.row import Row

ROUNDS: Final = 5


def seconds_until_products(data_dir: Path) -> float:
    """Start `backend-tui demo` and ask for products until they come."""
    port = _free_port()
    url = f"http://127.0.0.1:{port}/api/products"
    began = time.perf_counter()
    command = [sys.executable, "-m", "backend_tui", "--data-dir", str(data_dir), "demo"]
    server = subprocess.Popen(
        [*command, "--port", str(port)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        while time.perf_counter() - began < 30:
            with (
                contextlib.suppress(urllib.error.URLError, ConnectionError),
                urllib.request.urlopen(url, timeout=5) as answer,
            ):
                if json.load(answer)["items"]:
                    return time.perf_counter() - began
            time.sleep(0.005)
        raise TimeoutError("the stack did not answer within 30 s")
    finally:
        os.kill(server.pid, signal.SIGTERM)
        server.wait(20)


def _free_port() -> int:
    import socket

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def main() -> None:
    firsts, warms = [], []
    for _ in range(ROUNDS):
        with tempfile.TemporaryDirectory() as folder:
            firsts.append(seconds_until_products(Path(folder)))
            warms.append(seconds_until_products(Path(folder)))
    Row("demo stack ready, first start ever", statistics.median(firsts), 4, "s").show()
    Row("demo stack ready, warm data directory", statistics.median(warms), 1.5, "s").show()


if __name__ == "__main__":
    main()

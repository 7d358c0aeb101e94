"""The start of the server, step by step: socket, data directory, database, accounts, serving."""

from __future__ import annotations

import asyncio
import errno
import gc
import json
import logging
import os
import socket
import sys
import threading
from dataclasses import dataclass
from pathlib import Path

import platformdirs

from demo_server import credentials
from demo_server.failure import CannotStart, reason

logger = logging.getLogger("demo_server")


@dataclass(frozen=True, slots=True)
class Start:
    """What the command line said."""

    host: str
    port: int
    descriptor: int | None
    is_fresh: bool
    exits_with_stdin: bool


def data_directory() -> Path:
    """Where everything is kept: DEMO_DATA_DIR, else the platform's place for user data."""
    given = os.environ.get("DEMO_DATA_DIR")
    return Path(given) if given else platformdirs.user_data_path("backend-tui") / "demo"


def bind(start: Start) -> socket.socket:
    """The listening socket; requests that come before the server is ready wait in it."""
    if start.descriptor is not None:
        try:
            inherited = socket.socket(fileno=start.descriptor)
            inherited.getsockname()[1]
        except (OSError, IndexError) as error:
            raise CannotStart(
                f"File descriptor {start.descriptor} cannot be served",
                f"it is not an inherited TCP socket ({error})",
                "Bind and listen in the parent and pass the descriptor on, or use --port",
            ) from None
        inherited.setblocking(False)
        return inherited
    family = socket.AF_INET6 if ":" in start.host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((start.host, start.port))
    except OSError as error:
        listening.close()
        hint = "Use --port 0 for a free one, or stop the program that has it"
        if error.errno != errno.EADDRINUSE:
            hint = "Choose another --port (above 1023) or --host"
        raise CannotStart(
            f"Port {start.port} of {start.host} cannot be used", reason(error), hint
        ) from None
    listening.listen(2048)
    listening.setblocking(False)
    return listening


def address(listening: socket.socket) -> str:
    """The base URL of a listening socket."""
    host, port = listening.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def prepare(*, is_fresh: bool) -> None:
    """Data directory, secrets, settings and database, so that the shop can be served."""
    folder = data_directory()
    os.umask(0o077)
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        if is_fresh:
            (folder / credentials.FILE_NAME).unlink(missing_ok=True)
        credentials.read_or_create(folder)
    except OSError as error:
        raise CannotStart(
            f"The data directory {folder} cannot be written",
            reason(error),
            "Free some space there, correct its permissions, or choose another with --data-dir",
        ) from None
    _load_settings()
    from demo_server.shop.database import preparation

    preparation.prepare(is_fresh=is_fresh)


def _load_settings() -> None:
    import django
    from django.core.exceptions import ImproperlyConfigured

    from demo_server.caching.url import UnusableCacheUrl
    from demo_server.shop.database.url import UnusableUrl

    try:
        django.setup()
    except UnusableUrl as error:
        raise CannotStart(
            "DEMO_DATABASE_URL cannot be used",
            str(error),
            "Write for example sqlite:////path/shop.sqlite3 or postgres://user@localhost/shop",
        ) from None
    except UnusableCacheUrl as error:
        raise CannotStart(
            "The URL of the cache cannot be used",
            str(error),
            "Write DEMO_CACHE_URL as redis://localhost:6379/0, memcached://localhost or locmem://",
        ) from None
    except ImproperlyConfigured as error:
        raise CannotStart(
            "The database cannot be used",
            " ".join(str(error).split()).rstrip("."),
            "Install its driver: backend-tui[postgres] or backend-tui[mysql]",
        ) from None
    except ValueError as error:
        raise CannotStart(
            "A DEMO_* variable cannot be used",
            str(error),
            "DEMO_RATE_LIMIT is a number of requests a second",
        ) from None


def seed(orders: int) -> int:
    """Add many orders; nothing is served."""
    prepare(is_fresh=False)
    from django.core.management import call_command

    call_command("seed", orders=orders)
    return 0


def serve(start: Start) -> int:
    """Serve until a signal, or the end of stdin when that was asked for."""
    gc.disable()  # what a start makes, stays
    listening = bind(start)
    # Connections inherit it. asyncio sets it only on sockets that name TCP as their protocol, and
    # without it every small answer waits 40 ms for the client's delayed acknowledgement.
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    url = address(listening)
    os.environ["DEMO_PORT"] = url.rpartition(":")[2]
    prepare(is_fresh=start.is_fresh)
    from demo_server import asgi
    from demo_server.caching import control
    from demo_server.caching.write_back.switch import switch
    from demo_server.graphql_api import endpoint
    from demo_server.serving import Server, stop_with_parent
    from demo_server.shop import accounts
    from demo_server.shop.sign_in import passwords_are_set

    _warm_up()
    passwords_are_set.clear()

    def tell() -> None:
        gc.freeze()
        gc.enable()
        ready = {"event": "ready", "url": url, "pid": os.getpid()}
        sys.stdout.write(json.dumps(ready) + "\n")
        sys.stdout.flush()
        logger.info("Serving %s", url)
        threading.Thread(target=finish, name="finish", daemon=True).start()

    def finish() -> None:
        """What no request has to wait for: the hashes of passwords, and the GraphQL schema."""
        accounts.set_passwords()
        endpoint.load()

    def end_streams() -> None:
        logger.info("Stopping; requests in flight are finished")
        asgi.close_streams()

    async def run() -> None:
        server = Server(asgi.application, on_ready=tell, on_stop=end_streams)
        if start.exits_with_stdin:
            stop_with_parent(server.stop)
        following = asyncio.create_task(asgi.follow_cache())
        await control.resume()
        await server.serve(sockets=[listening])
        following.cancel()
        await switch.close()

    asyncio.run(run())
    _close_database()
    sys.stderr.flush()
    # A view that still blocks its thread after the grace must not keep the process.
    os._exit(0)


def _warm_up() -> None:
    """Import the views and the cache now; else the first request waits for that."""
    from django.core.cache import cache
    from django.urls import resolve

    resolve("/api/products")
    cache.make_key("products")


def _close_database() -> None:
    from demo_server.shop.database.pooled_sqlite.base import DatabaseWrapper

    DatabaseWrapper.close_idle()

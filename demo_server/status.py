"""`/healthz` for everyone, and `/_workbench`: what the workbench needs to know to show the shop."""

from __future__ import annotations

import hmac
import json
import os
from typing import TYPE_CHECKING, Any

from asgiref.sync import sync_to_async
from django.conf import settings
from django.db import DatabaseError, connection

from demo_server import __version__, credentials
from demo_server.caching.foreign import default_cache
from demo_server.shop import failures

if TYPE_CHECKING:
    from asgiref.typing import ASGIReceiveCallable, ASGISendCallable, HTTPScope

_DIALECTS = {"sqlite": "sqlite", "postgresql": "postgres", "mysql": "mysql"}


async def endpoints(scope: HTTPScope, receive: ASGIReceiveCallable, send: ASGISendCallable) -> None:
    """The ASGI application for `/healthz` and `/_workbench`."""
    del receive
    if scope["path"] == "/_workbench" and not _has_token(scope):
        await _answer(send, 404, "problem+json", _nothing(scope["path"]))
    elif scope["method"] not in {"GET", "HEAD"}:
        detail = "Read it with GET."
        body = failures.problem(
            405, "Method not allowed", detail, scope["path"], "method-not-allowed"
        )
        await _answer(send, 405, "problem+json", body, (b"allow", b"GET, HEAD"))
    elif scope["path"] == "/healthz":
        await _answer(send, 200, "json", json.dumps(await health()).encode())
    else:
        await _answer(send, 200, "json", json.dumps(introduction()).encode())


async def health() -> dict[str, Any]:
    """How the server and the services behind it are, after one SELECT 1 and one PING."""
    database = await sync_to_async(_database, thread_sensitive=False)()
    cache = default_cache()
    is_reachable = await cache.is_reachable()
    is_well = is_reachable and "version" in database
    return {
        "status": "ok" if is_well else "degraded",
        "database": database,
        "cache": {"kind": cache.kind, "reachable": is_reachable},
        "version": __version__,
    }


def introduction() -> dict[str, Any]:
    """Who may sign in with what, and where things are."""
    kept = credentials.read(settings.DATA_DIR) or credentials.Credentials()
    return {
        "admin": {"username": "admin", "password": kept.admin_password},
        "users": {
            name: {"username": name, "password": kept.password_of(name)}
            for name in ("customer", "staff")
        },
        "tokens": {"customer": kept.customer_token, "staff": kept.staff_token},
        "database": {"kind": database_kind(), "name": str(connection.settings_dict["NAME"])},
        "cache": {"kind": default_cache().kind},
        "pid": os.getpid(),
        "urls": {
            "store": "/",
            "admin": "/admin/",
            "openapi": "/api/openapi.json",
            "graphql": "/graphql",
        },
    }


def database_kind() -> str:
    """`sqlite`, `postgres` or `mysql`."""
    return _DIALECTS[connection.vendor]


def _database() -> dict[str, str]:
    kind = {"kind": database_kind()}
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        return {**kind, "version": ".".join(map(str, connection.get_database_version()))}
    except DatabaseError as error:
        return {**kind, "error": type(error).__name__}
    finally:
        connection.close()


def _has_token(scope: HTTPScope) -> bool:
    given = next((value for name, value in scope["headers"] if name == b"x-workbench-token"), b"")
    return hmac.compare_digest(given, str(settings.WORKBENCH_TOKEN).encode())


def _nothing(path: str) -> bytes:
    return failures.problem(404, "Not found", "There is nothing at this address.", path)


async def _answer(
    send: ASGISendCallable,
    status: int,
    kind: str,
    body: bytes,
    *headers: tuple[bytes, bytes],
) -> None:
    await send(
        {
            "type": "http.response.start",
            "status": status,
            "headers": [
                (b"content-type", f"application/{kind}".encode()),
                (b"content-length", str(len(body)).encode()),
                (b"cache-control", b"no-store"),
                (b"x-content-type-options", b"nosniff"),
                *headers,
            ],
            "trailers": False,
        }
    )
    await send({"type": "http.response.body", "body": body, "more_body": False})

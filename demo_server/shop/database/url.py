"""A database URL as Django's DATABASES entry: sqlite, postgres and mysql."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qsl, unquote, urlsplit

ENGINES: Final = {
    "sqlite": "demo_server.shop.database.pooled_sqlite",
    "postgres": "django.db.backends.postgresql",
    "postgresql": "django.db.backends.postgresql",
    "mysql": "django.db.backends.mysql",
}

# WAL lets readers go on while one writes; NORMAL is safe in it; IMMEDIATE takes the write lock at
# BEGIN, so that a transaction which reads and then writes waits instead of failing.
SQLITE_OPTIONS: Final = {
    "timeout": 5.0,
    "transaction_mode": "IMMEDIATE",
    "init_command": (
        "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON;"
        "PRAGMA temp_store=MEMORY"
    ),
}


class UnusableUrl(ValueError):  # noqa: N818 - says what is wrong, as it stands in the message
    """The URL names no database this server can use."""


def sqlite(path: Path) -> dict[str, Any]:
    """The entry for a SQLite file."""
    return {"ENGINE": ENGINES["sqlite"], "NAME": str(path), "OPTIONS": dict(SQLITE_OPTIONS)}


def parse(url: str) -> dict[str, Any]:
    """The entry for `sqlite:///path`, `postgres://user:password@host/name` or `mysql://…`.

    Raises UnusableUrl, with words that do not repeat the URL's password.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise UnusableUrl("it is not a URL") from None
    if parts.scheme not in ENGINES:
        known = "sqlite, postgres, mysql"
        raise UnusableUrl(f"its scheme is {parts.scheme or 'missing'}; known are {known}")
    name = unquote(parts.path.removeprefix("/"))
    if not name:
        raise UnusableUrl("it names no database")
    if parts.scheme == "sqlite":
        return sqlite(Path(name).expanduser().absolute())
    query = dict(parse_qsl(parts.query))
    options: dict[str, Any] = dict(query)
    if parts.scheme == "mysql":
        options |= {"charset": "utf8mb4", "init_command": "SET sql_mode='TRADITIONAL,ANSI'"}
    else:
        options["pool"] = {"min_size": 1, "max_size": 20, "timeout": 5}
    return {
        "ENGINE": ENGINES[parts.scheme],
        "NAME": name,
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": query.pop("host", None) or unquote(parts.hostname or ""),
        "PORT": str(port or query.pop("port", "")),
        "OPTIONS": options,
    }

"""Where a Redis answers, read from its URL: TCP, TLS, Unix socket, cluster or sentinels."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, Literal
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from backend_tui.core.errors import UsageError
from backend_tui.core.secrets import mask_url
from backend_tui.core.text import clean_line

Arrangement = Literal["single", "cluster", "sentinel"]
_FORMS: Final = (
    "Write redis://USER:PASSWORD@HOST:PORT/0, rediss://… for TLS, unix:///path/to/socket, "
    "redis+cluster://HOST:PORT,HOST:PORT or redis+sentinel://HOST:PORT,HOST:PORT/SERVICE/0."
)
_TLS_OPTIONS: Final = {
    "ca": "ca",
    "ssl_ca_certs": "ca",
    "cert": "cert",
    "ssl_certfile": "cert",
    "key": "key",
    "ssl_keyfile": "key",
    "verify": "verify",
    "ssl_cert_reqs": "verify",
    "check_hostname": "check_hostname",
    "ssl_check_hostname": "check_hostname",
}
_NO: Final = ("no", "none", "false", "0", "off")


@dataclass(frozen=True, slots=True)
class Tls:
    """Files of the authority, our certificate and its key; whether to check the server's."""

    ca: str | None = None
    cert: str | None = None
    key: str | None = None
    is_verified: bool = True
    checks_host: bool = True


@dataclass(frozen=True, slots=True)
class Address:
    """`hosts` are (name, port); a Unix socket has `path` instead. `shown` holds no password."""

    shown: str
    hosts: tuple[tuple[str, int], ...] = ()
    path: str = ""
    arrangement: Arrangement = "single"
    service: str = ""
    user: str = ""
    password: str = field(default="", repr=False)
    database: int = 0
    tls: Tls | None = None

    @property
    def place(self) -> str:
        """`127.0.0.1:6379`, or the socket's path: what a person calls this server."""
        return self.path or ", ".join(f"{host}:{port}" for host, port in self.hosts)


def parse_address(url: str) -> Address:
    """The address in the URL. Raises `UsageError` that names the forms there are."""
    try:
        parts = urlsplit(url.strip())
        scheme, _, kind = parts.scheme.lower().partition("+")
        options = dict(parse_qsl(parts.query))
        if scheme == "unix" and parts.path and not kind:
            return _unix(parts, options, url)
        if scheme not in ("redis", "rediss", "valkey", "valkeys"):
            raise ValueError
        arrangement: Arrangement = {"": "single", "cluster": "cluster", "sentinel": "sentinel"}[
            kind
        ]  # type: ignore[assignment]
        return _network(parts, arrangement, options, url)
    except (ValueError, KeyError) as wrong:
        why = mask_url(clean_line(url))
        raise UsageError("The cache's address is no Redis URL.", why, _FORMS) from wrong


def _unix(parts: SplitResult, options: dict[str, str], url: str) -> Address:
    user, password = _login(parts.netloc)
    return Address(
        shown=mask_url(clean_line(url)),
        path=unquote(parts.path),
        user=user,
        password=password or options.get("password", ""),
        database=int(options.get("db", "0")),
    )


def _network(
    parts: SplitResult, arrangement: Arrangement, options: dict[str, str], url: str
) -> Address:
    user, password = _login(parts.netloc)
    default = 26379 if arrangement == "sentinel" else 6379
    places = parts.netloc.rpartition("@")[2].split(",")
    hosts = tuple(_host(place, default) for place in places if place)
    steps = [unquote(step) for step in parts.path.split("/") if step]
    service = steps.pop(0) if arrangement == "sentinel" else ""
    if not hosts or len(steps) > 1 or (arrangement == "single" and len(hosts) > 1):
        raise ValueError
    is_secure = parts.scheme.lower().startswith(("rediss", "valkeys"))
    return Address(
        shown=mask_url(clean_line(url)),
        hosts=hosts,
        arrangement=arrangement,
        service=service,
        user=user,
        password=password,
        database=int(steps[0] if steps else options.get("db", "0")),
        tls=_tls(options) if is_secure else None,
    )


def _host(place: str, default: int) -> tuple[str, int]:
    split = urlsplit(f"//{place}")
    if not split.hostname:
        raise ValueError
    return split.hostname, split.port or default


def _login(netloc: str) -> tuple[str, str]:
    login = netloc.rpartition("@")[0]
    user, colon, password = login.partition(":")
    return (unquote(user), unquote(password)) if colon else ("", unquote(user))


def _tls(options: dict[str, str]) -> Tls:
    said = {_TLS_OPTIONS[name]: value for name, value in options.items() if name in _TLS_OPTIONS}
    is_verified = said.get("verify", "yes").lower() not in _NO
    return Tls(
        ca=said.get("ca"),
        cert=said.get("cert"),
        key=said.get("key"),
        is_verified=is_verified,
        checks_host=is_verified and said.get("check_hostname", "yes").lower() not in _NO,
    )

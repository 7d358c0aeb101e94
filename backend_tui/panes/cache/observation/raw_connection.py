"""A blocking connection to one Redis or Valkey, for threads that must not wait for anything else.

redis-py opens it (TLS, ACL users, Unix sockets); what follows is read by hiredis alone, so that a
flood costs little. Everything is RESP3, bytes end to end.
"""

from __future__ import annotations

import socket
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

from backend_tui.core.errors import BackendError, MissingError
from backend_tui.core.text import clean_line
from backend_tui.panes.cache.server import failures
from backend_tui.panes.cache.server.address import Address, Tls, parse_address

if TYPE_CHECKING:
    import hiredis

TIMEOUT: Final = 2.0
CONNECT_TIMEOUT: Final = 1.0
CHUNK: Final = 1 << 18
Word = bytes | str | int
Command = tuple[Word, ...]


class RawConnection:
    """One connection, used by one thread at a time. `opened()` makes it."""

    def __init__(self, place: str, connection: Any, timeout: float) -> None:
        self.place = place
        self.timeout = timeout
        self._connection = connection
        # The only way to read raw what redis-py has opened, with its TLS and its handshake.
        self.socket: socket.socket = connection._sock  # noqa: SLF001
        self.reader = new_reader()

    def ask(self, *words: Word) -> Any:
        """The answer to one command. Raises `failures.Refusal`, or what broke the connection."""
        try:
            self.socket.settimeout(self.timeout)
            self.socket.sendall(packed(words))
            answer = self._answer()
        except OSError as broken:
            raise failures.broken(broken, self.place) from broken
        if isinstance(answer, Exception):
            raise failures.refused(str(answer), str(words[0]))
        return answer

    def abort(self) -> None:
        """End it at once, from any thread: whoever reads it wakes up, the server frees it."""
        with suppress(OSError):
            # On a TLS socket its own shutdown would change what another thread is reading with.
            socket.socket.shutdown(self.socket, socket.SHUT_RDWR)

    def close(self) -> None:
        """Give it back. Only by the thread that uses it."""
        self.abort()
        with suppress(OSError):
            self.socket.close()
        self._connection.disconnect()

    def _answer(self) -> Any:
        while (answer := self.reader.gets()) is False:
            data = self.socket.recv(CHUNK)
            if not data:
                raise ConnectionResetError("The server closed the connection.")
            self.reader.feed(data)
        return answer


def opened(url: str, timeout: float = TIMEOUT) -> RawConnection:
    """A connection that speaks RESP3. Raises `BackendError`: wrong URL, nobody there, refused.

    Of a cluster it is the first node of the URL, of sentinels the primary that they name.
    """
    address = parse_address(url)
    if address.arrangement == "sentinel":
        return _connected(address, _primary(address, timeout), timeout)
    return _connected(address, address.hosts[0] if address.hosts else ("", 0), timeout)


def packed(words: Command) -> bytes:
    """One command as it goes over the wire."""
    parts = [word if isinstance(word, bytes) else str(word).encode() for word in words]
    body = b"".join(b"$%d\r\n%b\r\n" % (len(part), part) for part in parts)
    return b"*%d\r\n%b" % (len(parts), body)


def new_reader() -> hiredis.Reader:
    """A parser of what a server says."""
    import hiredis

    return hiredis.Reader()


def _connected(address: Address, host: tuple[str, int], timeout: float) -> RawConnection:
    import redis
    from redis import connection as kinds_of_connection
    from redis.backoff import NoBackoff
    from redis.retry import Retry

    place = address.path or f"{host[0]}:{host[1]}"
    given: dict[str, Any] = {
        "db": address.database,
        "username": address.user or None,
        "password": address.password or None,
        "socket_timeout": timeout,
        "retry": Retry(NoBackoff(), 0),
        "protocol": 3,
        "driver_info": None,
    }
    kinds: Any = kinds_of_connection
    if address.path:
        connection = kinds.UnixDomainSocketConnection(path=address.path, **given)
    else:
        given |= {"host": host[0], "port": host[1], "socket_connect_timeout": CONNECT_TIMEOUT}
        given["socket_keepalive"] = True
        if address.tls is None:
            connection = kinds.Connection(**given)
        else:
            connection = kinds.SSLConnection(**given, **_tls(address.tls))
    try:
        connection.connect()
    except (redis.RedisError, OSError) as failed:
        connection.disconnect()
        code = getattr(failed, "status_code", None)
        if code or isinstance(failed, redis.ResponseError):
            said = str(failed)
            text = said if not code or said.startswith(code) else f"{code} {said}"
            raise failures.refused(text, "HELLO") from failed
        raise failures.broken(failed, place) from failed
    return RawConnection(place, connection, timeout)


def _tls(tls: Tls) -> dict[str, Any]:
    """redis-py's words for it."""
    return {
        "ssl_ca_certs": tls.ca,
        "ssl_certfile": tls.cert,
        "ssl_keyfile": tls.key,
        "ssl_cert_reqs": "required" if tls.is_verified else "none",
        "ssl_check_hostname": tls.checks_host,
    }


def _primary(address: Address, timeout: float) -> tuple[str, int]:
    """The primary that the first sentinel which answers names."""
    problem: BackendError | None = None
    for host in address.hosts:
        try:
            sentinel = _connected(Address(address.shown, (host,), tls=address.tls), host, timeout)
        except BackendError as failed:
            problem = failed
            continue
        try:
            found = sentinel.ask("SENTINEL", "GET-MASTER-ADDR-BY-NAME", address.service)
        finally:
            sentinel.close()
        if found:
            return bytes(found[0]).decode("utf-8", "replace"), int(found[1])
    raise problem or MissingError(
        f"The sentinels watch no service “{clean_line(address.service)}”.",
        f"{address.place} was asked.",
        "Write its name into the URL: redis+sentinel://HOST:PORT/SERVICE/0.",
    )

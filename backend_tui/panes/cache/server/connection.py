"""One connection to one Redis node: commands in order, raw replies, every failure explained."""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, Any, Final

from backend_tui.core.errors import BackendError
from backend_tui.panes.cache.server import failures
from backend_tui.panes.cache.server.address import Address
from backend_tui.panes.cache.server.info import parse_info

if TYPE_CHECKING:
    from redis.asyncio.connection import AbstractConnection

CONNECT_S: Final = 1.0
ANSWER_S: Final = 3.0
_LIBRARY: Final = "redis.asyncio.connection"  # takes 0.2 s to load: not on the event loop
NAME: Final = "backend-tui"
Word = bytes | str | int | float
Command = tuple[Word, ...]
Exchange = Callable[[Sequence[Command]], Awaitable[list[Any]]]


class Node:
    """Opens itself when first asked and again after a failure; answers come one ask at a time.

    Replies are what the server sent: bytes, int, None, lists of them. An error reply is raised as
    `failures.Refusal`, or stands in its place in the answers of `ask_all`.
    """

    def __init__(self, address: Address, host: tuple[str, int] | None = None) -> None:
        self.address = address
        self.host = host or (address.hosts[0] if address.hosts else ("", 0))
        self._connection: AbstractConnection | None = None
        self._turn = asyncio.Lock()

    @property
    def place(self) -> str:
        """`127.0.0.1:6379`, or the socket's path."""
        return self.address.path or f"{self.host[0]}:{self.host[1]}"

    async def ask(self, *command: Word) -> Any:
        """The reply to one command. Raises `BackendError`."""
        reply = (await self.ask_all((command,)))[0]
        if isinstance(reply, BackendError):
            raise await self._explained(reply)
        return reply

    async def ask_all(self, commands: Sequence[Command]) -> list[Any]:
        """The replies in order; what was refused is a `BackendError` in its place."""
        async with self._turn:
            return await self._exchange(commands)

    async def together(self, commands: Sequence[Command]) -> list[Any]:
        """The replies of commands run as one step, nothing of others between them.

        What was refused is a `BackendError` in its place; the rest is run all the same.
        """
        async with self._turn:
            return await run_together(self._exchange, commands)

    @contextlib.asynccontextmanager
    async def turn(self) -> AsyncIterator[Exchange]:
        """Hold the connection over several asks (`WATCH`, read, write)."""
        async with self._turn:
            yield self._exchange

    async def info(self, *sections: str) -> dict[str, str]:
        """The facts of these sections of INFO, as text."""
        asked: list[Command] = [("INFO", section) for section in sections]
        facts: dict[str, str] = {}
        for reply in await self.ask_all(asked):
            if isinstance(reply, BackendError):
                raise await self._explained(reply)
            facts.update(parse_info(reply))
        return facts

    async def aclose(self) -> None:
        """Close the connection; the next ask opens it again."""
        connection, self._connection = self._connection, None
        if connection is not None:
            await connection.disconnect(nowait=True)

    async def _explained(self, problem: BackendError) -> BackendError:
        """The problem with what only the server knows: how far it has loaded, whom it follows."""
        is_loading = isinstance(problem, failures.NotReady) and "loads" in problem.what
        is_replica = isinstance(problem, failures.Refusal) and problem.code == "READONLY"
        if not (is_loading or is_replica):
            return problem
        reply = (await self.ask_all((("INFO", "persistence" if is_loading else "replication"),)))[0]
        if isinstance(reply, BackendError):
            return problem
        facts = parse_info(reply)
        if is_loading:
            return failures.loading(facts)
        source = f"{facts.get('master_host', '?')}:{facts.get('master_port', '?')}"
        return failures.replica(self.place, source)

    async def explained(self, problem: BackendError) -> BackendError:
        """As `ask` would raise it, for a problem found in the answers of `ask_all`."""
        return await self._explained(problem)

    async def _exchange(self, commands: Sequence[Command]) -> list[Any]:
        if _LIBRARY not in sys.modules:
            await asyncio.to_thread(importlib.import_module, _LIBRARY)
        from redis.exceptions import RedisError, ResponseError

        try:
            connection = await self._opened()
        except ResponseError as error:
            raise failures.refused(_reply_text(error)) from error
        except (RedisError, OSError) as error:
            if _is_reply(error):
                raise failures.refused(_reply_text(error)) from error
            is_tls = self.address.tls is not None
            raise failures.broken(error, self.place, is_tls=is_tls) from error
        answers: list[Any] = []
        try:
            await connection.send_packed_command(connection.pack_commands(commands))
            for command in commands:
                try:
                    reply = await connection.read_response(disable_decoding=True)
                except ResponseError as error:
                    reply = error
                except RedisError as error:
                    if not getattr(error, "status_code", None):
                        raise
                    reply = error
                answers.append(_plain(reply, command))
        except (RedisError, OSError) as error:
            await self.aclose()
            raise failures.broken(error, self.place) from error
        except BaseException:
            # Given up in the middle: what still comes would be taken for the next answer.
            await self.aclose()
            raise
        _still_wanted()
        return answers

    async def _opened(self) -> AbstractConnection:
        if self._connection is None:
            connection = self._made()
            try:
                async with asyncio.timeout(CONNECT_S + ANSWER_S):
                    await connection.connect()  # type: ignore[no-untyped-call]
            except BaseException:
                await connection.disconnect(nowait=True)
                raise
            self._connection = connection
        return self._connection

    def _made(self) -> AbstractConnection:
        from redis.asyncio.connection import Connection, SSLConnection, UnixDomainSocketConnection
        from redis.asyncio.retry import Retry
        from redis.backoff import NoBackoff

        address, tls = self.address, self.address.tls
        given: dict[str, Any] = {
            "db": address.database,
            "username": address.user or None,
            "password": address.password or None,
            "socket_timeout": ANSWER_S,
            "retry": Retry(NoBackoff(), 0),
            "redis_connect_func": _greeted,
            "protocol": 2,
            "driver_info": None,
        }
        if address.path:
            return UnixDomainSocketConnection(path=address.path, **given)
        given |= {
            "host": self.host[0],
            "port": self.host[1],
            "socket_connect_timeout": CONNECT_S,
            "socket_keepalive": True,
        }
        if tls is None:
            return Connection(**given)
        return SSLConnection(
            **given,
            ssl_ca_certs=tls.ca,
            ssl_certfile=tls.cert,
            ssl_keyfile=tls.key,
            ssl_cert_reqs="required" if tls.is_verified else "none",
            ssl_check_hostname=tls.checks_host,
        )


async def run_together(exchange: Exchange, commands: Sequence[Command]) -> list[Any]:
    """MULTI … EXEC for one who holds the turn, as `Node.together`; [] when a watched key changed.

    A command that is refused while it is queued spoils them all, so the others run again alone.
    """
    replies = await exchange((("MULTI",), *commands, ("EXEC",)))
    if isinstance(replies[0], BackendError):
        raise replies[0]
    queued, done = replies[1:-1], replies[-1]
    if done is None:
        return []
    if not isinstance(done, BackendError):
        return [_plain(each, command) for each, command in zip(done, commands, strict=True)]
    kept = [at for at, each in enumerate(queued) if not isinstance(each, BackendError)]
    if len(kept) == len(commands):
        raise done
    found = await run_together(exchange, [commands[at] for at in kept]) if kept else []
    answers = list(queued)
    for at, reply in zip(kept, found, strict=True):
        answers[at] = reply
    return answers


async def _greeted(connection: AbstractConnection) -> None:
    """Log in and choose the database; a name is only given where an ACL allows it."""
    from redis.exceptions import ResponseError

    await connection.on_connect()
    await connection.send_command("CLIENT", "SETNAME", NAME, check_health=False)
    with contextlib.suppress(ResponseError):
        await connection.read_response()


def _still_wanted() -> None:
    """Be cancelled now if that was asked for: `wait_for` of Python 3.11, in which redis-py sends,
    forgets a cancellation that comes as it ends.
    """
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError


def _plain(reply: Any, command: Command) -> Any:
    """The reply itself; an error reply of redis-py as our own failure."""
    if not isinstance(reply, Exception):
        return reply
    words = " ".join(_word(each) for each in command[: 2 if _has_parts(command) else 1])
    return failures.refused(_reply_text(reply), words)


def _has_parts(command: Command) -> bool:
    parted = ("OBJECT", "MEMORY", "SLOWLOG", "COMMANDLOG", "LATENCY", "CLIENT", "CONFIG", "CLUSTER")
    return command[0] in parted


def _word(word: Word) -> str:
    return word.decode("utf-8", "replace") if isinstance(word, bytes) else str(word)


def _reply_text(error: Exception) -> str:
    """The reply as sent: redis-py cuts the code off where it knows it."""
    code = getattr(error, "status_code", None) or ""
    text = str(error)
    known = {"AskError": "ASK", "MovedError": "MOVED"}.get(type(error).__name__, code)
    if known and not text.startswith(known):
        return f"{known} {text}"
    return text or known


def _is_reply(error: BaseException) -> bool:
    """True when the server has said so itself, though redis-py counts it as a lost connection."""
    return bool(getattr(error, "status_code", None)) or "max number of clients" in str(error)

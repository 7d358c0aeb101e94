"""The way of an operation through its phases, one overridable method each.

Settings name the class: this one, or one that watches it.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import aclosing
from dataclasses import dataclass
from functools import cache
from typing import Any, TypeVar, cast

import msgspec
from django.conf import settings
from django.http import HttpRequest
from django.utils.module_loading import import_string
from graphql import (
    ExecutionResult,
    Executor,
    ExperimentalIncrementalExecutionResults,
    GraphQLError,
    OperationDefinitionNode,
    OperationType,
)
from graphql.execution import (
    create_source_event_stream,
    execute_subscription_event,
    map_source_to_response_event,
)
from graphql.execution.executor_throwing_on_incremental import ExecutorThrowingOnIncremental
from graphql.execution.incremental import IncrementalExecutor

from demo_server.graphql_api import building, limits, persisted
from demo_server.graphql_api.context import Context, Resolver
from demo_server.graphql_api.database import with_database
from demo_server.graphql_api.documents import Document, Documents, Rejected
from demo_server.graphql_api.errors import Code, Refused, formatted
from demo_server.graphql_api.loading import Loaders
from demo_server.graphql_api.requests import Malformed, Request
from demo_server.rest_api.layer import authentication
from demo_server.rest_api.layer.operation import NOBODY, Identity

V = TypeVar("V")
Result = ExecutionResult | ExperimentalIncrementalExecutionResults


@dataclass(frozen=True, slots=True)
class Operation:
    """An operation that may be executed."""

    document: Document
    node: OperationDefinitionNode
    name: str | None
    variables: dict[str, Any]
    demand: limits.Demand

    @property
    def kind(self) -> OperationType:
        """Query, mutation or subscription."""
        return self.node.operation


class Events:
    """The results of a subscription; close it, also when it was never read."""

    def __init__(self, source: Any, results: AsyncGenerator[dict[str, Any], None]) -> None:
        self._source = source
        self._results = results

    def __aiter__(self) -> AsyncIterator[dict[str, Any]]:
        return self._results

    async def aclose(self) -> None:
        """Let go of the source."""
        await self._results.aclose()
        await self._source.aclose()


class Engine:
    """Authenticate, prepare, execute, encode."""

    def __init__(self) -> None:
        self.schema = building.build(self.resolver)
        self.documents = Documents(self.schema, shows_schema=settings.GRAPHQL_INTROSPECTION)
        self._encoder = msgspec.json.Encoder()

    def resolver(self, place: str, resolve: Resolver) -> Resolver:
        """The resolver of `Type.field` as it shall run."""
        del place
        return resolve

    async def batch(self, name: str, keys: int, read: Callable[[], Awaitable[V]]) -> V:
        """Run one batch of a data loader."""
        del name, keys
        return await read()

    async def journey(self, method: str, name: str, run: Callable[[], Awaitable[V]]) -> V:
        """Run what is not inside an HTTP request of its own: an operation of a socket, an event."""
        del method, name
        return await run()

    def trace_id(self) -> str:
        """Under which id this journey is kept; empty when it is not."""
        return ""

    async def authenticate(self, request: HttpRequest) -> Identity:
        """Who asks; nobody without a token or a session, Problem 401 or 403 for a bad one."""
        given = "HTTP_AUTHORIZATION" in request.META
        if given or settings.SESSION_COOKIE_NAME in request.COOKIES:
            return await authentication.identify(request)
        return NOBODY

    def context(self, identity: Identity, *, is_batching: bool = True) -> Context:
        """The context of one operation."""
        return Context(identity, Loaders(self, is_batching=is_batching))

    async def prepare(self, request: Request) -> Operation:
        """The operation that is asked for; Rejected or Malformed when it is not executed."""
        document = self.read(await persisted.text_of(request))
        await persisted.keep(request)
        name = request.operation_name
        if name is None and len(document.operations) == 1:
            name = next(iter(document.operations))
        if name not in document.operations:
            known = ", ".join(filter(None, document.operations))
            says = f"There is no operation {name}." if name else "Say which operation is meant."
            raise Rejected([Refused("BAD_USER_INPUT", f"{says} The document has: {known}.")])
        demand = self.documents.demand(document, name, request.variables)
        node = document.operations[name]
        return Operation(document, node, name, request.variables, demand)

    def read(self, text: str) -> Document:
        """The valid document of this text."""
        return self.documents.read(text)

    async def execute(
        self, operation: Operation, context: Context, *, in_parts: bool = False
    ) -> Result:
        """Execute a query or a mutation; Rejected when the variables do not fit."""
        executor = self._executor(operation, context, in_parts=in_parts)
        try:
            async with asyncio.timeout(limits.SECONDS):
                result = executor.execute_operation()
                return cast("Result", await result if executor.is_awaitable(result) else result)
        except TimeoutError:
            message = f"The operation took longer than {limits.SECONDS:g} s and was ended."
            return ExecutionResult(None, [Refused("TIME_OUT", message)])

    def _executor(self, operation: Operation, context: Context, *, in_parts: bool) -> Executor[Any]:
        kind = IncrementalExecutor if in_parts else ExecutorThrowingOnIncremental
        document = operation.document
        built = kind.build(
            self.schema,
            document.node if in_parts else document.at_once,
            None,
            context,
            operation.variables,
            operation.name,
            hide_suggestions=not settings.GRAPHQL_INTROSPECTION,
        )
        if isinstance(built, list):
            raise Rejected(built, "BAD_USER_INPUT")
        return built

    async def subscribe(self, operation: Operation, context: Context) -> Events:
        """The formatted result of each event, until the source ends; Rejected before the first."""
        executor = self._executor(operation, context, in_parts=False)
        made = create_source_event_stream(executor)
        source = await made if executor.is_awaitable(made) else made
        if isinstance(source, ExecutionResult):
            raise Rejected(source.errors or [], "INTERNAL_SERVER_ERROR")
        return Events(source, self._events(operation, executor, source, context))

    async def _events(
        self, operation: Operation, executor: Executor[Any], source: Any, context: Context
    ) -> AsyncGenerator[dict[str, Any], None]:
        name = operation.name or "subscription"

        async def event(one: Executor[Any]) -> ExecutionResult:
            async def run() -> ExecutionResult:
                result = execute_subscription_event(one)
                made = await result if one.is_awaitable(result) else result
                return cast("ExecutionResult", made)

            return await with_database(
                lambda: self.journey("EVENT", name, run), lambda: context.loaders.is_used
            )

        results = map_source_to_response_event(executor, source, event)
        try:
            async with aclosing(results):
                async for result in results:
                    yield self.format(result)
        except Exception as error:  # noqa: BLE001 - whatever ends the source is its last word
            failure = (
                error
                if isinstance(error, GraphQLError)
                else GraphQLError(str(error), executor.operation, original_error=error)
            )
            yield self.refusal([failure], "INTERNAL_SERVER_ERROR")

    def format(self, result: Any) -> dict[str, Any]:
        """A result, whole or a part, as it is sent; errors are masked."""
        told: dict[str, Any] = result.formatted
        self._mask(told, result)
        for part, made in zip(
            told.get("incremental") or (), getattr(result, "incremental", None) or (), strict=True
        ):
            self._mask(part, made)
        for part, made in zip(
            told.get("completed") or (), getattr(result, "completed", None) or (), strict=True
        ):
            self._mask(part, made)
        return told

    def _mask(self, told: dict[str, Any], made: Any) -> None:
        if getattr(made, "errors", None):
            told["errors"] = self._errors(made.errors, "INTERNAL_SERVER_ERROR")

    def refusal(self, errors: list[GraphQLError], code: Code) -> dict[str, Any]:
        """The answer to a request that was not executed: errors and no data."""
        return {"errors": self._errors(errors, code)}

    def _errors(self, errors: list[GraphQLError], code: Code) -> list[dict[str, Any]]:
        trace_id = self.trace_id()
        return [formatted(each, code, trace_id) for each in errors]

    def encode(self, answer: Any) -> bytes:
        """The answer as JSON."""
        return self._encoder.encode(answer)


@cache
def engine() -> Engine:
    """The engine that settings name; made when it is first asked for."""
    built = import_string(settings.GRAPHQL_ENGINE)()
    assert isinstance(built, Engine)
    return built


__all__ = ["Engine", "Malformed", "Operation", "Rejected", "Result", "engine"]

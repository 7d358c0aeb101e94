"""The phases of GraphQL, each resolver and each batch of a data loader as spans."""

from __future__ import annotations

from inspect import iscoroutinefunction
from typing import TYPE_CHECKING, Any, TypeVar

from demo_server.graphql_api.engine import Engine
from demo_server.tracing.recorder import here, recorder, step
from demo_server.tracing.spans import Journey

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from django.http import HttpRequest

    from demo_server.graphql_api.context import Context, Resolver
    from demo_server.graphql_api.documents import Document
    from demo_server.graphql_api.engine import Operation, Result
    from demo_server.rest_api.layer.operation import Identity

V = TypeVar("V")

LONGEST_DOCUMENT = 8192


class TracedEngine(Engine):
    """The same answers, each phase inside a span."""

    def resolver(self, place: str, resolve: Resolver) -> Resolver:
        """The resolver inside a span that knows its path in the answer."""
        name = f"{resolve.__module__}.{resolve.__qualname__}"

        def note(span: Any, info: Any) -> None:
            attributes = span.attributes
            attributes["graphql.field.path"] = ".".join(map(str, info.path.as_list()))
            attributes["graphql.field.type"] = str(info.return_type)
            attributes["code.function.name"] = name

        async def traced(source: Any, info: Any, /, **arguments: Any) -> Any:
            with step("graphql", place) as span:
                if span is not None:
                    note(span, info)
                return await resolve(source, info, **arguments)

        def traced_at_once(source: Any, info: Any, /, **arguments: Any) -> Any:
            with step("graphql", place) as span:
                if span is not None:
                    note(span, info)
                return resolve(source, info, **arguments)

        return traced if iscoroutinefunction(resolve) else traced_at_once

    async def batch(self, name: str, keys: int, read: Callable[[], Awaitable[V]]) -> V:
        """One batch: it hangs under the resolver that was the first to ask for something of it."""
        with step("graphql", f"load {name}") as span:
            if span is not None:
                span.attributes["graphql.batch.keys"] = keys
            return await read()

    async def journey(self, method: str, name: str, run: Callable[[], Awaitable[V]]) -> V:
        """A journey of its own; an event that belongs to a request keeps its trace id.

        A thousand events a second that need no database would push all other journeys out: of
        events only those are kept that made a statement or failed.
        """
        around = here.get()
        journey = Journey(
            method,
            "/graphql",
            "",
            around.journey.trace_id if around else "",
            around.id if around else None,
        )
        journey.route = "/graphql"
        journey.root.name = f"{method} /graphql {name}"
        is_event = method == "EVENT"
        if not is_event:
            recorder.begin(journey)
        token = here.set(journey.root)
        try:
            return await run()
        except BaseException as error:
            journey.root.fail(error)
            raise
        finally:
            here.reset(token)
            if not is_event:
                recorder.end(journey)
            elif journey.sql or journey.root.is_error:
                recorder.begin(journey)
                recorder.end(journey)

    def trace_id(self) -> str:
        """The id of the journey that is being made."""
        span = here.get()
        return span.journey.trace_id if span is not None else ""

    async def authenticate(self, request: HttpRequest) -> Identity:
        """Who asks, inside a span."""
        with step("auth", "authenticate") as span:
            identity = await super().authenticate(request)
            if span is not None:
                span.attributes["enduser.id"] = identity.user_id or "anonymous"
        return identity

    def read(self, text: str) -> Document:
        """Parsing and validating, or finding what was found valid before."""
        with step("graphql", "parse and validate") as span:
            before = self.documents.hits
            document = super().read(text)
            if span is not None:
                span.attributes["graphql.document"] = text[:LONGEST_DOCUMENT]
                span.attributes["graphql.document.kept"] = self.documents.hits > before
        return document

    async def execute(
        self, operation: Operation, context: Context, *, in_parts: bool = False
    ) -> Result:
        """The execution, which names the journey after the operation."""
        with step("graphql", f"execute {operation.kind.value}") as span:
            if span is not None:
                root = span.journey.root
                root.attributes["graphql.operation.type"] = operation.kind.value
                span.attributes["graphql.cost"] = operation.demand.cost
                if operation.name:
                    root.attributes["graphql.operation.name"] = operation.name
                    root.name = f"{span.journey.method} /graphql {operation.name}"
            return await super().execute(operation, context, in_parts=in_parts)

    def encode(self, answer: Any) -> bytes:
        """The answer as JSON, inside a span."""
        with step("serialize", "serialize") as span:
            body = super().encode(answer)
            if span is not None:
                span.attributes["http.response.body.size"] = len(body)
        return body

"""The phases of the REST pipeline as spans."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from demo_server.rest_api.layer.pipeline import Pipeline
from demo_server.tracing.recorder import step

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.http import HttpRequest
    from django.http.response import HttpResponseBase

    from demo_server.rest_api.layer.operation import Call, Identity, Operation, Reply

# Looked up once: they stand on the way of every request.
_authenticate = Pipeline.authenticate
_parse = Pipeline.parse
_call = Pipeline.call
_serialize = Pipeline.serialize


class TracedPipeline(Pipeline):
    """The same phases with the same answers, each inside a span."""

    async def authenticate(self, request: HttpRequest, operation: Operation) -> Identity:
        with step("auth", "authenticate") as span:
            identity = await _authenticate(self, request, operation)
            if span is not None:
                span.attributes["auth.required"] = operation.access.value
                span.attributes["enduser.id"] = identity.user_id or "anonymous"
        return identity

    async def parse(
        self,
        request: HttpRequest,
        operation: Operation,
        identity: Identity,
        path: Mapping[str, Any],
    ) -> Call[Any, Any]:
        with step("view", "parse query and body"):
            return await _parse(self, request, operation, identity, path)

    async def call(self, operation: Operation, call: Call[Any, Any]) -> Reply:
        handler = operation.handler
        with step("view", getattr(handler, "__qualname__", type(handler).__qualname__)) as span:
            if span is not None:
                span.function = handler
            return await _call(self, operation, call)

    def serialize(
        self, request: HttpRequest, operation: Operation, call: Call[Any, Any], reply: Reply
    ) -> HttpResponseBase:
        with step("serialize", "serialize") as span:
            response = _serialize(self, request, operation, call, reply)
            if span is not None:
                span.attributes["http.response.status_code"] = response.status_code
        return response

"""The way of a request through one operation, one overridable method a phase."""

from collections.abc import Mapping
from typing import Any, Final

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

from demo_server.rest_api.layer import authentication, idempotency, negotiation, problem, sparse
from demo_server.rest_api.layer.body import read_json
from demo_server.rest_api.layer.conditional import is_unchanged, strong, tell_client_cache
from demo_server.rest_api.layer.operation import (
    NOBODY,
    Access,
    Call,
    Identity,
    Operation,
    Reply,
    encoder,
)
from demo_server.rest_api.layer.problem import Problem
from demo_server.rest_api.layer.query import refuse_any

_SAFE: Final = frozenset({"GET", "HEAD"})


class Pipeline:
    """Authenticate, parse, call, serialize; a failure of any phase becomes a problem."""

    async def run(
        self, request: HttpRequest, operation: Operation, path: Mapping[str, Any]
    ) -> HttpResponseBase:
        """The answer of the operation to this request, whatever happens on the way."""
        try:
            negotiation.choose(request.META.get("HTTP_ACCEPT", ""), operation.writes)
            identity = await self.authenticate(request, operation)
            call = await self.parse(request, operation, identity, path)
            key = idempotency.key_of(request) if operation.idempotent else ""
            if key and not (operation.knows_repetitions and operation.knows_repetitions(call)):
                return await idempotency.once(
                    key, call, lambda: self._answer(request, operation, call)
                )
            return await self._answer(request, operation, call)
        except Problem as failure:
            return problem.response(request, failure)

    async def _answer(
        self, request: HttpRequest, operation: Operation, call: Call[Any, Any]
    ) -> HttpResponseBase:
        reply = await self.call(operation, call)
        return self.serialize(request, operation, call, reply)

    async def authenticate(self, request: HttpRequest, operation: Operation) -> Identity:
        """Who calls; Problem 401 or 403 when the operation does not let them."""
        if operation.access is Access.ANYONE:
            return NOBODY
        identity = await authentication.identify(request)
        if operation.access is Access.STAFF and not identity.is_staff:
            raise Problem("forbidden", "This needs a member of the staff.")
        return identity

    async def parse(
        self,
        request: HttpRequest,
        operation: Operation,
        identity: Identity,
        path: Mapping[str, Any],
    ) -> Call[Any, Any]:
        """Query and body as declared; Problem 400, 415 or 422 when they are not."""
        if operation.reads_anything:
            return Call(request, identity, path, None, None)
        query = self._query(request.META.get("QUERY_STRING", ""), operation)
        body = self._body(request, operation)
        return Call(request, identity, path, query, body)

    @staticmethod
    def _query(query_string: str, operation: Operation) -> Any:
        if operation.query is None:
            refuse_any(query_string)
            return None
        return operation.query.read(query_string)

    @staticmethod
    def _body(request: HttpRequest, operation: Operation) -> Any:
        if operation.upload is not None:
            negotiation.require_readable(request, operation.reads, "Accept-Post")
            return None
        if operation.decoder is None or operation.body is None:
            return None
        header = "Accept-Patch" if request.method == "PATCH" else "Accept-Post"
        negotiation.require_readable(request, operation.reads, header)
        return read_json(request.body, operation.decoder, operation.body)

    async def call(self, operation: Operation, call: Call[Any, Any]) -> Reply:
        """What the operation itself does."""
        return await operation.handler(call)

    def serialize(
        self, request: HttpRequest, operation: Operation, call: Call[Any, Any], reply: Reply
    ) -> HttpResponseBase:
        """The reply as bytes and headers: 304 when the client has it already."""
        if reply.finished is not None:
            return _without_stream(reply.finished) if request.method == "HEAD" else reply.finished
        headers = _headers(operation, reply)
        status = reply.status or operation.status
        if status == 204:
            return _empty(204, headers)
        body = reply.encoded if reply.encoded is not None else encoder.encode(reply.value)
        if operation.etag:
            etag = reply.etag or strong(body)
            headers["ETag"] = etag
            if request.method in _SAFE and "HTTP_IF_NONE_MATCH" in request.META:
                has_it = is_unchanged(request, etag)
                tell_client_cache(request.path, len(body), is_hit=has_it)
                if has_it:
                    return _empty(304, headers)
        if operation.sparse and call.query.fields:
            body = sparse.thin(body, call.query.fields)
        headers["Content-Length"] = str(len(body))
        return HttpResponse(body, status=status, content_type="application/json", headers=headers)


def _headers(operation: Operation, reply: Reply) -> dict[str, str]:
    headers = {"Cache-Control": operation.cache_control or "no-store", **reply.headers}
    if operation.access is not Access.ANYONE:
        headers["Vary"] = "Authorization, Cookie"
    if reply.location:
        headers["Location"] = reply.location
    return headers


def _empty(status: int, headers: dict[str, str]) -> HttpResponse:
    response = HttpResponse(status=status, headers=headers)
    del response["Content-Type"]
    return response


def _without_stream(response: HttpResponseBase) -> HttpResponseBase:
    """What HEAD gets for a streamed answer: its headers, and nothing is produced."""
    return HttpResponse(status=response.status_code, headers=dict(response.items()))

"""An address and its methods: dispatch, HEAD, OPTIONS, and 405 with what is allowed."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import URLPattern, path, register_converter
from django.utils.module_loading import import_string

from demo_server.rest_api.layer import problem
from demo_server.rest_api.layer.operation import Operation
from demo_server.rest_api.layer.pipeline import Pipeline
from demo_server.rest_api.layer.problem import Problem
from demo_server.rest_api.layer.schema import LARGEST_ID

_METHODS: Final = ("GET", "POST", "PUT", "PATCH", "DELETE")


class IdConverter:
    """A positive 64-bit integer in a path: a larger one overflows SQLite."""

    regex = "[1-9][0-9]{0,18}"

    def to_python(self, value: str) -> int:
        """The id; ValueError lets the address be unknown."""
        found = int(value)
        if found > LARGEST_ID:
            raise ValueError(value)
        return found

    def to_url(self, value: int) -> str:
        """The id as text."""
        return str(value)


register_converter(IdConverter, "id")


@dataclass(frozen=True, slots=True)
class Resource:
    """One address below the mount point, with an operation for each method it has."""

    route: str
    tag: str
    operations: Mapping[str, Operation]
    parameters: Mapping[str, str]
    """What each path parameter is, in a few words."""

    @property
    def allowed(self) -> str:
        """The value of the Allow header."""
        head = ["HEAD"] if "GET" in self.operations else []
        return ", ".join([*self.operations, *head, "OPTIONS"])

    def url_pattern(self) -> URLPattern:
        """The address for Django's URL resolver."""
        return path(self.route, _view(self), name=self.route)


def resource(
    route: str,
    *,
    tag: str,
    parameters: Mapping[str, str] | None = None,
    get: Operation | None = None,
    post: Operation | None = None,
    put: Operation | None = None,
    patch: Operation | None = None,
    delete: Operation | None = None,
) -> Resource:
    """Declare an address; `route` is written as for `django.urls.path`."""
    given = zip(_METHODS, (get, post, put, patch, delete), strict=True)
    operations = {method: operation for method, operation in given if operation is not None}
    return Resource(route, tag, operations, parameters or {})


def pipeline() -> Pipeline:
    """The pipeline that settings name: this layer's own, or one that watches it."""
    name = getattr(settings, "REST_PIPELINE", "")
    built = import_string(name)() if name else Pipeline()
    assert isinstance(built, Pipeline)
    return built


def _view(declared: Resource) -> Callable[..., Any]:
    run = pipeline().run
    operations = dict(declared.operations)
    if "GET" in operations:
        operations["HEAD"] = operations["GET"]

    async def view(request: HttpRequest, **parameters: Any) -> HttpResponseBase:
        operation = operations.get(request.method or "")
        if operation is not None:
            return await run(request, operation, parameters)
        if request.method == "OPTIONS":
            return _options(declared)
        return problem.response(
            request,
            Problem(
                "method-not-allowed",
                f"{request.method} does nothing here. Allowed: {declared.allowed}.",
                headers={"Allow": declared.allowed},
            ),
        )

    view.csrf_exempt = True  # type: ignore[attr-defined]  # the layer checks it where it matters
    view.__name__ = declared.route
    return view


def _options(declared: Resource) -> HttpResponse:
    headers = {"Allow": declared.allowed, "Cache-Control": "max-age=3600"}
    for method, header in (("POST", "Accept-Post"), ("PATCH", "Accept-Patch")):
        operation = declared.operations.get(method)
        if operation is not None and operation.reads:
            headers[header] = ", ".join(operation.reads)
    response = HttpResponse(status=204, headers=headers)
    del response["Content-Type"]
    return response

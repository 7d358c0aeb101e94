"""The OpenAPI 3.1 document, derived from the same declarations that check requests."""

import copy
import re
from collections.abc import Iterable, Mapping, Sequence
from http import HTTPStatus
from typing import Any, Final

import msgspec

from demo_server.rest_api.layer import idempotency, problem
from demo_server.rest_api.layer.operation import Access, Operation
from demo_server.rest_api.layer.problem import KINDS, ProblemDetails
from demo_server.rest_api.layer.resource import Resource
from demo_server.rest_api.layer.schema import END, LARGEST_ID

JSON = dict[str, Any]

_PARAMETER: Final = re.compile(r"<(?:(?P<kind>\w+):)?(?P<name>\w+)>")
_REFERENCE: Final = "#/components/schemas/{name}"
_PATH_TYPES: Final[Mapping[str, JSON]] = {
    "id": {"type": "integer", "format": "int64", "minimum": 1, "maximum": LARGEST_ID},
    "slug": {"type": "string", "pattern": "^[-a-zA-Z0-9_]+$"},
    "int": {"type": "integer", "minimum": 0},
}
_PATH_EXAMPLES: Final[Mapping[str, Any]] = {"id": 7, "slug": "unauthenticated"}
_SAFE: Final = frozenset({"GET", "HEAD"})


class Document:
    """Gathers resources into one OpenAPI document."""

    def __init__(self, resources: Sequence[tuple[str, Resource]]) -> None:
        self.resources = resources
        types = list(_types(resource for _, resource in resources))
        schemas, components = msgspec.json.schema_components(types, ref_template=_REFERENCE)
        self.schemas = dict(zip(map(repr, types), map(_plain, schemas), strict=True))
        self.components: JSON = _plain(components)

    def build(self, info: JSON, tags: Mapping[str, str], security_schemes: JSON) -> JSON:
        """The whole document."""
        paths: JSON = {}
        for mount, resource in self.resources:
            paths["/" + mount + _template(resource.route)] = self._path(resource)
        return {
            "openapi": "3.1.0",
            "info": info,
            "servers": [{"url": "/"}],
            "tags": [{"name": name, "description": text} for name, text in tags.items()],
            "paths": paths,
            "components": {
                "schemas": dict(sorted(self.components.items())),
                "securitySchemes": security_schemes,
            },
        }

    def _path(self, resource: Resource) -> JSON:
        item: JSON = {}
        parameters = [
            {
                "name": match["name"],
                "in": "path",
                "required": True,
                "description": resource.parameters.get(match["name"], "Which one"),
                "schema": dict(_PATH_TYPES[match["kind"] or "str"]),
            }
            for match in _PARAMETER.finditer(resource.route)
        ]
        if parameters:
            item["parameters"] = parameters
        for method, operation in resource.operations.items():
            item[method.lower()] = self._operation(method, operation, resource)
        return item

    def _operation(self, method: str, operation: Operation, resource: Resource) -> JSON:
        described: JSON = {
            "operationId": _operation_id(method, operation, resource),
            "tags": [resource.tag],
            "summary": operation.summary,
        }
        if operation.description:
            described["description"] = operation.description
        if parameters := self._parameters(method, operation):
            described["parameters"] = parameters
        if operation.reads:
            described["requestBody"] = self._request_body(operation)
        described["responses"] = self._responses(method, operation, resource)
        described["security"] = _security(method, operation)
        return described

    def _parameters(self, method: str, operation: Operation) -> list[JSON]:
        parameters: list[JSON] = []
        if operation.query is not None:
            parameters += _query_parameters(self._schema_of(operation.query.struct))
        if operation.etag and method in _SAFE:
            described = "Answer 304 without a body when this ETag is still right"
            parameters.append(_header("If-None-Match", described))
        if operation.if_match:
            described = "Change nothing unless this ETag is still right"
            parameters.append(_header("If-Match", described))
        if operation.idempotent:
            described = "Do this once, however often it is sent with this key"
            parameters.append(_header("Idempotency-Key", described, idempotency.KEY_PATTERN))
        return parameters

    def _schema_of(self, declared: Any) -> JSON:
        schema: JSON = self.schemas[repr(declared)]
        name = schema.get("$ref", "").rpartition("/")[2]
        found: JSON = self.components[name] if name else schema
        return found

    def _request_body(self, operation: Operation) -> JSON:
        schema = (
            operation.upload.schema
            if operation.upload is not None
            else self.schemas[repr(operation.body)]
        )
        media: JSON = {"schema": schema}
        if operation.example is not None:
            media["example"] = operation.example
        return {"required": True, "content": dict.fromkeys(operation.reads, media)}

    def _responses(self, method: str, operation: Operation, resource: Resource) -> JSON:
        responses: JSON = {str(operation.status): self._success(operation)}
        if operation.etag and method in _SAFE:
            responses["304"] = {
                "description": "What you have is still right",
                "headers": {"ETag": _answer_header("The version you have")},
            }
        for status, text in operation.statuses.items():
            responses[str(status)] = {"description": text}
        for status, kinds in _problems(method, operation, resource).items():
            responses[str(status)] = _problem_response(status, kinds)
        return dict(sorted(responses.items()))

    def _success(self, operation: Operation) -> JSON:
        answer: JSON = {"description": HTTPStatus(operation.status).phrase}
        headers: JSON = {
            name: _answer_header(text, required=False) for name, text in operation.headers.items()
        }
        if operation.etag:
            headers["ETag"] = _answer_header("The version of this answer")
        if operation.location:
            headers["Location"] = _answer_header("Where the new one is")
        if headers:
            answer["headers"] = headers
        if operation.media:
            answer["content"] = {m.content_type: {"schema": m.schema} for m in operation.media}
        elif operation.out is not None:
            answer["content"] = {"application/json": {"schema": self._answer_schema(operation)}}
        return answer

    def _answer_schema(self, operation: Operation) -> JSON:
        schema: JSON = self.schemas[repr(operation.out)]
        if not operation.sparse:
            return schema
        whole = self._schema_of(operation.out)
        items = whole["properties"].get("items")
        if items is None:
            return {"anyOf": [schema, self._part(schema["$ref"])]}
        thinned = copy.deepcopy(whole)
        thinned["title"] = f"{whole['title']} with `fields`"
        thinned["properties"]["items"]["items"] = self._part(items["items"]["$ref"])
        name = schema["$ref"].rpartition("/")[2] + "Part"
        self.components[name] = thinned
        return {"anyOf": [schema, {"$ref": _REFERENCE.format(name=name)}]}

    def _part(self, reference: str) -> JSON:
        name = reference.rpartition("/")[2]
        part = copy.deepcopy(self.components[name])
        part.pop("required", None)
        part["title"] = f"{part['title']} with `fields`"
        part["description"] = "Only the members named by `fields`."
        self.components[f"{name}Part"] = part
        return {"$ref": _REFERENCE.format(name=f"{name}Part")}


def _types(resources: Iterable[Resource]) -> Iterable[Any]:
    seen: dict[str, Any] = {repr(ProblemDetails): ProblemDetails}
    for resource in resources:
        for operation in resource.operations.values():
            query = operation.query.struct if operation.query is not None else None
            for declared in (query, operation.body, operation.out):
                if declared is not None:
                    seen[repr(declared)] = declared
    return seen.values()


def _plain(value: Any) -> Any:
    """Schemas without what only Python needs, and without Python's names for structs."""
    if isinstance(value, dict):
        return {name: _plain(member) for name, member in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(member) for member in value]
    if isinstance(value, str):
        return value.replace(END, "$")
    return value


def _operation_id(method: str, operation: Operation, resource: Resource) -> str:
    shared = sum(other is operation for other in resource.operations.values()) > 1
    return f"{operation.name}_{method.lower()}" if shared else operation.name


def _template(route: str) -> str:
    return _PARAMETER.sub(lambda match: "{" + match["name"] + "}", route)


def _query_parameters(schema: JSON) -> list[JSON]:
    required = schema.get("required", ())
    return [
        _query_parameter(name, declared, name in required)
        for name, declared in schema["properties"].items()
    ]


def _query_parameter(name: str, declared: JSON, required: bool) -> JSON:
    schema = dict(declared)
    parameter: JSON = {"name": name, "in": "query"}
    if description := schema.pop("description", ""):
        parameter["description"] = description
    if required:
        parameter["required"] = True
    if schema.get("type") == "array":
        schema.pop("default", None)
        parameter |= {"style": "form", "explode": False}
    return {**parameter, "schema": schema}


def _header(name: str, description: str, pattern: str = "") -> JSON:
    return {
        "name": name,
        "in": "header",
        "description": description,
        "schema": {"type": "string"} | ({"pattern": pattern} if pattern else {}),
    }


def _answer_header(description: str, *, required: bool = True) -> JSON:
    return {"description": description, "required": required, "schema": {"type": "string"}}


def _security(method: str, operation: Operation) -> list[JSON]:
    if operation.access is Access.ANYONE:
        return []
    session: JSON = {"session": []} if method in _SAFE else {"session": [], "csrf": []}
    return [{"bearer": []}, session]


def _problems(method: str, operation: Operation, resource: Resource) -> dict[int, list[str]]:
    kinds = ["too-many-requests", "invalid-parameters", "not-acceptable"]
    if "<" in resource.route:
        kinds.append("not-found")
    if operation.access is not Access.ANYONE:
        kinds.append("unauthenticated")
        if operation.access is Access.STAFF:
            kinds.append("forbidden")
        if method not in _SAFE:
            kinds.append("csrf-failed")
    if operation.reads:
        kinds += [
            "malformed-body",
            "body-too-slow",
            "body-too-large",
            "unsupported-media-type",
            "invalid-body",
        ]
    if operation.if_match:
        kinds.append("precondition-failed")
    if operation.idempotent:
        kinds += ["in-progress", "key-reused"]
    by_status: dict[int, list[str]] = {}
    for kind in [*kinds, *(k for k in operation.problems if k not in kinds)]:
        by_status.setdefault(KINDS[kind].status, []).append(kind)
    return by_status


_PROBLEM_HEADERS: Final[Mapping[int, JSON]] = {
    401: {"WWW-Authenticate": _answer_header("How to sign in")},
    412: {"ETag": _answer_header("The current version")},
    429: {"Retry-After": _answer_header("Seconds to wait", required=False)},
}


def _problem_response(status: int, kinds: Sequence[str]) -> JSON:
    example = ProblemDetails(
        type=f"/api/problems/{kinds[0]}",
        title=KINDS[kinds[0]].title,
        status=status,
        detail=KINDS[kinds[0]].meaning,
        instance="/api/…",
    )
    answer: JSON = {
        "description": " / ".join(f"{KINDS[kind].title}: {KINDS[kind].meaning}" for kind in kinds),
        "content": {
            problem.CONTENT_TYPE: {
                "schema": {"$ref": _REFERENCE.format(name="ProblemDetails")},
                "example": msgspec.to_builtins(example),
            }
        },
    }
    if status in _PROBLEM_HEADERS:
        answer["headers"] = _PROBLEM_HEADERS[status]
    return answer

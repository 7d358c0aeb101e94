"""The routes an OpenAPI document (3.0, 3.1) describes, grouped by resource, ready to be sent."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal
from urllib.parse import urlsplit

from backend_tui.core.errors import BackendError
from backend_tui.core.text import clean, clean_line, is_clean, shorten
from backend_tui.panes.rest.request import Auth, Draft, NoAuth, Pair, path_parameters
from backend_tui.panes.rest.template import Template, follow

Place = Literal["path", "query", "header"]
_PLACES: Final = ("path", "query", "header")
_METHODS: Final = ("get", "post", "put", "patch", "delete", "head", "options")
_MOST_ROUTES: Final = 5_000


@dataclass(frozen=True, slots=True)
class Parameter:
    """One thing a route can be told; `example` is a value to start from, perhaps empty."""

    name: str
    place: Place
    is_required: bool = False
    example: str = ""
    description: str = ""
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Route:
    """One operation; `body` is JSON text to start from, empty when there is none."""

    method: str
    path: str
    group: str
    summary: str = ""
    parameters: tuple[Parameter, ...] = ()
    body: str = ""
    is_deprecated: bool = False
    needs_auth: bool = False

    @property
    def key(self) -> str:
        """What names the route: method and path."""
        return f"{self.method} {self.path}"

    def draft(self, auth: Auth = NoAuth()) -> Draft:  # noqa: B008 - frozen
        """A request of this route; what is not required is written down and switched off."""
        known = {parameter.name: parameter for parameter in self.parameters}
        path = tuple(
            Pair(name, known[name].example if name in known else "1")
            for name in path_parameters(self.path)
        )
        return Draft(
            self.method,
            self.path,
            path,
            self._pairs("query"),
            self._pairs("header"),
            auth,
            self.body,
        )

    def _pairs(self, place: Place) -> tuple[Pair, ...]:
        return tuple(
            Pair(parameter.name, parameter.example, is_on=parameter.is_required)
            for parameter in self.parameters
            if parameter.place == place
        )


def read_routes(document: object) -> tuple[Route, ...]:
    """The routes in the document's order; `BackendError` when it is no OpenAPI document.

    Parts that make no sense are left out; every text is clean.
    """
    if not isinstance(document, Mapping) or not isinstance(document.get("paths"), Mapping):
        raise BackendError(
            "The list of routes could not be read.",
            "What the server sent is no OpenAPI document: it has no “paths”.",
            "Type the URL instead; every request works without the list.",
        )
    routes: list[Route] = []
    prefix = _prefix(document)
    for path, item in document["paths"].items():
        if not (isinstance(path, str) and path.startswith("/") and is_clean(path)):
            continue
        if isinstance(item, Mapping):
            routes.extend(_operations(document, prefix + path, item))
        if len(routes) >= _MOST_ROUTES:
            break
    return tuple(routes[:_MOST_ROUTES])


def grouped(routes: Iterable[Route]) -> dict[str, tuple[Route, ...]]:
    """The routes by group; groups in the document's order, members by path, then by method."""
    groups: dict[str, list[Route]] = {}
    for route in routes:
        groups.setdefault(route.group, []).append(route)
    return {name: tuple(sorted(members, key=_rank)) for name, members in groups.items()}


def matching(routes: Iterable[Route], words: str) -> tuple[Route, ...]:
    """The routes that hold every word somewhere in method, path, group or summary."""
    wanted = words.lower().split()
    return tuple(
        route
        for route in routes
        if all(
            word in f"{route.method} {route.path} {route.group} {route.summary}".lower()
            for word in wanted
        )
    )


def _rank(route: Route) -> tuple[str, int]:
    return route.path, _METHODS.index(route.method.lower())


def _operations(document: Mapping[str, Any], path: str, item: Mapping[str, Any]) -> Iterator[Route]:
    for method in _METHODS:
        operation = item.get(method)
        if not isinstance(operation, Mapping):
            continue
        shared = [*_listed(item.get("parameters")), *_listed(operation.get("parameters"))]
        yield Route(
            method.upper(),
            path,
            _group(operation, path),
            _words(operation.get("summary") or operation.get("description")),
            _parameters(document, shared),
            _body(document, operation.get("requestBody")),
            operation.get("deprecated") is True,
            _needs_auth(document, operation),
        )


def _parameters(document: Mapping[str, Any], listed: list[Any]) -> tuple[Parameter, ...]:
    found: dict[tuple[str, str], Parameter] = {}
    for each in listed[:200]:
        parameter = _dereferenced(document, each)
        name, place = parameter.get("name"), parameter.get("in")
        if not isinstance(name, str) or place not in _PLACES or not is_clean(name):
            continue
        schema = _dereferenced(document, parameter.get("schema"))
        choices = tuple(clean_line(str(choice)) for choice in _listed(schema.get("enum"))[:50])
        found[place, name] = Parameter(
            name,
            place,
            parameter.get("required") is True,
            _example(document, parameter, schema),
            _words(parameter.get("description") or schema.get("description")),
            choices,
        )
    return tuple(found.values())


def _example(
    document: Mapping[str, Any], parameter: Mapping[str, Any], schema: Mapping[str, Any]
) -> str:
    value = parameter.get("example")
    if value is None and isinstance(parameter.get("examples"), Mapping):
        first = next(iter(parameter["examples"].values()), None)
        value = first.get("value") if isinstance(first, Mapping) else None
    if value is None:
        value = Template(document).value(schema)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str | int | float):
        return clean_line(str(value))
    if isinstance(value, list):
        return ",".join(clean_line(str(each)) for each in value[:20])
    return ""


def _body(document: Mapping[str, Any], stated: object) -> str:
    content = _dereferenced(document, stated).get("content")
    if not isinstance(content, Mapping):
        return ""
    for kind, media in content.items():
        if "json" not in str(kind) or not isinstance(media, Mapping):
            continue
        value = media.get("example")
        if value is None and isinstance(media.get("examples"), Mapping):
            first = _dereferenced(document, next(iter(media["examples"].values()), None))
            value = first.get("value")
        if value is None:
            value = Template(document).value(media.get("schema"))
        try:
            return "" if value is None else clean(json.dumps(value, indent=2, ensure_ascii=False))
        except (ValueError, RecursionError):
            return ""
    return ""


def _dereferenced(document: Mapping[str, Any], stated: object) -> Mapping[str, Any]:
    for _ in range(8):
        if not isinstance(stated, Mapping):
            return {}
        reference = stated.get("$ref")
        if not isinstance(reference, str):
            return stated
        stated = follow(document, reference)
    return {}


def _group(operation: Mapping[str, Any], path: str) -> str:
    tags = _listed(operation.get("tags"))
    if tags and isinstance(tags[0], str) and tags[0].strip():
        return shorten(clean_line(tags[0].strip()), 40)
    parts = [part for part in path.split("/") if part and not part.startswith("{")]
    if len(parts) > 1 and parts[0] == "api":
        return parts[1]
    return parts[0] if parts else "/"


def _needs_auth(document: Mapping[str, Any], operation: Mapping[str, Any]) -> bool:
    """True when every way in asks for something: no security list, or `{}` in it, is open."""
    stated = operation.get("security", document.get("security"))
    return bool(_listed(stated)) and all(_listed(stated))


def _prefix(document: Mapping[str, Any]) -> str:
    servers = _listed(document.get("servers"))
    url = servers[0].get("url") if servers and isinstance(servers[0], Mapping) else None
    if not isinstance(url, str) or "{" in url:
        return ""
    try:
        return urlsplit(url).path.rstrip("/")
    except ValueError:
        return ""


def _words(value: object) -> str:
    return shorten(clean_line(value.strip()), 200) if isinstance(value, str) else ""


def _listed(value: object) -> list[Any]:
    return value if isinstance(value, list) else []

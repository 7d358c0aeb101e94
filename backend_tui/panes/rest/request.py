"""The request as it is written: URL with {path} parameters, pairs, auth and body, made ready."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import Final
from urllib.parse import quote, urlencode

from backend_tui.core.address import absolute, is_relative
from backend_tui.core.authentication import (
    LOGIN_PATH,
    TOKEN,
    Auth,
    BasicAuth,
    BearerAuth,
    NoAuth,
    Pair,
    SessionAuth,
    authorization,
    check_header,
    is_loopback,
)
from backend_tui.core.errors import UsageError
from backend_tui.core.exchange import HttpRequest
from backend_tui.core.text import clean_line, shorten

__all__ = [
    "LOGIN_PATH",
    "METHODS",
    "Auth",
    "BasicAuth",
    "BearerAuth",
    "Draft",
    "NoAuth",
    "Pair",
    "SessionAuth",
    "is_loopback",
    "is_relative",
    "path_parameters",
    "prepare",
    "resolved_url",
]

METHODS: Final = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS")
_PARAMETER: Final = re.compile(r"\{([A-Za-z_][\w.-]*)\}")


@dataclass(frozen=True, slots=True)
class Draft:
    """The request a person writes; `url` may be a path of the shop and hold {parameters}."""

    method: str = "GET"
    url: str = ""
    path: tuple[Pair, ...] = ()
    query: tuple[Pair, ...] = ()
    headers: tuple[Pair, ...] = ()
    auth: Auth = field(default_factory=NoAuth)
    body: str = ""

    @property
    def parameters(self) -> tuple[str, ...]:
        """The names in braces in the URL's path, each once, in order."""
        return path_parameters(self.url)

    def with_url(self, url: str) -> Draft:
        """The draft with another URL; values of path parameters are kept by name."""
        values = {pair.name: pair for pair in self.path}
        names = path_parameters(url)
        return replace(self, url=url, path=tuple(values.get(n, Pair(n)) for n in names))


def path_parameters(url: str) -> tuple[str, ...]:
    """The names in braces before any query, each once, in order."""
    return tuple(dict.fromkeys(_PARAMETER.findall(url.partition("?")[0])))


def resolved_url(draft: Draft, base: str) -> str:
    """The absolute URL: parameters filled and escaped, query pairs appended, `base` in front.

    Raises `UsageError` for an empty URL or a parameter without value.
    """
    text = draft.url.strip()
    if not text:
        raise UsageError(
            "There is no URL yet.", "", "Type a path such as /api/products, or a whole URL."
        )
    if any(ord(char) < 0x20 or ord(char) == 0x7F for char in text):
        raise UsageError(
            f"“{shorten(clean_line(text), 80)}” is no URL.",
            "It holds a control character.",
            "Type it again.",
        )
    head, _, rest = text.partition("#")[0].partition("?")
    values = {pair.name: pair.value for pair in draft.path}
    for name in path_parameters(head):
        if not values.get(name):
            raise UsageError(
                f"The path parameter {{{name}}} has no value.",
                "",
                "Give it one under Params.",
            )
    head = _PARAMETER.sub(lambda found: quote(values[found[1]], safe=""), head)
    added = urlencode([(pair.name, pair.value) for pair in draft.query if pair.is_on and pair.name])
    query = "&".join(part for part in (rest, added) if part)
    return absolute(head, base) + (f"?{query}" if query else "")


def prepare(draft: Draft, base: str) -> HttpRequest:
    """The request ready to leave; a session login and the trace context are the client's work.

    Raises `UsageError` for a method, URL, header or parameter that cannot be sent.
    """
    method = draft.method.strip().upper()
    if not TOKEN.fullmatch(method):
        raise UsageError(
            f"“{shorten(clean_line(draft.method), 40)}” is no HTTP method.",
            "",
            f"The usual ones are {', '.join(METHODS)}.",
        )
    url = resolved_url(draft, base)
    headers = tuple((pair.name.strip(), pair.value) for pair in draft.headers if pair.is_on)
    headers = tuple(pair for pair in headers if pair[0])
    for name, value in headers:
        check_header(name, value)
    given = {name.lower() for name, _ in headers}
    if "authorization" not in given:
        headers += authorization(draft.auth)
    if draft.body and "content-type" not in given:
        headers += (("Content-Type", "application/json"),)
    return HttpRequest(method, url, headers, draft.body.encode("utf-8", "surrogatepass"))

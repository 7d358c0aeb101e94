"""The request as it is written: URL with {path} parameters, pairs, auth and body, made ready."""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass, field, replace
from typing import Final
from urllib.parse import quote, urlencode, urlsplit

from backend_tui.core.errors import UsageError
from backend_tui.core.exchange import Headers, HttpRequest
from backend_tui.core.text import clean_line, shorten

METHODS: Final = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS")
LOGIN_PATH: Final = "/admin/login/"
_TOKEN: Final = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,64}")
_PARAMETER: Final = re.compile(r"\{([A-Za-z_][\w.-]*)\}")
_SCHEME: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")
_HOST: Final = re.compile(r"(localhost|[\w-]+(\.[\w-]+)+|\[[0-9a-fA-F:]+\])(:\d+)?(?=[/?#]|$)")


@dataclass(frozen=True, slots=True)
class Pair:
    """A name and its value; names may repeat; one that is off stays written and is not sent."""

    name: str
    value: str = ""
    is_on: bool = True


@dataclass(frozen=True, slots=True)
class NoAuth:
    """Nothing proves who asks."""


@dataclass(frozen=True, slots=True)
class BasicAuth:
    """User and password with every request (RFC 7617)."""

    username: str = ""
    password: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class BearerAuth:
    """A token with every request (RFC 6750)."""

    token: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class SessionAuth:
    """A login form is posted first; its cookie and CSRF token go along."""

    username: str = ""
    password: str = field(default="", repr=False)
    login_path: str = LOGIN_PATH


Auth = NoAuth | BasicAuth | BearerAuth | SessionAuth


@dataclass(frozen=True, slots=True)
class Draft:
    """The request a person writes; `url` may be a path of the shop and hold {parameters}."""

    method: str = "GET"
    url: str = ""
    path: tuple[Pair, ...] = ()
    query: tuple[Pair, ...] = ()
    headers: tuple[Pair, ...] = ()
    auth: Auth = NoAuth()
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


def is_relative(url: str) -> bool:
    """True for a path without a host: it goes to the shop."""
    text = url.strip()
    return not _SCHEME.match(text) and not _HOST.match(text)


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
    return _absolute(head, base) + (f"?{query}" if query else "")


def prepare(draft: Draft, base: str) -> HttpRequest:
    """The request ready to leave; a session login and the trace context are the client's work.

    Raises `UsageError` for a method, URL, header or parameter that cannot be sent.
    """
    method = draft.method.strip().upper()
    if not _TOKEN.fullmatch(method):
        raise UsageError(
            f"“{shorten(clean_line(draft.method), 40)}” is no HTTP method.",
            "",
            f"The usual ones are {', '.join(METHODS)}.",
        )
    url = resolved_url(draft, base)
    headers = tuple((pair.name.strip(), pair.value) for pair in draft.headers if pair.is_on)
    headers = tuple(pair for pair in headers if pair[0])
    for name, value in headers:
        _check_header(name, value)
    given = {name.lower() for name, _ in headers}
    if "authorization" not in given:
        headers += _authorization(draft.auth)
    if draft.body and "content-type" not in given:
        headers += (("Content-Type", "application/json"),)
    return HttpRequest(method, url, headers, draft.body.encode("utf-8", "surrogatepass"))


def _absolute(head: str, base: str) -> str:
    if _SCHEME.match(head):
        return head
    if _HOST.match(head):
        scheme = "http" if _is_loopback_host(urlsplit(f"//{head}").hostname or "") else "https"
        return f"{scheme}://{head}"
    return f"{base.rstrip('/')}/{head.lstrip('/')}"


def _is_loopback_host(host: str) -> bool:
    return host in ("localhost", "::1") or host.startswith("127.")


def is_loopback(url: str) -> bool:
    """True for a URL of this very machine."""
    try:
        return _is_loopback_host((urlsplit(url).hostname or "").lower())
    except ValueError:
        return False


def _check_header(name: str, value: str) -> None:
    shown = shorten(clean_line(name), 40)
    if not _TOKEN.fullmatch(name):
        raise UsageError(
            f"“{shown}” is no header name.",
            "",
            "Names have letters, digits and hyphens, no spaces and no colon.",
        )
    if any(char in value for char in "\r\n\0"):
        raise UsageError(
            f"The header {shown} has a line break in its value.", "", "Write it on one line."
        )


def _authorization(auth: Auth) -> Headers:
    match auth:
        case BasicAuth(username, password):
            pair = base64.b64encode(f"{username}:{password}".encode()).decode("ascii")
            return (("Authorization", f"Basic {pair}"),)
        case BearerAuth(token):
            return (("Authorization", f"Bearer {token.strip()}"),) if token.strip() else ()
        case _:
            return ()

"""What the workbench may ask of the server: verbs on paths, with a token, JSON in and out.

A module offers its verbs as a tuple `VERBS` of `Verb`; the function behind each gets an `Asked`
and gives the document of the answer, or raises `Refused`. Nothing of this runs through Django's
middleware and nothing of it is traced.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, NamedTuple
from urllib.parse import parse_qsl, unquote

import msgspec
from django.conf import settings

if TYPE_CHECKING:
    from collections.abc import Iterable

    from asgiref.typing import ASGIReceiveCallable, ASGISendCallable, HTTPScope

LONGEST_BODY: Final = 64 * 1024
_TITLES: Final = {
    400: "Bad Request",
    404: "Not Found",
    405: "Method Not Allowed",
    409: "Conflict",
    413: "Content Too Large",
    422: "Unprocessable Content",
    503: "Service Unavailable",
}
_NOTHING: Final = "There is nothing here."
_encoder = msgspec.json.Encoder(enc_hook=str)


class Asked(NamedTuple):
    """A question: the parts of its path by name, its query, and its JSON body (None: no body)."""

    parts: dict[str, str]
    query: dict[str, str]
    body: Any

    def members(self, *allowed: str) -> dict[str, Any]:
        """The body as an object of these members. Raises `Refused` for anything else."""
        if not isinstance(self.body, dict):
            raise Refused(422, "Send a JSON object.")
        unknown = sorted(set(self.body) - set(allowed))
        if unknown:
            raise Refused(422, f"Unknown: {', '.join(unknown)}. Known: {', '.join(allowed)}.")
        return self.body


class Refused(Exception):  # noqa: N818 - an answer, not a failure
    """The answer is this problem; `detail` says what and why, `more` are further members."""

    def __init__(self, status: int, detail: str, **more: Any) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.more = more


@dataclass(frozen=True)
class Verb:
    """One thing that can be asked: `Verb("PATCH", "/_cache/routes/{name}", change)`."""

    method: str
    path: str
    answer: Callable[[Asked], Awaitable[object]] = field(repr=False)

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """What its paths look like; a `{name}` is one part between slashes."""
        return re.compile(re.sub(r"\\{(\w+)\\}", r"(?P<\1>[^/]+)", re.escape(self.path)))


def has_token(scope: HTTPScope) -> bool:
    """Whether the workbench asks."""
    token = str(settings.WORKBENCH_TOKEN).encode()
    return bool(token) and hmac.compare_digest(header(scope, b"x-workbench-token"), token)


def header(scope: HTTPScope, name: bytes) -> bytes:
    """The first header of this lower-case name, or nothing."""
    return next((value for key, value in scope["headers"] if key == name), b"")


def query(scope: HTTPScope) -> dict[str, str]:
    """The query's parameters; of one given twice the last."""
    return dict(parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True))


async def dispatch(
    scope: HTTPScope,
    receive: ASGIReceiveCallable,
    send: ASGISendCallable,
    verbs: Iterable[Verb],
) -> None:
    """Answer with the verb that is asked for; 404 without one, 405 when only the method is off."""
    found = [(verb, match) for verb in verbs if (match := verb.pattern.fullmatch(scope["path"]))]
    chosen = next((each for each in found if each[0].method == scope["method"]), None)
    if not found:
        await problem(send, 404, _NOTHING)
    elif chosen is None:
        methods = ", ".join(verb.method for verb, _ in found)
        await problem(send, 405, f"Ask for it with {methods}.", allow=methods)
    else:
        verb, match = chosen
        parts = {name: unquote(part) for name, part in match.groupdict().items()}
        try:
            body = None if verb.method == "GET" else await _body(receive)
            document = await verb.answer(Asked(parts, query(scope), body))
        except Refused as refusal:
            await problem(send, refusal.status, refusal.detail, **refusal.more)
        else:
            await answer(send, 200, document)


async def problem(
    send: ASGISendCallable, status: int, detail: str, *, allow: str = "", **more: Any
) -> None:
    """Answer with a problem document (RFC 9457)."""
    title = _TITLES.get(status, "Refused")
    document = {"type": "about:blank", "title": title, "status": status, "detail": detail, **more}
    headers = [(b"allow", allow.encode())] if allow else []
    await answer(send, status, document, b"application/problem+json", headers)


async def answer(
    send: ASGISendCallable,
    status: int,
    document: object,
    content_type: bytes = b"application/json",
    headers: Iterable[tuple[bytes, bytes]] = (),
) -> None:
    """Answer with a document; what JSON does not know becomes text."""
    body = _encoder.encode(document)
    await send(
        {
            "type": "http.response.start",
            "status": status,
            "headers": [
                (b"content-type", content_type),
                (b"content-length", str(len(body)).encode()),
                (b"cache-control", b"no-store"),
                *headers,
            ],
            "trailers": False,
        }
    )
    await send({"type": "http.response.body", "body": body, "more_body": False})


async def _body(receive: ASGIReceiveCallable) -> Any:
    """The JSON of the body, None when there is none. Raises `Refused`."""
    received = bytearray()
    while True:
        message = await receive()
        if message["type"] != "http.request":
            raise Refused(400, "The body ended before it was complete.")
        received += message.get("body", b"")
        if len(received) > LONGEST_BODY:
            raise Refused(413, f"At most {LONGEST_BODY} bytes are read.")
        if not message.get("more_body", False):
            break
    if not received:
        return None
    try:
        return msgspec.json.decode(bytes(received))
    except msgspec.DecodeError as error:
        raise Refused(400, f"The body is not JSON: {error}") from None

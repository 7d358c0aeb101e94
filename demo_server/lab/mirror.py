"""What the server received, sent back: /lab/echo and /lab/upload."""

from base64 import b64encode
from collections.abc import Iterable
from hashlib import sha256
from typing import Any, Final

import msgspec
from django.core.exceptions import SuspiciousOperation
from django.http import HttpRequest, HttpResponse
from django.http.multipartparser import MultiPartParserError

from demo_server.rest_api.layer.operation import Call, Media, Reply, operation
from demo_server.rest_api.layer.problem import Problem, invalid
from demo_server.rest_api.layer.schema import Out

_REPEATED: Final = (("X-Lab", "first"), ("X-Lab", "second"), ("X-Lab", "third, with a comma"))


class RepeatingResponse(HttpResponse):
    """An answer that sends one header several times, as HTTP allows and Django does not."""

    def items(self) -> Iterable[tuple[str, str]]:
        """Every header line, repeats included."""
        return [*super().items(), *_REPEATED]


class Pair(Out):
    """A name and what it is."""

    name: str
    value: str


class Echo(Out):
    """A request as it arrived, its headers in order with their repeats."""

    method: str
    path: str
    query: str
    http_version: str
    headers: list[Pair]
    bytes: int
    text: str | None
    base64: str | None


def _scope(request: HttpRequest) -> dict[str, Any]:
    scope = getattr(request, "scope", {})
    return scope if isinstance(scope, dict) else {}


def _echo(request: HttpRequest) -> Echo:
    scope = _scope(request)
    body = request.body
    try:
        text: str | None = body.decode()
    except UnicodeDecodeError:
        text = None
    return Echo(
        method=request.method or "",
        path=request.path,
        query=request.META.get("QUERY_STRING", ""),
        http_version=scope.get("http_version", ""),
        headers=[
            Pair(name=name.decode("latin-1"), value=value.decode("latin-1"))
            for name, value in scope.get("headers", ())
        ],
        bytes=len(body),
        text=text,
        base64=None if text is not None else b64encode(body).decode(),
    )


async def answer_echo(call: Call[Any, Any]) -> Reply:
    """The request as JSON: method, address, every header line in order, and the body."""
    body = msgspec.json.encode(_echo(call.request))
    headers = {"Content-Length": str(len(body)), "Cache-Control": "no-store"}
    answer = RepeatingResponse(body, content_type="application/json", headers=headers)
    return Reply(finished=answer)


class File(Out):
    """One received file."""

    field: str
    name: str
    content_type: str
    bytes: int
    sha256: str


class Received(Out):
    """What a multipart body held."""

    files: list[File]
    fields: list[Pair]


_FORM: Final[dict[str, Any]] = {
    "type": "object",
    "properties": {"file": {"type": "string", "format": "binary"}},
    "required": ["file"],
}


@operation(
    "Upload files",
    upload=Media("multipart/form-data", _FORM),
    out=Received,
)
async def lab_upload(call: Call[None, None]) -> Reply:
    """Names, sizes and SHA-256 of the files received, and the plain fields. Nothing is kept."""
    try:
        posted, uploaded = call.request.POST, call.request.FILES
    except (MultiPartParserError, SuspiciousOperation) as error:
        raise Problem("malformed-body", f"The multipart body cannot be read: {error}") from None
    files = [_file(field, upload) for field, uploads in uploaded.lists() for upload in uploads]
    if not files:
        raise invalid("#/file", "Is required: at least one part with a file name")
    fields = [Pair(name=name, value=text) for name, texts in posted.lists() for text in texts]
    return Reply(Received(files=files, fields=fields))


def _file(field: str, upload: Any) -> File:
    digest = sha256()
    for chunk in upload.chunks():
        digest.update(chunk)
    return File(
        field=field,
        name=upload.name or "",
        content_type=upload.content_type or "",
        bytes=upload.size or 0,
        sha256=digest.hexdigest(),
    )

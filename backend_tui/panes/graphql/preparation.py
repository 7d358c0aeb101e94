"""The draft made ready to leave: URL, headers and the members of the GraphQL request."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode, urlsplit, urlunsplit

from backend_tui.core.address import absolute
from backend_tui.core.authentication import authorization, check_header
from backend_tui.core.errors import UsageError
from backend_tui.core.exchange import Headers, HttpRequest
from backend_tui.core.text import clean_line, shorten
from backend_tui.panes.graphql.answer import RESPONSE_TYPE
from backend_tui.panes.graphql.request import Draft, Operation, Transport
from backend_tui.panes.graphql.variables import read_variables

ACCEPT: Final = f"{RESPONSE_TYPE}, application/json;q=0.9"
ACCEPT_PARTS: Final = f"multipart/mixed;deferSpec=20220824, multipart/mixed;q=0.9, {ACCEPT}"
ACCEPT_EVENTS: Final = f"text/event-stream, {RESPONSE_TYPE};q=0.9, application/json;q=0.8"
_PARTS: Final = re.compile(r"@\s*(?:defer|stream)\b")


@dataclass(frozen=True, slots=True)
class Prepared:
    """An absolute http or https URL, the headers a person wrote, and the request's members.

    `variables` is their JSON text: it is sent as written, so that no number loses a digit.
    """

    url: str
    headers: Headers
    members: dict[str, Any]
    transport: Transport
    variables: str = ""

    @property
    def socket_url(self) -> str:
        """The same place by ws or wss."""
        return "ws" + self.url.removeprefix("http")

    @property
    def hash(self) -> str:
        """The SHA-256 of the document, as persisted queries name it."""
        return hashlib.sha256(self.members["query"].encode("utf-8", "replace")).hexdigest()

    def payload(self, *, by_hash: bool = False, with_hash: bool = False) -> str:
        """The request as JSON; `by_hash` leaves the document out, `with_hash` names it as well."""
        text = _json(self._members(by_hash=by_hash, with_hash=with_hash))
        if not self.variables:
            return text
        inner = text[1:-1]
        return f'{{{inner}{"," if inner else ""}"variables":{self.variables}}}'

    def body(self, *, by_hash: bool = False, with_hash: bool = False) -> bytes:
        """The payload's bytes."""
        return self.payload(by_hash=by_hash, with_hash=with_hash).encode("utf-8", "replace")

    def posted(
        self, accept: str = ACCEPT, *, by_hash: bool = False, with_hash: bool = False
    ) -> HttpRequest:
        """The request by POST."""
        headers = self._accepting(accept)
        if all(name.lower() != "content-type" for name, _ in headers):
            headers += (("Content-Type", "application/json"),)
        body = self.body(by_hash=by_hash, with_hash=with_hash)
        return HttpRequest("POST", self.url, headers, body)

    def got(
        self, accept: str = ACCEPT, *, by_hash: bool = False, with_hash: bool = False
    ) -> HttpRequest:
        """The request by GET: everything in the query of the URL."""
        members = self._members(by_hash=by_hash, with_hash=with_hash)
        pairs = {
            name: value if isinstance(value, str) else _json(value)
            for name, value in members.items()
        }
        if self.variables:
            pairs["variables"] = self.variables
        parts = urlsplit(self.url)
        query = "&".join(each for each in (parts.query, urlencode(pairs)) if each)
        url = urlunsplit((parts.scheme, parts.netloc, parts.path, query, ""))
        return HttpRequest("GET", url, self._accepting(accept))

    def _members(self, *, by_hash: bool, with_hash: bool) -> dict[str, Any]:
        members = dict(self.members)
        if by_hash:
            del members["query"]
        if by_hash or with_hash:
            members["extensions"] = {"persistedQuery": {"version": 1, "sha256Hash": self.hash}}
        return members

    def _accepting(self, accept: str) -> Headers:
        if any(name.lower() == "accept" for name, _ in self.headers):
            return self.headers
        return (*self.headers, ("Accept", accept))


def prepare(draft: Draft, operation: Operation | None, base: str) -> Prepared:
    """The request ready to leave; a session login and the trace context are the client's work.

    Raises `UsageError` for an endpoint, header or document that cannot be sent, `BackendError`
    for variables that are no JSON object.
    """
    if not draft.document.strip():
        raise UsageError("There is nothing to run yet.", "", "Write an operation, such as { me }.")
    if operation is None:
        raise UsageError(
            "It is not clear which operation to run.", "", "Put the cursor into one of them."
        )
    members: dict[str, Any] = {"query": draft.document}
    if operation.name:
        members["operationName"] = operation.name
    read_variables(draft.variables)
    url = endpoint_url(draft.endpoint, base)
    transport = chosen_transport(draft, operation)
    if transport == "get" and operation.kind != "query":
        raise UsageError(
            f"A {operation.kind} is never sent by GET.",
            "GET must change nothing.",
            "Choose POST, or let the transport be chosen.",
        )
    return Prepared(url, written_headers(draft), members, transport, draft.variables.strip())


def chosen_transport(draft: Draft, operation: Operation) -> Transport:
    """How it is carried: as chosen, else by the endpoint's scheme and the operation's kind."""
    if draft.transport != "auto":
        if operation.kind == "subscription" and draft.transport in ("post", "get"):
            return "sse"
        return draft.transport
    if draft.endpoint.strip().lower().startswith(("ws://", "wss://")):
        return "websocket"
    return "sse" if operation.kind == "subscription" else "post"


def endpoint_url(endpoint: str, base: str) -> str:
    """The absolute http or https URL of an endpoint; ws and wss become http and https."""
    text = endpoint.strip()
    shown = shorten(clean_line(text), 80)
    if not text:
        raise UsageError("There is no endpoint yet.", "", "Type a URL, or /graphql for the shop.")
    if any(ord(char) <= 0x20 or ord(char) == 0x7F for char in text):
        raise UsageError(f"“{shown}” is no URL.", "It holds a space or control character.")
    url = absolute(text, base)
    scheme, _, rest = url.partition("://")
    web = {"ws": "http", "wss": "https"}.get(scheme.lower(), scheme.lower())
    if web not in ("http", "https"):
        raise UsageError(
            f"“{shown}” is no endpoint.",
            f"{clean_line(scheme)} is not spoken here.",
            "Write http, https, ws or wss.",
        )
    return f"{web}://{rest.partition('#')[0]}"


def written_headers(draft: Draft) -> Headers:
    """The headers that are on, with the authorization of the draft unless one is written."""
    headers = tuple((pair.name.strip(), pair.value) for pair in draft.headers if pair.is_on)
    headers = tuple(pair for pair in headers if pair[0])
    for name, value in headers:
        check_header(name, value)
    if all(name.lower() != "authorization" for name, _ in headers):
        headers += authorization(draft.auth)
    return headers


def wants_parts(document: str) -> bool:
    """True for a document with @defer or @stream."""
    return _PARTS.search(document) is not None


def _json(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return text.encode("utf-8", "replace").decode()

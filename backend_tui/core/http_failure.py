"""What went wrong on the way to a server and back, in words: DNS, refused, TLS, time-outs, lies."""

from __future__ import annotations

import errno
import socket
import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal
from urllib.parse import urlsplit

from backend_tui.core.errors import BackendError
from backend_tui.core.secrets import mask_url
from backend_tui.core.text import clean_line, shorten

FailureKind = Literal[
    "url",
    "dns",
    "refused",
    "unreachable",
    "tls",
    "timeout",
    "proxy",
    "disconnected",
    "protocol",
    "length",
    "decoding",
    "redirects",
    "request",
]

_TIMEOUTS: Final = {
    "ConnectTimeout": ("connect", "The connection was not open after {:g} s."),
    "ReadTimeout": ("read", "Nothing arrived for {:g} s."),
    "WriteTimeout": ("write", "The server took no more of the request for {:g} s."),
    "PoolTimeout": ("pool", "No connection of the pool became free within {:g} s."),
}
_TIMEOUT_HINTS: Final = {
    "connect": "Check the host and port, and that no firewall swallows the packets.",
    "read": "The server may be busy or stuck; send again, or allow more time.",
    "write": "Send again, or check that the server reads request bodies.",
    "pool": "Cancel a request that still runs, then send again.",
    "total": "Allow more time in all, or ask for less at once.",
}


@dataclass(eq=False)
class HttpError(BackendError):
    """A request that got no complete answer; `kind` is stable, `phase` says when a time ran out."""

    kind: FailureKind = "protocol"
    phase: str = ""


def failure(error: BaseException, url: str, seconds: dict[str, float]) -> HttpError:
    """The failure that an exception of the HTTP library, named by its class, stands for.

    `seconds` holds the time allowed for each phase: connect, read, write, pool, total.
    """
    where = host_of(url)
    name = type(error).__name__
    if name in _TIMEOUTS:
        phase, why = _TIMEOUTS[name]
        return timed_out(where, phase, why.format(seconds.get(phase, 0)))
    if name in ("InvalidURL", "UnsupportedProtocol"):
        return invalid_url(url, str(error))
    if name == "ProxyError":
        return HttpError(
            f"The proxy did not let the request through to {where}.",
            _said(error),
            "Check HTTP_PROXY, HTTPS_PROXY and NO_PROXY in the environment.",
            kind="proxy",
        )
    if name == "DecodingError":
        return HttpError(
            f"The body from {where} could not be unpacked.",
            _said(error),
            "Its Content-Encoding does not fit its bytes; ask with “Accept-Encoding: identity”.",
            kind="decoding",
        )
    if name == "LocalProtocolError":
        return HttpError(
            "The request is no valid HTTP.",
            _said(error),
            "Look for line breaks or odd characters in the method and the headers.",
            kind="request",
        )
    if name == "RemoteProtocolError":
        return _broken_http(where, str(error))
    return _network(error, where)


def timed_out(where: str, phase: str, why: str) -> HttpError:
    """A time-out of the phase; `why` says how long was waited for what."""
    return HttpError(
        f"{where} took too long.", why, _TIMEOUT_HINTS[phase], kind="timeout", phase=phase
    )


def invalid_url(url: str, why: str) -> HttpError:
    """A URL nothing can be sent to."""
    shown = shorten(clean_line(mask_url(url)), 120)
    return HttpError(
        f"“{shown}” is no URL a request can go to.",
        clean_line(why),
        "Write http://host/path or https://host/path; a path alone goes to the shop.",
        kind="url",
    )


def host_of(url: str) -> str:
    """Host and port of a URL, clean, without its user and password."""
    try:
        place = urlsplit(url).netloc.rpartition("@")[2]
    except ValueError:
        place = ""
    return clean_line(place) or "the server"


def _network(error: BaseException, where: str) -> HttpError:
    for cause in _causes(error):
        match cause:
            case ssl.SSLCertVerificationError():
                return _untrusted(cause, where)
            case ssl.SSLError():
                return _no_tls(cause, where)
            case socket.gaierror():
                return HttpError(
                    f"The name {where.partition(':')[0]} is not known.",
                    clean_line(cause.strerror or str(cause)) + ".",
                    "Check the spelling, and that this machine's name server answers.",
                    kind="dns",
                )
            case ConnectionRefusedError():
                return HttpError(
                    f"Nothing listens at {where}.",
                    "The connection was refused.",
                    "Start the server, or check the port.",
                    kind="refused",
                )
            case ConnectionResetError() | BrokenPipeError():
                return HttpError(
                    f"{where} broke the connection.",
                    "It was reset while the request was under way.",
                    "The server may have been restarted or have crashed; its log says more.",
                    kind="disconnected",
                )
            case OSError(errno=errno.ENETUNREACH | errno.EHOSTUNREACH | errno.ENETDOWN):
                return HttpError(
                    f"{where} cannot be reached from here.",
                    clean_line(cause.strerror or str(cause)) + ".",
                    "Check the network, a VPN and the address.",
                    kind="unreachable",
                )
    return HttpError(
        f"The connection to {where} broke.",
        _said(error),
        "Send again; if it stays, look at the server's log.",
        kind="disconnected",
    )


def _untrusted(error: ssl.SSLCertVerificationError, where: str) -> HttpError:
    said = clean_line(error.verify_message or str(error)).rstrip(".") + "."
    if error.verify_code in (62, 64):  # X509_V_ERR_HOSTNAME_MISMATCH, _IP_ADDRESS_MISMATCH
        hint = "Use the name the certificate was made for."
    elif error.verify_code == 10:  # X509_V_ERR_CERT_HAS_EXPIRED
        hint = "The server needs a new certificate; check this machine's clock too."
    else:
        hint = "For a private authority, name its file in SSL_CERT_FILE."
    return HttpError(f"The certificate of {where} is not trusted.", said, hint, kind="tls")


def _no_tls(error: ssl.SSLError, where: str) -> HttpError:
    reason = (error.reason or str(error)).replace("_", " ").lower()
    is_plain = "wrong version" in reason or "record layer" in reason or "http request" in reason
    hint = "It seems to speak plain HTTP: try http:// instead." if is_plain else ""
    return HttpError(
        f"No secure connection to {where} came about.",
        f"TLS says: {clean_line(reason)}.",
        hint or "Check which TLS versions and ciphers the server offers.",
        kind="tls",
    )


def _broken_http(where: str, said: str) -> HttpError:
    if "without sending complete message body" in said or "incomplete chunked read" in said:
        return HttpError(
            f"The body from {where} ended too early.",
            _sentence(said),
            "What arrived is kept; the server announced more than it sent.",
            kind="length",
        )
    if "disconnected without sending a response" in said:
        return HttpError(
            f"{where} closed the connection without an answer.",
            "No complete answer came back.",
            "The server may have crashed or be no HTTP server; its log says more.",
            kind="disconnected",
        )
    return HttpError(
        f"{where} does not speak proper HTTP.",
        _sentence(said),
        "Check that this port belongs to an HTTP server (HTTPS needs https://).",
        kind="protocol",
    )


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The exception and what caused it, groups unrolled, each once."""
    waiting, seen = [error], set[int]()
    while waiting:
        cause = waiting.pop(0)
        if id(cause) in seen:
            continue
        seen.add(id(cause))
        yield cause
        if isinstance(cause, BaseExceptionGroup):
            waiting.extend(cause.exceptions)
        waiting.extend(each for each in (cause.__cause__, cause.__context__) if each is not None)


def _said(error: BaseException) -> str:
    return _sentence(str(error) or type(error).__name__)


def _sentence(text: str) -> str:
    line = shorten(clean_line(text).strip(), 240)
    return f"{line[:1].upper()}{line[1:]}".rstrip(".") + "." if line else ""

"""An exchange as one JSON document with stable keys, and in words for a person.

Keys: `request` {method, url, headers, body}, `status`, `reason`, `http_version`, `headers`
(a list of {name, value}, order and repeats kept), `body` and `body_encoding` (`json`: the decoded
value, `text`, `base64`, `none`, or `omitted` over 64 MB), `bytes` (unpacked), `wire_bytes`,
`redirects`, `cache` (with --cache: verdict, words, why, age_s, fresh_s, is_stored, not_stored,
forgotten, saved_bytes, wire_requests, added_headers and cache_status as in RFC 9211; or null),
`timings` (µs: redirect, connect, tls, send, wait, download, total), `problem` (RFC 9457, or null),
`trace` ({trace_id, counters, spans …}, or null) and `error` (what, why, hint, kind, or null).
"""

from __future__ import annotations

import base64
import json
from dataclasses import asdict
from typing import Any, Final

from backend_tui.core.body.charset import choose
from backend_tui.core.body.kind import kind_of
from backend_tui.core.counting import counter_texts
from backend_tui.core.exchange import Headers, Timings
from backend_tui.core.http_cache.outcome import CacheOutcome
from backend_tui.core.http_failure import HttpError
from backend_tui.core.secrets import mask_headers, mask_json, mask_url
from backend_tui.core.text import clean_line, decode
from backend_tui.core.trace import trace_document
from backend_tui.core.units import bytes_text, duration_text
from backend_tui.panes.rest.exchanges import Exchange
from backend_tui.panes.rest.problem import ProblemDetails, read_problem
from backend_tui.panes.rest.routes import Route

PHASES: Final = ("redirect", "connect", "tls", "send", "wait", "download")
_LARGEST: Final = 64 * 1024 * 1024


def exchange_document(exchange: Exchange, *, reveal: bool = False) -> dict[str, Any]:
    """The document; secrets in URL, headers and request body are masked unless `reveal`."""
    body, encoding = _body(exchange)
    head, problem = exchange.head, problem_of(exchange)
    return {
        "request": _request(exchange, reveal),
        "status": exchange.status,
        "reason": head.reason if head else "",
        "http_version": head.http_version if head else "",
        "headers": _headers(head.headers if head else (), reveal),
        "body": body,
        "body_encoding": encoding,
        "bytes": exchange.size,
        "wire_bytes": exchange.wire_bytes,
        "redirects": [
            {
                "status": hop.status,
                "url": _url(hop.url, reveal),
                "location": _url(hop.location, reveal),
                "method": hop.method,
                "dropped_headers": list(hop.dropped),
            }
            for hop in exchange.hops
        ],
        "cache": cache_document(exchange.cache) if exchange.cache else None,
        "timings": timings_document(exchange.timings),
        "problem": asdict(problem) if problem else None,
        "trace": trace_document(exchange.trace) if exchange.trace else None,
        "error": _error(exchange),
    }


def cache_document(outcome: CacheOutcome) -> dict[str, Any]:
    """What the HTTP cache did; times in seconds."""
    return {
        "verdict": outcome.verdict,
        "words": outcome.words,
        "why": outcome.why,
        "age_s": None if outcome.age_s is None else round(outcome.age_s, 3),
        "fresh_s": None if outcome.fresh_s is None else round(outcome.fresh_s, 3),
        "is_stored": outcome.is_stored,
        "not_stored": outcome.not_stored,
        "forgotten": outcome.forgotten,
        "saved_bytes": outcome.saved_bytes,
        "wire_requests": outcome.wire_requests,
        "added_headers": [{"name": name, "value": value} for name, value in outcome.added],
        "cache_status": outcome.status,
    }


def repeat_document(exchange: Exchange) -> dict[str, Any]:
    """What one of several sendings of the same request came to."""
    return {
        "status": exchange.status,
        "bytes": exchange.size,
        "wire_bytes": exchange.wire_bytes,
        "total_us": exchange.timings.total_us,
        "sql": exchange.trace.counters.sql if exchange.trace and exchange.trace.route else None,
        "cache": cache_document(exchange.cache) if exchange.cache else None,
        "error": _error(exchange),
    }


def timings_document(timings: Timings) -> dict[str, int]:
    """µs of each phase, 0 for one that did not happen, and of the whole."""
    return {f"{name}_us": timings.of(name) for name in PHASES} | {"total_us": timings.total_us}


def route_document(route: Route) -> dict[str, Any]:
    """One route with its parameters and the body to start from."""
    return {
        "method": route.method,
        "path": route.path,
        "group": route.group,
        "summary": route.summary,
        "is_deprecated": route.is_deprecated,
        "needs_auth": route.needs_auth,
        "parameters": [asdict(parameter) for parameter in route.parameters],
        "body": route.body or None,
    }


def head_text(exchange: Exchange, *, reveal: bool = False) -> str:
    """Redirects, status line and headers as a person reads them."""
    lines = [f"↪ {hop.status} {_url(hop.location, reveal)}" for hop in exchange.hops]
    if exchange.head is not None:
        head = exchange.head
        headers = head.headers if reveal else mask_headers(head.headers)
        lines.append(f"{head.http_version} {head.status} {head.reason}".rstrip())
        lines += [f"{name}: {value}" for name, value in headers]
    return "\n".join(lines)


def outcome_text(exchange: Exchange) -> str:
    """One line: size, time, and what the server did."""
    parts = [bytes_text(exchange.size), duration_text(exchange.timings.total_us)]
    if exchange.cache is not None:
        parts.append(exchange.cache.words)
    if exchange.trace is not None and exchange.trace_problem is None and exchange.trace.route:
        parts += [words for words, _ in counter_texts(exchange.trace.counters)]
        parts.append(f"trace {exchange.trace.trace_id}")
    return " · ".join(parts)


def body_text(exchange: Exchange) -> str | None:
    """The body as clean text in its own charset; None when it is binary."""
    if exchange.body is None or not exchange.size:
        return ""
    start = exchange.body.read(0, 4096)
    content_type = exchange.header("content-type")
    if kind_of(start, content_type).name == "binary":
        return None
    return decode(exchange.body.read(0, exchange.size), choose(start, content_type).codec)


def problem_of(exchange: Exchange) -> ProblemDetails | None:
    """The problem details of the answer, if it holds any."""
    if exchange.body is None:
        return None
    return read_problem(exchange.header("content-type"), exchange.body.read(0, 1 << 19))


def _request(exchange: Exchange, reveal: bool) -> dict[str, Any]:
    request = exchange.request
    body = request.body if request else exchange.draft.body.encode("utf-8", "replace")
    text = decode(body)
    return {
        "method": clean_line(request.method if request else exchange.draft.method),
        "url": _url(request.url if request else exchange.draft.url, reveal),
        "headers": _headers(exchange.sent_headers, reveal),
        "body": (text if reveal else mask_json(text)) if body else None,
    }


def _headers(headers: Headers, reveal: bool) -> list[dict[str, str]]:
    shown = headers if reveal else mask_headers(headers)
    return [{"name": name, "value": value} for name, value in shown]


def _url(url: str, reveal: bool) -> str:
    return clean_line(url if reveal else mask_url(url))


def _body(exchange: Exchange) -> tuple[Any, str]:
    if exchange.body is None or not exchange.size:
        return None, "none"
    if exchange.size > _LARGEST:
        return None, "omitted"
    text = body_text(exchange)
    if text is None:
        return base64.b64encode(exchange.body.read(0, exchange.size)).decode("ascii"), "base64"
    start = exchange.body.read(0, 4096)
    if kind_of(start, exchange.header("content-type")).name == "json":
        try:
            return json.loads(text), "json"
        except (ValueError, RecursionError):
            return text, "text"
    return text, "text"


def _error(exchange: Exchange) -> dict[str, str] | None:
    problem = exchange.problem
    if problem is None:
        return None
    kind = problem.kind if isinstance(problem, HttpError) else ""
    return {"what": problem.what, "why": problem.why, "hint": problem.hint, "kind": kind}

"""A run as one JSON document with stable keys, and in words for a person.

Keys: `request` {url, transport, operation, variables, headers}, `verdict` (ok, partial, request
error, not GraphQL, or null), `words`, `result` (the decoded GraphQL response, or null), `status`,
`headers`, `bytes`, `wire_bytes`, `patches` ({number, at_us, paths, labels, bytes, errors}),
`saved_bytes`, `notes`, `timings` (µs), `trace` ({trace_id, counters, spans …} or null) and `error`
(what, why, hint, kind, code, or null).
"""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any, Final

from backend_tui.core.counting import counter_texts
from backend_tui.core.http_failure import HttpError
from backend_tui.core.secrets import mask_headers, mask_json, mask_url
from backend_tui.core.text import clean_line, decode
from backend_tui.core.trace import trace_document
from backend_tui.core.units import bytes_text, duration_text
from backend_tui.panes.graphql.diagnosis import Diagnosis
from backend_tui.panes.graphql.explorer import type_names
from backend_tui.panes.graphql.run import Run
from backend_tui.panes.graphql.schema import Schema
from backend_tui.panes.graphql.streaming import Broken

PHASES: Final = ("connect", "tls", "send", "wait", "download")
_LARGEST: Final = 64 * 1024 * 1024


def run_document(run: Run, *, reveal: bool = False) -> dict[str, Any]:
    """The document; secrets in URL, headers and variables are masked unless `reveal`."""
    answer = run.answer
    url = run.request.url if run.request else run.draft.endpoint
    headers = run.head.headers if run.head else ()
    return {
        "request": {
            "url": clean_line(url if reveal else mask_url(url)),
            "transport": run.transport,
            "operation": run.operation.name if run.operation else "",
            "kind": run.operation.kind if run.operation else None,
            "variables": run.draft.variables if reveal else mask_json(run.draft.variables),
            "headers": _pairs(run.sent_headers, reveal),
        },
        "verdict": answer.verdict if answer else None,
        "words": answer.words if answer else "",
        "result": result_of(run),
        "status": run.status,
        "headers": _pairs(headers, reveal),
        "bytes": run.size,
        "wire_bytes": run.wire_bytes,
        "patches": [
            {
                "number": each.number,
                "at_us": each.at_us,
                "paths": list(each.paths),
                "labels": list(each.labels),
                "bytes": each.size,
                "errors": each.problem_count,
            }
            for each in run.patches
        ],
        "saved_bytes": run.saved_bytes,
        "notes": list(run.notes),
        "timings": {f"{name}_us": run.timings.of(name) for name in PHASES}
        | {"total_us": run.timings.total_us},
        "trace": trace_document(run.trace) if run.trace else None,
        "error": _error(run),
    }


def result_of(run: Run) -> Any:
    """The decoded response; None when there is none, or it is no JSON or over 64 MB."""
    body = run.shown_body
    if body is None or not body.size or body.size > _LARGEST:
        return None
    try:
        return json.loads(body.read(0, body.size))
    except (ValueError, RecursionError):
        return None


def result_text(run: Run) -> str:
    """The response as clean text, indented when it is JSON."""
    body = run.shown_body
    if body is None or not body.size:
        return ""
    text = decode(body.read(0, body.size))
    try:
        return json.dumps(json.loads(text), indent=2, ensure_ascii=False)
    except (ValueError, RecursionError):
        return text


def outcome_text(run: Run) -> str:
    """One line: the verdict, size, time, and what the server did."""
    parts = [run.answer.title] if run.answer else []
    if run.status is not None:
        parts.append(str(run.status))
    parts += [bytes_text(run.size), duration_text(run.timings.total_us)]
    if run.patches:
        parts.append(f"{len(run.patches)} parts")
    if run.saved_bytes:
        parts.append(f"{bytes_text(run.saved_bytes)} saved")
    if run.trace is not None and run.trace_problem is None and run.trace.route:
        parts += [words for words, _ in counter_texts(run.trace.counters)]
        parts.append(f"trace {run.trace.trace_id}")
    return " · ".join(parts)


def problem_lines(run: Run) -> list[str]:
    """Each error of the answer in a line: place, message, where in the data."""
    lines = []
    for each in run.answer.problems if run.answer else ():
        place = f"{each.locations[0][0]}:{each.locations[0][1]} " if each.locations else ""
        code = f" [{each.code}]" if each.code else ""
        where = f" at {each.where}" if each.path else ""
        lines.append(f"✗ {place}{clean_line(each.message)}{code}{where}")
    if run.answer and run.answer.words:
        lines.append(run.answer.words)
    return lines


def schema_document(schema: Schema) -> dict[str, Any]:
    """What is known of a schema, without its SDL."""
    found = schema.graphql
    roots = (
        ("query", found.query_type),
        ("mutation", found.mutation_type),
        ("subscription", found.subscription_type),
    )
    return {
        "source": schema.source.kind,
        "place": schema.source.place,
        "bytes": schema.source.size,
        "notes": list(schema.source.notes),
        "digest": schema.digest,
        "roots": {kind: each.name if each else None for kind, each in roots},
        "types": [
            {"name": name, "kind": _kind(schema, name), "fields": _members(schema, name)}
            for name in type_names(schema)
        ],
    }


def diagnosis_document(place: str, diagnosis: Diagnosis) -> dict[str, Any]:
    """One checked document: its problems with lines and columns from 1."""
    return {
        "file": clean_line(place),
        "ok": diagnosis.errors == 0,
        "note": diagnosis.note,
        "problems": [asdict(problem) for problem in diagnosis.problems],
    }


def _kind(schema: Schema, name: str) -> str:
    from backend_tui.panes.graphql.proposals import kind_of

    return kind_of(schema.graphql.get_type(name))


def _members(schema: Schema, name: str) -> list[str]:
    found: Any = schema.graphql.get_type(name)
    for kind in ("fields", "values"):
        if hasattr(found, kind):
            return [clean_line(each) for each in getattr(found, kind)]
    return [each.name for each in getattr(found, "types", ())]


def _pairs(headers: tuple[tuple[str, str], ...], reveal: bool) -> list[dict[str, str]]:
    shown = headers if reveal else mask_headers(headers)
    return [{"name": name, "value": value} for name, value in shown]


def _error(run: Run) -> dict[str, Any] | None:
    problem = run.problem
    if problem is None:
        return None
    kind = problem.kind if isinstance(problem, HttpError) else ""
    code = problem.code if isinstance(problem, Broken) else None
    return {
        "what": problem.what,
        "why": problem.why,
        "hint": problem.hint,
        "kind": kind,
        "code": code,
    }

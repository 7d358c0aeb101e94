"""An answer judged by its media type and body: complete, partial, refused, or no GraphQL."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from backend_tui.core.text import clean, clean_line, shorten

Verdict = Literal["ok", "partial", "request error", "not GraphQL"]

RESPONSE_TYPE: Final = "application/graphql-response+json"
_MOST_ERRORS: Final = 200
_LONGEST: Final = 4_000


@dataclass(frozen=True, slots=True)
class GraphqlProblem:
    """One error the server told, every text clean.

    `path` leads to the place in the data; `locations` are (line, column) in the document, from 1;
    `extensions` is indented JSON text, empty when there are none; `code` is its `code` member.
    """

    message: str
    path: tuple[str | int, ...] = ()
    locations: tuple[tuple[int, int], ...] = ()
    code: str = ""
    extensions: str = ""

    @property
    def where(self) -> str:
        """The path as a person reads it: `products.0.price`."""
        return ".".join(str(step) for step in self.path)


@dataclass(frozen=True, slots=True)
class Answer:
    """What the server said, in one word and its errors; `words` say why it is no GraphQL.

    `extensions` is the result's own, as indented JSON text.
    """

    verdict: Verdict
    problems: tuple[GraphqlProblem, ...] = ()
    words: str = ""
    extensions: str = ""
    problem_count: int = 0

    @property
    def title(self) -> str:
        """✓ ok · ▲ partial, 2 errors · ✗ request error · ✗ not GraphQL."""
        errors = f"{self.problem_count} error{'' if self.problem_count == 1 else 's'}"
        match self.verdict:
            case "ok":
                return "✓ ok"
            case "partial":
                return f"▲ partial, {errors}"
            case "request error":
                return f"✗ request error, {errors}"
            case _:
                return "✗ not GraphQL"


def judged(status: int, content_type: str, value: object) -> Answer:
    """The answer of one decoded body: a GraphQL response is judged by itself, whatever the status.

    A body of plain `application/json` without `data` and `errors` is no GraphQL response.
    """
    if not isinstance(value, Mapping) or not ({"data", "errors"} & set(value)):
        return not_graphql(status, content_type, "The body is JSON, but has no data and no errors.")
    problems = problems_of(value.get("errors"))
    count = len(value["errors"]) if isinstance(value.get("errors"), list) else 0
    extensions = _indented(value.get("extensions"))
    data = value.get("data")
    if not count:
        if "errors" in value and data is None:
            return Answer("request error", (), "Its errors are no list.", extensions, 0)
        return Answer("ok", (), "", extensions, 0)
    if data is None and "data" not in value:
        return Answer("request error", problems, "", extensions, count)
    return Answer("partial", problems, "", extensions, count)


def not_graphql(status: int, content_type: str, why: str) -> Answer:
    """An answer that some proxy, login page or other service gave."""
    kind = shorten(clean_line(content_type.partition(";")[0].strip()), 60) or "no content type"
    return Answer("not GraphQL", (), f"It answered {status} with {kind}. {why}")


def problems_of(errors: object) -> tuple[GraphqlProblem, ...]:
    """The errors of a response, the first 200, whatever strange shapes they have."""
    if not isinstance(errors, Sequence) or isinstance(errors, str):
        return ()
    return tuple(_problem(each) for each in errors[:_MOST_ERRORS])


def _problem(error: object) -> GraphqlProblem:
    if not isinstance(error, Mapping):
        return GraphqlProblem(shorten(clean(_shown(error)), _LONGEST))
    message = error.get("message")
    text = message if isinstance(message, str) else _shown(message or error)
    extensions = error.get("extensions")
    code = extensions.get("code") if isinstance(extensions, Mapping) else None
    return GraphqlProblem(
        shorten(clean(text), _LONGEST) or "The server gave no message.",
        _path(error.get("path")),
        _locations(error.get("locations")),
        shorten(clean_line(code), 80) if isinstance(code, str) else "",
        _indented(extensions),
    )


def _path(value: object) -> tuple[str | int, ...]:
    if not isinstance(value, list):
        return ()
    return tuple(
        step if isinstance(step, int) else shorten(clean_line(str(step)), 200)
        for step in value[:100]
    )


def _locations(value: object) -> tuple[tuple[int, int], ...]:
    found: list[tuple[int, int]] = []
    for each in value[:20] if isinstance(value, list) else ():
        if isinstance(each, Mapping):
            line, column = each.get("line"), each.get("column")
            if isinstance(line, int) and isinstance(column, int) and line > 0 and column > 0:
                found.append((line, column))
    return tuple(found)


def _indented(value: Any) -> str:
    if not value:
        return ""
    try:
        return clean(json.dumps(value, indent=2, ensure_ascii=False))
    except (ValueError, RecursionError):
        return ""


def _shown(value: object) -> str:
    try:
        return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    except (ValueError, RecursionError):
        return "An error nested too deep to be shown."

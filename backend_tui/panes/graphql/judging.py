"""The body of an answer judged without stalling the screen: large ones in a child process.

The child maps the file it is handed and answers the response without its data, as JSON.
"""

from __future__ import annotations

import asyncio
import json
import mmap
import os
import sys
from pathlib import Path
from typing import Any, Final

from backend_tui.core.body.source import BodySource
from backend_tui.core.text import shorten
from backend_tui.panes.graphql.answer import RESPONSE_TYPE, Answer, judged, not_graphql

LARGE: Final = 1 << 20
_MODULE: Final = "backend_tui.panes.graphql.judging"
_JSON: Final = ("application/json", RESPONSE_TYPE)


async def judge(status: int, content_type: str, body: BodySource) -> Answer:
    """The answer by media type and body; never raises for what a server sent."""
    kind = content_type.partition(";")[0].strip().lower()
    if 300 <= status < 400:
        return not_graphql(status, content_type, "It redirects; use the address it names.")
    if kind == "text/html":
        return not_graphql(status, content_type, "A page for people is no GraphQL response.")
    if not body.size:
        return not_graphql(status, content_type, "The body is empty.")
    if body.size > LARGE:
        told = await _judged_in_child(body)
    else:
        told = await asyncio.to_thread(outline, body.read(0, body.size))
    if isinstance(told, str):
        return not_graphql(status, content_type, told)
    is_json = kind in _JSON or kind.endswith("+json")
    answer = judged(status, content_type, told)
    if not is_json and answer.verdict != "not GraphQL":
        words = f"It was sent as {shorten(kind, 60) or 'no media type'}, but reads as GraphQL."
        return Answer(
            answer.verdict, answer.problems, words, answer.extensions, answer.problem_count
        )
    return answer


def outline(data: bytes | mmap.mmap) -> dict[str, Any] | str:
    """The response, its data replaced by an empty object; a sentence when it is none."""
    try:
        value = json.loads(data if isinstance(data, bytes) else data[:])
    except RecursionError:
        return "Its JSON is nested too deep."
    except ValueError:
        return "The body is no JSON."
    if not isinstance(value, dict):
        return "The body is JSON, but no object."
    if value.get("data") is not None:
        value["data"] = {}
    return {name: value[name] for name in ("data", "errors", "extensions") if name in value}


async def _judged_in_child(body: BodySource) -> dict[str, Any] | str:
    descriptor = await asyncio.to_thread(body.spill)
    root = str(Path(__file__).parents[3])
    try:
        child = await asyncio.create_subprocess_exec(
            *(sys.executable, "-P", "-m", _MODULE, str(descriptor), str(body.size)),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            pass_fds=(descriptor,),
            env={**os.environ, "PYTHONPATH": root},
            limit=1 << 26,
        )
    except OSError:
        return await asyncio.to_thread(outline, body.read(0, body.size))
    try:
        told, _ = await child.communicate()
    finally:
        if child.returncode is None:
            child.kill()
            await child.wait()
    if child.returncode:
        return "It could not be read: its JSON is too large or too deep."
    found: dict[str, Any] | str = json.loads(told)
    return found


def main(descriptor: int, size: int) -> None:
    """Answer the parent once."""
    with mmap.mmap(descriptor, size, access=mmap.ACCESS_READ) as data:
        sys.stdout.write(json.dumps(outline(data)))


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))

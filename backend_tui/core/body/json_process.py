"""Indexing of large JSON in a child process, so that the interpreter lock stays with the screen.

The parent writes `SIZE IS_FINAL` lines; for each, the child answers with frames: a line of JSON
(`rows`, `patches`, `position`, `settled`, `problem`, `cut`) and then the arrays' bytes.
"""

from __future__ import annotations

import json
import mmap
import os
import subprocess
import sys
from array import array
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any, Final

from backend_tui.core.body.grammar import JsonProblem
from backend_tui.core.body.json_rows import JsonRows, JsonScanner

_BATCH: Final = 16_384
_NICE: Final = 5
_MODULE: Final = "backend_tui.core.body.json_process"
_ARRAYS: Final = ("starts", "depths", "parents", "ordinals", "closers")


class JsonProcess:
    """A child that indexes one file; every method blocks, so call it from a thread.

    Raises OSError when the child cannot be started or dies.
    """

    def __init__(self, descriptor: int, *, many: bool) -> None:
        root = str(Path(__file__).parents[3])
        self.rows = JsonRows()
        self._child = subprocess.Popen(
            [sys.executable, "-P", "-m", _MODULE, str(descriptor), "many" if many else "one"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            pass_fds=(descriptor,),
            env={**os.environ, "PYTHONPATH": root},
            start_new_session=True,
        )

    def advance(self, size: int, *, is_final: bool, published: Callable[[], None]) -> None:
        """Index up to `size`; calls `published` after every frame."""
        tell, answers = self._child.stdin, self._child.stdout
        if tell is None or answers is None:
            raise OSError("the indexing process has no pipes")
        tell.write(f"{size} {int(is_final)}\n".encode())
        tell.flush()
        while self._take(answers):
            published()
        published()

    def close(self) -> None:
        """End the child; it ends by itself too when its pipe closes."""
        self._child.kill()
        for pipe in (self._child.stdin, self._child.stdout):
            if pipe is not None and not pipe.closed:
                try:
                    pipe.close()
                except OSError:
                    continue  # what was not written need not reach a child that is gone
        self._child.wait()

    def _take(self, answers: IO[bytes]) -> bool:
        head = answers.readline()
        if not head:
            raise OSError("the indexing process ended early")
        frame: dict[str, Any] = json.loads(head)
        rows = self.rows
        long_texts, patches = array("I"), array("I")
        for name in _ARRAYS:
            column = getattr(rows, name)
            _fill(column, answers, frame["rows"])
        _fill(long_texts, answers, frame["long_texts"])
        _fill(patches, answers, frame["patches"])
        for opener, closer in zip(patches[::2], patches[1::2], strict=True):
            rows.closers[opener] = closer
        rows.long_texts.extend(long_texts)
        rows.position = frame["position"]
        rows.problem = JsonProblem(*frame["problem"]) if frame["problem"] else None
        rows.is_cut = frame["cut"]
        rows.count = len(rows.starts)
        return not frame["settled"]


def _fill(column: array[int], answers: IO[bytes], count: int) -> None:
    data = answers.read(count * column.itemsize)
    if len(data) != count * column.itemsize:
        raise OSError("the indexing process ended in the middle of an answer")
    column.frombytes(data)


def main(descriptor: int, *, many: bool) -> None:
    """Answer the parent until it closes the pipe."""
    os.nice(_NICE)
    scanner = JsonScanner(many=many)
    told, out = sys.stdin.buffer, sys.stdout.buffer
    texts = 0
    for line in told:
        size, is_final = (int(part) for part in line.split())
        with mmap.mmap(descriptor, size, access=mmap.ACCESS_READ) as buffer:
            settled, batch = False, 1024
            while not settled:
                settled = scanner.advance(buffer, size, is_final=bool(is_final), most=batch)
                texts = _send(scanner, out, texts, settled=settled)
                batch = _BATCH


def _send(scanner: JsonScanner, out: IO[bytes], texts: int, *, settled: bool) -> int:
    rows, first = scanner.rows, scanner.shipped
    problem = rows.problem
    frame = {
        "rows": rows.count - first,
        "patches": len(scanner.patches),
        "long_texts": len(rows.long_texts) - texts,
        "position": rows.position,
        "settled": settled,
        "problem": problem and [problem.offset, problem.line, problem.column, problem.words],
        "cut": rows.is_cut,
    }
    out.write(json.dumps(frame).encode() + b"\n")
    for name in _ARRAYS:
        out.write(getattr(rows, name)[first : rows.count].tobytes())
    out.write(rows.long_texts[texts:].tobytes())
    out.write(scanner.patches.tobytes())
    out.flush()
    scanner.shipped = rows.count
    scanner.patches = array("I")
    return len(rows.long_texts)


if __name__ == "__main__":
    try:
        main(int(sys.argv[1]), many=sys.argv[2] == "many")
    except (BrokenPipeError, KeyboardInterrupt):
        os._exit(0)

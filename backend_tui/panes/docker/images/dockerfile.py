"""A Dockerfile read into stages and instructions, each with the lines it stands on."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Final

LAYERED: Final = frozenset({"RUN", "COPY", "ADD"})
"""The instructions that add files; WORKDIR only makes a folder, all others only metadata."""

_DIRECTIVE: Final = re.compile(r"^#\s*(\w+)\s*=\s*(.+?)\s*$")
_WORD: Final = re.compile(r"^\s*([A-Za-z]+)(?:\s+|$)")
_HEREDOC: Final = re.compile(r"<<(-?)(['\"]?)([A-Za-z_]\w*)\2")
_PLAIN: Final = re.compile(r"^\s*#")
_FROM: Final = re.compile(
    r"^(?:--\S+\s+)*(?P<base>\S+)(?:\s+[aA][sS]\s+(?P<name>\S+))?\s*$", re.DOTALL
)
_PAIR: Final = re.compile(r"([A-Za-z_]\w*)=(\"(?:\\.|[^\"\\])*\"|'[^']*'|(?:\\.|\S)*)")
_VARIABLE: Final = re.compile(r"\\\$|\$(?:(\w+)|\{(\w+)(?:(:[-+])((?:[^{}]|\{[^{}]*\})*))?\})")


@dataclass(frozen=True, slots=True)
class Instruction:
    """`first` and `last` are line numbers from 1; `rest` is one line, continuations joined.

    `heredocs` are the bodies of its here-documents.
    """

    word: str
    rest: str
    first: int
    last: int
    heredocs: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        return f"{self.word} {self.rest}".rstrip()

    @property
    def is_layered(self) -> bool:
        """It adds files to the image."""
        return self.word in LAYERED


@dataclass(frozen=True, slots=True)
class Stage:
    """From a FROM to the next; `base` with its variables filled in, `name` empty for none."""

    base: str
    name: str
    instructions: tuple[Instruction, ...]


@dataclass(frozen=True, slots=True)
class Dockerfile:
    """`arguments` are the ARGs before the first FROM; an image is made of the last stage."""

    arguments: tuple[Instruction, ...]
    stages: tuple[Stage, ...]

    @property
    def last(self) -> Stage | None:
        return self.stages[-1] if self.stages else None

    def needed(self) -> frozenset[int]:
        """The stages that the last one is built from, by number, itself with them."""
        names = {stage.name.lower(): at for at, stage in enumerate(self.stages) if stage.name}
        found: set[int] = set()
        waiting = [len(self.stages) - 1] if self.stages else []
        while waiting:
            at = waiting.pop()
            if at in found:
                continue
            found.add(at)
            stage = self.stages[at]
            wanted = [stage.base, *re.findall(r"--from=(\S+)", _all_text(stage))]
            for each in wanted:
                number = int(each) if each.isdecimal() else names.get(each.lower())
                if number is not None and number < at:
                    waiting.append(number)
        return frozenset(found)


def parse(text: str, arguments: dict[str, str] | None = None) -> Dockerfile:
    """Any text: what is no instruction is left out. `arguments` are the build's own ARGs."""
    found = _instructions(text)
    given = arguments or {}
    before: list[Instruction] = []
    stages: list[Stage] = []
    outer: dict[str, str] = {}
    for each in found:
        if each.word == "FROM":
            match = _FROM.match(each.rest)
            base = match["base"] if match else each.rest
            name = (match["name"] or "") if match else ""
            stages.append(Stage(expand(base, outer), name, (each,)))
        elif stages:
            stage = stages[-1]
            stages[-1] = replace(stage, instructions=(*stage.instructions, each))
        else:
            before.append(each)
            if each.word == "ARG":
                outer |= {name: given.get(name, value) for name, value in assignments(each)}
    return Dockerfile(tuple(before), tuple(stages))


def assignments(instruction: Instruction) -> tuple[tuple[str, str], ...]:
    """The names and values that an ARG, ENV or LABEL sets, without their quotes."""
    rest = instruction.rest
    pairs = tuple((name, _unquoted(value)) for name, value in _PAIR.findall(rest))
    if pairs:
        return pairs
    name, _, value = rest.partition(" ")
    return ((name, value.strip()),) if instruction.word == "ENV" and name else ()


def expand(text: str, variables: dict[str, str]) -> str:
    """`$NAME`, `${NAME}`, `${NAME:-default}` and `${NAME:+other}` filled in; `\\$` stays a $."""

    def value(found: re.Match[str]) -> str:
        name = found[1] or found[2]
        if name is None:
            return "$"
        known = variables.get(name, "")
        if found[3] == ":-":
            return known or expand(found[4], variables)
        if found[3] == ":+":
            return expand(found[4], variables) if known else ""
        return known

    return _VARIABLE.sub(value, text)


def _instructions(text: str) -> list[Instruction]:
    lines = text.splitlines()
    escape = _escape(lines)
    found: list[Instruction] = []
    at = 0
    while at < len(lines):
        if not lines[at].strip() or _PLAIN.match(lines[at]):
            at += 1
            continue
        first, joined = at, ""
        while at < len(lines):
            line = lines[at]
            at += 1
            if joined and (not line.strip() or _PLAIN.match(line)):
                continue
            stripped = line.rstrip()
            goes_on = stripped.endswith(escape)
            joined = _joined(joined, stripped[:-1] if goes_on else line)
            if not goes_on:
                break
        match = _WORD.match(joined)
        if match is None:
            continue
        word, rest = match[1].upper(), joined[match.end() :].strip()
        bodies: tuple[str, ...] = ()
        if word in LAYERED:
            at, bodies = _heredocs(lines, at, rest)
        found.append(Instruction(word, rest, first + 1, at, bodies))
    return found


def _joined(before: str, line: str) -> str:
    """A continued line in one: spaces at the seam become one, none stays none."""
    if not before or not (before[-1].isspace() or line[:1].isspace()):
        return before + line
    return f"{before.rstrip()} {line.lstrip()}"


def _heredocs(lines: list[str], at: int, rest: str) -> tuple[int, tuple[str, ...]]:
    """The line after the here-documents that the instruction opens, and their bodies."""
    bodies: list[str] = []
    for dash, _, name in _HEREDOC.findall(rest):
        body: list[str] = []
        while at < len(lines):
            line = lines[at].lstrip("\t") if dash else lines[at]
            at += 1
            if line == name:
                break
            body.append(line)
        bodies.append("\n".join(body))
    return at, tuple(bodies)


def _escape(lines: list[str]) -> str:
    """The directive `# escape=` counts only above everything else."""
    for line in lines:
        match = _DIRECTIVE.match(line)
        if match is None:
            break
        if match[1].lower() == "escape" and match[2] in ("\\", "`"):
            return match[2]
    return "\\"


def _all_text(stage: Stage) -> str:
    return "\n".join(each.rest for each in stage.instructions)


def _unquoted(value: str) -> str:
    if len(value) >= 2 and value[0] == value[-1] and value[0] in "\"'":
        return value[1:-1]
    return value

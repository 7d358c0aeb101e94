"""The layer teacher: which line of a Dockerfile made which layer, what it costs, what to do."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from backend_tui.core.text import clean_line
from backend_tui.panes.docker.images.dockerfile import Dockerfile, Instruction
from backend_tui.panes.docker.images.image import Layer, masked_text, secrets_in

_INSTALLS: Final = re.compile(
    r"\b(pip3?|uv|poetry|npm|yarn|pnpm|apt-get|apt|apk|dnf|go mod|cargo|bundle|composer)\b"
    r"[^&|;]*\b(install|ci|add|sync|download|fetch|build)\b"
)
_EVERYTHING: Final = re.compile(r"^(?:--\S+\s+)*\.?/?\s+\S+")
_DOES: Final[Mapping[str, str]] = {
    "ADD": "Adds files to a new layer; it also unpacks archives. COPY is plainer.",
    "ARG": "A variable of the build alone; no files. Its value can be read in the history.",
    "CMD": "The default command; no files.",
    "COPY": "Copies files into a new layer. It is built again when one of them changes.",
    "ENTRYPOINT": "The program that starts; no files.",
    "ENV": "A variable of every container; no files. Anyone with the image can read it.",
    "EXPOSE": "Says which port is listened on; no files, opens nothing.",
    "FROM": "Begins a stage on the layers of another image, which all images on it share.",
    "HEALTHCHECK": "How the engine asks whether it is well; no files.",
    "LABEL": "A note on the image; no files.",
    "RUN": "Runs a command; what it leaves in files is a new layer, also what a later one deletes.",
    "USER": "Who runs what follows; no files.",
    "VOLUME": "A folder kept outside of the container's own layer; no files.",
    "WORKDIR": "The folder for what follows, made when missing.",
}


@dataclass(frozen=True, slots=True)
class Taught:
    """A row: the layer, the Dockerfile's instruction that made it, how many share it, hints.

    `line` is 0 and `written` empty where the Dockerfile is unknown or the base image made it.
    """

    layer: Layer
    line: int = 0
    written: str = ""
    images: int = 0
    containers: int = 0
    is_base: bool = False
    hints: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """The Dockerfile's own line where it is known, else what the history says."""
        return self.written or self.layer.text

    @property
    def does(self) -> str:
        return _DOES.get(self.layer.word, "")


@dataclass(frozen=True, slots=True)
class Lesson:
    """A line of a Dockerfile without an image: what it does and whether the image holds it."""

    stage: int
    instruction: Instruction
    is_kept: bool
    hints: tuple[str, ...]

    @property
    def does(self) -> str:
        return _DOES.get(self.instruction.word, "")


def aligned(layers: Sequence[Layer], dockerfile: Dockerfile | None) -> dict[int, Instruction]:
    """The instruction of the last stage for each layer's number, matched from the newest back."""
    stage = dockerfile.last if dockerfile is not None else None
    if stage is None:
        return {}
    waiting = list(stage.instructions[1:])
    found: dict[int, Instruction] = {}
    for layer in reversed(layers):
        if not waiting:
            break
        if waiting[-1].word == layer.word:
            found[layer.number] = waiting.pop()
        elif waiting[-1].word == "ARG":  # some builders keep no step for it
            waiting.pop()
            if waiting and waiting[-1].word == layer.word:
                found[layer.number] = waiting.pop()
        else:
            return {}
    return found if not waiting or all(each.word == "ARG" for each in waiting) else {}


def taught(
    layers: Sequence[Layer],
    dockerfile: Dockerfile | None = None,
    users: Mapping[str, tuple[int, int]] | None = None,
) -> tuple[Taught, ...]:
    """The layers as a lesson; `users` counts images and containers by a layer's identity."""
    lines = aligned(layers, dockerfile)
    hints = {
        id(lesson.instruction): lesson.hints for lesson in (lessons(dockerfile) if lines else ())
    }
    known = users or {}
    rows: list[Taught] = []
    for layer in layers:
        instruction = lines.get(layer.number)
        images, containers = known.get(layer.identity, (0, 0)) if layer.identity else (0, 0)
        said = list(hints.get(id(instruction), ())) if instruction is not None else []
        if layer.secrets and not any("secret" in each for each in said):
            said.append(_secret(layer.secrets))
        rows.append(
            Taught(
                layer=layer,
                line=instruction.first if instruction is not None else 0,
                written=_written(instruction),
                images=images,
                containers=containers,
                is_base=bool(lines) and instruction is None,
                hints=tuple(said),
            )
        )
    return tuple(rows)


def lessons(dockerfile: Dockerfile | None) -> tuple[Lesson, ...]:
    """Every instruction of a Dockerfile, with what a careful reader would say to it."""
    if dockerfile is None:
        return ()
    needed, rows = dockerfile.needed(), []
    last = len(dockerfile.stages) - 1
    for number, stage in enumerate(dockerfile.stages):
        copied_all = 0
        for each in stage.instructions:
            hints: list[str] = []
            if each.word in ("COPY", "ADD") and "--from=" not in each.rest:
                copied_all = copied_all or (each.first if _EVERYTHING.match(each.rest) else 0)
            if each.word == "RUN" and copied_all and _INSTALLS.search(each.rest):
                hints.append(
                    f"Runs again after any change of a file, for line {copied_all} copies all of "
                    "them first: copy what it reads, install, then copy the rest."
                )
            if each.word == "RUN" and _keeps_lists(each.rest):
                hints.append("Keeps apt's lists: end it with rm -rf /var/lib/apt/lists/*.")
            if found := secrets_in(each.rest):
                hints.append(_secret(found))
            if number not in needed:
                hints.append("No stage of the image needs this one.")
            rows.append(Lesson(number, each, number == last, tuple(hints)))
    return tuple(rows)


def _written(instruction: Instruction | None) -> str:
    return clean_line(masked_text(instruction.text)) if instruction is not None else ""


def _keeps_lists(line: str) -> bool:
    return "apt-get update" in line and "/var/lib/apt/lists" not in line


def _secret(names: Sequence[str]) -> str:
    return (
        f"A secret anyone with the image can read: {', '.join(names)}. "
        "Give it to the container when it starts, or to RUN by --mount=type=secret."
    )


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two images side by side: what they share from the bottom up, and what each has alone."""

    shared: tuple[Layer, ...]
    first: tuple[Layer, ...]
    second: tuple[Layer, ...]

    @property
    def shared_size(self) -> int:
        return sum(each.size for each in self.shared)


def compared(first: Sequence[Layer], second: Sequence[Layer]) -> Comparison:
    """By the identities of their layers; steps without files belong to neither."""
    mine = [each for each in first if each.identity]
    theirs = [each for each in second if each.identity]
    known = {each.identity for each in theirs}
    shared = tuple(each for each in mine if each.identity in known)
    both = {each.identity for each in shared}
    return Comparison(
        shared,
        tuple(each for each in mine if each.identity not in both),
        tuple(each for each in theirs if each.identity not in both),
    )

"""One image as the engine lists it, and what its history tells of its layers."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from backend_tui.core.secrets import is_secret_name, mask_url
from backend_tui.core.text import clean_line

NAMELESS: Final = "<none>"
_NOP: Final = re.compile(r"^/bin/sh -c #\(nop\)\s+")
_SHELL: Final = re.compile(
    r"^(?:RUN\s+)?(?:\|\d+\s+(?P<args>.*?)\s*)?/bin/sh -c (?P<line>.*)$", re.DOTALL
)
_ASSIGNMENT: Final = re.compile(r"\b([A-Za-z_]\w*)=(\"[^\"]*\"|'[^']*'|\S+)")
_WORDS: Final = (
    *("ADD", "ARG", "CMD", "COPY", "ENTRYPOINT", "ENV", "EXPOSE", "HEALTHCHECK", "LABEL"),
    *("MAINTAINER", "ONBUILD", "RUN", "SHELL", "STOPSIGNAL", "USER", "VOLUME", "WORKDIR"),
)


@dataclass(frozen=True, slots=True)
class Image:
    """Clean text; `size` in bytes with all layers, `created` in Unix seconds.

    `containers` are the names of those made from it.
    """

    id: str
    tags: tuple[str, ...]
    size: int
    created: float
    labels: tuple[tuple[str, str], ...] = ()
    containers: tuple[str, ...] = ()

    @property
    def short_id(self) -> str:
        return self.id.removeprefix("sha256:")[:12]

    @property
    def name(self) -> str:
        """Its first tag, else its short id."""
        return self.tags[0] if self.tags else self.short_id

    @property
    def is_dangling(self) -> bool:
        """No tag names it: it was built over, or its build failed."""
        return not self.tags


@dataclass(frozen=True, slots=True)
class Layer:
    """A step of an image's history, the oldest is number 1; all text clean, secrets masked.

    `identity` names the files of all layers up to this one, so that equal ones are one on disk;
    it is empty where a step added no files. `total` is the size up to here. `secrets` are the
    names of variables whose values anyone can read in the history.
    """

    number: int
    word: str
    rest: str
    size: int
    total: int
    created: float
    identity: str = ""
    tags: tuple[str, ...] = ()
    secrets: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        return f"{self.word} {self.rest}".rstrip()


def image_of(row: Mapping[str, object], containers: Iterable[tuple[str, str]] = ()) -> Image:
    """An image of the engine's list; `containers` are pairs of image id and name."""
    identity = str(row.get("Id", ""))
    tags = [clean_line(str(each)) for each in _list(row.get("RepoTags"))]
    labels = row.get("Labels")
    created = row.get("Created")
    return Image(
        id=clean_line(identity),
        tags=tuple(sorted(each for each in tags if not each.startswith(NAMELESS))),
        size=_number(row.get("Size")),
        created=float(created) if isinstance(created, int | float) else 0.0,
        labels=tuple(
            (clean_line(str(key)), clean_line(str(value)))
            for key, value in (labels.items() if isinstance(labels, Mapping) else ())
        ),
        containers=tuple(sorted(name for image, name in containers if image == identity)),
    )


def layers_of(history: Sequence[Mapping[str, object]], diffs: Sequence[str]) -> tuple[Layer, ...]:
    """The steps of an image, oldest first.

    `history` is the engine's, newest first; `diffs` are the digests of the layers, oldest first.
    """
    rows = list(reversed(history))
    identities = _identities(rows, diffs)
    layers: list[Layer] = []
    total = 0
    for number, (row, identity) in enumerate(zip(rows, identities, strict=True), 1):
        size = max(_number(row.get("Size")), 0)
        total += size
        created_by = str(row.get("CreatedBy") or "")
        word, rest = instruction_of(created_by, str(row.get("Comment") or ""))
        created = row.get("Created")
        layers.append(
            Layer(
                number=number,
                word=word,
                rest=clean_line(masked_text(rest)),
                size=size,
                total=total,
                created=float(created) if isinstance(created, int | float) else 0.0,
                identity=identity,
                tags=tuple(clean_line(str(each)) for each in _list(row.get("Tags"))),
                secrets=tuple(clean_line(each) for each in secrets_in(created_by)),
            )
        )
    return tuple(layers)


def instruction_of(created_by: str, comment: str = "") -> tuple[str, str]:
    """The instruction of a Dockerfile that made a step of the history, and what followed it."""
    text = created_by.strip().removesuffix("# buildkit").strip()
    if not text:
        return "FROM", f"({clean_line(comment).lower() or 'files without a history'})"
    bare = _NOP.sub("", text)
    if bare != text:
        word, _, rest = bare.partition(" ")
        return word.upper(), rest.strip()
    shell = _SHELL.match(text)
    if shell is not None:
        return "RUN", " ".join(shell["line"].split())
    word, _, rest = text.partition(" ")
    if word.upper() in _WORDS:
        return word.upper(), " ".join(rest.split())
    return "RUN", " ".join(text.split())


def secrets_in(text: str) -> tuple[str, ...]:
    """Names of variables called secret that are given a value here, and URLs with passwords."""
    found = [
        name
        for name, value in _ASSIGNMENT.findall(text)
        if is_secret_name(name) and value.strip("\"'") and not value.startswith("$")
    ]
    if mask_url(text) != text:
        found.append("a URL's password")
    return tuple(dict.fromkeys(found))


def masked_text(text: str) -> str:
    """The same with the value of every secret hidden."""

    def hidden(found: re.Match[str]) -> str:
        return f"{found[1]}=•••" if is_secret_name(found[1]) else found[0]

    return mask_url(_ASSIGNMENT.sub(hidden, text))


def _identities(rows: Sequence[Mapping[str, object]], diffs: Sequence[str]) -> list[str]:
    """A chain for each step with files; empty everywhere when they cannot be told apart."""
    sized = [_number(row.get("Size")) > 0 for row in rows]
    if sum(sized) != len(diffs):  # steps that added nothing may still be layers
        words = [instruction_of(str(row.get("CreatedBy") or ""))[0] for row in rows]
        layered = [
            is_sized or word in ("RUN", "COPY", "ADD", "WORKDIR")
            for is_sized, word in zip(sized, words, strict=True)
        ]
        if sum(layered) != len(diffs):
            return [""] * len(rows)
        sized = layered
    chains: list[str] = []
    chain, waiting = "", iter(diffs)
    for is_layer in sized:
        if is_layer:
            chain = f"{chain}/{next(waiting)[7:27]}"
        chains.append(chain if is_layer else "")
    return chains


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []


def _number(value: object) -> int:
    return value if isinstance(value, int) else 0

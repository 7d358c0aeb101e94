"""A file name for a body that can do no harm, whatever the other side called it."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import IO, Final
from urllib.parse import unquote, unquote_to_bytes, urlsplit

from backend_tui.core.body.kind import Kind
from backend_tui.core.errors import BackendError
from backend_tui.core.text import is_clean

_EXTENDED: Final = re.compile(r"(?i);\s*filename\*\s*=\s*([\w.-]+)'[^']*'([^;\s]+)")
_QUOTED: Final = re.compile(r'(?i);\s*filename\s*=\s*"((?:[^"\\]|\\.)*)"')
_TOKEN: Final = re.compile(r"(?i);\s*filename\s*=\s*([^;\s\"]+)")
_FORBIDDEN: Final = re.compile(r'[\x00-\x1f\x7f-\x9f<>:"|?*]')
_DEVICES: Final = re.compile(r"(?i)(con|prn|aux|nul|com\d|lpt\d)(\..*)?\Z")
_SUFFIX: Final = {
    "json": ".json",
    "ndjson": ".ndjson",
    "xml": ".xml",
    "html": ".html",
    "text": ".txt",
    "binary": ".bin",
}


def safe_file_name(kind: Kind, disposition: str = "", url: str = "") -> str:
    """The name Content-Disposition gives (RFC 6266), else the URL's last part, made harmless."""
    return _harmless(_declared(disposition)) or _of_url(url, kind) or "body" + _SUFFIX[kind.name]


def create_new(folder: Path, name: str) -> tuple[Path, IO[bytes]]:
    """A new file of that name in the folder, with its path; a taken name gets a number.

    Raises BackendError when the folder cannot be written.
    """
    stem, suffix = os.path.splitext(name)  # noqa: PTH122 - a name, not a path
    for number in range(1000):
        path = folder / (f"{stem}-{number}{suffix}" if number else name)
        try:
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            continue
        except OSError as problem:
            raise BackendError(
                f"{path} cannot be written.",
                f"{problem.strerror or problem}.",
                "Choose another folder.",
            ) from problem
        return path, open(descriptor, "wb")  # noqa: PTH123 - opened above, for creation alone
    raise BackendError(f"{folder / name} is taken, and so are 999 numbered names after it.")


def _declared(disposition: str) -> str:
    header = ";" + disposition.partition(";")[2]
    if found := _EXTENDED.search(header):
        try:
            return unquote_to_bytes(found[2]).decode(found[1], "replace")
        except LookupError:
            return unquote(found[2])
    if found := _QUOTED.search(header):
        return re.sub(r"\\(.)", r"\1", found[1])
    return found[1] if (found := _TOKEN.search(header)) else ""


def _of_url(url: str, kind: Kind) -> str:
    try:
        last = unquote(urlsplit(url).path.rstrip("/").rpartition("/")[2])
    except ValueError:
        return ""
    name = _harmless(last)
    return name if not name or "." in name[1:] else name + _SUFFIX[kind.name]


def _harmless(name: str) -> str:
    name = re.split(r"[/\\]", name)[-1]
    name = "".join(c if is_clean(c) else "_" for c in name)
    name = _FORBIDDEN.sub("_", name).strip(" .")
    if _DEVICES.match(name):
        name = f"_{name}"
    while len(name.encode("utf-8", "replace")) > 180:
        stem, suffix = os.path.splitext(name)  # noqa: PTH122 - a name, not a path
        name = stem[: max(len(stem) - 8, 1)] + suffix[:16] if len(stem) > 1 else name[:40]
    return name

"""A request as a curl command that a POSIX shell takes as it is."""

from __future__ import annotations

import shlex

from backend_tui.core.exchange import HttpRequest


def curl_command(request: HttpRequest) -> str:
    """One line a piece, every piece quoted; the body goes along byte for byte when it is text."""
    parts = [f"curl -L {shlex.quote(request.url)}"]
    if request.method == "HEAD":
        parts.append("--head")
    elif request.method != ("POST" if request.body else "GET"):
        parts.append(f"-X {shlex.quote(request.method)}")
    parts += [f"-H {shlex.quote(_header(name, value))}" for name, value in request.headers]
    if request.body:
        text = request.body.decode("utf-8", "replace")
        parts.append(f"--data-binary {shlex.quote(text)}")
    return " \\\n  ".join(parts)


def _header(name: str, value: str) -> str:
    """An empty value is written with a semicolon: curl takes `Name:` to mean “leave it out”."""
    return f"{name}: {value}" if value else f"{name};"

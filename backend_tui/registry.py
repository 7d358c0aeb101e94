"""Every pane of the workbench, a line each: delete a line and its folder, and the pane is gone."""

from __future__ import annotations

from typing import Final

from backend_tui.feature import Feature
from backend_tui.panes.cache.feature import FEATURE as CACHE
from backend_tui.panes.docker.feature import FEATURE as DOCKER
from backend_tui.panes.graphql.feature import FEATURE as GRAPHQL
from backend_tui.panes.rest.feature import FEATURE as REST
from backend_tui.panes.traces.feature import FEATURE as TRACES

FEATURES: Final[tuple[Feature, ...]] = (REST, GRAPHQL, CACHE, DOCKER, TRACES)

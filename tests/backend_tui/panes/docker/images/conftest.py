"""The real engine, as the pane's other tests have it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from docker.errors import ImageNotFound

from tests.backend_tui.panes.docker.conftest import (
    client,
    engine,
    no_thread_is_left,
    own_engine,
    session_engine,
)
from tests.real_engine import RealEngine

__all__ = ["client", "engine", "no_thread_is_left", "own_engine", "session_engine"]

TAG = "lesson:1"
DOCKERFILE = """\
ARG BASE=backend-tui-test:busybox
FROM ${BASE} AS early
RUN echo built > /built

FROM ${BASE}
# a comment
ENV GREETING=hello \\
    API_TOKEN=canary-7
COPY --from=early /built /built
COPY . /app
RUN echo one > /one && \\
    echo two > /two
USER 1000
CMD ["sleep", "600"]
"""


@pytest.fixture
def lesson(engine: RealEngine) -> Iterator[str]:
    """An image of a known Dockerfile; its tag."""
    engine.build(DOCKERFILE, TAG, file=b"x" * 5000)
    yield TAG
    engine.sweep()
    try:
        engine.api.remove_image(TAG, force=True)
    except ImageNotFound:
        return

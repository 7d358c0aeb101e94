"""The same place of one's own as the stack's tests have."""

from tests.backend_tui.stack.conftest import config, own_home

__all__ = ["config", "own_home"]

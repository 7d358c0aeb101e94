"""The admin login of the real shop: masked until asked for, copied without being shown."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from backend_tui.core.config import Config
from backend_tui.feature import Surroundings
from backend_tui.stack.opening import opened
from backend_tui.workbench.admin_screen import AdminScreen
from backend_tui.workbench.app import Workbench
from tests.backend_tui.workbench.small import FEATURES


def drawn(app: Workbench) -> str:
    return "\n".join(
        "".join(segment.text for segment in strip)
        for strip in app.screen._compositor.render_strips()
    )


@pytest.mark.service("valkey")
async def test_the_password_is_shown_only_when_asked_for(tmp_path: Path) -> None:
    config = Config(data_dir=tmp_path, attach=False)
    async with opened(config) as stack:
        await asyncio.wait_for(stack.demo(), 30)
        app = Workbench(FEATURES, Surroundings(config, stack))
        async with app.run_test(size=(80, 24)) as pilot:
            app.action_admin()
            await pilot.pause()
            screen = app.screen
            assert isinstance(screen, AdminScreen)
            async with asyncio.timeout(10):
                while screen.found is None:
                    await pilot.pause(0.02)
            await pilot.pause()
            password = screen.found.password
            assert len(password) >= 12
            assert "/admin/" in drawn(app)
            assert password not in drawn(app)
            assert password not in repr(screen.found)
            await pilot.press("y")
            assert app.clipboard == password
            assert password not in drawn(app)
            await pilot.press("s")
            await pilot.pause()
            assert password in drawn(app)

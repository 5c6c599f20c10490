from __future__ import annotations

import pytest


@pytest.fixture(autouse=True)
def _own_home(settings, tmp_path_factory):
    """What workers keep beside the media never reaches a real installation."""
    settings.HOME = tmp_path_factory.mktemp("home")

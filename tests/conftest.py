"""What every test stands on: its own media folder, and real servers where a test asks for them."""

from __future__ import annotations

import pytest

pytest_plugins = ["tests.support.suites", "tests.support.servers", "tests.support.browser"]


@pytest.fixture(autouse=True)
def _own_media(settings, tmp_path_factory):
    """Files that tests store never reach a real installation."""
    # Hashing that is slow on purpose would be most of what some tests do.
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.MEDIA_ROOT = tmp_path_factory.mktemp("media")

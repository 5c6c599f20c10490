"""What every test stands on: its own media folder, and real servers where a test asks for them."""

from __future__ import annotations

import hypothesis
import pytest

from tests.factories import UserFactory

# How long an example takes says how busy the machine is, and nothing else.
hypothesis.settings.register_profile(
    "patient", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("patient")

pytest_plugins = [
    "tests.support.suites",
    "tests.support.database",
    "tests.support.servers",
    "tests.support.browser",
]


@pytest.fixture(autouse=True)
def _same_people():
    """A test's people are the same whichever tests ran before."""
    UserFactory.reset_sequence(0)


@pytest.fixture(autouse=True)
def _own_media(settings, tmp_path_factory):
    """Files that tests store never reach a real installation."""
    # An installation's own secret decides where gold and repeats fall; every test draws alike.
    settings.SECRET_KEY = "one secret for every test, as every seed is fixed"
    # Hashing that is slow on purpose would be most of what some tests do.
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.MEDIA_ROOT = tmp_path_factory.mktemp("media")
    settings.SPEECHEQ_UPLOADS = tmp_path_factory.mktemp("uploads")

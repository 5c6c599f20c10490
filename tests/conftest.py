"""What every test stands on: its own media folder, and real servers where a test asks for them."""

from __future__ import annotations

import gc
import itertools
import os
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from django.utils import translation

from tests.factories import UserFactory
from tests.support import surroundings

surroundings.settle()  # before anything is started

# How long an example takes says how busy the machine is, and nothing else. The examples are the
# same in each run: HYPOTHESIS_PROFILE=searching looks for others.
PATIENT: dict[str, Any] = {
    "deadline": None,
    "suppress_health_check": [hypothesis.HealthCheck.too_slow],
}
hypothesis.settings.register_profile("patient", derandomize=True, database=None, **PATIENT)
hypothesis.settings.register_profile("searching", **PATIENT)
hypothesis.settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "patient"))

# Longer than any test that does not start processes.
A_TEST = timedelta(seconds=30)

pytest_plugins = [
    "tests.support.suites",
    "tests.support.database",
    "tests.support.servers",
    "tests.support.browser",
]


def pytest_collection_finish() -> None:
    """What is loaded now stays to the end: the garbage collector need not look at it each time."""
    gc.collect()
    gc.freeze()


@pytest.fixture(autouse=True)
def _same_people():
    """A test's people are the same whichever tests ran before."""
    UserFactory.reset_sequence(0)


@pytest.fixture(autouse=True)
def _own_language():
    """A request leaves its language to whatever its thread does next."""
    translation.deactivate()


@pytest.fixture(autouse=True)
def _one_day():
    """A test that counts by days begins and ends on the same one."""
    left = surroundings.left_of_day(datetime.now(UTC))
    if left < A_TEST:
        time.sleep(left.total_seconds() + 0.1)


@pytest.fixture(scope="session")
def _stores(tmp_path_factory) -> Iterator[Path]:
    """Paths of folders, one for each test. `mktemp` looks through those of all tests before."""
    stores = tmp_path_factory.mktemp("stores")
    return (stores / str(number) for number in itertools.count())


@pytest.fixture(autouse=True)
def _own_media(settings, _stores):
    """Files that tests store never reach a real installation."""
    # An installation's own secret decides where gold and repeats fall; every test draws alike.
    settings.SECRET_KEY = "one secret for every test, as every seed is fixed"
    # Hashing that is slow on purpose would be most of what some tests do.
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    store = next(_stores)
    settings.MEDIA_ROOT = store / "media"
    settings.SPEECHEQ_UPLOADS = store / "uploads"
    for folder in (settings.MEDIA_ROOT, settings.SPEECHEQ_UPLOADS):
        folder.mkdir(parents=True)
    # Else each client of a test would begin by listing every static file.
    settings.WHITENOISE_AUTOREFRESH = True

"""A copied database is as good as a migrated one, and nobody else's."""

from __future__ import annotations

import subprocess
import sys

import dj_database_url
import pytest
from django.db import connections
from django.db.migrations.executor import MigrationExecutor

from speecheq.models import User
from tests.support import migrated
from tests.support.processes import ROOT
from tests.support.servers import platform_env


def manage(url, home, *arguments) -> str:
    command = [sys.executable, str(ROOT / "manage.py"), *arguments]
    env = platform_env(home, DATABASE_URL=url)
    return subprocess.run(command, env=env, check=True, capture_output=True, text=True).stdout


@pytest.fixture
def two(tmp_path, db):
    """URLs of two databases, their folders, and their end."""
    homes = [tmp_path / "a", tmp_path / "b"]
    for home in homes:
        home.mkdir()
    urls = [migrated.database(home) for home in homes]
    yield list(zip(urls, homes, strict=True))
    for url in urls:
        if url.startswith("postgres"):
            migrated.drop_on_server(dj_database_url.parse(url)["NAME"])


def test_a_copy_has_nothing_left_to_migrate(two):
    url, home = two[0]
    assert "No migrations to apply" in manage(url, home, "migrate")


def test_what_one_copy_stores_the_other_lacks(two):
    count = "from speecheq.models import User; print(User.objects.count())"
    make = f"from speecheq.models import User; User.objects.create(username='ada'); {count}"
    (one, here), (other, there) = two
    assert manage(one, here, "shell", "--no-imports", "-c", make).strip() == "1"
    assert manage(other, there, "shell", "--no-imports", "-c", count).strip() == "0"


def test_the_database_of_these_tests_is_migrated_and_empty(db):
    executor = MigrationExecutor(connections["default"])
    assert executor.migration_plan(executor.loader.graph.leaf_nodes()) == []
    assert not User.objects.exists()

"""pytest-django's test database, copied instead of migrated anew by every worker."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import connection

from tests.support import migrated


@pytest.fixture(scope="session")
def django_db_keepdb() -> bool:
    """It is there already."""
    return True


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix) -> Iterator[None]:
    """Makes the database under the name that this worker was just given."""
    name = connection.settings_dict["TEST"]["NAME"] or f"test_{connection.settings_dict['NAME']}"
    if connection.vendor == "sqlite":
        migrated.copy_file(Path(name))
        yield
        for suffix in ("", "-wal", "-shm", "-turn"):
            Path(name + suffix).unlink(missing_ok=True)
    else:
        migrated.drop_on_server(name)
        migrated.create_on_server(name)
        yield
        migrated.drop_on_server(name)

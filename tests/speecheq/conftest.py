"""What several tests here read."""

from __future__ import annotations

from typing import Any

import pytest
from rest_framework.test import APIClient


@pytest.fixture(scope="session")
def description() -> dict[str, Any]:
    """The OpenAPI description as it is served, without a look into the database. To make it takes
    seconds; no test may change it."""
    answer = APIClient().get("/api/v1/schema/", HTTP_ACCEPT="application/json")
    assert answer.status_code == 200
    return dict(answer.json())

"""A corpus without clips, and its session operator over REST."""

from __future__ import annotations

import pytest

from tests import factories


@pytest.fixture
def corpus():
    return factories.CorpusFactory()


@pytest.fixture
def api(operator):
    return factories.client(operator)

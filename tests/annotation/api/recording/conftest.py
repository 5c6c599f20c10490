"""A corpus and its session operator over REST."""

from __future__ import annotations

import pytest

from speecheq.roles import Role
from tests import factories


@pytest.fixture
def corpus():
    return factories.CorpusFactory()


@pytest.fixture
def operator(corpus):
    return factories.member(corpus, Role.SESSION_OPERATOR)


@pytest.fixture
def api(operator):
    return factories.client(operator)

"""What many tests begin with: a small corpus and somebody who labels in it; a session of recording
with its operator; a long recording of that session."""

from __future__ import annotations

import pytest

from speecheq.roles import Role
from tests import factories, recording
from tests.long_files import below_import_root, read_long


@pytest.fixture
def corpus():
    corpus = factories.CorpusFactory()
    factories.clips(corpus, 5)
    return corpus


@pytest.fixture
def annotator(corpus):
    return factories.member(corpus)


@pytest.fixture
def operator(corpus):
    return factories.member(corpus, Role.SESSION_OPERATOR)


@pytest.fixture
def session(corpus):
    return recording.session(corpus)


@pytest.fixture
def day(settings, tmp_path):
    """The path below the import root of a file that holds a dialogue."""
    return below_import_root(settings, tmp_path)


@pytest.fixture
def long(session, operator, day):
    """Its first voice, read and searched."""
    return read_long(session, day, by=operator)

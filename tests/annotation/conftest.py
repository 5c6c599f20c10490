"""A small corpus and somebody who labels in it, for tests that ask for no more."""

from __future__ import annotations

import pytest

from tests import factories


@pytest.fixture
def corpus():
    corpus = factories.CorpusFactory()
    factories.clips(corpus, 5)
    return corpus


@pytest.fixture
def annotator(corpus):
    return factories.member(corpus)

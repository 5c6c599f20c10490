"""A corpus without clips, its session operator over REST, and a speaker who came by a link."""

from __future__ import annotations

import pytest
from rest_framework.test import APIClient

from annotation.services.recording import links
from annotation.services.recording.visitors import COOKIE
from tests import factories


@pytest.fixture
def corpus():
    return factories.CorpusFactory()


@pytest.fixture
def api(operator):
    return factories.client(operator)


@pytest.fixture
def browser(session, operator):
    """The secret of a browser that opened the link of `session`."""
    _link, token = links.make_link(session, by=operator)
    links.open_link(token, browser="a-browser")
    return "a-browser"


@pytest.fixture
def visitor(browser):
    caller = APIClient()
    caller.cookies[COOKIE] = browser
    return caller

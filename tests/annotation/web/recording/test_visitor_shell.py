"""What a speaker by link sees around a page: how to read it, and nowhere else to go."""

from __future__ import annotations

import re

import pytest
from django.urls import reverse

from tests.recording import session
from tests.visitors import comes_by_link

pytestmark = [pytest.mark.django_db, pytest.mark.database]


@pytest.fixture
def refused(client):
    return comes_by_link(client, session()).get("/corpora/").content.decode()


def test_a_speaker_by_link_is_shown_no_navigation(refused):
    assert not re.findall(r'<a [^>]*href="/', refused)
    assert "/accounts/logout/" not in refused


def test_a_speaker_by_link_still_chooses_language_and_appearance(refused):
    assert f'action="{reverse("set_language")}"' in refused
    assert 'name="theme"' in refused


def test_a_refused_speaker_is_told_of_the_link_and_not_of_roles(refused):
    assert "Your link does not lead here." in refused

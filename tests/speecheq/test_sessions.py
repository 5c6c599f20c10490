"""Who a session belongs to: read with it in one statement, and never from memory."""

from __future__ import annotations

import pytest
from django.contrib.sessions.models import Session
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from speecheq import sessions
from speecheq.authentication import AT_HAND
from speecheq.middleware import PageMessageMiddleware
from tests import factories

pytestmark = [pytest.mark.django_db, pytest.mark.database]

ME = "/api/v1/me/"


@pytest.fixture
def annotator():
    return factories.member(factories.CorpusFactory())


@pytest.fixture
def browser(annotator):
    """Signed in as `annotator`, and known to this process from a request before."""
    signed_in = Client()
    signed_in.force_login(annotator)
    assert signed_in.get(ME).status_code == 200
    return signed_in


def reads_of_user(browser):
    """The statements about sessions and users of one request, which is answered."""
    with CaptureQueriesContext(connection) as captured:
        assert browser.get(ME).status_code == 200
    reads = [query["sql"] for query in captured]
    return [text for text in reads if "django_session" in text or "u.password" in text.lower()]


def test_a_session_brings_its_user_along(browser):
    assert len(reads_of_user(browser)) == 1


def test_a_process_that_meets_a_session_first_reads_the_user_after_it(browser, annotator):
    sessions._whose.clear()
    assert browser.get(ME).json()["username"] == annotator.username
    assert sessions._whose == {browser.session.session_key: annotator.pk}


def test_what_a_process_remembers_wrongly_changes_nothing(browser, annotator):
    other = factories.member(factories.CorpusFactory())
    sessions._whose[browser.session.session_key] = other.pk
    assert browser.get(ME).json()["username"] == annotator.username
    sessions._whose[browser.session.session_key] = -1
    assert browser.get(ME).json()["username"] == annotator.username


def test_who_is_no_longer_active_is_signed_out_at_once(browser, annotator):
    type(annotator).objects.filter(pk=annotator.pk).update(is_active=False)
    assert browser.get(ME).status_code in (401, 403)


def test_a_changed_password_ends_the_other_sessions_at_once(browser, annotator):
    annotator.set_password("another good long one")
    annotator.save()
    assert browser.get(ME).status_code in (401, 403)


def test_a_new_name_is_seen_with_the_next_request(browser, annotator):
    type(annotator).objects.filter(pk=annotator.pk).update(username="renamed")
    assert browser.get(ME).json()["username"] == "renamed"


def test_a_session_that_was_ended_elsewhere_lets_nobody_in(browser):
    browser.session.delete()
    assert browser.get(ME).status_code in (401, 403)


def test_nobody_is_left_at_hand_after_a_request(browser):
    browser.get(ME)
    assert AT_HAND.get() is None


def test_what_is_remembered_stays_small(browser, monkeypatch):
    monkeypatch.setattr(sessions, "REMEMBERED", 3)
    for n in range(7):
        sessions._remember(f"key{n}", n)
    assert len(sessions._whose) <= 3


def test_what_a_request_does_to_its_session_is_seen_by_the_next_only_once_it_is_kept(browser):
    key = browser.session.session_key
    first = sessions.SessionStore(key)
    first["list"] = ["a"]
    first.save()
    second = sessions.SessionStore(key)
    second["list"].append("never kept")
    assert sessions.SessionStore(key)["list"] == ["a"]


def test_a_text_that_was_changed_in_the_database_holds_nothing(browser):
    Session.objects.update(session_data="e30:1:forged")
    assert browser.get(ME).status_code in (401, 403)


def test_a_session_under_another_secret_key_lets_nobody_in(browser, settings):
    settings.SECRET_KEY = "another one that is long enough, too"
    assert browser.get(ME).status_code in (401, 403)


def test_a_session_that_is_over_lets_nobody_in(browser):
    Session.objects.update(expire_date=timezone.now())
    assert browser.get(ME).status_code in (401, 403)


def test_the_api_leaves_messages_for_the_next_page(browser, rf, settings):
    assert "speecheq.middleware.PageMessageMiddleware" in settings.MIDDLEWARE
    kept = PageMessageMiddleware(lambda request: HttpResponse())
    for method, path, has in (
        ("post", "/api/v1/uploads/", False),
        ("get", "/api/v1/docs/", True),
        ("post", "/accounts/login/", True),
    ):
        request = getattr(rf, method)(path)
        request.session = browser.session
        kept(request)
        assert hasattr(request, "_messages") == has

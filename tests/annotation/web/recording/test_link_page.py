"""The page a one-time link leads to, as browsers and mail programs meet it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from annotation.models import Session, SessionLink
from annotation.services.recording import links
from annotation.services.recording.visitors import COOKIE
from speecheq.roles import Role
from tests import recording
from tests.factories import CorpusFactory, member

pytestmark = [pytest.mark.django_db, pytest.mark.database]


@pytest.fixture
def session():
    return recording.session(CorpusFactory(), state="planned")


@pytest.fixture
def url(session):
    _link, token = links.make_link(session, by=member(session.corpus, Role.SESSION_OPERATOR))
    return f"/s/{token}/"


def page(answer, status: int = 200) -> str:
    assert answer.status_code == status, answer.content[:1000]
    return answer.content.decode()


def opened(url: str) -> Client:
    browser = Client()
    browser.get(url)
    assert browser.post(url).status_code == 302
    return browser


def test_looking_shows_a_button_and_opens_nothing(url):
    for _ in range(2):
        shown = page(Client().get(url))
        assert "Begin" in shown
    Client().head(url)
    assert SessionLink.objects.get().opened_at is None


def test_the_cookie_is_kept_from_scripts_and_from_other_sites(url, settings):
    cookie = Client().get(url).cookies[COOKIE]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"
    assert not cookie["secure"]
    settings.SESSION_COOKIE_SECURE = True
    assert Client().get(url, secure=True).cookies[COOKIE]["secure"]


def test_no_cache_and_no_other_page_learns_the_address(url):
    answer = Client().get(url)
    assert "no-store" in answer.headers["Cache-Control"]
    assert answer.headers["Referrer-Policy"] == "no-referrer"


def test_the_first_browser_records_and_comes_again(url, session):
    browser = opened(url)
    assert browser.get(f"/api/v1/sessions/{session.public_id}/").status_code == 200
    assert "Go on" in page(browser.get(url))
    assert browser.post(url).status_code == 302


def test_an_answer_lost_on_the_way_locks_nobody_out(url):
    """The browser had its cookie before it pressed the button, so it may press again."""
    browser = Client()
    browser.get(url)
    browser.post(url)
    browser.cookies.pop("messages", None)
    assert browser.post(url).status_code == 302


def test_a_second_browser_is_refused_in_clear_words(url):
    opened(url)
    second = Client()
    assert "another browser" in page(second.get(url), 403)
    second.cookies[COOKIE] = "its-own"
    assert "another browser" in page(second.post(url), 403)


def test_a_browser_without_cookies_is_told(url):
    assert "refuses cookies" in page(Client().post(url))
    assert SessionLink.objects.get().opened_at is None


def test_pressing_the_button_from_another_site_opens_nothing(url):
    browser = Client(enforce_csrf_checks=True)
    browser.get(url)
    assert browser.post(url).status_code == 403
    assert SessionLink.objects.get().opened_at is None


def test_somebody_signed_in_does_not_use_up_the_link(url, session):
    staff = Client()
    staff.force_login(member(session.corpus, Role.DATA_MANAGER, username="mia"))
    assert "signed in as mia" in page(staff.get(url))
    assert "signed in as mia" in page(staff.post(url))
    assert SessionLink.objects.get().opened_at is None
    assert COOKIE not in staff.cookies


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"revoked_at": timezone.now()}, "taken back"),
        ({"expires_at": timezone.now() - timedelta(seconds=1)}, "run out"),
    ],
)
def test_a_link_that_ended_says_so(url, change, told):
    SessionLink.objects.update(**change)
    assert told in page(Client().get(url), 410)
    assert told in page(Client().post(url), 410)


def test_a_link_that_ended_says_so_in_the_language_of_the_speaker_alone(url):
    SessionLink.objects.update(revoked_at=timezone.now())
    told = page(Client(headers={"accept-language": "zh-hans"}).get(url), 410)
    assert "这个链接已被收回" in told
    assert "taken back" not in told


def test_the_browser_that_held_a_link_can_delete_what_it_kept_also_when_the_link_has_ended(
    url, session
):
    """A speaker takes the consent back and the operator takes the link back."""
    browser = opened(url)
    SessionLink.objects.update(revoked_at=timezone.now())
    told = page(browser.get(url), 410)
    assert "js/withheld.js" in told and session.public_id in told
    for other in (Client(), opened_elsewhere()):
        told = page(other.get(url), 410)
        assert "js/withheld.js" not in told and session.public_id not in told


def opened_elsewhere() -> Client:
    browser = Client()
    browser.cookies[COOKIE] = "its-own"
    return browser


def test_an_unknown_link_says_so():
    assert "no such link" in page(Client().get("/s/made-up/"), 404)


def test_after_the_session_the_speaker_is_thanked(url, session):
    browser = opened(url)
    assert "not over yet" in page(browser.get(f"/sessions/{session.public_id}/thanks/"))
    Session.objects.update(state="closed")
    assert "Thank you for your voice" in page(browser.get(url))
    assert "Thank you for your voice" in page(browser.get(f"/sessions/{session.public_id}/thanks/"))


def test_a_speaker_sees_no_navigation_and_no_other_page(url, session):
    browser = opened(url)
    thanks = page(browser.get(f"/sessions/{session.public_id}/thanks/"))
    assert "mainnav" not in thanks
    for path in ("/", "/sessions/", f"/sessions/{session.public_id}/", "/corpora/"):
        assert browser.get(path).status_code == 403

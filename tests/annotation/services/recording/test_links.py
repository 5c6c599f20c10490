"""One-time links: shown once, held by one browser, taken back, run out."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from annotation.models import SessionLink
from annotation.services.recording import links
from annotation.services.recording.errors import LinkGone, LinkTaken, LinkUnknown, SessionNotOpen
from annotation.services.recording.visitors import digest, visitor_of
from speecheq.errors import DomainError, Forbidden
from speecheq.roles import Role
from tests import recording
from tests.factories import CorpusFactory, member

pytestmark = [pytest.mark.django_db, pytest.mark.database]


@pytest.fixture
def corpus():
    return CorpusFactory()


@pytest.fixture
def operator(corpus):
    return member(corpus, Role.SESSION_OPERATOR)


@pytest.fixture
def session(corpus):
    return recording.session(corpus, state="planned")


@pytest.fixture
def made(session, operator):
    return links.make_link(session, by=operator)


def test_the_token_is_kept_as_a_hash_only_and_cannot_be_guessed(made):
    link, token = made
    assert link.token_hash == digest(token)
    stored = SessionLink.objects.values().get()
    assert token not in map(str, stored.values())
    assert links.TOKEN_BYTES * 8 >= 128


def test_a_link_is_good_for_a_week_unless_said_otherwise(made, session, operator):
    week, long = made[0], links.make_link(session, by=operator, days=90)[0]
    assert abs(week.expires_at - timezone.now() - timedelta(days=7)) < timedelta(minutes=1)
    assert abs(long.expires_at - timezone.now() - timedelta(days=90)) < timedelta(minutes=1)


@pytest.mark.parametrize("days", [0, 91, -1])
def test_a_link_is_good_for_1_to_90_days(session, operator, days):
    with pytest.raises(DomainError, match="1 to 90"):
        links.make_link(session, by=operator, days=days)


def test_looking_opens_nothing(made):
    link, token = made
    for _ in range(3):
        links.read_link(token, browser="any")
    link.refresh_from_db()
    assert (link.browser_hash, link.opened_at) == ("", None)


def test_the_first_browser_holds_the_link_and_may_come_again(made):
    link, token = made
    links.open_link(token, browser="first")
    links.open_link(token, browser="first")
    visitor = visitor_of("first")
    assert visitor is not None
    assert visitor.link == link
    assert link.session.events.filter(data__opened=True).count() == 1


def test_a_second_browser_is_refused_and_told_why(made):
    _link, token = made
    links.open_link(token, browser="first")
    for act in (links.read_link, links.open_link):
        with pytest.raises(LinkTaken, match="another browser"):
            act(token, browser="second")
    assert visitor_of("second") is None
    assert visitor_of("first") is not None


@pytest.mark.parametrize("change", [{"revoked_at": timezone.now()}, {"expires_at": timezone.now()}])
def test_a_link_that_ran_out_or_was_taken_back_lets_nobody_in(made, change):
    link, token = made
    links.open_link(token, browser="first")
    SessionLink.objects.filter(pk=link.pk).update(**change)
    with pytest.raises(LinkGone):
        links.open_link(token, browser="first")
    assert visitor_of("first") is None


def test_taking_back_is_written_down_once(made, operator):
    link, _token = made
    for _ in range(2):
        links.revoke_link(link, by=operator)
    assert link.session.events.filter(data__revoked=True).count() == 1


@pytest.mark.parametrize("token", ["", "x", "é" * 20])
def test_a_token_nobody_made_is_unknown(made, token):
    with pytest.raises(LinkUnknown):
        links.read_link(token, browser="first")


def test_a_closed_session_gives_out_no_links(corpus, operator):
    with pytest.raises(SessionNotOpen):
        links.make_link(recording.session(corpus, state="closed"), by=operator)


@pytest.mark.parametrize("role", [Role.ANNOTATOR, Role.ADJUDICATOR, Role.RESEARCHER])
def test_only_operators_and_managers_give_out_links(corpus, session, role):
    with pytest.raises(Forbidden):
        links.make_link(session, by=member(corpus, role))


def test_a_speaker_by_link_gives_out_none(made):
    link, token = made
    links.open_link(token, browser="first")
    with pytest.raises(Forbidden):
        links.make_link(link.session, by=visitor_of("first"))


def test_a_browser_is_at_the_session_whose_link_it_opened_last(corpus, operator, made):
    other = recording.session(corpus)
    link, token = made
    second, second_token = links.make_link(other, by=operator)
    links.open_link(token, browser="one")
    links.open_link(second_token, browser="one")
    assert visitor_of("one").link == second
    links.open_link(token, browser="one")
    assert visitor_of("one").link == link


def test_a_cookie_that_opened_nothing_is_nobody(made):
    assert visitor_of(links.new_browser()) is None
    assert visitor_of("") is None

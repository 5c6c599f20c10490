"""What every page has: navigation by role, language, theme, signing in and out, error pages."""

from __future__ import annotations

import re

import pytest
from django.urls import reverse

from annotation.services.people import invitation_path
from speecheq.models import Job
from speecheq.templatetags import speecheq_ui as ui
from tests import factories

pytestmark = [pytest.mark.django_db]


@pytest.fixture
def corpus():
    return factories.CorpusFactory()


def navigation(html: str) -> list[str]:
    return re.findall(r"<li><a href=\"[^\"]*\"[^>]*>([^<]*)</a>", html.split("navmenu")[0])


def test_an_annotator_finds_campaigns_and_nothing_to_manage(client, corpus):
    client.force_login(factories.member(corpus))
    assert navigation(client.get("/").content.decode()) == ["Home", "Campaigns", "My work"]


def test_a_manager_finds_the_jobs_too(client, corpus):
    client.force_login(factories.member(corpus, "data_manager"))
    assert {"Home", "Campaigns", "Jobs"} <= set(navigation(client.get("/").content.decode()))


def test_the_current_page_is_marked_for_screen_readers(client, corpus):
    client.force_login(factories.member(corpus))
    html = client.get(reverse("annotation:campaign-list")).content.decode()
    assert re.search(r'aria-current="page">Campaigns<', html)


def test_signing_in_leads_home_and_out_again(client):
    person = factories.UserFactory(username="anna")
    person.set_password("a-long-password")
    person.save()
    form = {"username": "anna", "password": "a-long-password"}
    assert client.post(reverse("login"), form).url == "/"
    assert client.post(reverse("logout")).url == reverse("login")


def test_a_wrong_password_is_said(client):
    answer = client.post(reverse("login"), {"username": "anna", "password": "no"})
    assert 'role="alert"' in answer.content.decode()


def test_the_theme_is_kept_in_a_cookie_without_script(client):
    answer = client.post(reverse("set-theme"), {"theme": "dark", "next": "/accounts/login/"})
    assert answer.url == "/accounts/login/"
    assert 'data-theme="dark"' in client.get(reverse("login")).content.decode()


def test_an_unknown_theme_changes_nothing(client):
    client.cookies["theme"] = 'x" onload="'
    html = client.get(reverse("login")).content.decode()
    assert 'data-theme="auto"' in html


def test_the_theme_never_leads_to_another_site(client):
    form = {"theme": "dark", "next": "https://elsewhere.example/"}
    assert client.post(reverse("set-theme"), form).url == "/"


def test_the_language_switch_changes_the_page(client):
    client.post(reverse("set_language"), {"language": "zh-hans", "next": "/accounts/login/"})
    html = client.get(reverse("login")).content.decode()
    assert 'lang="zh-hans"' in html
    assert "登录" in html


def test_an_invitation_sets_a_password_and_signs_in(client):
    person = factories.UserFactory(username="newcomer")
    page = client.get(invitation_path(person), follow=True)
    assert "newcomer" in page.content.decode()
    form = {"new_password1": "quiet-harbour-9", "new_password2": "quiet-harbour-9"}
    client.post(page.redirect_chain[-1][0], form)
    assert client.session["_auth_user_id"] == str(person.pk)


def test_an_invitation_works_once(client):
    person = factories.UserFactory()
    link = invitation_path(person)
    person.set_password("quiet-harbour-9")
    person.save()
    html = client.get(link, follow=True).content.decode()
    assert "can no longer be used" in html


def test_a_missing_page_says_what_may_be_wrong(client, corpus):
    client.force_login(factories.member(corpus))
    answer = client.get("/campaigns/cmp_nothing/")
    assert answer.status_code == 404
    assert "cmp_nothing" in answer.content.decode()


def test_a_failure_answers_without_the_database(client, django_assert_num_queries):
    from django.test import RequestFactory

    from speecheq.web.errors import server_error

    with django_assert_num_queries(0):
        answer = server_error(RequestFactory().get("/"))
    assert answer.status_code == 500
    assert "Something broke here" in answer.content.decode()


def test_every_page_carries_a_strict_policy(client):
    policy = client.get(reverse("login"))["Content-Security-Policy"]
    assert "script-src 'self'" in policy
    assert "unsafe" not in policy


def job(person, **more):
    return Job.objects.create(kind="annotation.consensus", requested_by=person, **more)


def test_a_job_shows_its_progress_and_polls_while_it_runs(client, corpus):
    person = factories.member(corpus, "data_manager")
    client.force_login(person)
    waiting = job(person, done=3, total=10)
    html = client.get(reverse("job-detail", args=[waiting.public_id])).content.decode()
    assert 'hx-trigger="every 2s"' in html and 'max="10"' in html


def test_a_failed_job_says_why_and_rests(client, corpus):
    person = factories.member(corpus, "data_manager")
    client.force_login(person)
    problem = {"code": "no_speakers", "detail": "One speaker only.", "errors": []}
    failed = job(person, state="failed", error=problem)
    html = client.get(reverse("job-detail", args=[failed.public_id])).content.decode()
    assert "One speaker only." in html and "hx-trigger" not in html


def test_somebody_elses_job_is_not_there(client, corpus):
    client.force_login(factories.member(corpus))
    other = job(factories.UserFactory())
    assert client.get(reverse("job-detail", args=[other.public_id])).status_code == 404


@pytest.mark.parametrize(
    ("ms", "text"), [(0, "0:00.0"), (3_240, "0:03.2"), (83_400, "1:23.4"), (3_723_960, "1:02:04.0")]
)
def test_a_duration_reads_as_a_clock(ms, text):
    assert ui.duration_ms(ms) == text


def test_figures_that_are_missing_are_a_dash():
    assert {ui.fixed(None), ui.fixed(float("nan")), ui.percent(None), ui.duration_ms(None)} == {"–"}


def test_figures_have_their_decimals_and_unit():
    assert (ui.fixed(0.12345, 3), ui.percent(0.8712), ui.seconds(3_240)) == (
        "0.123",
        "87.1 %",
        "3.2 s",
    )


def test_heat_goes_from_0_to_10():
    assert [ui.heat(share) for share in (None, 0, 0.44, 1, 2)] == ["0", "0", "4", "10", "10"]


def test_look_up_never_fails():
    assert (ui.at({"a": 1}, "a"), ui.at([5, 6], 1), ui.at([5], 3), ui.at({}, "x")) == (
        1,
        6,
        None,
        None,
    )

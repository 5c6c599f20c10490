"""Buttons that make clips and a campaign of a session, and where a clip says it comes from."""

from __future__ import annotations

import pytest

from annotation.models import Campaign, Clip, Take
from annotation.services.recording import clips
from speecheq.jobs import run_job
from speecheq.models import Job
from speecheq.roles import Role
from tests import factories, recording
from tests.annotation.services.recording.test_clips import record

pytestmark = [pytest.mark.django_db, pytest.mark.database]


@pytest.fixture
def session():
    return recording.session(n_prompts=2, title="Tuesday")


@pytest.fixture
def manager(session, client):
    manager = factories.member(session.corpus, Role.DATA_MANAGER)
    client.force_login(manager)
    return manager


def press(client, session, what="campaign"):
    return client.post(f"/sessions/{session.public_id}/{what}/")


def test_one_press_leads_to_the_job_and_the_job_to_the_campaign(client, session, manager):
    record(session, 0)
    answer = press(client, session)
    job = Job.objects.get(kind=clips.CAMPAIGN)
    assert answer.headers["Location"] == f"/jobs/{job.public_id}/"
    run_job(job.pk)
    campaign = Campaign.objects.get()
    page = client.get(f"/jobs/{job.public_id}/").content.decode()
    assert f'href="/campaigns/{campaign.public_id}/"' in page
    assert "Campaign of a session" in page


def test_clips_alone_can_be_asked_for(client, session, manager):
    record(session, 0)
    assert press(client, session, "clips").status_code == 302
    assert Job.objects.get(kind=clips.CLIPS).corpus == session.corpus.slug


def test_the_job_leads_to_the_clips_and_back_to_their_session(client, session, manager):
    record(session, 0)
    press(client, session, "clips")
    job = Job.objects.get(kind=clips.CLIPS)
    run_job(job.pk)
    page = client.get(f"/jobs/{job.public_id}/").content.decode()
    clip_list = f"/corpora/{session.corpus.slug}/?key={session.public_id}"
    assert f'href="{clip_list}"' in page
    assert f'href="/sessions/{session.public_id}/"' in page
    assert Clip.objects.get().public_id in client.get(clip_list).content.decode()


def test_the_session_leads_to_its_clips_and_campaigns(client, session, manager):
    record(session, 0)
    address = f"/sessions/{session.public_id}/"
    assert "key=ses_" not in client.get(address).content.decode()
    press(client, session)
    run_job(Job.objects.get().pk)
    page = client.get(address).content.decode()
    assert f'href="/corpora/{session.corpus.slug}/?key={session.public_id}">1 clip</a>' in page
    assert f'href="/campaigns/{Campaign.objects.get().public_id}/"' in page
    assert "no clip yet" not in page
    record(session, 1)
    assert "1 chosen take is no clip yet." in client.get(address).content.decode()


def test_a_clip_that_another_session_made_first_is_found_by_both(client, session, manager):
    record(session, 0)
    twin = recording.session(session.corpus, of=session.script)
    record(twin, 0)
    for each in (session, twin):
        press(client, each, "clips")
        run_job(Job.objects.latest("pk").pk)
        found = client.get(f"/corpora/{session.corpus.slug}/?key={each.public_id}")
        assert Clip.objects.get().public_id in found.content.decode()


def test_a_researcher_sees_what_was_made_and_no_button(client, session, manager):
    record(session, 0)
    press(client, session)
    run_job(Job.objects.get().pk)
    client.force_login(factories.member(session.corpus, Role.RESEARCHER))
    page = client.get(f"/sessions/{session.public_id}/").content.decode()
    assert f'href="/campaigns/{Campaign.objects.get().public_id}/"' in page
    assert "Make clips" not in page


def test_a_session_without_takes_says_what_to_do(client, session, manager):
    answer = press(client, session)
    assert answer.headers["Location"] == f"/sessions/{session.public_id}/"
    assert (
        "No take of a main section is chosen"
        in client.get(answer.headers["Location"]).content.decode()
    )
    assert not Job.objects.filter(kind=clips.CAMPAIGN).exists()


def test_the_buttons_are_no_pages(client, session, manager):
    assert client.get(f"/sessions/{session.public_id}/campaign/").status_code in (403, 405)


@pytest.mark.parametrize("role", [Role.RESEARCHER, Role.ANNOTATOR])
def test_who_does_not_manage_may_not_press(client, session, role):
    record(session, 0)
    client.force_login(factories.member(session.corpus, role))
    assert press(client, session).status_code == 403
    assert not Job.objects.filter(kind=clips.CAMPAIGN).exists()


def test_over_rest_the_answer_is_202_with_the_job(session):
    record(session, 0)
    operator = factories.client(factories.member(session.corpus, Role.SESSION_OPERATOR))
    address = f"/api/v1/sessions/{session.public_id}/clips/"
    answer = operator.post(address)
    assert answer.status_code == 202, answer.json()
    assert answer.headers["Location"].startswith("/api/v1/jobs/")
    assert operator.post(address, {"all": True}, format="json").status_code == 400
    stranger = factories.client(factories.member(factories.CorpusFactory(), Role.DATA_MANAGER))
    assert stranger.post(address).status_code == 404


def test_a_clip_names_the_session_the_take_and_the_consent(client, session, manager):
    record(session, 0)
    run_job(clips.request_clips(session, by=manager).pk)
    clip, take = Clip.objects.get(), Take.objects.get()
    page = client.get(f"/clips/{clip.public_id}/").content.decode()
    assert "Tuesday" in page
    assert "p00, attempt 1" in page
    assert f"{take.consent.text.code}, signed" in page


def test_an_imported_clip_names_none(client, session, manager):
    clip = factories.ClipFactory(speaker=session.speaker)
    assert "signed" not in client.get(f"/clips/{clip.public_id}/").content.decode()


def test_an_operator_is_offered_clips_and_told_who_makes_the_campaign(client, session):
    record(session, 0)
    client.force_login(factories.member(session.corpus, Role.SESSION_OPERATOR))
    page = client.get(f"/sessions/{session.public_id}/").content.decode()
    assert f'action="/sessions/{session.public_id}/clips/"' in page
    assert f'action="/sessions/{session.public_id}/campaign/"' not in page
    assert "A data manager makes a campaign of them." in page


def test_who_agreed_to_recording_only_is_told_of_before_a_button_is_pressed(client):
    session = recording.session(n_prompts=2, agreed=False)
    recording.consent(session.speaker, ("record",))
    client.force_login(factories.member(session.corpus, Role.DATA_MANAGER))
    page = client.get(f"/sessions/{session.public_id}/").content.decode()
    assert "did not agree to labelling" in page

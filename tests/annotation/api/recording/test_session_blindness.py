"""Who labels the clips of a session learns nothing of it, nor who spoke or ran it."""

from __future__ import annotations

import pytest
from django.test import Client

from annotation.models import Campaign
from annotation.services import campaigns, queue
from annotation.services.recording import clips
from speecheq.jobs import run_job
from speecheq.roles import Role, Scope
from tests import factories, recording
from tests.annotation import blind
from tests.annotation.services.recording.test_clips import record

pytestmark = [pytest.mark.django_db, pytest.mark.database]


@pytest.fixture
def session(corpus):
    operator = factories.member(corpus, Role.SESSION_OPERATOR, username="operator-7731")
    speaker = factories.SpeakerFactory(corpus=corpus, code="code-7731")
    about = {"operator": operator, "title": "Title 7731", "device": {"label": "microphone-7731"}}
    return recording.session(corpus, n_prompts=3, speaker=speaker, **about)


@pytest.fixture
def takes(session):
    return [record(session, n) for n in range(3)]


@pytest.fixture
def scene(session, takes):
    manager = factories.member(session.corpus, Role.DATA_MANAGER)
    run_job(clips.request_campaign(session, by=manager).pk)
    annotator = factories.member(session.corpus, username="mine")
    campaign = Campaign.objects.get()
    campaigns.change_campaign(campaign, by=manager, members=["mine"], state="open")
    first, second = queue.claim_next(campaign=campaign, annotator=annotator, count=2)
    own = blind.answer(second, annotator)
    made = blind.Scene(campaign, first.clip, annotator, manager, first, own)
    blind.count_labels(made)
    return made


def by_session(person) -> Client:
    client = Client()
    client.force_login(person)
    return client


@pytest.mark.parametrize("by_token", [False, True])
def test_nothing_of_the_session_is_in_anything_an_annotator_can_fetch(
    scene, session, takes, by_token
):
    person = scene.annotator
    client = factories.client(person, Scope.LABEL) if by_token else by_session(person)
    prompts = [take.prompt for take in takes]
    secrets = {
        session.public_id,
        session.title,
        session.operator.username,
        session.speaker.code,
        session.device["label"],
        session.speaker.consents.get().public_id,
        session.speaker.consents.get().signed_name,
        *(take.public_id for take in takes),
        *(take.sha256 for take in takes),
        *(prompt.public_id for prompt in prompts),
        *(clips.key_of(session, take) for take in takes),
    }
    fetched = 0
    for name, path in blind.addresses(scene):
        if by_token and name == "home":
            continue
        text = blind.everything_in(client.get(path))
        fetched += 1
        assert [secret for secret in secrets if secret in text] == [], path
    assert fetched > 20

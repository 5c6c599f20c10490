"""Chosen takes become clips, once, with what the prompt asked for; and a campaign over them."""

from __future__ import annotations

import hashlib
import time
from datetime import date
from importlib import import_module
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings
from django.core.files.storage import FileSystemStorage, default_storage
from django.utils import timezone

from annotation.models import Campaign, Clip, ClipAlias, ConsentWithdrawal, Take
from annotation.services.ingest import Ingest
from annotation.services.recording import clips, takes
from annotation.services.recording.clips import NoTakes
from annotation.services.recording.errors import ConsentMissing
from speecheq.errors import Forbidden
from speecheq.jobs import run_job
from speecheq.roles import Role
from tests import factories, recording
from tests.annotation.services.test_queue_concurrency import at_once

pytestmark = [pytest.mark.django_db, pytest.mark.database]


def sound(seed: int) -> bytes:
    return recording.wav(recording.speech(1.2, seed=seed), rate_hz=16_000)


@pytest.fixture
def session():
    return recording.session(n_prompts=2)


@pytest.fixture
def manager(session):
    return factories.member(session.corpus, Role.DATA_MANAGER)


def record(session, n: int, *, seed: int | None = None, accepted: bool = True) -> Take:
    """A take of the n-th prompt, chosen whatever its verdict."""
    content = sound(10 * n + 1 if seed is None else seed)
    path = Path(settings.SPEECHEQ_UPLOADS) / "sent.wav"
    path.write_bytes(content)
    prompt = session.places.all()[n].prompt
    take, _new = takes.store_take(
        session=session,
        prompt=prompt,
        kind="speech",
        path=path,
        sha256=hashlib.sha256(content).hexdigest(),
        by=None,
    )
    path.unlink()
    return takes.choose_take(take, accepted=accepted, by=None)


def done(job):
    run_job(job.pk)
    job.refresh_from_db()
    return job


def make(session, by):
    return done(clips.request_clips(session, by=by))


def test_a_clip_is_what_was_asked_for_and_the_bytes_that_came(session, manager):
    take = record(session, 1)
    job = make(session, manager)
    assert (job.state, job.result["imported"], job.result["clips"]) == ("succeeded", 1, 1)
    clip, prompt = Clip.objects.get(), take.prompt
    assert clip.key == f"{session.public_id}/{prompt.key}/1/{take.public_id}"
    assert clip.speaker == session.speaker
    assert (clip.transcript, clip.language) == (prompt.transcript, "en")
    assert (clip.intended_esc, clip.intended_eis) == (prompt.target_esc, prompt.target_eis)
    assert (clip.native_emotion, clip.native_intensity) == ("", "")
    assert default_storage.open(clip.original.name).read() == sound(11)
    assert clip.sha256 == take.pcm_sha256
    take.refresh_from_db()
    assert take.clip == clip


def test_asking_again_adds_only_what_is_new(session, manager):
    record(session, 0)
    first = make(session, manager).result
    record(session, 1)
    second = make(session, manager).result
    third = make(session, manager).result
    assert [told["imported"] for told in (first, second, third)] == [1, 1, 0]
    assert [told["clips"] for told in (first, second, third)] == [1, 2, 2]
    assert Clip.objects.count() == 2


def test_only_chosen_takes_of_main_sections_become_clips(session, manager):
    record(session, 0, accepted=False)
    training = record(session, 1)
    training.prompt.section.kind = "training"
    training.prompt.section.save()
    with pytest.raises(NoTakes, match="accept takes first"):
        clips.request_clips(session, by=manager)


def test_a_second_attempt_that_is_chosen_later_is_a_clip_of_its_own(session, manager):
    record(session, 0)
    make(session, manager)
    record(session, 0, seed=5)
    assert make(session, manager).result["imported"] == 1
    assert sorted(Clip.objects.values_list("key", flat=True))[1].count("/p00/2/")


def test_sound_that_the_corpus_has_is_an_alias_of_that_clip(session, manager):
    record(session, 0)
    make(session, manager)
    other = recording.session(session.corpus)
    twin = record(other, 0)
    job = make(other, manager)
    assert (job.result["imported"], job.result["duplicates"]) == (0, 1)
    twin.refresh_from_db()
    assert twin.clip == Clip.objects.get()
    assert ClipAlias.objects.get().speaker == other.speaker


def test_a_job_that_died_before_it_noted_the_clip_goes_on(session, manager, monkeypatch):
    take = record(session, 0)
    job = clips.request_clips(session, by=manager)
    with monkeypatch.context() as patched:
        patched.setattr(clips, "_link", lambda *_args: 0)
        done(job)
    assert Clip.objects.count() == 1
    assert make(session, manager).result["already"] == 1
    take.refresh_from_db()
    assert take.clip == Clip.objects.get()


def test_a_storage_that_is_no_folder_gives_copies_that_are_gone_afterwards(
    session, manager, monkeypatch
):
    def elsewhere(self, name):
        if name == "":
            raise NotImplementedError
        return whole(self, name)

    record(session, 0)
    whole = FileSystemStorage.path
    monkeypatch.setattr(FileSystemStorage, "path", elsewhere)
    assert make(session, manager).result["imported"] == 1
    assert list(Path(settings.SPEECHEQ_UPLOADS).iterdir()) == []


# --- consent -----------------------------------------------------------------------------------


def withdraw(session, *purposes: str) -> None:
    ConsentWithdrawal.objects.create(
        speaker=session.speaker, purposes=list(purposes), withdrawn_at=timezone.now()
    )


def test_who_did_not_agree_to_be_labelled_is_recorded_and_never_labelled(manager, session):
    quiet = recording.session(session.corpus, agreed=False)
    recording.consent(quiet.speaker, ("record",))
    record(quiet, 0)
    with pytest.raises(ConsentMissing, match="label"):
        clips.request_clips(quiet, by=manager)


@pytest.mark.parametrize("purpose", ["record", "label"])
def test_a_consent_taken_back_before_the_job_ran_stops_it(session, manager, purpose):
    record(session, 0)
    job = clips.request_clips(session, by=manager)
    withdraw(session, purpose)
    done(job)
    assert (job.state, job.error["code"]) == ("failed", "consent_missing")
    assert not Clip.objects.exists()


def test_a_consent_taken_back_while_it_runs_stops_the_next_batch(session, manager, monkeypatch):
    finish = Ingest._finish

    def slow(self, batch):
        withdraw(session, "label")
        return finish(self, batch)

    record(session, 0)
    monkeypatch.setattr(Ingest, "_finish", slow)
    job = make(session, manager)
    assert (job.state, job.error["code"]) == ("failed", "consent_missing")
    assert not Take.objects.exclude(clip=None).exists()


# --- a campaign --------------------------------------------------------------------------------


def campaign(session, by):
    return done(clips.request_campaign(session, by=by))


@pytest.fixture
def today(monkeypatch):
    """A day that does not end while the test runs."""
    monkeypatch.setattr(clips.timezone, "localdate", lambda: date(2031, 2, 3))
    return "2031-02-03"


def test_one_press_makes_a_draft_campaign_over_the_clips(session, manager, today):
    record(session, 0)
    record(session, 1)
    job = campaign(session, manager)
    assert job.state == "succeeded", job.error
    made = Campaign.objects.get(public_id=job.result["campaign"])
    assert (made.state, made.scheme.code, made.created_by) == ("draft", "seqd-1", manager)
    assert made.items.count() == 2
    assert made.name == f"To be spoken, {today}"
    assert made.session == session


def test_pressing_again_adds_what_is_new_while_it_is_a_draft(session, manager):
    record(session, 0)
    first = campaign(session, manager).result["campaign"]
    record(session, 1)
    second = campaign(session, manager).result
    assert second["campaign"] == first
    made = Campaign.objects.get()
    assert made.items.count() == 2
    assert made.items.filter(free=made.overlap).count() == 2


def test_once_people_label_what_is_new_makes_a_further_draft(session, manager):
    record(session, 0)
    first = campaign(session, manager).result["campaign"]
    Campaign.objects.update(state="open")
    assert campaign(session, manager).result["campaign"] == first
    late = record(session, 1)
    second = campaign(session, manager).result["campaign"]
    made = Campaign.objects.get(public_id=second)
    assert (made.state, made.name[-4:]) == ("draft", " (2)")
    late.refresh_from_db()
    assert list(made.items.values_list("clip", flat=True)) == [late.clip.pk]
    assert Campaign.objects.get(public_id=first).items.count() == 1
    assert campaign(session, manager).result["campaign"] == second
    assert Campaign.objects.count() == 2


def test_what_became_of_a_session_is_told(session, manager):
    record(session, 0)
    assert clips.made_of(session) == clips.Made(0, 1, [])
    campaign(session, manager)
    record(session, 1)
    assert clips.made_of(session) == clips.Made(1, 1, [Campaign.objects.get()])


def test_a_campaign_that_got_another_name_is_found_again(session, manager):
    record(session, 0)
    campaign(session, manager)
    Campaign.objects.update(name="What we label in winter")
    campaign(session, manager)
    assert Campaign.objects.count() == 1


def test_a_campaign_that_was_known_by_its_name_alone_is_linked_to_its_session(session):
    migration = import_module("annotation.migrations.0025_link_campaigns_to_sessions")
    elsewhere = factories.CorpusFactory()
    ours = factories.campaign(
        session.corpus, annotators=[], name=f"s1, spoken@1 ({session.public_id})"
    )
    others = [
        factories.campaign(session.corpus, annotators=[], name="Winter (ses_none)"),
        factories.campaign(elsewhere, annotators=[], name=f"Winter ({session.public_id})"),
    ]
    migration.link(apps, None)
    assert list(clips.campaigns_of(session)) == [ours]
    assert not Campaign.objects.filter(pk__in=[each.pk for each in others]).exclude(session=None)


def test_sessions_of_one_script_on_one_day_get_a_campaign_each(session, manager):
    other = recording.session(session.corpus, of=session.script)
    for n, each in enumerate((session, other)):
        record(each, 0, seed=50 + n)
        campaign(each, manager)
    names = Campaign.objects.order_by("pk").values_list("name", flat=True)
    assert list(names) == [names[0], f"{names[0]} (2)"]
    assert [made.session for made in Campaign.objects.order_by("pk")] == [session, other]


@pytest.mark.parametrize(
    ("title", "code", "name"),
    [
        ("To be\nspoken", "news", "To be spoken"),
        ("", "news", "news"),
        ("Sentences for S-077", "news", "news"),
        ("Sentences for S-077", "s-077-news", "Recordings"),
        ("x" * 200, "news", "x" * 150),
    ],
)
def test_annotators_cannot_read_in_the_name_who_speaks(session, title, code, name, today):
    session.title = "S-077 has a cold"
    session.speaker.code = "s-077"
    session.script.title, session.script.code = title, code
    given = clips.campaign_name(session)
    assert given == f"{name}, {today}"
    assert session.public_id not in given and "s-077" not in given.casefold()


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_two_workers_at_one_session_make_one_campaign(session, manager, monkeypatch):
    record(session, 0)
    make(session, manager)
    look = clips._clips_of

    def look_slowly(session):
        time.sleep(0.3)  # the other one has begun by then
        return look(session)

    monkeypatch.setattr(clips, "_clips_of", look_slowly)
    made = at_once(lambda _n: clips.campaign_of_session(session, by=manager), range(2))
    assert {each.pk for each in made} == {Campaign.objects.get().pk}
    assert Campaign.objects.get().items.count() == 1


def test_a_session_without_a_usable_take_makes_no_campaign(session, manager, monkeypatch):
    take = record(session, 0)
    default_storage.delete(take.file.name)
    job = campaign(session, manager)
    assert (job.state, job.error["code"]) == ("failed", "no_takes")
    assert not Campaign.objects.exists()


# --- who ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", [Role.ANNOTATOR, Role.RESEARCHER, Role.ADJUDICATOR])
def test_who_does_not_record_makes_no_clips(session, role):
    record(session, 0)
    with pytest.raises(Forbidden):
        clips.request_clips(session, by=factories.member(session.corpus, role))


def test_an_operator_makes_clips_but_no_campaign(session):
    operator = factories.member(session.corpus, Role.SESSION_OPERATOR)
    record(session, 0)
    assert make(session, operator).state == "succeeded"
    with pytest.raises(Forbidden):
        clips.request_campaign(session, by=operator)


def test_two_presses_at_once_are_one_job(session, manager):
    record(session, 0)
    first = clips.request_clips(session, by=manager)
    assert clips.request_clips(session, by=manager) == first

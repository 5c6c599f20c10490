"""After `record` or `label` was taken back nothing comes into being any more, whatever was under
way: no long file, no take, no clip, no campaign."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.conf import settings
from django.core.files.storage import default_storage
from django.utils import timezone

from annotation.models import Campaign, Clip, ClipAlias, LongRecording, Take
from annotation.services import ingest
from annotation.services.recording import clips, consents, long_files, long_work, takes
from annotation.services.recording.errors import ConsentMissing
from speecheq.roles import Role
from tests import factories, recording
from tests.long_files import below_import_root, finished

pytestmark = [pytest.mark.django_db, pytest.mark.database]


@pytest.fixture
def session():
    return recording.session(n_prompts=2)


@pytest.fixture
def manager(session):
    return factories.member(session.corpus, Role.DATA_MANAGER)


def take_back(session, *purposes: str) -> None:
    consents.withdraw(speaker=session.speaker, purposes=list(purposes), by=None)


def stored() -> set[str]:
    """Every file in the storage."""
    root = Path(default_storage.path(""))
    return {str(path.relative_to(root)) for path in root.rglob("*") if path.is_file()}


def record(session, n: int = 0) -> Take:
    path = Path(settings.SPEECHEQ_UPLOADS) / "sent.wav"
    path.write_bytes(recording.wav(recording.speech(1.2, seed=n + 1), rate_hz=16_000))
    prompt = session.places.all()[n].prompt
    take, _ = takes.store_take(
        session=session, prompt=prompt, kind="speech", path=path, sha256=None, by=None
    )
    path.unlink()
    return takes.choose_take(take, accepted=True, by=None)


# --- long files -------------------------------------------------------------------------------


def test_a_long_file_that_was_being_read_is_not_kept(
    session, manager, settings, tmp_path, monkeypatch
):
    made, job = long_files.request_long(
        session.public_id, by=manager, path=below_import_root(settings, tmp_path)
    )
    store, before = long_work._stored, stored()

    def taken_back_meanwhile(*given):
        take_back(session, "record")
        return store(*given)

    monkeypatch.setattr(long_work, "_stored", taken_back_meanwhile)
    assert finished(job).error["code"] == "consent_missing"
    made.refresh_from_db()
    assert (made.state, made.file.name, made.regions.count()) == ("failed", "", 0)
    assert stored() == before


def test_the_second_channel_of_a_file_leaves_the_first_ones_file(
    session, manager, settings, tmp_path, monkeypatch
):
    path = below_import_root(settings, tmp_path)
    first, job = long_files.request_long(session.public_id, by=manager, path=path)
    finished(job)
    other = recording.session(session.corpus)
    _made, job = long_files.request_long(
        other.public_id, by=manager, recording=first.public_id, channel=1
    )
    keep, before = long_work._keep, stored()

    def taken_back_meanwhile(*given):
        take_back(other, "record")
        return keep(*given)

    monkeypatch.setattr(long_work, "_keep", taken_back_meanwhile)
    assert finished(job).error["code"] == "consent_missing"
    assert stored() == before


def test_a_long_file_is_not_even_asked_for_when_consent_goes_in_that_moment(
    session, manager, settings, tmp_path, monkeypatch
):
    path = below_import_root(settings, tmp_path)
    source = long_files._source

    def taken_back_meanwhile(*given, **named):
        take_back(session, "record")
        return source(*given, **named)

    monkeypatch.setattr(long_files, "_source", taken_back_meanwhile)
    with pytest.raises(ConsentMissing):
        long_files.request_long(session.public_id, by=manager, path=path)
    assert not LongRecording.objects.exists()


# --- clips and campaigns ----------------------------------------------------------------------


@pytest.mark.parametrize("purpose", ["record", "label"])
def test_a_batch_that_was_being_decoded_becomes_no_clip_and_leaves_no_file(
    session, manager, monkeypatch, purpose
):
    record(session)
    job, before = clips.request_clips(session, by=manager), stored()
    store = ingest.store_files

    def taken_back_meanwhile(*given):
        take_back(session, purpose)
        return store(*given)

    monkeypatch.setattr(ingest, "store_files", taken_back_meanwhile)
    assert finished(job).error["code"] == "consent_missing"
    assert not Clip.objects.exists()
    assert stored() == before


def test_files_of_a_clip_that_is_there_stay_when_a_second_job_is_stopped(
    session, manager, monkeypatch
):
    record(session)
    finished(clips.request_clips(session, by=manager))
    clip, before = Clip.objects.get(), stored()
    ingest.forget_files([clip])
    assert stored() == before
    assert default_storage.exists(clip.audio16k.name)


def test_sound_the_corpus_has_becomes_no_alias_either(session, manager, monkeypatch):
    record(session)
    finished(clips.request_clips(session, by=manager))
    twin = recording.session(session.corpus)
    record(twin)
    plan = ingest.Ingest._plan

    def taken_back_meanwhile(*given):
        take_back(twin, "label")
        return plan(*given)

    monkeypatch.setattr(ingest.Ingest, "_plan", taken_back_meanwhile)
    job = finished(clips.request_clips(twin, by=manager))
    assert job.error["code"] == "consent_missing"
    assert not ClipAlias.objects.exists()


def test_no_campaign_is_made_of_clips_that_were_there_before(session, manager):
    record(session)
    finished(clips.request_clips(session, by=manager))
    take_back(session, "label")
    with pytest.raises(ConsentMissing):
        clips.request_campaign(session, by=manager)
    with pytest.raises(ConsentMissing):
        clips.campaign_of_session(session, by=manager)
    assert not Campaign.objects.exists()


# --- minors -----------------------------------------------------------------------------------


def test_what_a_minor_signed_alone_counts_no_more_once_the_year_is_known(session):
    speaker = session.speaker
    assert consents.require(speaker)
    type(speaker).objects.filter(pk=speaker.pk).update(birth_year=timezone.now().year - 12)
    with pytest.raises(ConsentMissing, match="guardian"):
        consents.require(speaker)


def test_who_was_of_age_when_they_signed_need_not_sign_again(session):
    speaker = session.speaker
    type(speaker).objects.filter(pk=speaker.pk).update(birth_year=timezone.now().year - 18)
    assert consents.require(speaker)

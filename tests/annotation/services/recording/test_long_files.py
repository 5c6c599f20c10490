"""A long recording from the file to its takes, and what happens when somebody is killed."""

from __future__ import annotations

import hashlib
import io

import numpy as np
import pytest
import soundfile
from django.core.files.storage import default_storage

from annotation.models import LongRecording
from annotation.recording.silence import Search
from annotation.services.recording import long_files, long_regions, long_work
from annotation.services.recording.errors import ConsentMissing, SessionNotOpen
from annotation.services.recording.long_errors import (
    LongNotReady,
    LongRefused,
    RegionsChanged,
    RegionsWrong,
)
from speecheq.errors import Conflict, DomainError, NotFound
from speecheq.jobs import cancel_job
from speecheq.models import Job
from speecheq.roles import Role
from tests import factories, recording
from tests.long_files import below_import_root, finished, read_long, rows_of, save
from tests.long_sounds import RATE_HZ, SPOKEN_MS, dialogue, file_bytes

pytestmark = [pytest.mark.django_db, pytest.mark.database]


# --- reading ----------------------------------------------------------------------------------


def test_a_file_that_was_put_right_is_read_after_all(session, operator, settings, tmp_path):
    path = below_import_root(settings, tmp_path, "day.flac")
    (tmp_path / path).write_bytes(b"fLaC nothing of the kind")
    _made, job = long_files.request_long(session.public_id, by=operator, path=path)
    assert finished(job).state == "failed"
    below_import_root(settings, tmp_path, path)
    assert read_long(session, path, by=operator).state == "ready"


def test_a_file_is_kept_byte_for_byte_with_regions_and_their_prompts(long, settings, tmp_path):
    sent = (tmp_path / "day.wav").read_bytes()
    with default_storage.open(long.file.name) as stored:
        assert stored.read() == sent
    assert long.sha256 == hashlib.sha256(sent).hexdigest()
    assert (long.state, long.channels, long.bits) == ("ready", 2, 16)
    regions = list(long_regions.regions_of(long))
    keep = Search().keep_ms
    starts = [r.start_frame * 1000 / RATE_HZ + keep for r in regions]
    assert starts == [pytest.approx(a, abs=30) for a, _ in SPOKEN_MS]
    assert [r.prompt.key for r in regions] == ["p00", "p01", "p02", "p03"]
    assert all(long_regions.confidence_of(long, r) > 0.8 for r in regions)


def test_two_speakers_of_a_dialogue_share_one_stored_file(session, operator, day, long):
    other = recording.session(session.corpus)
    made, job = long_files.request_long(
        other.public_id, by=operator, recording=long.public_id, channel=1
    )
    assert finished(job).state == "succeeded"
    made.refresh_from_db()
    assert made.file.name == long.file.name
    assert (made.sha256, made.channel) == (long.sha256, 1)
    first = long_regions.regions_of(long)[0].start_frame
    later = long_regions.regions_of(made)[0].start_frame
    assert (later - first) / RATE_HZ == pytest.approx(0.5, abs=0.05)


def test_the_same_bytes_from_elsewhere_are_stored_once(session, operator, day, long, tmp_path):
    (tmp_path / "copy.wav").write_bytes((tmp_path / "day.wav").read_bytes())
    made = read_long(recording.session(session.corpus), "copy.wav", by=operator, channel=1)
    assert made.file.name == long.file.name


def test_the_same_channel_of_the_same_file_twice_is_refused(session, operator, long, tmp_path):
    (tmp_path / "copy.wav").write_bytes((tmp_path / "day.wav").read_bytes())
    made, job = long_files.request_long(session.public_id, by=operator, path="copy.wav")
    assert finished(job).error["code"] == "long_already_there"
    made.refresh_from_db()
    assert (made.state, made.problem["code"]) == ("failed", "long_already_there")
    with pytest.raises(Conflict, match="already"):
        long_files.request_long(session.public_id, by=operator, path="copy.wav")


def test_without_consent_nothing_is_taken(operator, session, day):
    silent = recording.session(session.corpus, agreed=False)
    with pytest.raises(ConsentMissing):
        long_files.request_long(silent.public_id, by=operator, path=day)
    assert not silent.long_recordings.exists()


def test_a_closed_session_takes_none(operator, session, day):
    closed = recording.session(session.corpus, state="closed")
    with pytest.raises(SessionNotOpen):
        long_files.request_long(closed.public_id, by=operator, path=day)


def test_people_of_another_corpus_find_nothing(session, day, long):
    stranger = factories.member(factories.CorpusFactory(), Role.DATA_MANAGER)
    with pytest.raises(NotFound):
        long_files.request_long(session.public_id, by=stranger, path=day)
    with pytest.raises(NotFound):
        long_files.find_long(long.public_id, user=stranger)


@pytest.mark.parametrize(
    ("source", "code"),
    [
        ({}, "no_source"),
        ({"path": "a.wav", "recording": "lrc_1"}, "no_source"),
        ({"path": "no.wav"}, "path_not_found"),
        ({"path": "../etc/passwd"}, "unsafe_name"),
    ],
)
def test_a_source_that_is_none_is_refused(session, operator, day, source, code):
    with pytest.raises(DomainError) as refused:
        long_files.request_long(session.public_id, by=operator, **source)
    assert refused.value.code == code


@pytest.mark.parametrize(
    ("sound", "channel", "code"),
    [
        (b"\x1a\x45\xdf\xa3" + bytes(5000), 0, "not_wav"),
        (file_bytes(dialogue())[:-1000], 0, "truncated"),
        (file_bytes(dialogue()), 2, "no_such_channel"),
    ],
)
def test_what_a_header_tells_is_refused_at_once(
    session, operator, settings, tmp_path, sound, channel, code
):
    settings.IMPORT_ROOT = tmp_path
    (tmp_path / "lie.wav").write_bytes(sound)
    with pytest.raises(LongRefused) as refused:
        long_files.request_long(session.public_id, by=operator, path="lie.wav", channel=channel)
    assert refused.value.code == code
    assert not session.long_recordings.exists()


def test_a_channel_that_a_known_file_has_not_is_refused(session, operator, long):
    other = recording.session(session.corpus)
    with pytest.raises(LongRefused, match="0 to 1"):
        long_files.request_long(other.public_id, by=operator, recording=long.public_id, channel=2)


def test_what_only_a_decoder_sees_fails_with_the_reason(session, operator, settings, tmp_path):
    settings.IMPORT_ROOT = tmp_path
    (tmp_path / "lie.flac").write_bytes(b"fLaC" + bytes(5000))
    made, job = long_files.request_long(session.public_id, by=operator, path="lie.flac")
    assert finished(job).state == "failed"
    made.refresh_from_db()
    assert made.state == "failed"
    assert made.problem["detail"]
    assert not (made.file or made.peaks)
    with pytest.raises(LongNotReady, match="could not be read"):
        long_files.request_cut(made, by=operator)


def test_a_job_that_runs_again_makes_nothing_twice(session, operator, day):
    made, job = long_files.request_long(session.public_id, by=operator, path=day)
    finished(job)
    ids = set(made.regions.values_list("public_id", flat=True))
    type(job).objects.filter(pk=job.pk).update(state="queued", attempts=0)
    assert finished(job).result == {"long_recording": made.public_id, "regions": 4}
    assert set(made.regions.values_list("public_id", flat=True)) == ids


# --- read, but not searched -------------------------------------------------------------------


@pytest.fixture
def unsearched(session, operator, day, monkeypatch):
    """A recording whose file was read, and which fell into more regions than there may be."""
    monkeypatch.setattr(long_regions, "MOST_REGIONS", 3)
    made, job = long_files.request_long(session.public_id, by=operator, path=day)
    assert finished(job).error["code"] == "too_many_regions"
    made.refresh_from_db()
    return made


def test_what_was_read_can_be_opened_though_its_search_failed(unsearched):
    assert (unsearched.state, unsearched.problem["code"]) == ("ready", "too_many_regions")
    assert "4 regions were found" in unsearched.problem["detail"]
    assert not unsearched.regions.exists()
    assert long_files.stretch_of(unsearched, start=0, end=1000)


def test_other_settings_find_regions_and_there_is_no_problem_any_more(unsearched, operator):
    search = Search(min_silence_ms=2000)
    job = long_files.request_search(unsearched, search, preview=False, revision=0, by=operator)
    assert finished(job).result["regions"] == 1
    unsearched.refresh_from_db()
    assert (unsearched.problem, unsearched.regions.count()) == (None, 1)


def test_the_search_goes_by_the_noise_that_was_measured(unsearched, operator, monkeypatch):
    measured = unsearched.search["noise_dbfs"]
    assert -96 < measured < -40
    job = long_files.request_search(unsearched, Search(), preview=True, revision=None, by=operator)
    threshold = finished(job).result["threshold_dbfs"]
    assert threshold == pytest.approx(measured + Search.above_noise_db, abs=0.1)
    assert unsearched.search["threshold_dbfs"] == threshold


def test_other_settings_that_fail_as_well_leave_it_open(unsearched, operator):
    job = long_files.request_search(unsearched, Search(), preview=False, revision=0, by=operator)
    assert finished(job).error["code"] == "too_many_regions"
    unsearched.refresh_from_db()
    assert (unsearched.state, unsearched.problem["code"]) == ("ready", "too_many_regions")


def test_regions_drawn_by_hand_are_as_good(unsearched, operator):
    save(unsearched, [{"start_ms": 500, "end_ms": 2000}], operator)
    unsearched.refresh_from_db()
    assert (unsearched.problem, unsearched.regions.count()) == (None, 1)


def test_a_search_that_was_stopped_leaves_the_file_that_was_read(
    session, operator, day, monkeypatch
):
    made, job = long_files.request_long(session.public_id, by=operator, path=day)

    def stop(*_args):
        cancel_job(Job.objects.get(pk=job.pk), by=operator)
        return find(*_args)

    find = long_work._find
    monkeypatch.setattr(long_work, "_find", stop)
    assert finished(job).state == "cancelled"
    made.refresh_from_db()
    assert (made.state, made.problem["code"]) == ("ready", "cancelled")


def test_asked_for_again_it_is_the_one_that_is_there(unsearched, session, operator, day):
    made, job = long_files.request_long(session.public_id, by=operator, path=day)
    assert finished(job).error["code"] == "long_already_there"
    made.refresh_from_db()
    assert made.state == "failed"
    other = recording.session(session.corpus)
    partner, _job = long_files.request_long(
        other.public_id, by=operator, recording=unsearched.public_id, channel=1
    )
    assert partner.sha256 == unsearched.sha256


# --- regions ----------------------------------------------------------------------------------


def test_regions_are_changed_added_and_removed_in_one_go(long, operator):
    rows = rows_of(long, n0={"prompt": None})
    kept = [row["id"] for row in rows[:3]]
    rows[3] = {"start_ms": 9100, "end_ms": 9900, "prompt": rows[1]["prompt"]}
    save(long, rows, operator)
    now = list(long_regions.regions_of(long))
    assert [r.public_id for r in now[:3]] == kept
    assert (now[0].prompt, now[3].prompt.key) == (None, "p01")
    assert (now[3].start_frame, now[3].end_frame) == (9100 * 16, 9900 * 16)
    assert long_regions.confidence_of(long, now[0]) is None
    assert long_regions.confidence_of(long, now[1]) is not None


def test_of_two_editors_the_later_one_is_told(long, operator):
    rows = rows_of(long)
    save(long, rows, operator)
    with pytest.raises(RegionsChanged, match="since revision 1"):
        long_regions.save_regions(long, rows[:1], revision=1, by=operator)
    assert long.regions.count() == 4


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"end_frame": 10 * RATE_HZ + 1}, "outside"),
        ({"start_frame": 50_000, "end_frame": 50_000}, "outside"),
        ({"end_frame": 60_000}, "overlap"),
        ({"prompt": "pmt_nobody"}, "unknown_prompt"),
        ({"id": "reg_nobody"}, "unknown_region"),
    ],
)
def test_a_region_that_cannot_be_is_refused_and_nothing_changes(long, operator, change, code):
    with pytest.raises(RegionsWrong) as refused:
        save(long, rows_of(long, n0=change), operator)
    assert refused.value.errors[0].code == code
    assert refused.value.errors[0].field.startswith("regions.")
    assert LongRecording.objects.get(pk=long.pk).revision == 1


def test_the_same_region_named_twice_is_refused(long, operator):
    rows = rows_of(long)
    rows[1]["id"] = rows[0]["id"]
    with pytest.raises(RegionsWrong, match="named before"):
        save(long, rows, operator)


# --- searching again --------------------------------------------------------------------------


def test_a_preview_counts_and_changes_nothing(long, operator):
    search = Search(min_silence_ms=2000)
    job = long_files.request_search(long, search, preview=True, revision=None, by=operator)
    done = finished(job)
    assert (done.result["regions"], done.done, done.total) == (1, 1, 1)
    assert long.regions.count() == 4


def test_another_search_replaces_the_regions(long, operator):
    search = Search(min_silence_ms=300, threshold_dbfs=-50.0, keep_ms=0)
    job = long_files.request_search(long, search, preview=False, revision=1, by=operator)
    assert finished(job).state == "succeeded"
    long.refresh_from_db()
    assert long.search["used"]["keep_ms"] == 0
    assert long.search["threshold_dbfs"] == -50.0
    starts = [r.start_frame * 1000 / RATE_HZ for r in long_regions.regions_of(long)]
    assert starts == [pytest.approx(a, abs=30) for a, _ in SPOKEN_MS]


def test_a_search_does_not_wipe_out_what_somebody_did_meanwhile(long, operator):
    job = long_files.request_search(long, Search(), preview=False, revision=1, by=operator)
    save(long, rows_of(long)[:2], operator)
    assert finished(job).error["code"] == "regions_changed"
    assert long.regions.count() == 2


# --- listening --------------------------------------------------------------------------------


@pytest.mark.parametrize("form", ["WAV", "FLAC"])
def test_a_stretch_is_heard_sample_for_sample(session, operator, settings, tmp_path, form):
    path = below_import_root(settings, tmp_path, form=form, bits=24)
    long = read_long(session, path, by=operator, channel=1)
    heard = long_files.stretch_of(long, start=1000, end=9000)
    samples = soundfile.read(io.BytesIO(heard), dtype="int32")[0]
    whole = soundfile.read(tmp_path / path, dtype="int32")[0]
    assert np.array_equal(samples, whole[1000:9000, 1])


def test_a_stretch_outside_is_refused(long):
    with pytest.raises(RegionsWrong, match="no stretch"):
        long_files.stretch_of(long, start=0, end=10**9)


def test_a_file_that_became_shorter_is_refused_in_words(long):
    with default_storage.open(long.file.name, "wb") as file:
        file.write(file_bytes(dialogue()[:100]))
    with pytest.raises(LongRefused):
        long_files.stretch_of(long, start=1000, end=9000)

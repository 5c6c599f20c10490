"""Storing takes: what counts as the same, what is refused, and that nothing is half stored."""

from __future__ import annotations

import hashlib
import os
import time
from contextlib import nullcontext
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.core.files.storage import default_storage
from django.db import OperationalError
from django.utils import timezone

from annotation.models import Session, Take
from annotation.models.session import EventKind
from annotation.services.recording import events, leftovers, takes
from annotation.services.recording.errors import ConsentMissing, SessionNotOpen, UnknownPrompt
from annotation.services.recording.take_errors import DigestMismatch, TakeElsewhere, TakeRefused
from speecheq.models import AuditEvent, Outbox
from tests import recording
from tests.annotation.services.recording.sent import GOOD, OTHER, files, store, withdraw

pytestmark = [pytest.mark.django_db, pytest.mark.database]


@pytest.fixture
def session():
    return recording.session()


@pytest.fixture
def prompt(session):
    return session.places.first().prompt


# --- what is stored ----------------------------------------------------------------------------


def test_a_take_is_the_bytes_that_came_with_the_figures_of_the_server(session, prompt):
    take, new = store(session, prompt, reported={"snr_db": 99}, recorded_at=timezone.now())
    assert new
    assert default_storage.open(take.file.name).read() == GOOD
    assert take.sha256 == hashlib.sha256(GOOD).hexdigest()
    assert (take.version, take.bits, take.channels, take.sample_rate_hz) == (1, 24, 1, 48_000)
    assert (take.duration_ms, take.frames, take.file_bytes) == (2600, 124_800, len(GOOD))
    assert take.qc["verdict"] == take.verdict
    assert take.reported == {"snr_db": 99}
    assert take.consent.speaker == session.speaker


GAPS = [(2, 2), (0, 0), (-1, 0), ("2", 0), (True, 0), (10**400, takes.MOST_GAPS)]


@pytest.mark.parametrize(("told", "dropouts"), GAPS)
def test_sound_that_the_page_knows_to_be_missing_counts_as_lost(session, prompt, told, dropouts):
    take, _new = store(session, prompt, reported={"gaps": told, "missing_frames": 4_800})
    assert take.qc["dropouts"] == dropouts
    assert ("dropouts" in [reason["code"] for reason in take.qc["reasons"]]) is (dropouts > 0)


FRAMES = [(2_400, None), (4_800, "yellow"), (14_400, "red"), (-5, None), (10**400, "red")]


@pytest.mark.parametrize(("told", "severity"), FRAMES)
def test_one_hole_is_judged_by_how_much_is_missing(session, prompt, told, severity):
    take, _new = store(session, prompt, reported={"gaps": 1, "missing_frames": told})
    severities = {reason["code"]: reason["severity"] for reason in take.qc["reasons"]}
    assert severities.get("sound_missing") == severity
    assert take.accepted is (severity != "red")


def test_a_session_may_allow_more_to_be_missing(session, prompt):
    session.qc_rules = {"missing_ms_yellow": 400, "missing_ms_red": 400}
    take, _new = store(session, prompt, reported={"gaps": 1, "missing_frames": 14_400})
    assert [reason["code"] for reason in take.qc["reasons"]] == ["dropouts"]


def test_the_hash_of_its_samples_is_the_one_a_clip_of_it_would_have(session, prompt, tmp_path):
    from annotation.audio.prepare import prepare_clip

    take, _new = store(session, prompt)
    (tmp_path / "same.wav").write_bytes(GOOD)
    facts, _blobs = prepare_clip(str(tmp_path / "same.wav"), derivatives=False)
    assert take.pcm_sha256 == facts["pcm_sha256"]


def test_the_same_bytes_again_are_the_same_take(session, prompt):
    first, _ = store(session, prompt)
    second, new = store(session, prompt)
    assert (second, new) == (first, False)
    assert len(files()) == 1


def test_the_same_bytes_are_known_after_the_session_closed_and_the_consent_went(session, prompt):
    first, _ = store(session, prompt)
    withdraw(session)
    Session.objects.filter(pk=session.pk).update(state="closed")
    session.refresh_from_db()
    assert store(session, prompt) == (first, False)


def test_another_attempt_is_the_next_version_and_the_earlier_one_is_kept(session, prompt):
    first, _ = store(session, prompt)
    second, _ = store(session, prompt, OTHER)
    assert (first.version, second.version) == (1, 2)
    assert len(files()) == 2


def test_the_newest_good_take_is_chosen_by_itself(session, prompt):
    store(session, prompt)
    second, _ = store(session, prompt, OTHER)
    assert list(session.takes.filter(accepted=True)) == [second]


def test_a_bad_take_is_kept_and_does_not_push_a_good_one_out(session, prompt):
    good, _ = store(session, prompt)
    silence = recording.wav(recording.speech(2.6) * 0)
    bad, _ = store(session, prompt, silence)
    assert bad.verdict == "red"
    assert list(session.takes.filter(accepted=True)) == [good]


def test_a_take_that_comes_late_does_not_push_out_what_was_spoken_after_it(session, prompt):
    now = timezone.now()
    newer, _ = store(session, prompt, recorded_at=now)
    older, _ = store(session, prompt, OTHER, recorded_at=now - timedelta(minutes=5))
    assert older.verdict != "red"
    assert list(session.takes.filter(accepted=True)) == [newer]


def test_room_tone_has_versions_of_its_own(session, prompt):
    store(session, prompt)
    tone = recording.wav(recording.speech(3.0, seed=5) * 0.001)
    take, _ = store(session, None, tone, kind="room_tone")
    assert (take.kind, take.version, take.prompt) == ("room_tone", 1, None)


def test_storing_says_so_in_the_session_and_in_the_log(prompt):
    session = recording.session(state="planned", of=prompt.script)
    before = session.revision
    take, _ = store(session, prompt)
    session.refresh_from_db()
    assert session.state == "open"
    assert session.revision > before
    assert session.places.get(prompt=prompt).state == "recorded"
    assert session.events.get(kind=EventKind.STATE).data["state"] == "open"
    actions = {row.payload["action"] for row in Outbox.objects.filter(topic="audit")}
    assert "take.stored" in actions | set(AuditEvent.objects.values_list("action", flat=True))
    assert take.created_by is None


# --- what is refused, and leaves nothing -------------------------------------------------------


def refused(session, prompt, error, content=GOOD, **more):
    """Storing raises `error` and leaves neither a row nor a file; what was said."""
    with pytest.raises(error) as caught:
        store(session, prompt, content, **more)
    assert not Take.objects.exists()
    assert files() == []
    return caught.value


def test_nothing_is_recorded_of_somebody_who_has_not_agreed():
    session = recording.session(agreed=False)
    error = refused(session, session.places.first().prompt, ConsentMissing)
    assert session.speaker.code in error.detail


def test_a_consent_withdrawn_while_recording_stops_the_next_take(session, prompt):
    withdraw(session)
    assert refused(session, prompt, ConsentMissing).code == "consent_missing"


def test_a_consent_withdrawn_while_the_take_was_measured_stops_it_too(session, prompt, monkeypatch):
    measured = takes.examine

    def slow(*args, **more):
        withdraw(session)
        return measured(*args, **more)

    monkeypatch.setattr(takes, "examine", slow)
    assert refused(session, prompt, ConsentMissing).code == "consent_missing"


def test_what_arrived_otherwise_than_announced_is_not_kept(session, prompt):
    error = refused(session, prompt, DigestMismatch, sha256="0" * 64)
    assert hashlib.sha256(GOOD).hexdigest() in error.detail


def test_a_prompt_of_another_session_is_refused(session):
    other = recording.script(code="another")
    assert refused(session, other.prompts.first(), UnknownPrompt).code == "unknown_prompt"


def test_speech_without_a_prompt_is_refused(session):
    assert refused(session, None, UnknownPrompt).code == "unknown_prompt"


def test_one_file_is_a_take_of_one_prompt(session, prompt):
    store(session, prompt)
    with pytest.raises(TakeElsewhere, match="take 1 of the prompt 'p00'"):
        store(session, session.places.last().prompt)
    assert len(files()) == 1


def close(session):
    Session.objects.filter(pk=session.pk).update(state="closed")
    session.refresh_from_db()
    return events.note(session, EventKind.STATE, by=None, state="closed").at


def test_a_closed_session_takes_nothing_that_was_recorded_afterwards(session, prompt):
    closed = close(session)
    late = closed + timedelta(seconds=1)
    assert refused(session, prompt, SessionNotOpen, recorded_at=late).code == "session_not_open"
    assert refused(session, prompt, SessionNotOpen).code == "session_not_open"


def test_what_was_recorded_before_the_closing_still_arrives(session, prompt):
    closed = close(session)
    take, new = store(session, prompt, recorded_at=closed - timedelta(seconds=1))
    assert new and take.version == 1
    session.refresh_from_db()
    assert session.state == "closed"


def test_a_paused_session_takes_what_comes_late(session, prompt):
    Session.objects.filter(pk=session.pk).update(state="paused")
    session.refresh_from_db()
    assert store(session, prompt)[1]


def header_of(frames: int) -> bytes:
    """A header that promises `frames` frames, and ten of them."""
    whole = recording.wav(recording.speech(2.6)[:frames])
    return whole[: 44 + 30]


def with_rate(content: bytes, rate_hz: int) -> bytes:
    return content[:24] + rate_hz.to_bytes(4, "little") + content[28:]


WEBM = b"\x1a\x45\xdf\xa3" + b"\x00" * 2000


def float_wav() -> bytes:
    import io

    import numpy as np
    import soundfile

    samples = recording.speech(1.0).astype(np.float32)
    samples[100] = np.nan
    buffer = io.BytesIO()
    soundfile.write(buffer, samples, 48_000, format="WAV", subtype="FLOAT")
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty"),
        (header_of(10_000), "truncated"),
        (with_rate(GOOD, 44_100), "corrupt"),
        (WEBM, "not_wav"),
        (b"no sound at all" * 20, "not_audio"),
        (float_wav(), "not_finite"),
    ],
    ids=["empty", "a lie", "another rate", "webm", "text", "nan"],
)
def test_a_file_that_is_no_take_is_refused_by_name(session, prompt, content, code):
    assert refused(session, prompt, TakeRefused, content).code == code


def test_a_take_that_lasts_too_long_is_sent_to_where_it_belongs(session, prompt, monkeypatch):
    from annotation.services.recording import sound

    monkeypatch.setattr(sound, "MAX_S", 2)
    error = refused(session, prompt, TakeRefused)
    assert error.code == "too_long" and "long file" in error.detail


# --- cut off in between ------------------------------------------------------------------------


class Killed(BaseException):
    """As if the process ended here."""


def test_a_row_that_cannot_be_written_leaves_no_file(session, prompt, monkeypatch):
    def full(*_args):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(takes, "_insert", full)
    assert refused(session, prompt, OSError).errno == 28


def test_a_kill_between_file_and_row_costs_nothing_but_an_hour(session, prompt, monkeypatch):
    def killed(*_args):
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(takes, "_insert", killed)
        patched.setattr(default_storage, "delete", lambda name: None)  # nobody lives to do it
        with pytest.raises(Killed):
            store(session, prompt)
    orphan = files()
    assert len(orphan) == 1
    take, new = store(session, prompt)
    assert new
    for days, removed in ((29, 0), (31, 1)):  # a backup put back may not know it yet
        for path in Path(settings.MEDIA_ROOT, "takes").rglob("*.wav"):
            os.utime(path, (time.time() - days * 86_400,) * 2)
        assert leftovers.remove_orphan_takes() == removed
    assert files() == [Path(take.file.name).name]


def test_a_commit_whose_answer_is_lost_leaves_row_and_file(session, prompt, monkeypatch):
    written = takes._write

    def answer_lost(*args):
        written(*args)
        raise OperationalError("the connection broke")

    def no_rollback():  # the commit arrived, its answer did not
        return nullcontext()

    with monkeypatch.context() as patched:
        patched.setattr(takes, "_write", answer_lost)
        patched.setattr(takes, "durable", no_rollback)
        with pytest.raises(OperationalError):
            store(session, prompt)
    again, new = store(session, prompt)
    assert not new
    assert default_storage.open(again.file.name).read() == GOOD


@pytest.mark.parametrize("left", [None, b"RIFF"], ids=["gone", "cut off"])
def test_a_known_take_without_its_file_gets_it_back(session, prompt, left):
    first, _ = store(session, prompt)
    path = Path(first.file.path)
    path.unlink() if left is None else path.write_bytes(left)
    again, new = store(session, prompt)
    assert (again, new) == (first, False)
    first.refresh_from_db()
    assert default_storage.open(first.file.name).read() == GOOD


def test_a_known_take_without_its_file_stays_without_once_the_consent_is_gone(session, prompt):
    first, _ = store(session, prompt)
    Path(first.file.path).unlink()
    withdraw(session)
    with pytest.raises(ConsentMissing):
        store(session, prompt)
    assert files() == []


# --- choosing ----------------------------------------------------------------------------------


def test_choosing_another_take_takes_the_choice_from_the_first(session, prompt):
    first, _ = store(session, prompt)
    second, _ = store(session, prompt, OTHER)
    takes.choose_take(first, accepted=True, by=None)
    assert list(session.takes.filter(accepted=True)) == [first]
    noted = session.events.get(kind=EventKind.ACCEPT)
    assert noted.data == {"take": first.public_id, "version": 1, "accepted": True}
    takes.choose_take(first, accepted=True, by=None)
    assert session.events.filter(kind=EventKind.ACCEPT).count() == 1
    takes.choose_take(first, accepted=False, by=None)
    assert not session.takes.filter(accepted=True).exists()
    assert second.version == 2

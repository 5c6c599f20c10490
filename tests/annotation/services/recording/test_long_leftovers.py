"""Files of long recordings that nobody's row names: they go, and others stay."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest
from django.conf import settings

from annotation.models import LongRecording
from annotation.services.recording import consents, leftovers, long_files
from annotation.services.recording.long_errors import LongThere
from annotation.services.recording.long_work import _same_file
from speecheq.jobs import run_job
from tests import recording
from tests.long_files import finished, read_long

pytestmark = [pytest.mark.django_db, pytest.mark.database]


class Killed(BaseException):
    """SIGKILL: no handler runs."""


def stored() -> list[Path]:
    """Sound and waveforms of long recordings on disk."""
    root = Path(settings.MEDIA_ROOT)
    return [path for kind in ("recording", "peaks") for path in root.glob(f"long-{kind}/*/*")]


def removed_after(days: int) -> int:
    for path in stored():
        os.utime(path, (time.time() - days * 86_400 - 60,) * 2)
    return leftovers.remove_orphan_long_files()


@pytest.fixture
def killed(session, operator, day, monkeypatch):
    """A recording whose worker was killed when the files lay there and the row did not."""
    made, job = long_files.request_long(session.public_id, by=operator, path=day)

    def kill(_speaker):
        if stored():
            raise Killed
        return require(_speaker)

    require = consents.require
    with monkeypatch.context() as patched:
        patched.setattr(consents, "require", kill)
        with pytest.raises(Killed):
            run_job(job.pk)
    assert len(stored()) == 2
    return made, job


def test_what_a_killed_worker_left_is_the_next_ones(killed):
    _made, job = killed
    assert removed_after(2) == 0, "its job comes again"
    type(job).objects.filter(pk=job.pk).update(state="queued", attempts=0, lease_expires_at=None)
    assert finished(job).state == "succeeded"
    assert len(stored()) == 2
    assert removed_after(100) == 0


def test_once_its_recording_failed_it_goes_after_a_day(killed):
    made, _job = killed
    LongRecording.objects.filter(pk=made.pk).update(state="failed")
    assert removed_after(0) == 0
    assert removed_after(1) == 2
    assert stored() == []


def test_without_any_row_it_waits_for_a_database_to_be_put_back(killed):
    made, _job = killed
    LongRecording.objects.filter(pk=made.pk).delete()
    assert removed_after(29) == 0
    assert removed_after(30) == 2


def test_a_file_that_two_recordings_share_stays(session, operator, day):
    first = read_long(session, day, by=operator)
    (settings.IMPORT_ROOT / "copy.wav").write_bytes((settings.IMPORT_ROOT / day).read_bytes())
    other = read_long(recording.session(session.corpus), "copy.wav", by=operator, channel=1)
    assert other.file.name == first.file.name
    assert removed_after(100) == 0
    assert len(stored()) == 3


def test_of_two_that_read_the_same_at_once_one_leaves_nothing(session, operator, day, monkeypatch):
    read_long(session, day, by=operator)
    (settings.IMPORT_ROOT / "copy.wav").write_bytes((settings.IMPORT_ROOT / day).read_bytes())
    before = set(stored())
    monkeypatch.setattr(f"{_same_file.__module__}._same_file", lambda _recording: "")
    _made, job = long_files.request_long(session.public_id, by=operator, path="copy.wav")
    assert finished(job).error["code"] == LongThere.code
    assert set(stored()) == before

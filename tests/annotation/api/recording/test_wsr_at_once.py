"""Pieces that come in one moment: bounds hold all the same. With real threads and connections."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from django.conf import settings

from annotation.models import Session
from annotation.services.recording import incoming, wsr_uploads
from annotation.services.recording.wsr_uploads import Recording
from speecheq.errors import TooLarge
from tests import recording
from tests.annotation.services.test_queue_concurrency import at_once
from tests.wsr_client import new_uuid, written_wav

pytestmark = [
    pytest.mark.django_db(transaction=True, serialized_rollback=True),
    pytest.mark.database,
]
MANY = 8
PIECE = written_wav(np.zeros(1000, "<f4"))


@pytest.fixture
def sessions():
    """One session, as each of the requests found it."""
    made = recording.session()
    found = Session.objects.select_related("speaker", "script")
    return [found.get(pk=made.pk) for _ in range(MANY)]


def kept(arguments) -> bool:
    """Whether the piece was kept; of a recording, with a number."""
    name, number, of = arguments
    path = Path(settings.SPEECHEQ_UPLOADS) / f"{name}.sent"
    path.write_bytes(PIECE)
    try:
        wsr_uploads.keep_piece(of, number, "p00", path)
    except TooLarge:
        return False
    finally:
        path.unlink()
    return True


def on_disk() -> list[int]:
    return [path.stat().st_size for path in incoming.folder().iterdir()]


def test_pieces_of_many_recordings_do_not_pass_the_bound_together(sessions, monkeypatch):
    monkeypatch.setattr(wsr_uploads, "MOST_WAITING", 4 * len(PIECE) - 1)
    given = [(n, 0, Recording(session, new_uuid())) for n, session in enumerate(sessions)]
    assert sum(at_once(kept, given)) == 3
    assert on_disk() == [len(PIECE)] * 3


def test_nor_do_those_of_one_that_of_a_take(sessions, monkeypatch):
    monkeypatch.setattr(wsr_uploads, "MAX_BYTES", 4 * len(PIECE) - 1)
    uuid = new_uuid()
    given = [(n, n, Recording(session, uuid)) for n, session in enumerate(sessions)]
    assert sum(at_once(kept, given)) == 3
    assert on_disk() == [len(PIECE)] * 3


def test_one_piece_that_comes_many_times_at_once_is_one(sessions):
    uuid = new_uuid()
    given = [(n, 0, Recording(session, uuid)) for n, session in enumerate(sessions)]
    assert all(at_once(kept, given))
    assert on_disk() == [len(PIECE)]


def test_no_more_recordings_are_begun_at_once_than_one_after_the_other(sessions, monkeypatch):
    monkeypatch.setattr(wsr_uploads, "MOST_BEGUN", 3)

    def begun(session) -> bool:
        try:
            wsr_uploads.begin(Recording(session, new_uuid()), started=None)
        except TooLarge:
            return False
        return True

    assert sum(at_once(begun, sessions)) == 3

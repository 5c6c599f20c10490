"""Long recordings to edit in the browser tests. Runs inside the served platform; prints JSON."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from django.conf import settings

from annotation.models import LongRecording, Session
from annotation.services.recording import long_regions
from annotation.services.recording.long_files import request_long
from tests.e2e.browser.jobs import finish
from tests.e2e.browser.people import person
from tests.e2e.browser.seed_recording import MANAGER, OPERATOR
from tests.long_sounds import dialogue, file_bytes


def read(session: str, *, channel: int) -> None:
    """A voice of the dialogue as a long recording of a session, read."""
    root = Path(settings.IMPORT_ROOT)
    root.mkdir(parents=True, exist_ok=True)
    name = f"{session}.wav"
    (root / name).write_bytes(file_bytes(dialogue()))
    made, job = request_long(session, by=person(OPERATOR), path=name, channel=channel)
    finish(job)
    print(json.dumps({"long": made.public_id, "path": str(root / name)}))


def newest(session: str) -> None:
    """What a session's newest long recording is, and the hash of the bytes that are stored."""
    made = Session.objects.get(public_id=session).long_recordings.order_by("pk").last()
    stored = hashlib.sha256(Path(made.file.path).read_bytes()).hexdigest()
    told = {"name": made.original_name, "channel": made.channel, "sha256": made.sha256}
    print(json.dumps({**told, "stored_sha256": stored}))


def regions(long: str) -> None:
    """(start, end, key of the prompt) of each."""
    found = LongRecording.objects.get(public_id=long)
    rows = long_regions.regions_of(found)
    print(json.dumps([[r.start_frame, r.end_frame, r.prompt and r.prompt.key] for r in rows]))


def somebody_else_saves(long: str) -> None:
    """One region in place of all that are there."""
    found = LongRecording.objects.get(public_id=long)
    rows = [{"start_frame": 1600, "end_frame": 8000, "prompt": None}]
    long_regions.save_regions(found, rows, revision=found.revision, by=person(MANAGER))
    print("null")


def cuts(long: str) -> None:
    """Where each take was cut from, and its file."""
    found = LongRecording.objects.get(public_id=long)
    rows = found.session.takes.order_by("pk")
    print(json.dumps([[take.reported["cut_from"], take.file.path] for take in rows]))

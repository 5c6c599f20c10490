"""Long recordings over REST: uploads, regions with a revision, sound and waveform."""

from __future__ import annotations

import io
from datetime import timedelta

import pytest
import soundfile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from annotation.models import LongRecording, Upload
from annotation.services.recording import long_regions
from annotation.services.recording.uploads import Piece, add_piece, create_upload
from speecheq.models import Job
from speecheq.roles import Role
from tests import factories, recording
from tests.long_files import finished
from tests.long_sounds import RATE_HZ, dialogue, file_bytes

pytestmark = [pytest.mark.django_db, pytest.mark.database]


@pytest.fixture
def api(operator):
    return factories.client(operator)


def long_path(long, part=""):
    return f"/api/v1/long-recordings/{long.public_id}/{part}"


def uploaded(by, sound: bytes, name="dialogue.wav") -> Upload:
    upload = create_upload(by=by, length=len(sound), name=name, metadata={})
    return add_piece(upload, Piece(0, len(sound)), [sound])


def post(api, session, **body):
    return api.post(f"/api/v1/sessions/{session.public_id}/long-recordings/", body, format="json")


def job_of(answer) -> Job:
    return finished(Job.objects.get(public_id=answer.json()["job"]["id"]))


@pytest.fixture
def uploads_folder(settings, tmp_path):
    settings.SPEECHEQ_UPLOADS = tmp_path / "uploads"


def test_an_upload_becomes_two_channels_of_one_file(api, session, operator, uploads_folder):
    upload = uploaded(operator, file_bytes(dialogue(), form="FLAC"))
    first = post(api, session, upload=upload.public_id, channel=0)
    assert first.status_code == 202
    assert job_of(first).result["regions"] == 4
    partner = recording.session(session.corpus)
    second = post(api, partner, upload=upload.public_id, channel=1)
    assert job_of(second).state == "succeeded"
    one, other = LongRecording.objects.order_by("pk")
    assert one.public_id == first.json()["id"]
    assert one.file.name == other.file.name
    assert (one.original_name, other.original_name) == ("dialogue.wav", "dialogue.wav")
    assert {one.channel, other.channel} == {0, 1}


def test_an_upload_whose_channel_was_wrong_needs_not_be_sent_again(
    api, session, operator, uploads_folder
):
    upload = uploaded(operator, file_bytes(dialogue()))
    refused = post(api, session, upload=upload.public_id, channel=2)
    assert (refused.status_code, refused.json()["code"]) == (422, "no_such_channel")
    assert not LongRecording.objects.exists()
    assert job_of(post(api, session, upload=upload.public_id, channel=1)).state == "succeeded"


def test_an_upload_that_a_job_is_to_read_waits_for_it(api, session, operator, uploads_folder):
    upload = uploaded(operator, file_bytes(dialogue()))
    asked = post(api, session, upload=upload.public_id)
    upload.refresh_from_db()
    assert upload.expires_at > timezone.now() + timedelta(days=6)
    assert job_of(asked).state == "succeeded"


def test_an_upload_that_is_not_whole_is_refused(api, session, operator, uploads_folder):
    upload = create_upload(by=operator, length=100, metadata={})
    assert post(api, session, upload=upload.public_id).json()["code"] == "upload_incomplete"


def test_an_upload_of_somebody_else_is_not_found(api, session, uploads_folder):
    colleague = factories.member(session.corpus, Role.SESSION_OPERATOR)
    upload = uploaded(colleague, file_bytes(dialogue()))
    assert post(api, session, upload=upload.public_id).status_code == 404


@pytest.mark.parametrize(
    ("role", "status"),
    [
        (Role.DATA_MANAGER, 200),
        (Role.RESEARCHER, 403),
        (Role.ADJUDICATOR, 403),
        (Role.ANNOTATOR, 403),
    ],
)
def test_who_may_look(long, role, status):
    person = factories.client(factories.member(long.session.corpus, role))
    assert person.get(long_path(long)).status_code == status


def test_a_stranger_finds_nothing(long):
    corpus = factories.CorpusFactory()
    stranger = factories.client(factories.member(corpus, Role.SESSION_OPERATOR))
    for part in ("", "peaks/", "audio/"):
        assert stranger.get(long_path(long, part)).status_code == 404


def test_a_long_recording_in_full(api, long):
    told = api.get(long_path(long)).json()
    assert (told["state"], told["channels"], told["frames"]) == ("ready", 2, 160_000)
    first = told["regions"][0]
    assert first["end_ms"] - first["start_ms"] == pytest.approx(1600, abs=60)
    assert first["confidence"] > 0.8
    assert (first["take"], first["is_cut"]) == (None, False)
    assert told["search"]["used"]["min_silence_ms"] == 500
    listed = api.get(f"/api/v1/sessions/{long.session.public_id}/long-recordings/").json()
    assert [row["id"] for row in listed] == [long.public_id]


def test_a_file_whose_search_failed_is_told_and_searched_in_another_way(
    api, session, operator, day, monkeypatch
):
    monkeypatch.setattr(long_regions, "MOST_REGIONS", 3)
    asked = post(api, session, path=day)
    assert job_of(asked).error["code"] == "too_many_regions"
    address = f"/api/v1/long-recordings/{asked.json()['id']}/"
    told = api.get(address).json()
    assert (told["state"], told["problem"]["code"]) == ("ready", "too_many_regions")
    assert (told["regions"], told["revision"], told["frames"]) == ([], 0, 160_000)
    body = {"revision": 0, "min_silence_ms": 2000}
    assert job_of(api.post(address + "search/", body, format="json")).state == "succeeded"
    told = api.get(address).json()
    assert (told["problem"], len(told["regions"]), told["revision"]) == (None, 1, 1)


def test_regions_do_not_bring_the_recording_along_each(api, long):
    """A thousand regions with the proposal of a thousand each were a gigabyte in a web process."""
    api.force_login(long.created_by)  # for the page
    for path in (long_path(long), f"/long/{long.public_id}/"):
        with CaptureQueriesContext(connection) as queries:
            assert api.get(path).status_code == 200
        asked = [q["sql"] for q in queries if 'FROM "annotation_region"' in q["sql"]]
        assert asked
        assert not any('"annotation_longrecording"."search"' in sql for sql in asked)


def test_regions_are_put_and_the_second_editor_gets_the_newer_state(api, long):
    body = {"revision": 1, "regions": [{"start_ms": 500, "end_ms": 2000}]}
    told = api.put(long_path(long, "regions/"), body, format="json")
    assert told.status_code == 200
    assert [r["end_frame"] for r in told.json()["regions"]] == [2000 * RATE_HZ // 1000]
    again = api.put(long_path(long, "regions/"), body, format="json")
    assert again.status_code == 409
    assert again.json()["code"] == "regions_changed"
    assert again.json()["recording"]["revision"] == 2
    assert len(again.json()["recording"]["regions"]) == 1


def test_a_region_that_somebody_else_removed_is_a_conflict_and_no_unknown_region(api, long):
    known = [
        {"id": r["id"], "start_frame": r["start_frame"], "end_frame": r["end_frame"]}
        for r in api.get(long_path(long)).json()["regions"]
    ]
    body = {"revision": 1, "regions": [{"start_ms": 500, "end_ms": 2000}]}
    assert api.put(long_path(long, "regions/"), body, format="json").status_code == 200
    late = api.put(long_path(long, "regions/"), {"revision": 1, "regions": known}, format="json")
    assert late.status_code == 409
    assert late.json()["recording"]["revision"] == 2


@pytest.mark.parametrize(
    "region",
    [
        {"start_ms": 1},
        {"start_ms": 1, "start_frame": 16, "end_ms": 900},
        {"start_ms": 1, "end_ms": 900, "colour": "red"},
        {"start_ms": "1", "end_ms": 900},
        {"start_ms": 10**310, "end_ms": 10**311},
    ],
)
def test_a_malformed_region_is_refused(api, long, region):
    body = {"revision": 1, "regions": [region]}
    assert api.put(long_path(long, "regions/"), body, format="json").status_code == 400


def test_the_waveform_of_a_stretch(api, long):
    told = api.get(long_path(long, "peaks/") + "?start=16000&end=32000&bins=100").json()
    assert told["bin_frames"] == 256
    assert len(told["min"]) == len(told["max"]) == 63
    assert max(told["max"]) > 1000


@pytest.mark.parametrize(
    ("query", "status"), [("bins=2", 422), ("start=-1", 400), ("end=x", 400), ("first=3", 400)]
)
def test_a_waveform_asked_for_wrongly_is_refused(api, long, query, status):
    assert api.get(long_path(long, "peaks/") + f"?{query}").status_code == status


def test_a_stretch_is_heard(api, long):
    answer = api.get(long_path(long, "audio/") + "?start=16000&end=32000")
    assert answer["Content-Type"] == "audio/wav"
    assert soundfile.info(io.BytesIO(answer.content)).frames == 16_000
    refused = api.get(long_path(long, "audio/") + "?start=16000&end=1600000")
    assert (refused.status_code, refused.json()["code"]) == (422, "regions_wrong")


def test_a_preview_counts_and_a_search_replaces(api, long):
    asked = {"min_silence_ms": 2000, "preview": True}
    answer = api.post(long_path(long, "search/"), asked, format="json")
    assert job_of(answer).result["regions"] == 1
    assert long.regions.count() == 4
    asked = {"min_silence_ms": 2000, "revision": 1}
    answer = api.post(long_path(long, "search/"), asked, format="json")
    assert job_of(answer).state == "succeeded"
    assert long.regions.count() == 1


@pytest.mark.parametrize(
    ("asked", "status", "field"),
    [
        ({"preview": False}, 400, "revision"),
        ({"preview": True, "min_silence_ms": 1}, 422, "min_silence_ms"),
        ({"preview": True, "threshold_dbfs": 4.0}, 422, "threshold_dbfs"),
    ],
)
def test_a_search_that_makes_no_sense_is_refused(api, long, asked, status, field):
    answer = api.post(long_path(long, "search/"), asked, format="json")
    assert answer.status_code == status
    assert answer.json()["errors"][0]["field"] == field


def test_a_cut_is_a_job_that_counts_its_takes(api, long):
    assert job_of(api.post(long_path(long, "cut/"))).result["added"] == 4
    regions = api.get(long_path(long)).json()["regions"]
    assert all(region["is_cut"] and region["take"] for region in regions)


def test_a_cut_takes_no_fields(api, long):
    answer = api.post(long_path(long, "cut/"), {"everything": True}, format="json")
    assert (answer.status_code, answer.json()["code"]) == (400, "malformed")
    assert api.post(long_path(long, "cut/")).status_code == 202


@pytest.mark.parametrize("span", ["start=5&end=1", "start=5&end=5", f"start={10**12}"])
def test_a_waveform_of_no_stretch_is_refused_as_its_sound_is(api, long, span):
    for part in ("peaks", "audio"):
        answer = api.get(long_path(long, f"{part}/?{span}"))
        assert (answer.status_code, answer.json()["code"]) == (422, "regions_wrong")


def test_a_waveform_ends_where_the_recording_ends(api, long):
    assert api.get(long_path(long, f"peaks/?end={10**12}")).status_code == 200

"""Clips over REST: what each role learns of them, and how their sound is served."""

from __future__ import annotations

import io

import pytest
import soundfile
from PIL import Image
from rest_framework.test import APIClient

from annotation.models import Assignment, Clip
from annotation.recipes import read
from annotation.services import imports
from speecheq.models import AuditEvent
from speecheq.outbox import drain
from speecheq.roles import Role
from tests.annotation.audio.sounds import speechlike
from tests.annotation.services.test_ingest import corpus_folder, row
from tests.factories import ClipFactory, CorpusFactory, SpeakerFactory, campaign, member

pytestmark = [pytest.mark.django_db, pytest.mark.database]
HINTS = {"key", "native_emotion", "native_intensity", "intended_esc", "intended_eis", "sha256"}


def as_(user) -> APIClient:
    client = APIClient()
    client.force_authenticate(user)
    return client


@pytest.fixture
def clip(tmp_path):
    """A real clip, imported."""
    labels = {"native_emotion": "joy", "intended_esc": "HAP", "intended_eis": 2}
    folder = corpus_folder(tmp_path, [row("joy-01", "a.wav", **labels)], a=speechlike(1.0))
    imports.ingest(CorpusFactory(slug="mine"), read("manifest", folder))
    return Clip.objects.get()


def offered(clip):
    """An annotator whom the clip was offered to."""
    annotator = member(clip.corpus, Role.ANNOTATOR)
    made = campaign(clip.corpus, annotators=[annotator])
    item = made.items.get(clip=clip)
    Assignment.objects.create(
        campaign=made, item=item, clip=clip, annotator=annotator, expires_at="2100-01-01T00:00Z"
    )
    return annotator


@pytest.mark.parametrize("role", [role for role in Role if role != Role.ANNOTATOR])
def test_staff_sees_all_of_a_clip(clip, role):
    shown = as_(member(clip.corpus, role)).get(f"/api/v1/clips/{clip.public_id}/").json()
    assert shown["id"] == clip.public_id
    assert (shown["key"], shown["native_emotion"]) == ("joy-01", "joy")
    assert (shown["intended_esc"], shown["intended_eis"]) == ("HAP", 2)
    assert (shown["duration_ms"], shown["corpus"]) == (1000, "mine")
    assert shown["speaker"] == clip.speaker.public_id
    assert shown["audio_url"] == f"/api/v1/clips/{clip.public_id}/audio/"


def test_an_annotator_learns_nothing_that_hints_at_an_answer(clip):
    client = as_(offered(clip))
    shown = client.get(f"/api/v1/clips/{clip.public_id}/").json()
    assert not HINTS & set(shown) and "joy" not in str(shown) and "HAP" not in str(shown)
    assert client.get("/api/v1/clips/").json()["results"] == [shown]


@pytest.mark.parametrize(
    "query", ["key=joy-01", "native_emotion=joy", "intended_esc=HAP", "intended_eis=2"]
)
def test_a_filter_over_a_hidden_field_finds_nothing_for_an_annotator(clip, query):
    staff = member(clip.corpus, Role.RESEARCHER)
    assert len(as_(staff).get(f"/api/v1/clips/?{query}").json()["results"]) == 1
    assert as_(offered(clip)).get(f"/api/v1/clips/?{query}").json()["results"] == []


@pytest.mark.parametrize(
    "query",
    [
        "label_only=maybe",
        "label_only=1",
        "intended_eis=1.5",
        "intended_eis=x",
        "min_duration_ms=1e2",
    ],
)
def test_a_filter_with_a_wrong_value_is_malformed_and_not_left_out(clip, query):
    answer = as_(member(clip.corpus, Role.RESEARCHER)).get(f"/api/v1/clips/?{query}")
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["field"] == query.split("=")[0]


@pytest.mark.parametrize(("query", "found"), [("false", 1), ("False", 1), ("true", 0), ("True", 0)])
def test_clips_with_and_without_sound_are_told_apart(clip, query, found):
    client = as_(member(clip.corpus, Role.RESEARCHER))
    assert len(client.get(f"/api/v1/clips/?label_only={query}").json()["results"]) == found


def test_an_annotator_hears_only_what_was_offered_to_them(clip):
    idle = member(clip.corpus, Role.ANNOTATOR)
    for path in ("", "audio/", "peaks/", "spectrogram/"):
        assert as_(idle).get(f"/api/v1/clips/{clip.public_id}/{path}").status_code == 404
    assert as_(offered(clip)).get(f"/api/v1/clips/{clip.public_id}/audio/").status_code == 200


def test_a_stranger_finds_no_clip(clip):
    client = as_(member(CorpusFactory(), Role.DATA_MANAGER))
    for path in ("", "audio/", "peaks/", "spectrogram/"):
        assert client.get(f"/api/v1/clips/{clip.public_id}/{path}").status_code == 404
    assert client.patch(f"/api/v1/clips/{clip.public_id}/", {}).status_code == 404
    assert client.get("/api/v1/clips/").json()["results"] == []


def test_sound_peaks_and_picture_are_served(clip):
    client = as_(member(clip.corpus, Role.RESEARCHER))
    base = f"/api/v1/clips/{clip.public_id}"
    audio = client.get(f"{base}/audio/", headers={"Accept": "audio/*"})
    samples, rate = soundfile.read(io.BytesIO(audio.content))
    assert (audio["Content-Type"], len(samples), rate) == ("audio/flac", 16_000, 16_000)
    assert client.get(f"{base}/peaks/").json()["duration_ms"] == 1000
    picture = client.get(f"{base}/spectrogram/", headers={"Accept": "image/png"})
    assert picture["Content-Type"] == "image/png" and picture.content.startswith(b"\x89PNG")
    assert "joy" not in audio["Content-Disposition"]


def test_the_picture_comes_in_two_scales(clip):
    client = as_(member(clip.corpus, Role.RESEARCHER))
    url = f"/api/v1/clips/{clip.public_id}/spectrogram/"
    mel, linear = client.get(f"{url}?scale=mel"), client.get(f"{url}?scale=linear")
    heights = [Image.open(io.BytesIO(each.content)).height for each in (mel, linear)]
    assert heights == [64, 128]
    assert client.get(url).content == mel.content
    assert mel["ETag"] == client.get(url)["ETag"] != linear["ETag"]
    known = client.get(f"{url}?scale=linear", headers={"If-None-Match": linear["ETag"]})
    assert known.status_code == 304


def test_the_linear_picture_is_drawn_once(clip):
    client = as_(member(clip.corpus, Role.RESEARCHER))
    url = f"/api/v1/clips/{clip.public_id}/spectrogram/?scale=linear"
    first = client.get(url)
    clip.audio16k.storage.delete(clip.audio16k.name)
    assert client.get(url).content == first.content


def test_a_picture_that_cannot_be_drawn_is_not_there(clip):
    client = as_(member(clip.corpus, Role.RESEARCHER))
    with clip.audio16k.storage.open(clip.audio16k.name, "wb") as file:
        file.write(b"no sound")
    answer = client.get(f"/api/v1/clips/{clip.public_id}/spectrogram/?scale=linear")
    assert (answer.status_code, answer.json()["code"]) == (404, "no_picture")


@pytest.mark.parametrize("query", ["scale=log", "scale=", "size=2"])
def test_a_picture_of_another_kind_is_refused(clip, query):
    client = as_(member(clip.corpus, Role.RESEARCHER))
    answer = client.get(f"/api/v1/clips/{clip.public_id}/spectrogram/?{query}")
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["field"] == query.partition("=")[0]


def test_a_part_of_the_sound_and_a_known_version_are_answered_as_such(clip):
    client = as_(member(clip.corpus, Role.RESEARCHER))
    url = f"/api/v1/clips/{clip.public_id}/audio/"
    whole = client.get(url)
    part = client.get(url, headers={"Range": "bytes=0-3"})
    assert (part.status_code, part.content) == (206, b"fLaC")
    again = client.get(url, headers={"If-None-Match": whole["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    tags = {client.get(url.replace("audio", w))["ETag"] for w in ("audio", "peaks", "spectrogram")}
    assert len(tags) == 3


def test_ratings_without_sound_have_no_sound(clip):
    silent = ClipFactory(speaker=clip.speaker, label_only=True, sha256="", audio16k="", key="r")
    client = as_(member(clip.corpus, Role.RESEARCHER))
    answer = client.get(f"/api/v1/clips/{silent.public_id}/audio/")
    assert (answer.status_code, answer.json()["code"]) == (404, "no_audio")
    assert client.get(f"/api/v1/clips/{silent.public_id}/").json()["audio_url"] is None


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("corpus=mine", ["short", "long"]),
        ("corpus=other", []),
        ("language=zh", ["long"]),
        ("min_duration_ms=2000", ["long"]),
        ("max_duration_ms=2000", ["short"]),
        ("key=short", ["short"]),
        ("label_only=true", []),
        ("native_emotion=sad&native_intensity=strong", ["long"]),
    ],
)
def test_filters_narrow_the_list(query, found):
    corpus = CorpusFactory(slug="mine")
    sad = {"native_emotion": "sad", "native_intensity": "strong"}
    first = ClipFactory(key="short", duration_ms=1000, speaker__corpus=corpus, language="en")
    ClipFactory(key="long", duration_ms=3000, speaker=first.speaker, language="zh", **sad)
    ClipFactory(key="other", speaker__corpus=CorpusFactory(slug="other"))
    answer = as_(member(corpus, Role.DATA_MANAGER)).get(f"/api/v1/clips/?{query}")
    assert sorted(clip["key"] for clip in answer.json()["results"]) == sorted(found)


@pytest.mark.parametrize("query", ["emotion=sad", "native=joy", "speaker__code=s1", "order=key"])
def test_an_unknown_filter_is_refused(clip, query):
    answer = as_(member(clip.corpus, Role.DATA_MANAGER)).get(f"/api/v1/clips/?{query}")
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["code"] == "unknown_filter"


def test_clips_come_in_pages(clip):
    for _ in range(4):
        ClipFactory(speaker=clip.speaker)
    client = as_(member(clip.corpus, Role.DATA_MANAGER))
    url, seen = "/api/v1/clips/?page_size=2", []
    while url:
        page = client.get(url).json()
        seen += [each["id"] for each in page["results"]]
        url = page["next"]
    assert len(seen) == len(set(seen)) == 5


def test_a_correction_is_kept_with_the_earlier_value(clip):
    client = as_(member(clip.corpus, Role.DATA_MANAGER))
    changes = {"transcript": "你好", "intended_esc": "NEU", "intended_eis": 0}
    answer = client.patch(f"/api/v1/clips/{clip.public_id}/", changes)
    assert answer.status_code == 200
    assert {name: answer.json()[name] for name in changes} == changes
    drain()
    event = AuditEvent.objects.get(action="clip.changed")
    assert event.data["before"] == {"transcript": "", "intended_esc": "HAP", "intended_eis": 2}


@pytest.mark.parametrize(
    ("changes", "status", "field"),
    [
        ({"intended_esc": "NEU"}, 422, "intended_eis"),
        ({"intended_eis": 0}, 422, "intended_eis"),
        ({"intended_esc": ""}, 422, "intended_esc"),
        ({"intended_eis": 7}, 400, "intended_eis"),
        ({"intended_esc": "JOY"}, 400, "intended_esc"),
        ({"key": "other"}, 400, "key"),
        ({"duration_ms": 5}, 400, "duration_ms"),
    ],
)
def test_a_wrong_correction_changes_nothing(clip, changes, status, field):
    before = Clip.objects.values().get()
    client = as_(member(clip.corpus, Role.DATA_MANAGER))
    answer = client.patch(f"/api/v1/clips/{clip.public_id}/", changes)
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (status, field)
    assert Clip.objects.values().get() == before


def test_only_a_data_manager_corrects(clip):
    for role in (Role.RESEARCHER, Role.ADJUDICATOR, Role.SESSION_OPERATOR):
        client = as_(member(clip.corpus, role))
        answer = client.patch(f"/api/v1/clips/{clip.public_id}/", {"transcript": "x"})
        assert answer.status_code == 403


def test_an_annotator_cannot_tell_the_order_in_which_clips_were_imported():
    corpus = CorpusFactory()
    voice = SpeakerFactory(corpus=corpus)
    heard = [ClipFactory(speaker=voice, key=f"03-01-0{i}") for i in range(1, 9)]
    annotator = member(corpus, Role.ANNOTATOR)
    made = campaign(corpus, annotators=[annotator])
    for item in made.items.all():
        given = {"campaign": made, "annotator": annotator, "expires_at": "2100-01-01T00:00Z"}
        Assignment.objects.create(item=item, clip=item.clip, **given)
    shown = as_(annotator).get("/api/v1/clips/").json()["results"]
    ids = [each["id"] for each in shown]
    assert len(ids) == len(heard) and ids == sorted(ids)
    assert all("created_at" not in each for each in shown)


def test_the_entity_tag_does_not_tell_the_hash_of_the_sound(clip):
    client = as_(offered(clip))
    tags = [
        client.get(f"/api/v1/clips/{clip.public_id}/{what}/")["ETag"]
        for what in ("audio", "peaks", "spectrogram")
    ]
    assert len(set(tags)) == 3 and not any(clip.sha256[:8] in tag for tag in tags)


def test_who_left_the_corpus_hears_nothing_of_it_any_more(clip):
    annotator = offered(clip)
    assert as_(annotator).get(f"/api/v1/clips/{clip.public_id}/audio/").status_code == 200
    annotator.memberships.all().delete()
    assert as_(annotator).get(f"/api/v1/clips/{clip.public_id}/audio/").status_code == 404
    assert as_(annotator).get("/api/v1/clips/").json()["results"] == []

"""Imports over REST: by path, by archive, by rows; strict, and blind to what lies outside."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from rest_framework.test import APIClient

from annotation.models import Clip
from annotation.services import imports
from speecheq.jobs import cancel_job, run_job
from speecheq.models import Job
from speecheq.roles import Role
from tests.annotation.audio.sounds import speechlike, write
from tests.annotation.services.test_ingest import corpus_folder, row
from tests.factories import CorpusFactory, member

pytestmark = [pytest.mark.django_db, pytest.mark.database]
IMPORTS, CLIPS = "/api/v1/corpora/mine/imports/", "/api/v1/corpora/mine/clips/"


def as_(user) -> APIClient:
    client = APIClient()
    client.force_authenticate(user)
    return client


@pytest.fixture
def corpus():
    return CorpusFactory(slug="mine")


@pytest.fixture
def client(corpus):
    return as_(member(corpus, Role.DATA_MANAGER))


@pytest.fixture(autouse=True)
def root(settings, tmp_path) -> Path:
    """The import root, with a corpus of two clips in it."""
    settings.IMPORT_ROOT = tmp_path / "import"
    settings.HOME = tmp_path / "home"
    settings.IMPORT_ROOT.mkdir()
    sounds = {"a": speechlike(seed=1), "b": speechlike(seed=2)}
    corpus_folder(settings.IMPORT_ROOT / "two", [row("a"), row("b")], **sounds)
    write(tmp_path / "outside.wav", speechlike(seed=3))
    return settings.IMPORT_ROOT


def finish(answer) -> dict:
    """Do the job that a 202 named, and look at it where its Location says."""
    assert answer.status_code == 202, answer.content
    job = Job.objects.get(public_id=answer.json()["job"]["id"])
    run_job(job.pk)
    job.refresh_from_db()
    assert answer["Location"] == f"/api/v1/jobs/{job.public_id}/"
    return job.as_json()


def zipped(folder: Path, **more: bytes) -> SimpleUploadedFile:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for file in folder.iterdir():
            archive.write(file, f"corpus/{file.name}")
        for name, content in more.items():
            archive.writestr(name, content)
    return SimpleUploadedFile("corpus.zip", buffer.getvalue())


def uploads() -> list[str]:
    found = Path(default_storage.location).glob("import-*/*/*")
    return [path.name for path in found]


def test_a_path_below_the_import_root_is_imported(client):
    job = finish(client.post(IMPORTS, {"recipe": "manifest", "path": "two"}))
    assert (job["state"], job["done"], job["total"]) == ("succeeded", 2, 2)
    result = {name: job["result"][name] for name in ("imported", "duplicates", "refused")}
    assert result == {"imported": 2, "duplicates": 0, "refused": []}
    again = finish(client.post(IMPORTS, {"recipe": "manifest", "path": "two/manifest.jsonl"}))
    assert (again["result"]["imported"], again["result"]["already"]) == (0, 2)


def test_asking_twice_at_once_answers_the_same_job(client):
    first = client.post(IMPORTS, {"recipe": "manifest", "path": "two"})
    second = client.post(IMPORTS, {"recipe": "manifest", "path": "two"})
    assert first.json()["job"]["id"] == second.json()["job"]["id"]


def test_an_archive_is_imported_and_nothing_of_it_left_behind(client, root, settings):
    body = {"recipe": "manifest", "archive": zipped(root / "two")}
    job = finish(client.post(IMPORTS, body, format="multipart"))
    assert job["result"]["imported"] == 2
    assert uploads() == [] and list((settings.HOME / "unpacked").iterdir()) == []


def test_an_archive_below_the_import_root_is_unpacked_and_kept(client, root, settings):
    (root / "two.ZIP").write_bytes(zipped(root / "two").read())
    job = finish(client.post(IMPORTS, {"recipe": "manifest", "path": "two.ZIP"}))
    assert job["result"]["imported"] == 2
    assert (root / "two.ZIP").is_file() and list((settings.HOME / "unpacked").iterdir()) == []


def test_one_archive_asked_for_in_two_spellings_is_unpacked_for_each(client, root, monkeypatch):
    (root / "two.zip").write_bytes(zipped(root / "two").read())
    first, other = (
        client.post(IMPORTS, {"recipe": "manifest", "path": path})
        for path in ("two.zip", "./two.zip")
    )
    read = imports.read

    def read_after_the_other(*args):
        monkeypatch.setattr(imports, "read", read)
        assert finish(other)["result"]["imported"] == 2
        return read(*args)

    monkeypatch.setattr(imports, "read", read_after_the_other)
    assert finish(first)["result"]["already"] == 2


@pytest.mark.parametrize(
    ("more", "code"),
    [({"../evil.txt": b"x"}, "unsafe_member"), ({"/evil.txt": b"x"}, "unsafe_member")],
)
def test_a_hostile_archive_fails_the_job_and_writes_nothing(
    client, root, settings, tmp_path, more, code
):
    body = {"recipe": "manifest", "archive": zipped(root / "two", **more)}
    job = finish(client.post(IMPORTS, body, format="multipart"))
    assert (job["state"], job["error"]["code"]) == ("failed", code)
    assert not Clip.objects.exists() and uploads() == []
    assert not list(tmp_path.rglob("evil.txt"))


def test_what_is_no_archive_fails_the_job_with_its_reason(client):
    body = {"recipe": "manifest", "archive": SimpleUploadedFile("a.zip", b"no archive")}
    job = finish(client.post(IMPORTS, body, format="multipart"))
    assert (job["state"], job["error"]["code"]) == ("failed", "not_an_archive")
    assert uploads() == []


def test_an_archive_that_waits_is_deleted_when_its_job_is_cancelled(client, root):
    body = {"recipe": "manifest", "archive": zipped(root / "two")}
    client.post(IMPORTS, body, format="multipart")
    assert len(uploads()) == 1
    cancel_job(Job.objects.get(), by=None)
    assert uploads() == []


@pytest.mark.parametrize(
    ("body", "status", "code", "field"),
    [
        ({"recipe": "manifest"}, 400, "malformed", "path"),
        ({"path": "two"}, 400, "malformed", "recipe"),
        ({"recipe": "manifest", "path": "two", "force": True}, 400, "malformed", "force"),
        ({"recipe": "crema", "path": "two"}, 422, "unknown_recipe", "recipe"),
        ({"recipe": "manifest", "path": "nowhere"}, 422, "path_not_found", "path"),
    ],
)
def test_a_wrong_request_is_refused_with_its_field(client, body, status, code, field):
    answer = client.post(IMPORTS, body)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.json()["errors"][0]["field"] == field
    assert not Job.objects.exists()


@pytest.mark.parametrize("path", ["..", "../outside.wav", "/etc", "two/../../outside.wav"])
def test_a_path_outside_the_import_root_is_refused(client, path):
    answer = client.post(IMPORTS, {"recipe": "manifest", "path": path})
    assert (answer.status_code, answer.json()["code"]) == (422, "unsafe_name")
    assert answer.json()["errors"][0]["field"] == "path"
    assert not Job.objects.exists()


def test_a_link_out_of_the_import_root_is_refused(client, root, tmp_path):
    (root / "link").symlink_to(tmp_path)
    assert client.post(IMPORTS, {"recipe": "manifest", "path": "link"}).status_code == 422


def test_an_empty_archive_and_one_that_is_too_large_are_refused(client, settings):
    empty = {"recipe": "manifest", "archive": SimpleUploadedFile("a.zip", b"")}
    answer = client.post(IMPORTS, empty, format="multipart")
    assert (answer.status_code, answer.json()["code"]) == (422, "empty")
    settings.SPEECHEQ_ARCHIVE_MAX_BYTES = 10
    large = {"recipe": "manifest", "archive": SimpleUploadedFile("a.zip", b"x" * 11)}
    assert client.post(IMPORTS, large, format="multipart").status_code == 413


@pytest.mark.parametrize("role", [role for role in Role if role != Role.DATA_MANAGER])
def test_only_a_data_manager_imports(corpus, role):
    other = as_(member(corpus, role))
    assert other.post(IMPORTS, {"recipe": "manifest", "path": "two"}).status_code == 403
    assert other.post(CLIPS, [row("a", "two/a.wav")], format="json").status_code == 403


def test_nobody_imports_into_a_corpus_of_others(corpus):
    stranger = as_(member(CorpusFactory(), Role.DATA_MANAGER))
    assert stranger.post(IMPORTS, {"recipe": "manifest", "path": "two"}).status_code == 404
    assert stranger.post(CLIPS, [row("a", "two/a.wav")], format="json").status_code == 404


# --- rows ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("wrap", [list, lambda rows: {"clips": rows}])
def test_rows_become_clips(client, wrap):
    ratings = {"key": "ratings", "speaker": "s1", "label_only": True}
    rows = [row("a", "two/a.wav", intended_esc="SAD", intended_eis=1), ratings]
    job = finish(client.post(CLIPS, wrap(rows), format="json"))
    assert (job["kind"], job["result"]["imported"]) == ("annotation.register_clips", 2)
    assert Clip.objects.get(key="a").intended_esc == "SAD"
    assert Clip.objects.get(key="ratings").label_only
    assert uploads() == []


@pytest.mark.parametrize("audio", ["../outside.wav", "two/gone.wav", "/etc/passwd"])
def test_a_row_whose_file_is_outside_or_absent_is_reported_and_the_rest_goes_on(client, audio):
    rows = [row("bad", audio), row("good", "two/a.wav")]
    job = finish(client.post(CLIPS, rows, format="json"))
    refused = job["result"]["refused"]
    assert [(each["line"], each["key"]) for each in refused] == [(1, "bad")]
    assert refused[0]["code"] in ("unsafe_name", "audio_not_found")
    assert job["result"]["imported"] == 1


def test_malformed_rows_are_all_named_and_none_is_taken(client):
    rows = [row("a", "two/a.wav"), row("b", "x.wav", emotion="HAP"), {"key": "c"}, 7]
    rows += [row("d", "x.wav", intended_esc="NEU", intended_eis=3)]
    answer = client.post(CLIPS, rows, format="json")
    assert answer.status_code == 400
    named = [(error["field"], error["code"]) for error in answer.json()["errors"]]
    assert named == [
        ("1.emotion", "unknown_field"),
        ("2.audio", "required"),
        ("3", "not_an_object"),
        ("4.intended_eis", "neu_needs_zero"),
    ]
    assert not Job.objects.exists() and uploads() == []


@pytest.mark.parametrize("body", [[], "rows", 5])
def test_what_are_no_rows_is_refused(client, body):
    assert client.post(CLIPS, body, format="json").status_code == 400


def test_more_rows_than_a_call_takes_are_refused(client, monkeypatch):
    monkeypatch.setattr(imports, "MAX_ROWS", 2)
    rows = [row(str(n), "two/a.wav") for n in range(3)]
    answer = client.post(CLIPS, rows, format="json")
    assert (answer.status_code, answer.json()["code"]) == (400, "row_count")


def test_ten_thousand_rows_fit_into_a_call(client):
    rows = [{"key": f"clip-{n:05d}", "speaker": "s", "label_only": True} for n in range(10_000)]
    body = json.dumps(rows)
    job = finish(client.post(CLIPS, body, content_type="application/json"))
    assert (job["result"]["imported"], Clip.objects.count()) == (10_000, 10_000)


def test_long_paths_that_begin_alike_are_different_imports(client, root):
    for name in ("a", "b"):
        folder = root.joinpath(*["d" * 60] * 5, name)
        folder.mkdir(parents=True)
        (folder / "manifest.csv").write_text("key,audio,speaker\n")
    paths = [str(root.joinpath(*["d" * 60] * 5, name).relative_to(root)) for name in ("a", "b")]
    jobs = {
        client.post(IMPORTS, {"recipe": "manifest", "path": path}).json()["job"]["id"]
        for path in paths
    }
    assert len(jobs) == 2


@pytest.mark.parametrize("path", ["a" * 900, "x/" * 490, "circle", "circle/manifest.csv"])
def test_a_path_that_cannot_be_followed_is_refused_in_words(client, root, path):
    (root / "circle").symlink_to("circle")
    answer = client.post(IMPORTS, {"recipe": "manifest", "path": path})
    assert answer.status_code == 422
    assert answer.json()["code"] in ("unsafe_name", "path_not_found")


def test_a_row_whose_path_cannot_be_followed_is_reported_and_the_rest_goes_on(client, root):
    (root / "circle").symlink_to("circle")
    bad = ["circle", "a" * 900, "x/" * 400]
    rows = [{"key": f"bad{i}", "audio": audio, "speaker": "s"} for i, audio in enumerate(bad)]
    good = {"key": "good", "audio": "two/a.wav", "speaker": "s"}
    job = finish(client.post(CLIPS, [*rows, good]))
    assert (job["state"], job["result"]["imported"]) == ("succeeded", 1)
    assert len(job["result"]["refused"]) == 3

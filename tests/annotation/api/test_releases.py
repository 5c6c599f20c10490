"""Releases and their files over REST: asked for, refused, read, downloaded in parts."""

from __future__ import annotations

import hashlib
import json

import pytest

from annotation.models import Release
from speecheq import jobs
from speecheq.models import Job
from speecheq.roles import Role, Scope
from tests import factories
from tests.annotation.releasing import corpus_of, export_of, release_of, rows_of

pytestmark = pytest.mark.django_db

URL = "/api/v1/releases/"


@pytest.fixture
def corpus():
    return corpus_of(6)


@pytest.fixture
def api(corpus):
    return factories.client(factories.member(corpus, Role.DATA_MANAGER))


@pytest.fixture
def release(corpus):
    return release_of(corpus)


def body(**changed):
    wanted = {
        "name": "demo",
        "version": "1.0.0",
        "corpora": ["demo"],
        "campaigns": [],
        "label_space": "core-7",
        "consensus": "intended",
        "splits": {"ratios": {"train": 0.6, "dev": 0.2, "test": 0.2}, "seed": 3},
    }
    return wanted | changed


def whole(answer) -> bytes:
    return b"".join(answer.streaming_content) if answer.streaming else answer.content


def test_a_release_is_accepted_made_and_shown(api):
    answer = api.post(URL, body())
    assert answer.status_code == 202, answer.content
    job = answer.json()["job"]
    assert (job["kind"], job["state"]) == ("annotation.build_release", "queued")
    assert answer["Location"] == f"/api/v1/jobs/{job['id']}/"
    jobs.run_job(Job.objects.get(public_id=job["id"]).pk)
    result = api.get(answer["Location"]).json()["job"]["result"]
    found = api.get(f"{URL}{result['release']}/").json()
    assert (found["state"], found["label_space"], found["corpora"]) == (
        "frozen",
        "core-7@1",
        ["demo"],
    )
    assert sum(found["clips"].values()) == 24
    assert len(found["sha256"]) == 64


@pytest.mark.parametrize(
    ("changed", "status", "code", "field"),
    [
        ({"colour": "red"}, 400, "malformed", "colour"),
        ({"splits": {"speed": 1}}, 400, "malformed", "splits.speed"),
        ({"splits": {"assign": {"clip": {}}}}, 400, "malformed", "splits.assign.clip"),
        ({"corpora": []}, 400, "malformed", "corpora"),
        ({"name": "../x"}, 400, "malformed", "name"),
        ({"version": ""}, 400, "malformed", "version"),
        ({"splits": {"seed": -1}}, 400, "malformed", "splits.seed"),
        ({"label_space": "core-9"}, 422, "unknown_label_space", "label_space"),
        ({"consensus": "magic"}, 422, "unknown_consensus", "consensus"),
        ({"corpora": ["else"]}, 422, "unknown_corpus", "corpora.0"),
        ({"campaigns": ["cmp_0"]}, 422, "unknown_campaign", "campaigns.0"),
        ({"splits": {"ratios": {"train": 2}}}, 422, "bad_ratios", "splits.ratios.train"),
        ({"splits": {"disjoint": ["mood"]}}, 422, "bad_disjoint", "splits.disjoint"),
    ],
)
def test_a_wrong_request_stores_nothing_and_says_why(api, changed, status, code, field):
    answer = api.post(URL, body(**changed))
    found = answer.json()
    assert (answer.status_code, found["code"]) == (status, code)
    assert field in [error["field"] for error in found["errors"]]
    assert not Release.objects.exists()
    assert not Job.objects.exists()


def test_one_speaker_is_refused(api, corpus):
    only = corpus_of(1, slug="solo")
    only.memberships.create(user=corpus.memberships.get().user, role=Role.DATA_MANAGER)
    answer = api.post(URL, body(corpora=["solo"]))
    assert (answer.status_code, answer.json()["code"]) == (422, "one_speaker")


def test_the_same_name_and_version_is_a_conflict(api, release):
    answer = api.post(URL, body())
    assert (answer.status_code, answer.json()["code"]) == (409, "release_exists")
    assert Release.objects.count() == 1


def test_what_the_builder_finds_is_on_the_job_and_on_the_release(api):
    answer = api.post(URL, body(splits={"disjoint": ["speaker", "text"]}))
    jobs.run_job(Job.objects.get().pk)
    job = api.get(answer["Location"]).json()["job"]
    assert (job["state"], job["error"]["code"]) == ("failed", "too_few_groups")
    found = api.get(f"{URL}{answer.json()['release']}/").json()
    assert (found["state"], found["error"]["code"]) == ("failed", "too_few_groups")


def test_splits_are_streamed_in_order_and_match_the_manifest(api, release):
    manifest = api.get(f"{URL}{release.public_id}/manifest/").json()
    seen = []
    for split in ("train", "dev", "test"):
        answer = api.get(f"{URL}{release.public_id}/splits/{split}/")
        content = whole(answer)
        assert answer["Content-Type"] == "application/jsonl"
        assert hashlib.sha256(content).hexdigest() == manifest["checksums"][split]
        rows = [json.loads(line) for line in content.splitlines()]
        assert {row["split"] for row in rows} == {split}
        assert [r["key"] for r in rows] == sorted((r["key"] for r in rows), key=str.encode)
        seen += rows
    assert sorted(r["key"] for r in seen) == [row["key"] for row in rows_of(release)]


def test_an_unchanged_split_is_not_sent_again(api, release):
    path = f"{URL}{release.public_id}/splits/train/"
    tag = api.get(path)["ETag"]
    assert api.get(path, headers={"If-None-Match": tag}).status_code == 304


def test_the_manifest_is_the_same_to_the_byte(api, release):
    path = f"{URL}{release.public_id}/manifest/"
    assert api.get(path).content == api.get(path).content
    assert b"created" not in api.get(path).content


def test_the_leak_report_is_clean_and_counts_shared_texts(api, release):
    leaks = api.get(f"{URL}{release.public_id}/leaks/").json()
    assert [(p["speakers"], p["audio"], p["texts"]) for p in leaks["pairs"]] == [(0, 0, 1)] * 3
    assert leaks["components"] == 6


def test_an_unknown_split_or_release_is_not_found(api, release):
    assert api.get(f"{URL}{release.public_id}/splits/eval/").status_code == 404
    assert api.get(f"{URL}rel_none/").status_code == 404


def test_a_release_in_the_making_has_no_rows_to_give(api):
    public_id = api.post(URL, body()).json()["release"]
    for part in ("manifest", "leaks", "splits/train"):
        answer = api.get(f"{URL}{public_id}/{part}/")
        assert (answer.status_code, answer.json()["code"]) == (409, "release_not_ready")


def test_releases_are_listed_newest_first_and_filtered(api, corpus, release):
    release_of(corpus, version="1.1.0")
    listed = api.get(URL).json()["results"]
    assert [each["version"] for each in listed] == ["1.1.0", "1.0.0"]
    assert len(api.get(URL, {"corpus": "demo", "state": "frozen"}).json()["results"]) == 2
    assert api.get(URL, {"name": "other"}).json()["results"] == []
    assert api.get(URL, {"colour": "red"}).status_code == 400


# Exports


def test_an_export_is_accepted_made_listed_and_downloaded(api, release):
    answer = api.post(f"{URL}{release.public_id}/exports/", {"format": "jsonl"})
    assert answer.status_code == 202, answer.content
    jobs.run_job(Job.objects.get(public_id=answer.json()["job"]["id"]).pk)
    export = api.get(answer["Location"]).json()["job"]["result"]["export"]
    [listed] = api.get(f"{URL}{release.public_id}/exports/").json()["results"]
    assert (listed["id"], listed["state"], listed["sha256"]) == (export, "ready", release.sha256)
    file = api.get(f"/api/v1/exports/{export}/download/")
    assert hashlib.sha256(whole(file)).hexdigest() == release.sha256
    assert 'filename="demo-1.0.0.jsonl"' in file["Content-Disposition"]
    assert file["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("wanted", ["text/csv", "application/octet-stream", "application/jsonl"])
def test_a_file_is_given_whatever_type_is_asked_for(api, release, wanted):
    export = export_of(release, "csv").public_id
    paths = (f"/api/v1/exports/{export}/download/", f"{URL}{release.public_id}/splits/train/")
    for path in paths:
        assert api.get(path, HTTP_ACCEPT=wanted).status_code == 200
    missing = api.get("/api/v1/exports/exp_none/download/", HTTP_ACCEPT=wanted)
    assert (missing.status_code, missing["Content-Type"]) == (404, "application/problem+json")


def test_a_broken_download_is_resumed_where_it_stopped(api, release):
    path = f"/api/v1/exports/{export_of(release, 'csv').public_id}/download/"
    complete = api.get(path)
    content = whole(complete)
    first = api.get(path, headers={"Range": "bytes=0-99"})
    rest = api.get(path, headers={"Range": "bytes=100-", "If-Range": complete["ETag"]})
    assert (first.status_code, rest.status_code) == (206, 206)
    assert rest["Content-Range"] == f"bytes 100-{len(content) - 1}/{len(content)}"
    assert whole(first) + whole(rest) == content


def test_a_resumed_download_of_another_file_starts_anew(api, release):
    path = f"/api/v1/exports/{export_of(release, 'csv').public_id}/download/"
    answer = api.get(path, headers={"Range": "bytes=100-", "If-Range": '"other"'})
    assert answer.status_code == 200


@pytest.mark.parametrize(
    ("asked", "status", "code", "field"),
    [
        ({"format": "xls"}, 422, "unknown_format", "format"),
        ({}, 400, "malformed", "format"),
        ({"format": "csv", "zip": True}, 400, "malformed", "zip"),
    ],
)
def test_a_wrong_export_request_says_why(api, release, asked, status, code, field):
    answer = api.post(f"{URL}{release.public_id}/exports/", asked)
    found = answer.json()
    assert (answer.status_code, found["code"]) == (status, code)
    assert found["errors"][0]["field"] == field


def test_an_export_in_the_making_cannot_be_downloaded(api, release):
    export = api.post(f"{URL}{release.public_id}/exports/", {"format": "csv"}).json()["export"]
    answer = api.get(f"/api/v1/exports/{export}/download/")
    assert (answer.status_code, answer.json()["code"]) == (409, "export_not_ready")


# Who may: (role, status of making, of reading, of exporting)


@pytest.mark.parametrize(
    ("role", "make", "read", "export"),
    [
        (Role.DATA_MANAGER, 202, 200, 202),
        (Role.RESEARCHER, 403, 200, 202),
        (Role.ADJUDICATOR, 403, 200, 202),
        (Role.ANNOTATOR, 403, 403, 403),
        (Role.SESSION_OPERATOR, 403, 403, 403),
    ],
)
def test_each_role_in_its_own_corpus(corpus, release, role, make, read, export):
    api = factories.client(factories.member(corpus, role))
    made = export_of(release, "csv")
    assert api.post(URL, body(version="2.0.0")).status_code == make
    for path in ("", "manifest/", "leaks/", "splits/dev/", "exports/"):
        assert api.get(f"{URL}{release.public_id}/{path}").status_code == read, path
    assert api.get(f"/api/v1/exports/{made.public_id}/download/").status_code == read
    posted = api.post(f"{URL}{release.public_id}/exports/", {"format": "jsonl"})
    assert posted.status_code == export


def test_the_release_of_another_corpus_does_not_exist(release):
    api = factories.client(factories.member(factories.CorpusFactory(), Role.DATA_MANAGER))
    made = export_of(release, "csv")
    for path in ("", "manifest/", "leaks/", "splits/dev/", "exports/"):
        assert api.get(f"{URL}{release.public_id}/{path}").status_code == 404, path
    assert api.get(f"/api/v1/exports/{made.public_id}/download/").status_code == 404
    assert api.get(URL).json()["results"] == []


def test_a_research_token_reads_but_does_not_make(corpus, release):
    api = factories.client(factories.member(corpus, Role.DATA_MANAGER), Scope.RESEARCH)
    assert api.get(f"{URL}{release.public_id}/").status_code == 200
    assert api.post(URL, body(version="2.0.0")).status_code == 403

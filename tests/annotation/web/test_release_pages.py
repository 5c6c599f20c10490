"""The release pages: list, form, splits, leaks, files; they work without JavaScript."""

from __future__ import annotations

import re

import pytest
from django.test import Client
from django.urls import reverse

from annotation.models import Export, Release
from annotation.services.releases import request_release
from speecheq import jobs
from speecheq.models import Job
from speecheq.roles import Role
from tests import factories
from tests.annotation.releasing import asked, corpus_of, export_of, release_of

pytestmark = pytest.mark.django_db

LIST = "/releases/"


@pytest.fixture
def corpus():
    return corpus_of(6)


def signed_in(corpus, role=Role.DATA_MANAGER) -> Client:
    client = Client()
    client.force_login(factories.member(corpus, role))
    return client


@pytest.fixture
def pages(corpus):
    return signed_in(corpus)


def form(**changed):
    fields = {
        "name": "demo",
        "version": "1.0.0",
        "corpora": ["demo"],
        "consensus": "intended",
        "label_space": "core-7@1",
        "train": "0.6",
        "dev": "0.2",
        "test": "0.2",
        "seed": "0",
    }
    return fields | changed


def test_the_list_says_what_to_do_when_it_is_empty(pages):
    assert "No releases yet" in pages.get(LIST).content.decode()


def test_the_list_names_each_release_with_its_hash(pages, corpus):
    release = release_of(corpus)
    shown = pages.get(LIST).content.decode()
    assert "demo 1.0.0" in shown
    assert release.sha256 in shown


def test_the_form_makes_a_release_and_leads_to_it(pages):
    answer = pages.post("/releases/new/", form())
    release = Release.objects.get()
    assert answer.status_code == 302
    assert answer["Location"] == f"/releases/{release.public_id}/"
    assert release.config["splits"]["ratios"] == {"train": 0.6, "dev": 0.2, "test": 0.2}


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"train": "0.9"}, "sum to 1.3"),
        ({"consensus": "plurality"}, "name a campaign"),
        ({"corpora": []}, "This field is required"),
        ({"seed": "x"}, "Enter a whole number"),
    ],
)
def test_the_form_keeps_what_was_typed_and_says_what_is_wrong(pages, changed, words):
    answer = pages.post("/releases/new/", form(**changed))
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert 'value="demo"' in answer.content.decode()
    assert not Release.objects.exists()


def test_a_corpus_that_one_does_not_manage_is_not_offered(corpus):
    other = corpus_of(5, slug="other")
    client = signed_in(other)
    assert "demo" not in re.findall(
        r'value="([^"]*)"', client.get("/releases/new/").content.decode()
    )
    assert client.post("/releases/new/", form()).status_code == 422


def test_a_release_in_the_making_asks_again_until_it_is_done(pages, corpus):
    release, job = request_release(asked(corpus), by=None)
    path = f"/releases/{release.public_id}/"
    assert f'hx-get="{path}"' in pages.get(path).content.decode()
    jobs.run_job(job.pk)
    part = pages.get(path, headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in part
    assert f'hx-get="{path}"' not in part
    assert "Splits" in part


def test_the_page_shows_counts_leaks_and_licences(pages, corpus):
    release = release_of(corpus)
    shown = pages.get(f"/releases/{release.public_id}/").content.decode()
    for words in (release.sha256, "Leak report", "CC BY 4.0", "Speakers", "intensity 3", "HAP"):
        assert words in shown
    assert re.search(r"Clips</th>(<td class=\"num\">\d+</td>){3}<td class=\"num\">24</td>", shown)


def test_a_failed_release_shows_its_reason(pages, corpus):
    release = release_of(corpus, splits={"disjoint": ["text"]})
    assert "cannot be parted" in pages.get(f"/releases/{release.public_id}/").content.decode()


def test_a_file_is_made_and_downloaded_without_javascript(pages, corpus):
    release = release_of(corpus)
    path = f"/releases/{release.public_id}/exports/"
    assert pages.post(path, {"format": "csv"}).status_code == 302
    jobs.run_job(Job.objects.get(kind="annotation.export_release").pk)
    export = Export.objects.get()
    shown = pages.get(f"/releases/{release.public_id}/").content.decode()
    assert reverse("annotation:export-download", args=[export.public_id]) in shown
    file = pages.get(f"/exports/{export.public_id}/")
    assert file.content.startswith(b"key,corpus,speaker")
    assert "attachment" in file["Content-Disposition"]


def test_files_in_the_making_are_asked_for_again_by_htmx(pages, corpus):
    release = release_of(corpus)
    path = f"/releases/{release.public_id}/exports/"
    part = pages.post(path, {"format": "csv"}, headers={"HX-Request": "true"}).content.decode()
    assert f'hx-get="{path}"' in part
    jobs.run_job(Job.objects.get(kind="annotation.export_release").pk)
    part = pages.get(path, headers={"HX-Request": "true"}).content.decode()
    assert f'hx-get="{path}"' not in part
    assert "Download" in part


@pytest.mark.parametrize(
    ("role", "make", "read"),
    [
        (Role.DATA_MANAGER, 200, 200),
        (Role.RESEARCHER, 403, 200),
        (Role.ADJUDICATOR, 403, 200),
        (Role.ANNOTATOR, 403, 403),
        (Role.SESSION_OPERATOR, 403, 403),
    ],
)
def test_each_role_in_its_own_corpus(corpus, role, make, read):
    release = release_of(corpus)
    export = export_of(release, "csv")
    client = signed_in(corpus, role)
    assert client.get("/releases/new/").status_code == make
    for path in (LIST, f"/releases/{release.public_id}/", f"/exports/{export.public_id}/"):
        assert client.get(path).status_code == read, path


def test_the_release_of_another_corpus_does_not_exist(corpus):
    release = release_of(corpus)
    outsider = signed_in(factories.CorpusFactory())
    assert outsider.get(f"/releases/{release.public_id}/").status_code == 404
    assert outsider.post(f"/releases/{release.public_id}/exports/").status_code == 404


def test_the_pages_speak_without_inline_styles_or_scripts(pages, corpus):
    release = release_of(corpus)
    for path in (LIST, "/releases/new/", f"/releases/{release.public_id}/"):
        shown = pages.get(path).content.decode()
        assert ' style="' not in shown
        assert " onclick=" not in shown

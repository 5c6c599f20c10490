"""Pages of scripts."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from annotation.models import Script
from speecheq.roles import Role
from tests.factories import CorpusFactory, member

pytestmark = pytest.mark.django_db

TABLE = "code,language,key,text\nhouse,zh,a,窗户关着。\n,,b,桌上有3本书。\n"
FIELDS = {"text": "", "code": "", "version": "", "title": "", "language": ""}


def browser(role: Role, corpus=None) -> Client:
    client = Client()
    client.force_login(member(corpus or CorpusFactory(), role))
    return client


@pytest.fixture
def manager() -> Client:
    return browser(Role.DATA_MANAGER)


def make(client: Client, **fields):
    return client.post("/scripts/new/", FIELDS | fields)


def test_the_list_shows_the_built_in_scripts(manager):
    text = manager.get("/scripts/").content.decode()
    assert "seqd-zh-1" in text and "seqd-en-1" in text and "New script" in text


def test_a_script_is_made_from_a_file(manager):
    answer = make(manager, file=SimpleUploadedFile("house.csv", TABLE.encode()))
    assert answer.status_code == 302 and answer["Location"] == "/scripts/house@1/"
    text = manager.get("/scripts/house/").content.decode()
    assert "窗户关着。" in text and "Write in words what is spoken" in text


@pytest.mark.parametrize("name", ["yaml", "csv"])
def test_a_script_is_made_from_text(manager, name):
    text = TABLE if name == "csv" else "sections: [{name: s, prompts: [{key: a, text: 书}]}]"
    assert make(manager, text=text, code="other", language="zh").status_code == 302
    assert Script.objects.get(code="other").prompts.filter(key="a").exists()


def test_a_wrong_file_is_refused_with_its_line_and_what_was_typed_stays(manager):
    answer = make(manager, text=TABLE.replace("b,", "a,"), title="Mine")
    text = answer.content.decode()
    assert answer.status_code == 422
    assert "line 3: The key &#x27;a&#x27;" in text and "Mine" in text
    assert not Script.objects.filter(code="house").exists()


def test_nothing_is_refused_as_nothing(manager):
    answer = make(manager)
    assert answer.status_code == 422 and "Choose a file" in answer.content.decode()


def test_the_next_version_begins_with_the_one_it_comes_from(manager):
    make(manager, text=TABLE)
    form = manager.get("/scripts/new/?from=house@1").context["form"]
    assert (form["code"].value(), form["version"].value()) == ("house", 2)
    changed = form["text"].value().replace("关着", "开着")
    assert make(manager, text=changed, version=2).status_code == 302
    versions = Script.objects.filter(code="house").values_list("version", flat=True)
    assert sorted(versions) == [1, 2]


def test_the_same_again_says_that_nothing_changed_and_leads_to_what_is_there(manager):
    make(manager, file=SimpleUploadedFile("house.csv", TABLE.encode()))
    form = manager.get("/scripts/new/?from=house@1").context["form"]
    for given in (
        {"file": SimpleUploadedFile("house.csv", TABLE.encode())},
        {"text": form["text"].value(), "version": 2},
    ):
        answer = make(manager, **given)
        assert answer["Location"] == "/scripts/house@1/"
        told = manager.get(answer["Location"]).content.decode()
        assert "Nothing changed: this is version 1 of house" in told and "was made" not in told
    assert Script.objects.filter(code="house").count() == 1


def test_a_script_from_a_built_in_one_needs_a_code_of_its_own(manager):
    form = manager.get("/scripts/new/?from=seqd-en-1").context["form"]
    assert form["code"].value() == ""
    assert make(manager, text=form["text"].value()).status_code == 422
    assert make(manager, text=form["text"].value(), code="mine").status_code == 302
    assert Script.objects.get(code="mine").prompts.count() == 247


def test_a_page_of_a_script_shows_sounds_and_targets(manager):
    text = manager.get("/scripts/seqd-zh-1/").content.decode()
    assert "balanced" in text and "ueng" in text and "HAP" in text
    assert "Start another script from it" in text


@pytest.mark.parametrize("kind", ["csv", "yaml"])
def test_a_script_is_saved_as_a_file(manager, kind):
    answer = manager.get(f"/scripts/seqd-zh-1@1/file/{kind}/")
    assert answer["Content-Disposition"] == f'attachment; filename="seqd-zh-1-v1.{kind}"'


def test_a_script_that_is_not_there_is_not_found(manager):
    assert manager.get("/scripts/nothing/").status_code == 404
    assert manager.get("/scripts/new/?from=nothing").status_code == 404


def test_operators_read_and_do_not_write():
    operator = browser(Role.SESSION_OPERATOR)
    assert operator.get("/scripts/seqd-zh-1/").status_code == 200
    assert "New script" not in operator.get("/scripts/").content.decode()
    assert operator.get("/scripts/new/").status_code == 403
    assert make(operator, text=TABLE).status_code == 403


def test_annotators_see_no_scripts():
    annotator = browser(Role.ANNOTATOR)
    for path in ("", "seqd-zh-1/", "seqd-zh-1/file/csv/"):
        assert annotator.get(f"/scripts/{path}").status_code == 403


def test_a_page_costs_a_bounded_number_of_statements(manager, django_assert_max_num_queries):
    with django_assert_max_num_queries(20):
        manager.get("/scripts/seqd-zh-1/")

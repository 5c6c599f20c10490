"""Scripts over REST."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from annotation.models import Script
from speecheq.roles import Role
from tests.factories import CorpusFactory, client, member

pytestmark = pytest.mark.django_db

URL = "/api/v1/scripts/"
PROMPTS = [
    {"key": "a", "text": "窗户关着。", "target_esc": "HAP", "target_eis": 2, "hint": "慢"},
    {"key": "b", "text": "桌上有书。", "target_esc": "NEU", "target_eis": 0},
]
BODY = {
    "code": "house",
    "language": "zh",
    "sections": [{"name": "all", "order": "blocked", "prompts": PROMPTS}],
}


@pytest.fixture
def api():
    return client(member(CorpusFactory(), Role.DATA_MANAGER))


def upload(name: str, content: bytes | str, **fields: str) -> dict:
    body = content.encode() if isinstance(content, str) else content
    return {"data": {"file": SimpleUploadedFile(name, body), **fields}, "format": "multipart"}


def test_a_script_is_made_and_answered_in_full(api):
    made = api.post(URL, BODY)
    assert made.status_code == 201, made.content
    body = made.json()
    assert (body["name"], body["n_prompts"], body["is_builtin"]) == ("house@1", 2, False)
    [section] = body["sections"]
    assert (section["kind"], section["order"]) == ("main", "blocked")
    assert section["prompts"][0]["id"].startswith("pmt_")
    assert section["prompts"][0]["phonemes"][:2] == ["zh:ch", "zh:uang1"]
    assert api.get(f"{URL}house/").json() == body


def test_a_name_is_a_code_or_a_code_and_version(api):
    api.post(URL, BODY)
    api.post(URL, BODY | {"title": "Second"})
    assert api.get(f"{URL}house/").json()["name"] == "house@2"
    assert api.get(f"{URL}house@1/").json()["name"] == "house@1"
    assert api.get(f"{URL}house@3/").status_code == 404


def test_the_built_in_scripts_are_listed_each_version_by_itself(api):
    rows = api.get(URL).json()["results"]
    assert {(each["name"], each["n_prompts"]) for each in rows} == {
        ("seqd-zh-1@1", 247),
        ("seqd-en-1@1", 247),
    }
    [english] = api.get(URL, {"language": "en"}).json()["results"]
    assert english["code"] == "seqd-en-1" and "sections" not in english


def test_a_list_costs_the_same_number_of_statements_for_more_scripts(
    api, django_assert_max_num_queries
):
    for n in range(5):
        api.post(URL, BODY | {"title": f"Version {n + 1}"})
    with django_assert_max_num_queries(6):
        assert len(api.get(URL).json()["results"]) == 7


@pytest.mark.parametrize("kind", ["csv", "yaml"])
def test_a_file_of_a_script_can_be_imported_again(api, kind):
    api.post(URL, BODY)
    answer = api.get(f"{URL}house/file/", {"kind": kind})
    assert answer["Content-Disposition"] == f'attachment; filename="house-v1.{kind}"'
    again = api.post(
        f"{URL}import/", **upload(f"x.{kind}", answer.content, code="other", version="7")
    )
    assert again.status_code == 201, again.content
    assert again.json()["name"] == "other@7"
    texts = [each["text"] for each in again.json()["sections"][0]["prompts"]]
    assert texts == [each["text"] for each in PROMPTS]


def test_what_is_sent_again_is_the_version_that_says_it(api):
    made = api.post(URL, BODY).json()
    again = api.post(URL, BODY)
    assert (again.status_code, again.json()) == (
        200,
        made | {"detail": "Nothing changed: this is version 1 of house."},
    )
    assert Script.objects.filter(code="house").count() == 1


@pytest.mark.parametrize("kind", ["csv", "yaml"])
def test_a_file_that_is_imported_twice_makes_one_version_and_a_changed_one_the_next(api, kind):
    api.post(URL, BODY)
    file = api.get(f"{URL}house/file/", {"kind": kind}).content
    again = api.post(f"{URL}import/", **upload(f"x.{kind}", file))
    assert (again.status_code, again.json()["name"]) == (200, "house@1")
    assert "Nothing changed" in again.json()["detail"]
    changed = file.replace("窗户关着。".encode(), "窗户开着。".encode())
    after = api.post(f"{URL}import/", **upload(f"x.{kind}", changed, version="2"))
    assert (after.status_code, after.json()["name"]) == (201, "house@2")
    assert api.post(f"{URL}import/", **upload(f"x.{kind}", changed)).status_code == 409


def test_a_wrong_file_is_refused_with_its_lines(api):
    answer = api.post(f"{URL}import/", **upload("x.csv", "key,text\na\nb,c,d"))
    assert (answer.status_code, answer.json()["code"]) == (400, "script_cells")
    assert [each["field"] for each in answer.json()["errors"]] == ["line 2", "line 3"]


def test_a_rule_that_a_row_breaks_is_told_with_its_line(api):
    content = "key,text,target_esc,target_eis\na,b,NEU,2\n"
    answer = api.post(f"{URL}import/", **upload("x.csv", content, code="house", language="en"))
    assert (answer.status_code, answer.json()["code"]) == (422, "neu_needs_zero")
    assert answer.json()["errors"][0]["field"] == "line 2"


@pytest.mark.parametrize(("name", "status"), [("script.txt", 400), ("script", 400)])
def test_other_files_are_refused(api, name, status):
    answer = api.post(f"{URL}import/", **upload(name, "key,text"))
    assert (answer.status_code, answer.json()["code"]) == (status, "script_file_kind")


def test_another_kind_of_file_is_refused(api):
    answer = api.get(f"{URL}seqd-zh-1/file/", {"kind": "xlsx"})
    assert (answer.status_code, answer.json()["code"]) == (400, "script_file_kind")


@pytest.mark.parametrize(
    ("change", "status", "field"),
    [
        ({"code": "House"}, 400, "code"),
        ({"code": "import"}, 422, "code"),
        ({"code": "seqd-zh-1"}, 403, "code"),
        ({"version": 0}, 400, "version"),
        ({"sections": []}, 400, "sections"),
        ({"colour": "red"}, 400, "colour"),
        ({"sections": [{"name": "s", "prompts": []}]}, 400, "sections.0.prompts"),
        (
            {"sections": [{"name": "s", "prompts": [{"key": "a", "text": "b", "mood": 1}]}]},
            400,
            "sections.0.prompts.0.mood",
        ),
        (
            {"sections": [{"name": "s", "prompts": [PROMPTS[0], PROMPTS[0]]}]},
            422,
            "sections.0.prompts.1.key",
        ),
    ],
)
def test_a_wrong_script_is_refused_by_field(api, change, status, field):
    answer = api.post(URL, BODY | change)
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (status, field)
    assert not Script.objects.filter(is_builtin=False).exists()


def test_an_old_version_is_refused(api):
    api.post(URL, BODY)
    answer = api.post(URL, BODY | {"version": 1, "title": "Changed"})
    assert (answer.status_code, answer.json()["code"]) == (409, "script_exists")


def test_sounds_are_counted_with_what_is_rare(api):
    api.post(URL, BODY)
    body = api.get(f"{URL}house/sounds/").json()
    assert (body["n_transcripts"], body["balanced"], body["least"]) == (2, False, 3)
    assert body["groups"]["initials"]["sh"] == 2
    assert "b" in body["rare"]["initials"]


def test_the_built_in_scripts_are_balanced(api):
    for code in ("seqd-zh-1", "seqd-en-1"):
        body = api.get(f"{URL}{code}/sounds/").json()
        assert (body["n_transcripts"], body["balanced"], body["rare"]) == (60, True, {})


def test_what_cannot_be_read_is_listed(api):
    sections = [{"name": "s", "prompts": [{"key": "a", "text": "3个"}]}]
    api.post(URL, BODY | {"sections": sections})
    [unread] = api.get(f"{URL}house/sounds/").json()["unread"]
    assert (unread["key"], unread["unknown"]) == ("a", ["3"])


@pytest.mark.parametrize(
    ("role", "reads", "writes"),
    [
        (Role.DATA_MANAGER, 200, 201),
        (Role.SESSION_OPERATOR, 200, 403),
        (Role.ANNOTATOR, 403, 403),
        (Role.ADJUDICATOR, 403, 403),
        (Role.RESEARCHER, 403, 403),
    ],
)
def test_managers_write_and_operators_read(role, reads, writes):
    api = client(member(CorpusFactory(), role))
    for path in ("", "seqd-zh-1/", "seqd-zh-1/file/", "seqd-zh-1/sounds/"):
        assert api.get(URL + path).status_code == reads
    assert api.post(URL, BODY).status_code == writes
    content = "code,language,key,text\nhouse2,zh,a,书"
    assert api.post(f"{URL}import/", **upload("x.csv", content)).status_code == writes

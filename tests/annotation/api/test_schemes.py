"""Scales over REST: label spaces, mappings, and schemes that are checked when they are made."""

from __future__ import annotations

import pytest
from rest_framework.test import APIClient

from annotation.models import Scheme
from speecheq.roles import Role
from tests import factories

pytestmark = pytest.mark.django_db

URL = "/api/v1/schemes/"


@pytest.fixture
def api():
    manager = factories.member(factories.CorpusFactory(), Role.DATA_MANAGER)
    return APIClient(HTTP_AUTHORIZATION=f"Bearer {factories.token(manager)}")


def names(word):
    return {"zh": word, "en": word}


def category(code, key):
    return {"code": code, "names": names(code), "key": key}


def level(value, key):
    return {"value": value, "names": names(str(value)), "key": key}


ESC = [category("NEU", "Digit1"), category("HAP", "Digit2"), category("UNK", "KeyU")]
EIS = [level(0, "KeyH"), level(2, "KeyJ")]


def body(**changed):
    return {"code": "short", "label_space": "core-7", "esc": ESC, "eis": EIS} | changed


def test_the_built_in_spaces_schemes_and_mappings_are_listed(api):
    spaces = api.get("/api/v1/label-spaces/").json()["results"]
    assert {each["code"] for each in spaces} >= {"core-7", "full-13", "ravdess-8"}
    codes = {each["code"] for each in api.get(URL).json()["results"]}
    assert codes >= {"seqd-1", "brighter-1"}
    [ravdess] = api.get("/api/v1/label-mappings/", {"code": "ravdess"}).json()["results"]
    mapped = {row["native_label"]: (row["esc"], row["eis"]) for row in ravdess["rows"]}
    assert mapped["calm/strong"] == ("CAL", 3)


def test_a_scheme_is_made_and_can_be_used_in_a_campaign(api):
    made = api.post(URL, body())
    assert made.status_code == 201, made.content
    assert (made.json()["version"], made.json()["label_space"]) == (1, "core-7@1")
    assert [each["code"] for each in Scheme.objects.get(code="short").esc] == ["NEU", "HAP", "UNK"]


def test_levels_need_no_key_of_their_own_and_a_key_may_be_one_sign(api):
    esc = [category("NEU", "1"), category("HAP", "h")]
    eis = [{"value": value, "names": names(str(value))} for value in (0, 2)]
    made = api.post(URL, body(esc=esc, eis=eis))
    assert made.status_code == 201, made.content
    assert [each["key"] for each in made.json()["esc"]] == ["Digit1", "KeyH"]
    assert [each["key"] for each in made.json()["eis"]] == ["KeyJ", "KeyK"]


def test_a_new_version_stands_beside_the_old_one(api):
    api.post(URL, body())
    assert api.post(URL, body(version=2)).status_code == 201
    assert Scheme.objects.filter(code="short").count() == 2


def test_the_same_version_again_is_a_conflict(api):
    api.post(URL, body())
    answer = api.post(URL, body())
    assert (answer.status_code, answer.json()["code"]) == (409, "scheme_exists")


MULTI = {"mode": "multi", "esc": [category("HAP", "Digit2")]}


@pytest.mark.parametrize(
    ("changed", "status", "code", "field"),
    [
        ({"esc": [category("BOR", "KeyB"), *ESC]}, 422, "unknown_esc", "esc.0.code"),
        ({"esc": [*ESC, category("HAP", "Digit3")]}, 422, "repeated", "esc.3.code"),
        ({"esc": [*ESC, category("SAD", "Digit2")]}, 422, "key_taken", "esc.3.key"),
        ({"eis": [*EIS, level(3, "Digit1")]}, 422, "key_taken", "eis.2.key"),
        ({"eis": [*EIS, level(7, "KeyL")]}, 422, "out_of_scale", "eis.2.value"),
        ({"eis": [*EIS, level(2, "KeyL")]}, 422, "repeated", "eis.2.value"),
        ({"eis": EIS[1:]}, 422, "neutral_needs_zero", "eis"),
        ({"esc": ESC[1:]}, 422, "neutral_needs_zero", "eis"),
        ({"eis": [], "rules": {"eis_required": True}}, 422, "no_levels", "rules.eis_required"),
        ({"mode": "multi"}, 422, "neutral_in_multi", "esc"),
        (MULTI | {"eis": EIS[1:]}, 422, "zero_missing", "eis"),
        ({"label_space": "core-9"}, 422, "unknown_label_space", "label_space"),
        ({"esc": []}, 400, "malformed", "esc"),
        ({"esc": [{"code": "HAP", "key": "KeyA"}]}, 400, "malformed", "esc.0.names"),
        ({"esc": [category("HAP", "Enter")]}, 400, "malformed", "esc.0.key"),
        ({"esc": [ESC[0] | {"colour": "red"}]}, 400, "malformed", "esc.0.colour"),
        ({"extras": ["valence"]}, 400, "malformed", "extras"),
        ({"code": "Not A Slug"}, 400, "malformed", "code"),
    ],
)
def test_a_wrong_scheme_is_refused_with_code_and_field(api, changed, status, code, field):
    answer = api.post(URL, body(**changed))
    found = answer.json()
    assert (answer.status_code, found["code"]) == (status, code)
    assert found["errors"][0]["field"] == field
    assert not Scheme.objects.filter(code="short").exists()


def test_a_multi_label_scheme_needs_no_neutral(api):
    assert api.post(URL, body(**MULTI)).status_code == 201


def test_only_a_data_manager_makes_schemes():
    annotator = factories.member(factories.CorpusFactory())
    api = APIClient(HTTP_AUTHORIZATION=f"Bearer {factories.token(annotator)}")
    assert api.post(URL, body()).status_code == 403
    assert api.get(URL).status_code == 200


def test_only_an_administrator_makes_a_version_of_a_built_in_scheme(api):
    newer = body(code="seqd-1", version=2, label_space="full-13")
    answer = api.post(URL, newer)
    assert (answer.status_code, answer.json()["code"]) == (403, "scheme_reserved")
    boss = factories.UserFactory(is_superuser=True)
    admin = APIClient(HTTP_AUTHORIZATION=f"Bearer {factories.token(boss)}")
    assert admin.post(URL, newer).status_code == 201

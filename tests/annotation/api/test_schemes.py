"""Scales over REST: label spaces, mappings, and schemes that are checked when they are made."""

from __future__ import annotations

import pytest

from annotation.models import Scheme
from speecheq.roles import Role
from tests import factories

pytestmark = pytest.mark.django_db

URL = "/api/v1/schemes/"


@pytest.fixture
def api():
    manager = factories.member(factories.CorpusFactory(), Role.DATA_MANAGER)
    return factories.client(manager)


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


def refusal(answer):
    """Status, code, and the first field that is wrong."""
    found = answer.json()
    return answer.status_code, found["code"], found["errors"][0]["field"]


def test_the_built_in_spaces_schemes_and_mappings_are_listed(api):
    spaces = api.get("/api/v1/label-spaces/").json()["results"]
    assert {each["code"] for each in spaces} >= {"core-7", "full-13", "ravdess-8"}
    codes = {each["code"] for each in api.get(URL).json()["results"]}
    assert codes >= {"seqd-1", "brighter-1", "seqd-vad-1"}
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


VALENCE = {
    "code": "valence",
    "kind": "sam",
    "min": 1,
    "max": 9,
    "names": names("Valence"),
    "low": names("unpleasant"),
    "high": names("pleasant"),
}
PLEASANT = {
    "when": {"esc": ["HAP"]},
    "then": {"extra": "valence", "min": 5},
    "severity": "warn",
    "message": {"zh": "高兴却不愉快？", "en": "Happy but unpleasant?"},
}


def rules(*cross, **rest):
    return {"extras": [VALENCE], "rules": {"cross": list(cross), **rest}}


def test_a_scheme_holds_further_scales_and_rules_between_them(api):
    made = api.post(URL, body(**rules(PLEASANT, secondary=2)))
    assert made.status_code == 201, made.content
    [scale] = made.json()["extras"]
    assert scale == VALENCE | {"step": 1, "required": False, "key": "KeyV"}
    assert made.json()["rules"] == {
        "eis_required": False,
        "secondary": 2,
        "shows_intended": False,
        "cross": [PLEASANT],
    }


def test_a_scale_whose_letter_is_taken_gets_another_key(api):
    taken = [*ESC, category("SAD", "KeyV")]
    made = api.post(URL, body(extras=[VALENCE], esc=taken))
    assert made.json()["extras"][0]["key"] == "KeyA"


def broken(**changed):
    return rules(PLEASANT | changed)


NEVER = {"esc": ["HAP"], "eis_min": 3}
UNKNOWN = {"extra": "mood", "min": 1}
THEN_MIXED = "rules.cross.0.then.eis_min"
TOO_MUCH = {"extra": "valence", "min": 10}


@pytest.mark.parametrize(
    ("changed", "status", "code", "field"),
    [
        ({"extras": [VALENCE | {"code": "V"}]}, 400, "malformed", "extras.0.code"),
        ({"extras": [VALENCE | {"kind": "dial"}]}, 400, "malformed", "extras.0.kind"),
        ({"extras": [VALENCE | {"min": "1"}]}, 400, "malformed", "extras.0.min"),
        ({"extras": [VALENCE | {"max": 1e9}]}, 400, "malformed", "extras.0.max"),
        ({"extras": [VALENCE | {"low": "bad"}]}, 400, "malformed", "extras.0.low"),
        ({"extras": [VALENCE | {"mood": 1}]}, 400, "malformed", "extras.0.mood"),
        ({"extras": [VALENCE | {"key": "Digit1"}]}, 422, "key_taken", "extras.0.key"),
        ({"extras": [VALENCE | {"max": 6}]}, 422, "sam_steps", "extras.0.max"),
        ({"extras": [VALENCE | {"code": "mood"}]}, 422, "no_pictures", "extras.0.kind"),
        ({"extras": [VALENCE, VALENCE]}, 422, "repeated", "extras.1.code"),
        (rules(secondary=4), 400, "malformed", "rules.secondary"),
        (rules(secondary=-1), 400, "malformed", "rules.secondary"),
        (rules(colour="red"), 400, "malformed", "rules.colour"),
        (broken(severity="shout"), 400, "malformed", "rules.cross.0.severity"),
        (broken(message={"en": "?"}), 400, "malformed", "rules.cross.0.message.zh"),
        (broken(then={"extra": "valence", "eis_min": 1}), 400, "malformed", THEN_MIXED),
        (broken(when={"esc": ["JOY"]}), 422, "unknown_esc", "rules.cross.0.when.esc.0"),
        (broken(when=NEVER), 422, "never_applies", "rules.cross.0.when.esc.0"),
        (broken(then={"extra": "mood"}), 422, "asks_nothing", "rules.cross.0.then"),
        (broken(then=UNKNOWN), 422, "unknown_extra", "rules.cross.0.then.extra"),
        (broken(then=TOO_MUCH), 422, "cannot_be_met", "rules.cross.0.then"),
        (MULTI | rules(secondary=1), 422, "secondary_in_multi", "rules.secondary"),
    ],
)
def test_wrong_scales_and_rules_are_refused_with_code_and_field(api, changed, status, code, field):
    assert refusal(api.post(URL, body(**changed))) == (status, code, field)
    assert not Scheme.objects.filter(code="short").exists()


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
        ({"extras": ["valence"]}, 400, "malformed", "extras.0"),
        ({"code": "Not A Slug"}, 400, "malformed", "code"),
    ],
)
def test_a_wrong_scheme_is_refused_with_code_and_field(api, changed, status, code, field):
    assert refusal(api.post(URL, body(**changed))) == (status, code, field)
    assert not Scheme.objects.filter(code="short").exists()


def test_a_multi_label_scheme_needs_no_neutral(api):
    assert api.post(URL, body(**MULTI)).status_code == 201


def test_only_a_data_manager_makes_schemes():
    annotator = factories.member(factories.CorpusFactory())
    api = factories.client(annotator)
    assert api.post(URL, body()).status_code == 403
    assert api.get(URL).status_code == 200


def test_only_an_administrator_makes_a_version_of_a_built_in_scheme(api):
    newer = body(code="seqd-1", version=2, label_space="full-13")
    answer = api.post(URL, newer)
    assert (answer.status_code, answer.json()["code"]) == (403, "scheme_reserved")
    boss = factories.UserFactory(is_superuser=True)
    admin = factories.client(boss)
    assert admin.post(URL, newer).status_code == 201

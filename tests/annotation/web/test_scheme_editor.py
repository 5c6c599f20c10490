"""The scheme editor: from a draft to a version, with errors at their fields and a true preview."""

from __future__ import annotations

import json
import re

import pytest
from django.http import QueryDict
from django.urls import reverse

from annotation.models import LabelSpace, Scheme
from annotation.services.schemes import create_scheme
from annotation.web.scheme_draft import from_post, from_scheme, from_space, place_in_form, to_data
from annotation.web.schemes import read
from tests import factories

pytestmark = [pytest.mark.django_db]

EDITOR, PREVIEW, LIST, MOVE = (
    reverse(f"annotation:scheme-{name}") for name in ("editor", "preview", "list", "move")
)


@pytest.fixture
def corpus():
    corpus = factories.CorpusFactory(slug="voices")
    factories.clips(corpus, 2)
    return corpus


@pytest.fixture
def user(corpus):
    return factories.member(corpus, "data_manager", username="mia")


@pytest.fixture
def manager(client, user):
    client.force_login(user)
    return client


def form(draft, **changes):
    """What a browser sends for the draft."""
    sent = {name: value for name, value in draft.values.items() if value}
    lists = {f"cross.{i}.when_esc": codes for i, codes in enumerate(draft.whens)}
    counts = {"n_scales": str(draft.n_scales), "n_rules": str(draft.n_rules)}
    both = {**sent, "esc": draft.esc, "eis": draft.eis, **lists, **counts, **changes}
    return {name: value for name, value in both.items() if value is not None}


def core(**changes):
    space = LabelSpace.objects.get(code="core-7")
    return form(from_space(space), code="ours", **changes)


def vad():
    return Scheme.objects.get(code="seqd-vad-1")


def problems(answer):
    found = re.search(
        r'<script id="scheme-problems" type="application/json">(.*?)</script>',
        answer.content.decode(),
    )
    return json.loads(found[1])


def test_what_a_label_space_offers_can_be_saved_as_it_stands(manager):
    assert manager.post(EDITOR, core(action="save")).url == LIST
    made = Scheme.objects.get(code="ours")
    assert (made.version, made.mode, made.label_space.code) == (1, "single", "core-7")
    codes = [row["code"] for row in made.esc]
    assert codes == ["NEU", "HAP", "ANG", "SAD", "FEA", "SUR", "DIS", "OTH", "UNK"]
    assert made.rules["eis_required"] is True


@pytest.mark.parametrize("space", ["core-7", "full-13", "ravdess-8"])
def test_every_label_space_gives_a_draft_without_a_fault(user, space):
    draft = from_space(LabelSpace.objects.get(code=space))
    reading = read(draft, by=user, final=False)
    assert reading.errors == {}
    assert reading.page_scheme is not None


def test_every_scheme_comes_through_the_form_unchanged(user):
    for scheme in Scheme.objects.all():
        posted = QueryDict(mutable=True)
        for name, value in form(from_scheme(scheme)).items():
            posted.setlist(name, value if isinstance(value, list) else [value])
        data = to_data(from_post(posted), version=scheme.version)
        assert data["esc"] == scheme.esc
        assert data["eis"] == scheme.eis
        assert [{**row, "required": bool(row.get("required"))} for row in scheme.extras] == data[
            "extras"
        ]
        assert {**data["rules"], **scheme.rules} == data["rules"]


def test_a_new_version_follows_the_last_and_leaves_it_alone(manager):
    manager.post(EDITOR, core(action="save"))
    first = Scheme.objects.get(code="ours")
    page = manager.get(f"{EDITOR}?from=ours@1").content.decode()
    assert "New version of ours@1" in page
    second = form(from_scheme(first), action="save", **{"esc.HAP.en": "Joyful"})
    assert manager.post(EDITOR, second).url == LIST
    names = {s.version: s.esc[1]["names"]["en"] for s in Scheme.objects.filter(code="ours")}
    assert names == {1: "Happy", 2: "Joyful"}


def test_a_version_made_meanwhile_is_named_before_another_comes_after_it(manager):
    manager.post(EDITOR, {**core(), "action": "save"})
    page = manager.get(f"{EDITOR}?from=ours@1").content.decode()
    draft = form(from_scheme(Scheme.objects.get(code="ours")), newest=newest_in(page))
    draft["action"] = "save"
    assert manager.post(EDITOR, draft).status_code == 302  # somebody else's, from the same page
    late = manager.post(EDITOR, {**draft, "esc.HAP.en": "Joyful"})
    html = late.content.decode()
    assert (late.status_code, "ours@2 came meanwhile" in html) == (409, True)
    assert 'value="Joyful"' in html
    assert Scheme.objects.filter(code="ours").count() == 2
    draft["newest"] = newest_in(html)
    assert manager.post(EDITOR, {**draft, "esc.HAP.en": "Joyful"}).status_code == 302
    assert Scheme.objects.get(code="ours", version=3).esc[1]["names"]["en"] == "Joyful"


def newest_in(html):
    """Which version the page knows as the newest."""
    return re.search(r'name="newest" value="(\d+)"', html)[1]


def test_the_code_of_a_new_version_cannot_be_changed(manager):
    manager.post(EDITOR, core(action="save"))
    sent = form(from_scheme(Scheme.objects.get(code="ours")), action="save")
    manager.post(EDITOR, {**sent, "code": "theirs"})
    assert not Scheme.objects.filter(code="theirs").exists()
    assert Scheme.objects.filter(code="ours").count() == 2


def test_a_built_in_scheme_becomes_another_one(manager):
    page = manager.get(f"{EDITOR}?from=seqd-1@1").content.decode()
    assert "New scheme" in page
    sent = core(action="save")
    answer = manager.post(EDITOR, {**sent, "code": "seqd-1"})
    assert answer.status_code == 422
    assert "built in" in problems(answer)["code"][0]
    assert Scheme.objects.filter(code="seqd-1").count() == 1


def test_only_what_is_ticked_is_offered_in_the_order_of_the_rows(manager):
    sent = core(action="save", **{"esc.DIS.on": None, "esc.OTH.on": None, "esc.UNK.on": None})
    sent["esc"] = ["SAD", "HAP", "NEU", "ANG", "FEA", "SUR", "DIS", "OTH", "UNK"]
    manager.post(EDITOR, sent)
    made = Scheme.objects.get(code="ours")
    assert [row["code"] for row in made.esc] == ["SAD", "HAP", "NEU", "ANG", "FEA", "SUR"]


@pytest.mark.parametrize(
    ("change", "field", "said"),
    [
        ({"code": "Not This"}, "code", "does not match"),
        ({"code": ""}, "code", "blank"),
        ({"esc.HAP.key": "Digit1"}, "esc.HAP.key", "stands for NEU already"),
        ({"esc.HAP.key": "Enter"}, "esc.HAP.key", "does not match"),
        ({"esc.HAP.key": None}, "esc.HAP.key", "required"),
        ({"esc.HAP.zh": ""}, "esc.HAP.zh", "blank"),
        ({"esc.HAP.en": "x" * 41}, "esc.HAP.en", "40 characters"),
        ({"eis.2.key": "Digit2"}, "eis.2.key", "stands for HAP already"),
        ({"esc.NEU.on": None}, "eis", "offer both or neither"),
        ({"mode": "multi"}, "esc", "leave NEU out"),
        ({"mode": "quiz"}, "mode", "not a valid choice"),
        ({"secondary": "9"}, "secondary", "less than or equal to 3"),
        ({"label_space": "nowhere"}, "label_space", "No label space"),
    ],
)
def test_what_is_wrong_is_told_at_its_field_and_nothing_is_made(manager, change, field, said):
    n = Scheme.objects.count()
    answer = manager.post(
        EDITOR,
        {k: v for k, v in core(action="save").items() if k not in change}
        | {k: v for k, v in change.items() if v is not None},
    )
    assert answer.status_code == 422
    assert said in " ".join(problems(answer)[field])
    assert Scheme.objects.count() == n


def test_what_was_typed_stays_when_it_is_refused(manager):
    answer = manager.post(EDITOR, core(action="save", **{"esc.HAP.en": "Glad", "esc.SAD.zh": ""}))
    html = answer.content.decode()
    assert 'value="Glad"' in html
    assert re.search(r'id="f-esc-SAD-zh" value=""[^>]*aria-invalid="true"', html)


def test_the_preview_is_what_the_labelling_page_shows(manager, corpus, user):
    """The same parts draw both: only what belongs to one clip differs."""
    choice = re.compile(r'<fieldset class="choice-set">.*?</fieldset>', re.S)
    sent = core(**{"esc.HAP.en": "Glad", "esc.SAD.key": "KeyW"})
    preview = manager.post(PREVIEW, sent).content.decode()
    manager.post(EDITOR, {**sent, "action": "save"})
    campaign = factories.campaign(corpus, annotators=[user], scheme="ours")
    page = manager.get(reverse("annotation:label", args=[campaign.public_id])).content.decode()
    assert choice.findall(preview) == choice.findall(page) != []
    assert "Glad" in preview


def test_typing_a_draft_stores_nothing_and_asks_for_no_code_yet(manager):
    n = Scheme.objects.count()
    answer = manager.post(PREVIEW, {**core(), "code": ""})
    assert answer.status_code == 200
    assert problems(answer) == {}
    assert "<html" not in answer.content.decode()
    assert Scheme.objects.count() == n


def test_a_key_clash_is_previewed_with_its_complaint(manager):
    answer = manager.post(PREVIEW, core(**{"esc.HAP.key": "Digit1"}))
    assert list(problems(answer)) == ["esc.HAP.key"]
    assert "choice-set" in answer.content.decode()


def test_buttons_move_rows_and_add_and_drop_scales_and_rules(manager):
    html = manager.post(EDITOR, core(action="up:esc:HAP")).content.decode()
    assert html.index('name="esc" value="HAP"') < html.index('name="esc" value="NEU"')
    html = manager.post(EDITOR, core(action="add:valence")).content.decode()
    assert 'name="extras.0.code" id="f-extras-0-code" value="valence"' in html
    html = manager.post(EDITOR, core(action="add:rule")).content.decode()
    assert 'name="n_rules" value="1"' in html


def test_dropping_a_scale_moves_those_behind_it_up(manager):
    sent = form(from_scheme(vad()), base="", code="ours", action="drop:extras:0")
    html = manager.post(EDITOR, sent).content.decode()
    second = vad().extras[1]["code"]
    assert f'name="extras.0.code" id="f-extras-0-code" value="{second}"' in html


@pytest.mark.parametrize("action", ["up:esc:XXX", "drop:extras:9", "drop:colour:0", "fly", "up"])
def test_a_button_that_is_none_changes_nothing(manager, action):
    assert manager.post(EDITOR, core(action=action)).status_code == 200


def scale(**changes):
    texts = {
        "code": "tension",
        "kind": "slider",
        "min": "0",
        "max": "10",
        "step": "0.5",
        "zh": "紧张",
        "en": "Tension",
        "low_zh": "低",
        "low_en": "low",
        "high_zh": "高",
        "high_en": "high",
        **changes,
    }
    return {"n_scales": "1"} | {f"extras.0.{name}": value for name, value in texts.items()}


def rule(**changes):
    texts = {
        "target": "tension",
        "then_min": "5",
        "severity": "warn",
        "zh": "愤怒通常紧张。",
        "en": "Anger is mostly tense.",
        **changes,
    }
    sent = {f"cross.0.{name}": value for name, value in texts.items()}
    return {"n_rules": "1", "cross.0.when_esc": ["ANG"], **sent}


def test_scales_and_rules_are_saved(manager):
    manager.post(EDITOR, core(action="save", **scale(), **rule()))
    made = Scheme.objects.get(code="ours")
    assert (made.extras[0]["code"], made.extras[0]["step"]) == ("tension", 0.5)
    assert made.rules["cross"] == [
        {
            "when": {"esc": ["ANG"]},
            "then": {"extra": "tension", "min": 5},
            "severity": "warn",
            "message": {"zh": "愤怒通常紧张。", "en": "Anger is mostly tense."},
        }
    ]


@pytest.mark.parametrize(
    ("change", "field", "said"),
    [
        (scale(max="0"), "extras.0.max", "not above its beginning"),
        (scale(step="3"), "extras.0.step", "do not lead"),
        (scale(min="low"), "extras.0.min", "valid number"),
        (scale(kind="sam"), "extras.0.kind", "pictures for"),
        (scale(low_zh=""), "extras.0.low_zh", "blank"),
        (scale(code=""), "extras.0.code", "blank"),
        ({**scale(), **rule(then_min="99")}, "cross.0.target", "can meet the rule"),
        ({**scale(), **rule(then_min="")}, "cross.0.target", "asks for nothing"),
        ({**scale(), **rule(target="mood")}, "cross.0.target", "No scale 'mood'"),
        ({**scale(), **rule(zh="")}, "cross.0.zh", "blank"),
        ({**scale(), **rule(severity="")}, "cross.0.severity", "valid choice"),
        ({**scale(), **rule(when_min="9")}, "cross.0.when_esc", "never applies"),
        ({**rule(target="eis", then_min="2.5")}, "cross.0.then_min", "valid integer"),
    ],
)
def test_what_is_wrong_with_scales_and_rules_is_told_at_its_field(manager, change, field, said):
    answer = manager.post(EDITOR, core(action="save", **change))
    assert answer.status_code == 422
    assert said in " ".join(problems(answer).get(field, [str(problems(answer))]))
    assert not Scheme.objects.filter(code="ours").exists()


def test_every_place_an_error_can_name_is_a_field_of_the_form(manager):
    """So that no error is told nowhere: the form is drawn with scales and rules, and searched."""
    draft = from_scheme(vad())
    names = ["esc.0.names.zh", "esc.1.key", "eis.0.names.en", "extras.0.low.zh", "extras.1.step"]
    names += ["rules.eis_required", "rules.secondary", "rules.shows_intended", "code", "version"]
    html = manager.get(f"{EDITOR}?from=seqd-vad-1@1&copy").content.decode()
    for name in names:
        assert f'data-error="{place_in_form(draft, name)}"' in html, name


def test_the_list_says_who_uses_which_version_and_moves_campaigns(manager, corpus, user):
    first = create_scheme(read_request(core(), user), by=user)
    campaign = factories.campaign(corpus, annotators=[], scheme="ours", name="Pilot")
    manager.post(EDITOR, form(from_scheme(first), action="save"))
    html = manager.get(LIST).content.decode()
    assert "Move to version 2" in html
    manager.post(MOVE, {"campaign": campaign.public_id, "scheme": "ours@2"})
    campaign.refresh_from_db()
    assert campaign.scheme.version == 2
    assert "Move to version" not in manager.get(LIST).content.decode()


def read_request(sent, user):
    posted = QueryDict(mutable=True)
    for name, value in sent.items():
        posted.setlist(name, value if isinstance(value, list) else [value])
    return read(from_post(posted), by=user).request


def test_a_move_that_is_refused_is_explained(manager, corpus):
    campaign = factories.campaign(corpus, annotators=[])
    sent = {"campaign": campaign.public_id, "scheme": "brighter-1"}
    answer = manager.post(MOVE, sent, follow=True)
    assert "another scheme" in str(*answer.context["messages"])


def test_an_unknown_scheme_or_space_is_not_found(manager):
    assert manager.get(f"{EDITOR}?from=nothing@1").status_code == 404
    assert manager.get(f"{EDITOR}?from=seqd-1@x").status_code == 404
    assert manager.get(f"{EDITOR}?space=nowhere").status_code == 422


@pytest.mark.parametrize("role", ["researcher", "annotator"])
def test_only_managers_edit_schemes(client, corpus, role):
    client.force_login(factories.member(corpus, role))
    assert client.get(EDITOR).status_code == 403
    assert client.post(PREVIEW, {}).status_code == 403
    assert client.post(MOVE, {}).status_code == 403


def test_an_empty_or_odd_form_is_drawn_with_its_errors(manager):
    odd = {"esc": ["<b>", "HAP"], "n_scales": "9999", "n_rules": "-1", "esc.HAP.on": "on"}
    for sent in ({}, odd):
        answer = manager.post(EDITOR, {**sent, "action": "save"})
        assert answer.status_code == 422
        assert "<b>" not in answer.content.decode().split("scheme-form")[1]

"""Further emotions and scales in the plain form: read, refused with words, shown again."""

from __future__ import annotations

import re

import pytest
from django.urls import reverse

from annotation.models import Annotation, Scheme
from tests import factories
from tests.annotation.web.test_labelling_page import config, hidden, open_form, stored

pytestmark = [pytest.mark.django_db]

PLEASANT = {
    "when": {"esc": ["HAP"]},
    "then": {"extra": "valence", "min": 5},
    "severity": "warn",
    "message": {"zh": "高兴却不愉快？", "en": "Happy but unpleasant?"},
}
TENSION = {
    "code": "tension",
    "kind": "slider",
    "min": 0,
    "max": 1,
    "step": 0.25,
    "key": "KeyT",
    "names": {"zh": "紧张度", "en": "Tension"},
    "low": {"zh": "放松", "en": "relaxed"},
    "high": {"zh": "紧绷", "en": "tense"},
}


@pytest.fixture
def corpus():
    corpus = factories.CorpusFactory()
    factories.clips(corpus, 3)
    corpus.clips.update(intended_esc="ANG", intended_eis=3)
    return corpus


@pytest.fixture
def annotator(corpus):
    return factories.member(corpus)


def make_scheme(**rules):
    base = Scheme.objects.get(code="seqd-vad-1")
    made = Scheme.objects.create(
        code="rich",
        label_space=base.label_space,
        esc=base.esc,
        eis=base.eis,
        extras=[*base.extras, TENSION],
        rules={**base.rules, **rules},
    )
    return made


@pytest.fixture
def sit_down(client, corpus, annotator):
    """Open a campaign with the scheme; its page's address."""

    def open_page(scheme="seqd-vad-1"):
        campaign = factories.campaign(corpus, annotators=[annotator], scheme=scheme, name=scheme)
        client.force_login(annotator)
        return reverse("annotation:label", args=[campaign.public_id])

    return open_page


HAPPY = {"esc": "HAP", "eis": "2"}


def test_the_page_shows_pictures_steps_and_further_emotions_with_their_keys(client, sit_down):
    html = client.get(sit_down()).content.decode()
    assert html.count('class="manikin"') == 15
    for code in ("valence", "arousal", "dominance"):
        assert len(re.findall(rf'name="extra-{code}" value="[1-9]"', html)) == 9
    further = re.findall(r'name="secondary" value="(\w+)" data-code="Shift\+(\w+)"', html)
    assert ("HAP", "Digit2") in further
    assert not {"NEU", "OTH", "UNK"} & {code for code, _ in further}
    assert "At most 2" in html


def test_a_scheme_without_them_shows_none(client, sit_down):
    html = client.get(sit_down("seqd-1")).content.decode()
    for name in ("manikin", 'name="secondary"', "extra-", "data-scale"):
        assert name not in html


def test_further_emotions_and_scales_are_stored(client, sit_down):
    address = sit_down()
    further = {"secondary": ["SUR", "EXC"], "extra-valence": "8", "extra-arousal": ""}
    answer = client.post(address, open_form(client, address, **HAPPY, **further))
    assert answer.status_code == 302
    made = Annotation.objects.get()
    assert (made.secondary, made.extras) == (["SUR", "EXC"], {"valence": 8})


@pytest.mark.parametrize(
    ("further", "status", "words"),
    [
        ({"secondary": ["HAP"]}, 422, "first emotion already"),
        ({"secondary": ["NEU"]}, 422, "no emotion"),
        ({"secondary": ["SUR", "SAD", "FEA"]}, 422, "2 at most"),
        ({"extra-valence": "12"}, 422, "outside 1 to 9"),
        ({"extra-valence": "2.5"}, 422, "in steps of 1"),
        ({"extra-mood": "2"}, 422, "No scale"),
        ({"extra-valence": "much"}, 400, "is not a number"),
        ({"extra-valence": "nan"}, 400, "is not a number"),
        ({"extra-valence": "1e999"}, 400, "is not a number"),
    ],
)
def test_what_does_not_fit_is_explained_and_the_rest_of_the_form_is_kept(
    client, sit_down, further, status, words
):
    address = sit_down()
    form = open_form(client, address, **HAPPY, **{"extra-arousal": "4", "confidence": "0.6"})
    reply = client.post(address, form | {"comment": "a door", "flags": ["noise"]} | further)
    html = reply.content.decode()
    assert reply.status_code == status
    assert words in html
    assert stored() == []
    for kept in ("HAP", "0.6", "noise"):
        assert re.search(rf'value="{kept}"[^>]*\schecked', html)
    assert re.search(r'name="extra-arousal" value="4"[^>]*\schecked', html)
    assert ">a door</textarea>" in html


def test_a_warning_is_told_and_the_answer_is_kept(client, sit_down):
    make_scheme(cross=[PLEASANT])
    address = sit_down("rich")
    form = open_form(client, address, **HAPPY, **{"extra-valence": "2"})
    reply = client.post(address, form, follow=True)
    assert "Happy but unpleasant?" in reply.content.decode()
    assert stored() == [("HAP", 2)]


def test_a_rule_that_refuses_is_told_in_the_language_of_the_page(client, sit_down):
    make_scheme(cross=[PLEASANT | {"severity": "refuse"}])
    address = sit_down("rich")
    client.cookies["django_language"] = "zh-hans"
    form = open_form(client, address, **HAPPY, **{"extra-valence": "2"})
    reply = client.post(address, form)
    assert reply.status_code == 422
    assert "高兴却不愉快？" in reply.content.decode()
    assert stored() == []


def test_a_slider_is_a_number_field_that_starts_empty(client, sit_down):
    make_scheme()
    address = sit_down("rich")
    html = client.get(address).content.decode()
    assert 'name="extra-tension" min="0" max="1" step="0.25" value=""' in html
    client.post(address, open_form(client, address, **HAPPY, **{"extra-tension": "0.75"}))
    assert Annotation.objects.get().extras == {"tension": 0.75}


def test_changing_the_last_label_shows_all_of_it_again(client, sit_down):
    address = sit_down()
    further = {"secondary": ["SUR"], "extra-valence": "8", "confidence": "1", "comment": "a door"}
    client.post(address, open_form(client, address, **HAPPY, **further))
    first = Annotation.objects.get()
    html = client.get(f"{address}?revise={first.public_id}").content.decode()
    for value in ("HAP", "SUR", "8", "1"):
        assert re.search(rf'value="{value}"[^>]*\schecked', html)
    assert ">a door</textarea>" in html


def test_the_modules_get_the_whole_of_the_last_answer(client, sit_down):
    address = sit_down()
    further = {"secondary": ["SUR"], "extra-valence": "8", "comment": "a door"}
    client.post(address, open_form(client, address, **HAPPY, **further))
    last = config(client.get(address).content.decode())["last"]
    assert (last["secondary"], last["extras"]) == (["SUR"], {"valence": 8})
    assert last["comment"] == "a door"


def test_an_answer_to_an_older_version_is_not_stored_and_what_still_fits_is_kept(client, sit_down):
    address = sit_down()
    form = open_form(client, address, **HAPPY, **{"extra-valence": "8"})
    assert hidden(client.get(address).content.decode(), "scheme") == "seqd-vad-1@1"
    reply = client.post(address, form | {"scheme": "seqd-vad-1@0", "extra-mood": "3"})
    html = reply.content.decode()
    assert reply.status_code == 409
    assert stored() == []
    assert hidden(html, "assignment") == form["assignment"]
    assert hidden(html, "scheme") == "seqd-vad-1@1"
    assert re.search(r'name="extra-valence" value="8"[^>]*\schecked', html)
    assert client.post(address, form | {"scheme": "seqd-vad-1@1"}).status_code == 302


@pytest.mark.parametrize(("code", "shown"), [("seqd-vad-1", False), ("rich", True)])
def test_what_the_speaker_meant_is_told_only_where_the_scheme_says_so(
    client, sit_down, code, shown
):
    make_scheme(shows_intended=True)
    html = client.get(sit_down(code)).content.decode()
    [offered] = config(html)["assignments"]
    assert ("intended" in offered["clip"]) == shown
    assert ("asked to express" in html) == shown
    if shown:
        assert offered["clip"]["intended"] == {"esc": "ANG", "eis": 3}
        assert "Angry · Strong" in html
    else:
        assert "intended" not in html and "meant" not in html


def test_a_scheme_that_shows_intended_labels_is_silent_where_a_clip_has_none(
    client, sit_down, corpus
):
    make_scheme(shows_intended=True)
    corpus.clips.update(intended_esc="", intended_eis=None)
    [offered] = config(client.get(sit_down("rich")).content.decode())["assignments"]
    assert "intended" not in offered["clip"]


def test_enter_without_script_submits_and_never_skips(client, sit_down):
    """A browser presses the first button of a form; it stood on Skip."""
    html = client.get(sit_down()).content.decode()
    first = re.search(r'<button[^>]*name="action"[^>]*value="(\w+)"', html)
    assert first[1] == "submit"

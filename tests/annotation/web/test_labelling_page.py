"""The labelling page as a plain form: what it offers, what it takes, and what it never shows."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from django.urls import reverse

import annotation
from annotation.models import Annotation, Assignment, Campaign
from annotation.services import queue
from annotation.services.campaigns import change_campaign
from tests import factories

pytestmark = [pytest.mark.django_db]


@pytest.fixture
def corpus():
    corpus = factories.CorpusFactory()
    clips = factories.clips(corpus, 4)
    # What must never show: the intended emotion and what the file was called.
    for clip in clips:
        type(clip).objects.filter(pk=clip.pk).update(
            intended_esc="ANG",
            intended_eis=3,
            native_emotion="furious",
            original_name="actor1_furious.wav",
            transcript="kids are talking",
        )
    return corpus


@pytest.fixture
def annotator(corpus):
    return factories.member(corpus)


@pytest.fixture
def campaign(corpus, annotator):
    return factories.campaign(corpus, annotators=[annotator], overlap=2)


@pytest.fixture
def address(client, annotator, campaign):
    """The page's address, with its reader signed in."""
    client.force_login(annotator)
    return reverse("annotation:label", args=[campaign.public_id])


def hidden(html: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', html)
    assert found, f"no hidden field {name}"
    return found[1]


def config(html: str) -> dict:
    found = re.search(r'<script id="label-config" type="application/json">(.*?)</script>', html)
    assert found
    return json.loads(found[1])


def open_form(client, address, **answer):
    """The fields of the form on the page, with an answer."""
    html = client.get(address).content.decode()
    return {
        "assignment": hidden(html, "assignment"),
        "idempotency_key": hidden(html, "idempotency_key"),
        "action": "submit",
        **answer,
    }


def stored() -> list[tuple[str, int | None]]:
    current = Annotation.objects.current().order_by("pk")
    return [(label.esc, label.eis) for each in current for label in each.labels.all()]


def test_the_page_offers_one_clip_with_its_sound_and_every_choice(client, address, campaign):
    html = client.get(address).content.decode()
    clip = Assignment.objects.get().clip
    assert f'src="{reverse("api:clip-audio", args=[clip.public_id])}"' in html
    for row in campaign.scheme.esc:
        assert f'value="{row["code"]}"' in html
        assert f'data-code="{row["key"]}"' in html


def test_loading_the_page_again_offers_the_same_clip(client, address):
    first = hidden(client.get(address).content.decode(), "assignment")
    assert hidden(client.get(address).content.decode(), "assignment") == first
    assert Assignment.objects.count() == 1


def test_a_submitted_form_is_stored_and_leads_to_the_next_clip(client, address):
    form = open_form(client, address, esc="HAP", eis="2")
    answer = client.post(address, form)
    assert (answer.status_code, answer.url) == (302, address)
    assert stored() == [("HAP", 2)]
    following = hidden(client.get(address).content.decode(), "assignment")
    assert following and following != form["assignment"]


def test_a_form_sent_twice_is_stored_once(client, address):
    form = open_form(client, address, esc="SAD", eis="1")
    assert client.post(address, form).status_code == 302
    assert client.post(address, form).status_code == 302
    assert stored() == [("SAD", 1)]


def test_neutral_without_an_intensity_is_0(client, address):
    client.post(address, open_form(client, address, esc="NEU"))
    assert stored() == [("NEU", 0)]


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ({"esc": "NEU", "eis": "2"}, "NEU has no intensity"),
        ({"esc": "HAP", "eis": "0"}, "choose NEU"),
        ({"esc": "HAP"}, "needs an intensity"),
        ({"esc": "HAP", "eis": "7"}, "is not one of"),
        ({"esc": "HAP", "eis": "two"}, "is not one of"),
        ({"esc": "XYZ", "eis": "1"}, "No category"),
        ({}, "at least one label"),
    ],
)
def test_a_wrong_answer_is_explained_and_nothing_is_stored(client, address, answer, words):
    reply = client.post(address, open_form(client, address, **answer))
    assert reply.status_code == 422
    assert words in reply.content.decode()
    assert stored() == []


def test_a_wrong_answer_keeps_what_was_chosen(client, address):
    reply = client.post(address, open_form(client, address, esc="HAP", eis="0"))
    html = reply.content.decode()
    assert re.search(r'value="HAP"[^>]*\schecked', html)


def test_flags_confidence_and_note_are_kept(client, address):
    extra = {"confidence": "0.6", "flags": ["noise"], "comment": " a door "}
    client.post(address, open_form(client, address, esc="FEA", eis="3", **extra))
    made = Annotation.objects.get()
    assert (made.confidence, made.flags, made.comment) == (0.6, ["noise"], "a door")


def test_skipping_gives_the_clip_back_and_offers_another(client, address):
    form = open_form(client, address, action="skip")
    client.post(address, form)
    assert Assignment.objects.get(public_id=form["assignment"]).state == "skipped"
    assert hidden(client.get(address).content.decode(), "assignment") != form["assignment"]


def test_skipping_a_clip_whose_lease_ran_out_goes_on_to_the_next(client, address):
    form = open_form(client, address, action="skip")
    mine = Assignment.objects.filter(public_id=form["assignment"])
    mine.update(state="expired")
    assert client.post(address, form).status_code == 302
    assert mine.get().state == "expired"


def test_the_reason_of_a_skip_is_the_note_or_what_was_ticked(client, address):
    ticked = open_form(client, address, action="skip", flags=["technical_fault", "noise"])
    client.post(address, ticked)
    noted = open_form(client, address, action="skip", comment="听" * 201)
    told = client.post(address, noted, follow=True).content.decode()
    reasons = Assignment.objects.exclude(skip_reason="").order_by("pk").values_list("skip_reason")
    assert [reason for (reason,) in reasons] == ["noise, technical_fault", "听" * 200]
    assert "the first 200 characters were kept" in told


def test_the_last_label_can_be_changed_and_the_earlier_one_is_kept(client, address):
    client.post(address, open_form(client, address, esc="HAP", eis="2"))
    first = Annotation.objects.get()
    html = client.get(f"{address}?revise={first.public_id}").content.decode()
    assert re.search(r'value="HAP"[^>]*\schecked', html)
    form = {
        "revise": first.public_id,
        "idempotency_key": hidden(html, "idempotency_key"),
        "esc": "SUR",
        "eis": "1",
    }
    assert client.post(address, form).status_code == 302
    assert stored() == [("SUR", 1)]
    assert Annotation.objects.count() == 2


def test_somebody_elses_label_cannot_be_opened_for_changing(client, address, campaign, corpus):
    other = factories.member(corpus)
    factories.CampaignMember.objects.create(campaign=campaign, user=other)
    [held] = queue.claim_next(campaign=campaign, annotator=other)
    made = Annotation.objects.create(
        assignment=held,
        campaign=campaign,
        clip=held.clip,
        annotator=other,
        idempotency_key="k",
        body_sha256="0" * 64,
    )
    html = client.get(f"{address}?revise={made.public_id}").content.decode()
    assert 'name="revise"' not in html


def test_the_page_and_its_headers_are_blind(client, address, campaign, corpus):
    """Nothing of the prompt, of the file's name, of anyone else's answer or of a model."""
    other = factories.member(corpus, username="rival")
    factories.CampaignMember.objects.create(campaign=campaign, user=other)
    campaign.items.update(score=0.123456, probability=0.654321, why="entropy", arm="chosen")
    client.force_login(other)
    client.post(address, open_form(client, address, esc="DIS", eis="3", comment="secret note"))
    client.force_login(campaign.members.exclude(user=other).get().user)
    answer = client.get(address)
    everything = answer.content.decode() + str(dict(answer.headers))
    clip = Assignment.objects.filter(annotator=answer.wsgi_request.user).get().clip
    for secret in ("furious", "kids are talking", "rival", "secret note", "0.123456", "0.654321"):
        assert secret not in everything
    for secret in ("entropy", "chosen by", clip.key, "intended", "native"):
        assert secret not in everything


def test_the_modules_get_the_caller_own_last_answer_only(client, address):
    client.post(address, open_form(client, address, esc="HAP", eis="2"))
    given = config(client.get(address).content.decode())
    assert given["last"]["labels"] == [{"esc": "HAP", "eis": 2}]
    assert set(given["assignments"][0]["clip"]) == {
        "id",
        "duration_ms",
        "audio_url",
        "peaks_url",
        "spectrogram_url",
    }


def test_control_answers_need_no_intensity(client, address):
    given = config(client.get(address).content.decode())
    assert given["eis_optional"] == ["OTH", "UNK"]
    client.post(address, open_form(client, address, esc="UNK"))
    assert stored() == [("UNK", None)]


def test_several_emotions_are_rated_on_their_own(client, annotator, corpus):
    multi = factories.campaign(
        corpus, annotators=[annotator], scheme="brighter-1", name="several", overlap=1
    )
    client.force_login(annotator)
    address = reverse("annotation:label", args=[multi.public_id])
    client.post(address, open_form(client, address, **{"level-HAP": "3", "level-SAD": "0"}))
    assert sorted(stored()) == [("HAP", 3), ("SAD", 0)]


def test_when_nothing_is_left_the_page_says_so(client, address, campaign):
    campaign.items.update(needed=0, free=0)
    html = client.get(address).content.decode()
    assert "No clip is waiting for you" in html
    assert hidden(html, "assignment") == ""


def test_a_paused_campaign_offers_nothing_and_says_why(client, address, campaign, corpus):
    manager = factories.member(corpus, "data_manager")
    change_campaign(campaign, by=manager, state="paused")
    html = client.get(address).content.decode()
    assert "This campaign is paused" in html
    assert not Assignment.objects.exists()


def test_whoever_is_no_member_is_refused(client, corpus, campaign):
    client.force_login(factories.member(corpus, "researcher"))
    answer = client.get(reverse("annotation:label", args=[campaign.public_id]))
    assert answer.status_code == 403


def test_another_corpus_is_not_there(client, campaign):
    client.force_login(factories.member(factories.CorpusFactory()))
    answer = client.get(reverse("annotation:label", args=[campaign.public_id]))
    assert answer.status_code == 404


def test_a_visitor_is_sent_to_sign_in(client, campaign):
    address = reverse("annotation:label", args=[campaign.public_id])
    assert client.get(address).url == f"{reverse('login')}?next={address}"


def test_the_page_is_not_kept_by_the_browser(client, address):
    assert client.get(address)["Cache-Control"] == "no-store"


def test_the_page_speaks_chinese(client, address):
    html = client.get(address, headers={"accept-language": "zh-hans"}).content.decode()
    assert 'lang="zh-hans"' in html
    assert "高兴" in html and "强烈" in html


def test_no_style_and_no_handler_stands_in_the_markup(client, address):
    html = client.get(address).content.decode()
    assert not re.search(r"<[^>]+\sstyle=", html)
    assert not re.search(r"<[^>]+\son[a-z]+=", html)


@pytest.mark.parametrize("eis", ["²", "9" * 5000, "-1", "two", "٣"])
def test_an_intensity_that_is_no_level_is_refused_in_words(client, address, eis):
    answer = client.post(address, open_form(client, address, esc="HAP", eis=eis))
    assert answer.status_code == 422
    assert stored() == []


@pytest.mark.parametrize("key", ["", "k" * 101])
def test_a_form_without_a_usable_key_is_refused_and_nothing_is_stored(client, address, key):
    form = open_form(client, address, esc="HAP", eis="2") | {"idempotency_key": key}
    answer = client.post(address, form)
    assert answer.status_code == 400
    assert "Idempotency-Key" in answer.content.decode()
    assert stored() == []


def test_every_module_of_the_page_is_fetched_at_once(client, address):
    html = client.get(address).content.decode()
    preloaded = set(re.findall(r'rel="modulepreload" href="[^"]*/js/(\w+)', html))
    folder = Path(annotation.__file__).parent / "static/annotation/js"
    assert {"label", "player", "drawer", "heard"} <= preloaded
    assert preloaded <= {module.stem for module in folder.glob("*.js")}


def config_of(client, address):
    html = client.get(address).content.decode()
    found = re.search(r'<script id="label-config" type="application/json">(.*?)</script>', html)
    return json.loads(found[1]), html


def test_the_page_names_the_version_of_the_scheme_it_shows(client, address):
    assert config_of(client, address)[0]["scheme"] == "seqd-1@1"


def test_a_campaign_that_asks_for_nothing_checks_no_volume(client, address):
    config, html = config_of(client, address)
    wanted = {"full_listen": False, "break_after_min": None, "volume": None}
    assert config["listening"] == wanted
    assert "Set your volume" not in html


def test_what_a_campaign_asks_of_listening_reaches_the_page(client, address, campaign):
    asked = {"full_listen": True, "break_after_min": 45, "volume_check": True}
    Campaign.objects.filter(pk=campaign.pk).update(**asked)
    config, html = config_of(client, address)
    listening = config["listening"]
    assert (listening["full_listen"], listening["break_after_min"]) == (True, 45)
    assert listening["volume"]["due_in_s"] == 0
    assert listening["volume"]["level_dbfs"] < 0
    assert "Set your volume before you begin" in html  # for whoever has no script
    assert "labels cannot be submitted here without it" in html

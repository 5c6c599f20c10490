"""Pages of what belongs to one annotator: keys, work, last labels, questions, panels."""

from __future__ import annotations

import csv
import io
import re

import pytest
from django.urls import reverse
from django.utils import timezone

from annotation.labelspaces.actions import ACTION_KEYS
from annotation.models import Annotation, Question, Shortcuts, WorkDay
from annotation.services import labelling, questions, queue
from annotation.services.judgements import Judgement
from annotation.web.scheme_view import ACTION_NAMES
from speecheq.roles import Role
from tests import factories

pytestmark = [pytest.mark.django_db]


@pytest.fixture
def campaign(corpus, annotator):
    return factories.campaign(corpus, annotators=[annotator])


@pytest.fixture
def boss(corpus):
    return factories.member(corpus, Role.DATA_MANAGER)


@pytest.fixture
def reader(client, annotator):
    client.force_login(annotator)
    return client


def url(name, campaign):
    return reverse(f"annotation:{name}", args=[campaign.public_id])


def html_of(client, address):
    return client.get(address).content.decode()


def label(campaign, annotator, esc="HAP"):
    [one] = queue.claim_next(campaign=campaign, annotator=annotator)
    return labelling.submit(
        assignment_id=one.public_id,
        annotator=annotator,
        key=one.public_id,
        judgement=Judgement(labels=[(esc, 2)]),
    ).annotation


def test_every_action_has_a_name():
    assert set(ACTION_NAMES) == set(ACTION_KEYS)


def test_the_page_of_keys_names_every_action(reader, campaign):
    html = html_of(reader, url("keys", campaign))
    for row in campaign.scheme.esc:
        assert f'name="key-esc:{row["code"]}"' in html
    for name in set(ACTION_KEYS) - {"none"}:  # offered where several emotions are rated
        assert f'name="key-action:{name}"' in html


def test_changed_keys_reach_the_labelling_page(reader, campaign):
    answer = reader.post(url("keys", campaign), {"key-esc:HAP": "KeyW", "key-action:skip": "KeyV"})
    assert answer.status_code == 302
    html = html_of(reader, url("label", campaign))
    assert re.search(r'value="HAP"[^>]*data-code="KeyW"', html)
    assert re.search(r'value="skip"[^>]*data-code="KeyV"', html)
    assert 'data-code="Digit2"' not in html


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ({"key-esc:HAP": "Digit3"}, "Another action has this key already."),
        ({"key-esc:HAP": '"><script>alert(1)</script>'}, "This key cannot be chosen."),
    ],
)
def test_a_key_that_cannot_be_is_explained_and_nothing_is_kept(reader, campaign, form, words):
    answer = reader.post(url("keys", campaign), form)
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert "<script>alert" not in answer.content.decode()
    assert not Shortcuts.objects.exists()


def test_keys_are_taken_back_with_one_button(reader, campaign):
    reader.post(url("keys", campaign), {"key-esc:HAP": "KeyW"})
    reader.post(url("keys", campaign), {"key-esc:HAP": "KeyV", "reset": "1"})
    assert Shortcuts.objects.get().keys == {}


@pytest.mark.parametrize("stored", ['"><img src=x>', "KeyW' onload='x"])
def test_whatever_is_stored_is_emitted_safely(reader, campaign, annotator, stored):
    Shortcuts.objects.create(user=annotator, scheme_code="seqd-1", keys={"esc:HAP": stored})
    for name in ("label", "keys"):
        html = html_of(reader, url(name, campaign))
        assert stored not in html


def work(campaign, person, day=None, **more):
    day = day or timezone.now().date()
    return WorkDay.objects.create(campaign=campaign, annotator=person, day=day, **more)


def test_my_work_shows_my_days_and_nobody_elses(reader, campaign, annotator, corpus):
    work(campaign, annotator, labels=60, active_s=1800.0)
    work(campaign, factories.member(corpus), labels=777, active_s=10.0)
    html = html_of(reader, reverse("annotation:my-work"))
    assert campaign.name in html
    assert "0.50" in html and ">120<" in html
    assert "777" not in html


def test_days_before_the_period_are_left_out(reader, campaign, annotator):
    work(campaign, annotator, day=timezone.now().date() - timezone.timedelta(days=10), labels=345)
    address = reverse("annotation:my-work")
    assert "345" not in html_of(reader, f"{address}?days=7")
    assert "345" in html_of(reader, f"{address}?days=30")
    assert reader.get(f"{address}?days=12x").status_code == 200


def rows_of(answer):
    return list(csv.DictReader(io.StringIO(answer.content.decode())))


def test_my_work_is_downloaded_as_csv(reader, campaign, annotator, corpus):
    work(campaign, annotator, labels=60, revisions=2, active_s=1800.0)
    work(campaign, factories.member(corpus), labels=777)
    answer = reader.get(reverse("annotation:my-work-csv"))
    assert "attachment" in answer.headers["Content-Disposition"]
    [row] = rows_of(answer)
    assert (row["labels"], row["revisions"], row["hours"]) == ("60", "2", "0.5000")
    assert (row["corpus"], row["annotator"]) == (corpus.slug, annotator.username)


def test_no_name_becomes_a_formula_in_the_csv(reader, campaign, annotator):
    type(campaign).objects.update(name="=1+1")
    work(campaign, annotator, labels=1)
    assert rows_of(reader.get(reverse("annotation:my-work-csv")))[0]["campaign"] == "'=1+1"


def test_a_manager_sees_the_hours_of_all(client, campaign, annotator, corpus, boss):
    colleague = factories.member(corpus)
    work(campaign, annotator, labels=60)
    work(campaign, colleague, labels=7)
    client.force_login(boss)
    html = html_of(client, url("campaign-work", campaign))
    assert annotator.username in html and colleague.username in html
    one = html_of(client, url("campaign-work", campaign) + f"?annotator={colleague.username}")
    assert annotator.username not in one
    assert len(rows_of(client.get(url("campaign-work", campaign) + "?format=csv"))) == 2
    assert client.get(url("campaign-work", campaign) + "?annotator=nobody").status_code == 404


@pytest.mark.parametrize("role", [Role.ANNOTATOR, Role.RESEARCHER, Role.SESSION_OPERATOR])
def test_nobody_else_sees_the_hours_of_all(client, corpus, campaign, role):
    person = factories.member(corpus, role)
    campaign.members.create(user=person)
    client.force_login(person)
    assert client.get(url("campaign-work", campaign)).status_code == 403


def test_my_last_labels_can_be_heard_and_changed(reader, campaign, annotator):
    first = label(campaign, annotator, "SAD")
    label(campaign, annotator)
    html = html_of(reader, url("history", campaign))
    change = f"{url('label', campaign)}?revise={first.public_id}"
    assert change in html
    assert reverse("api:clip-audio", args=[first.clip.public_id]) in html
    page = html_of(reader, change)
    assert re.search(r'value="SAD"[^>]*checked', page)
    assert first.clip.public_id in page


def test_my_last_labels_tell_all_that_was_answered(reader, campaign, annotator):
    answered = label(campaign, annotator, "SAD")
    Annotation.objects.filter(pk=answered.pk).update(
        secondary=["FEA"],
        extras={"valence": 3.5},
        confidence=0.6,
        flags=["noise"],
        comment="a <sigh> first",
    )
    html = html_of(reader, url("history", campaign))
    assert "also Fearful · Valence 3.5 · fairly sure · noise over the voice" in html
    assert "a &lt;sigh&gt; first" in html


def test_the_last_labels_of_others_are_not_mine(reader, campaign, corpus):
    colleague = factories.member(corpus)
    campaign.members.create(user=colleague)
    theirs = label(campaign, colleague)
    assert "Nothing labelled yet" in html_of(reader, url("history", campaign))
    page = html_of(reader, f"{url('label', campaign)}?revise={theirs.public_id}")
    assert 'name="revise"' not in page


def asked(campaign, annotator, text="Is a sigh sad?"):
    [one] = queue.claim_next(campaign=campaign, annotator=annotator)
    return questions.ask(campaign, clip_id=one.clip.public_id, annotator=annotator, text=text)


def test_a_question_is_asked_and_answered_on_pages(client, campaign, annotator, boss):
    client.force_login(annotator)
    page = html_of(client, url("label", campaign))
    held = re.search(r'action="[^"]+" data-ask>.*?name="assignment" value="([^"]+)"', page)[1]
    client.post(url("questions", campaign), {"assignment": held, "text": "Is a <b>sigh</b> sad?"})
    assert Question.objects.get().assignment.public_id == held
    client.force_login(boss)
    inbox = html_of(client, url("questions", campaign))
    assert "Is a &lt;b&gt;sigh&lt;/b&gt; sad?" in inbox
    assert "1 new" in inbox
    thread = Question.objects.get().public_id
    form = {"question": thread, "text": "Only if it falls.", "action": "close"}
    assert client.post(url("questions", campaign), form).status_code == 302
    assert Question.objects.get().closed
    client.force_login(annotator)
    assert ">1 new<" in html_of(client, url("label", campaign))
    assert "Only if it falls." in html_of(client, url("questions", campaign))
    assert ">1 new<" not in html_of(client, url("questions", campaign))


def test_an_empty_answer_is_refused_and_closes_nothing(client, campaign, annotator, boss):
    thread = asked(campaign, annotator)
    client.force_login(boss)
    answer = client.post(url("questions", campaign), {"question": thread.public_id, "text": ""})
    assert answer.status_code == 422
    assert not Question.objects.get().closed


def test_a_thread_of_another_is_out_of_reach(client, campaign, annotator, corpus):
    thread = asked(campaign, annotator, "mine alone")
    colleague = factories.member(corpus)
    campaign.members.create(user=colleague)
    client.force_login(colleague)
    assert "mine alone" not in html_of(client, url("questions", campaign))
    form = {"question": thread.public_id, "text": "let me in"}
    assert client.post(url("questions", campaign), form).status_code == 404
    assert thread.messages.count() == 1


@pytest.mark.parametrize(("role", "shown"), [(Role.DATA_MANAGER, True), (Role.RESEARCHER, False)])
def test_only_those_who_answer_have_an_inbox_tab(client, corpus, campaign, role, shown):
    client.force_login(factories.member(corpus, role))
    html = html_of(client, reverse("annotation:campaign-detail", args=[campaign.public_id]))
    assert (url("questions", campaign) in html) is shown


def test_examples_are_on_the_labelling_page_by_category_and_level(reader, campaign, corpus):
    strong, slight, gold = corpus.clips.order_by("-key")[:3]
    factories.reference(campaign, strong, "anchor", "BOR", 3, feedback="slow")
    factories.reference(campaign, slight, "anchor", "BOR", 1)
    factories.reference(campaign, gold, "gold", "DIS", 3)
    html = html_of(reader, url("label", campaign))
    places = [html.index(f'data-play="{audio_of(clip)}"') for clip in (slight, strong)]
    assert places == sorted(places)
    assert "slow" in html
    assert audio_of(gold) not in html


def audio_of(clip):
    return reverse("api:clip-audio", args=[clip.public_id])

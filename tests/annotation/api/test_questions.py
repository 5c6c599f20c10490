"""Questions about clips: who may ask, who may read, and what a thread never says."""

from __future__ import annotations

import pytest

from annotation.models import Assignment, Question, QuestionMessage
from annotation.services import labelling, queue
from annotation.services.judgements import Judgement
from speecheq.roles import Role
from tests import factories

pytestmark = [pytest.mark.django_db, pytest.mark.database]


@pytest.fixture
def corpus():
    corpus = factories.CorpusFactory()
    factories.clips(corpus, 4)
    return corpus


@pytest.fixture
def colleague(corpus):
    return factories.member(corpus)


@pytest.fixture
def campaign(corpus, annotator, colleague):
    return factories.campaign(corpus, annotators=[annotator, colleague])


@pytest.fixture
def clip(campaign, annotator):
    """The clip that the annotator holds."""
    return queue.claim_next(campaign=campaign, annotator=annotator)[0].clip


@pytest.fixture
def api(annotator):
    return factories.client(annotator)


@pytest.fixture
def boss(corpus):
    return factories.client(factories.member(corpus, Role.DATA_MANAGER, username="boss"))


def path(campaign):
    return f"/api/v1/campaigns/{campaign.public_id}/questions/"


def post(api, campaign, **body):
    return api.post(path(campaign), body, format="json")


def test_a_question_reaches_the_manager_and_the_answer_the_annotator(api, boss, campaign, clip):
    asked = post(api, campaign, clip=clip.public_id, text="Is a sigh sad?")
    assert asked.status_code == 201
    inbox = boss.get(path(campaign)).json()
    assert (inbox["unread"], inbox["questions"][0]["unread"]) == (1, 1)
    answered = post(
        boss, campaign, question=asked.json()["id"], text="Only if it falls.", close=True
    )
    assert (answered.status_code, answered.json()["closed"]) == (201, True)
    mine = api.get(path(campaign)).json()
    assert mine["unread"] == 1
    [thread] = mine["questions"]
    assert [(m["text"], m["by_annotator"]) for m in thread["messages"]] == [
        ("Is a sigh sad?", True),
        ("Only if it falls.", False),
    ]
    assert boss.get(path(campaign)).json()["unread"] == 0  # an answer was read


def test_reading_is_noted_when_it_is_said_and_not_by_a_get(api, boss, campaign, clip):
    thread = post(api, campaign, clip=clip.public_id, text="?").json()["id"]
    post(boss, campaign, question=thread, text="!")
    for _ in range(2):
        assert api.get(path(campaign)).json()["unread"] == 1
    assert post(api, campaign, question=thread, read=True).json()["unread"] == 0
    assert api.get(path(campaign)).json()["unread"] == 0


def test_one_thread_a_clip_which_asking_again_opens(api, boss, campaign, clip):
    thread = post(api, campaign, clip=clip.public_id, text="first").json()["id"]
    post(boss, campaign, question=thread, close=True)
    again = post(api, campaign, clip=clip.public_id, text="second").json()
    assert (again["id"], again["closed"], len(again["messages"])) == (thread, False, 2)
    assert Question.objects.count() == 1


@pytest.fixture
def twice(campaign, annotator, clip):
    """The clip's first offer, and the same clip offered again as a repeat."""
    first = campaign.assignments.get(annotator=annotator, clip=clip)
    again = Assignment.objects.create(
        campaign=campaign,
        item=first.item,
        clip=clip,
        annotator=annotator,
        kind="repeat",
        expires_at=first.expires_at,
    )
    return first.public_id, again.public_id


def asked_in(api, campaign, assignment):
    """What was said in the threads that the labelling page shows beside this offer."""
    threads = api.get(path(campaign), {"assignment": assignment}).json()["questions"]
    return [message["text"] for thread in threads for message in thread["messages"]]


def test_a_repeat_does_not_bring_back_what_was_asked_of_the_clip(api, boss, campaign, clip, twice):
    first, again = twice
    post(api, campaign, assignment=first, text="Is a sigh sad?")
    assert asked_in(api, campaign, first) == ["Is a sigh sad?"]
    assert asked_in(api, campaign, again) == []
    asked = post(api, campaign, assignment=again, text="A sigh?")
    assert [each["text"] for each in asked.json()["messages"]] == ["A sigh?"]
    inbox = boss.get(path(campaign), {"clip": clip.public_id}).json()["questions"]
    assert {thread["assignment"] for thread in inbox} == {first, again}
    assert {thread["clip"] for thread in inbox} == {clip.public_id}


def test_a_question_by_clip_is_about_its_latest_offer(api, campaign, clip, twice):
    asked = post(api, campaign, clip=clip.public_id, text="?").json()
    assert asked["assignment"] == twice[1]


def test_an_offer_to_somebody_else_is_not_asked_about(api, campaign, colleague):
    [theirs] = queue.claim_next(campaign=campaign, annotator=colleague)
    assert post(api, campaign, assignment=theirs.public_id, text="?").status_code == 404
    assert not Question.objects.exists()


def test_an_example_has_a_thread_of_no_offer(api, campaign, corpus, clip):
    shown = corpus.clips.exclude(pk=clip.pk).last()
    factories.reference(campaign, shown, "anchor")
    threads = [post(api, campaign, clip=shown.public_id, text=text).json() for text in "ab"]
    assert {each["assignment"] for each in threads} == {None}
    assert len({each["id"] for each in threads}) == 1


def test_annotators_do_not_see_each_others_threads(api, campaign, clip, colleague):
    thread = post(api, campaign, clip=clip.public_id, text="mine").json()["id"]
    other = factories.client(colleague)
    assert other.get(path(campaign)).json() == {"unread": 0, "questions": []}
    assert post(other, campaign, question=thread, text="let me in").status_code == 404
    assert QuestionMessage.objects.count() == 1


@pytest.mark.parametrize("role", [Role.RESEARCHER, Role.SESSION_OPERATOR])
def test_staff_who_do_not_answer_see_no_threads(api, corpus, campaign, clip, role):
    thread = post(api, campaign, clip=clip.public_id, text="mine").json()["id"]
    other = factories.client(factories.member(corpus, role))
    assert other.get(path(campaign)).json()["questions"] == []
    assert post(other, campaign, question=thread, text="hello").status_code == 404


def test_an_adjudicator_answers_too(api, corpus, campaign, clip):
    thread = post(api, campaign, clip=clip.public_id, text="mine").json()["id"]
    adjudicator = factories.client(factories.member(corpus, Role.ADJUDICATOR))
    assert post(adjudicator, campaign, question=thread, text="yes").status_code == 201


def test_an_annotator_asks_only_of_clips_they_were_given(api, corpus, campaign, clip):
    others = corpus.clips.exclude(pk=clip.pk).first()
    answer = post(api, campaign, clip=others.public_id, text="what of this?")
    assert answer.status_code == 404
    assert not Question.objects.exists()


@pytest.mark.parametrize(("purpose", "status"), [("practice", 201), ("anchor", 201), ("gold", 404)])
def test_practice_and_examples_may_be_asked_about(api, corpus, campaign, clip, purpose, status):
    shown = corpus.clips.exclude(pk=clip.pk).last()
    factories.reference(campaign, shown, purpose)
    assert post(api, campaign, clip=shown.public_id, text="why?").status_code == status


def test_an_annotator_closes_nothing(api, campaign, clip):
    thread = post(api, campaign, clip=clip.public_id, text="?").json()["id"]
    answer = post(api, campaign, question=thread, close=True)
    assert (answer.status_code, Question.objects.get().closed) == (403, False)


@pytest.mark.parametrize(
    ("body", "status", "field", "code"),
    [
        ({"text": "x"}, 422, "clip", "clip_or_question"),
        ({"clip": "c", "question": "q", "text": "x"}, 422, "clip", "clip_or_question"),
        ({"clip": "c", "assignment": "a", "text": "x"}, 422, "clip", "clip_or_question"),
        ({"clip": "CLIP", "text": "  "}, 422, "text", "no_message"),
        ({"clip": "CLIP"}, 422, "text", "no_message"),
        ({"clip": "CLIP", "text": "x" * 2001}, 400, "text", "max_length"),
        ({"clip": "CLIP", "text": "x", "mood": 1}, 400, "mood", "unknown_field"),
        ({"clip": ["CLIP"], "text": "x"}, 400, "clip", "invalid"),
        ({"clip": "CLIP", "text": "x", "close": True}, 422, "close", "not_a_thread_yet"),
        ({"clip": "CLIP", "text": "x", "read": True}, 422, "read", "not_a_thread_yet"),
    ],
)
def test_bad_input_names_the_field_and_stores_nothing(
    api, campaign, clip, body, status, field, code
):
    body = {name: clip.public_id if value == "CLIP" else value for name, value in body.items()}
    answer = api.post(path(campaign), body, format="json")
    assert answer.status_code == status, answer.content
    assert [(e["field"], e["code"]) for e in answer.json()["errors"]] == [(field, code)]
    assert not Question.objects.exists()


def test_a_reply_needs_words_or_a_decision(api, boss, campaign, clip):
    thread = post(api, campaign, clip=clip.public_id, text="?").json()["id"]
    answer = post(boss, campaign, question=thread)
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, "no_message")


def test_a_thread_ends_somewhere(api, campaign, clip):
    post(api, campaign, clip=clip.public_id, text="1")
    question = Question.objects.get()
    QuestionMessage.objects.bulk_create(
        QuestionMessage(question=question, author=question.annotator, text="x") for _ in range(199)
    )
    answer = post(api, campaign, clip=clip.public_id, text="one more")
    assert (answer.status_code, answer.json()["code"]) == (422, "thread_full")


def test_a_thread_says_nothing_of_what_others_answered(api, boss, campaign, clip, colleague):
    [theirs] = queue.claim_next(campaign=campaign, annotator=colleague)
    assert theirs.clip == clip
    labelling.submit(
        assignment_id=theirs.public_id,
        annotator=colleague,
        key="k",
        judgement=Judgement(labels=[("DIS", 3)], comment="tell nobody"),
    )
    post(api, campaign, clip=clip.public_id, text="?")
    text = api.get(path(campaign)).content.decode()
    assert not any(word in text for word in ("DIS", "tell nobody", colleague.username))


def test_a_campaign_of_others_is_404(campaign):
    stranger = factories.client(factories.member(factories.CorpusFactory()))
    assert stranger.get(path(campaign)).status_code == 404
    assert post(stranger, campaign, clip="x", text="y").status_code == 404


def test_threads_of_one_clip_are_asked_for(api, campaign, clip):
    post(api, campaign, clip=clip.public_id, text="?")
    assert len(api.get(path(campaign), {"clip": clip.public_id}).json()["questions"]) == 1
    assert api.get(path(campaign), {"clip": "clp_other"}).json()["questions"] == []
    assert api.get(path(campaign), {"clop": "x"}).status_code == 400


def test_the_list_costs_the_same_for_many_threads(
    api, boss, campaign, clip, corpus, django_assert_max_num_queries
):
    post(api, campaign, clip=clip.public_id, text="?")
    annotator = Question.objects.get().annotator
    for other in corpus.clips.exclude(pk=clip.pk):
        made = Question.objects.create(campaign=campaign, clip=other, annotator=annotator)
        made.messages.create(author=annotator, text="?")
    with django_assert_max_num_queries(9):
        assert len(boss.get(path(campaign)).json()["questions"]) == 4

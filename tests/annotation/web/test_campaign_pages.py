"""Campaign pages: who sees which, what a form makes, and why a clip is next."""

from __future__ import annotations

import re

import pytest
from django.db.models import F
from django.urls import reverse

from annotation.models import Campaign
from annotation.services import questions, queue
from tests import factories

pytestmark = [pytest.mark.django_db]


@pytest.fixture
def corpus():
    corpus = factories.CorpusFactory(slug="voices", name="Voices")
    factories.clips(corpus, 5)
    return corpus


@pytest.fixture
def manager(corpus):
    return factories.member(corpus, "data_manager", username="mia")


@pytest.fixture
def annotator(corpus):
    return factories.member(corpus, username="anna")


@pytest.fixture
def campaign(corpus, annotator):
    return factories.campaign(corpus, annotators=[annotator], name="Pilot")


def address(name, campaign):
    return reverse(f"annotation:campaign-{name}", args=[campaign.public_id])


def read(client, url, user, **more):
    client.force_login(user)
    return client.get(url, **more)


VALID = {
    "corpus": "voices",
    "name": "Second pass",
    "scheme": "seqd-1@1",
    "overlap": "2",
    "order": "random",
    "seed": "7",
    "members": ["anna"],
    "open_now": "on",
}


def test_a_manager_makes_an_open_campaign(client, manager, annotator):
    client.force_login(manager)
    answer = client.post(reverse("annotation:campaign-create"), VALID)
    made = Campaign.objects.get(name="Second pass")
    assert answer.url == address("detail", made)
    assert (made.state, made.overlap, made.seed, made.items.count()) == ("open", 2, 7, 5)
    assert made.members.get().user == annotator


def test_a_name_already_taken_is_said_beside_the_field(client, manager, annotator, campaign):
    client.force_login(manager)
    form = {**VALID, "name": "Pilot"}
    answer = client.post(reverse("annotation:campaign-create"), form)
    assert answer.status_code == 422
    assert "already has a campaign" in answer.content.decode()
    assert Campaign.objects.count() == 1


def test_a_prefix_chooses_the_clips(client, manager, annotator, corpus):
    client.force_login(manager)
    prefix = corpus.clips.order_by("key").first().key
    form = {**VALID, "key_prefix": prefix}
    client.post(reverse("annotation:campaign-create"), form)
    assert Campaign.objects.get().items.count() == 1


def test_without_a_prefix_all_clips_are_chosen(client, manager, annotator, corpus):
    client.force_login(manager)
    client.post(reverse("annotation:campaign-create"), {**VALID, "key_prefix": ""})
    assert Campaign.objects.get().items.count() == corpus.clips.count()


def test_annotators_come_first_and_are_chosen_people_of_other_roles_are_not(
    client, manager, annotator, corpus
):
    factories.member(corpus, username="a-machine", is_simulated=True)
    html = read(client, reverse("annotation:campaign-create"), manager).content.decode()
    boxes = re.findall(r'<input type="checkbox" name="members" value="([^"]+)"([^>]*)>', html)
    assert [(name, "checked" in rest) for name, rest in boxes] == [
        ("anna", True),
        ("mia", False),
        ("a-machine", False),
    ]
    assert "anna · Annotator" in html and "a-machine · simulated" in html


def test_a_campaign_without_annotators_says_so_to_its_manager(client, manager, corpus):
    empty = factories.campaign(corpus, annotators=[], name="Empty")
    assert (
        "Nobody labels here yet" in read(client, address("detail", empty), manager).content.decode()
    )


def test_the_queue_has_no_columns_for_scores_before_a_model_has_chosen(client, manager, campaign):
    html = read(client, address("queue", campaign), manager).content.decode()
    assert "Probability of being drawn" not in html
    first = campaign.items.order_by("rank").first().clip
    assert reverse("annotation:clip-detail", args=[first.public_id]) in html


def test_an_annotator_cannot_make_one(client, annotator):
    assert read(client, reverse("annotation:campaign-create"), annotator).status_code == 403


def test_the_list_shows_one_own_campaigns_only(client, annotator, campaign):
    stranger = factories.member(factories.CorpusFactory(), "data_manager")
    url = reverse("annotation:campaign-list")
    assert "Pilot" in read(client, url, annotator).content.decode()
    assert "Pilot" not in read(client, url, stranger).content.decode()


def test_an_annotator_sees_the_whole_and_themselves_not_the_others(client, annotator, campaign):
    html = read(client, address("detail", campaign), annotator).content.decode()
    assert reverse("annotation:label", args=[campaign.public_id]) in html
    assert address("queue", campaign) not in html
    assert address("state", campaign) not in html


def test_a_manager_pauses_and_opens(client, manager, campaign):
    client.force_login(manager)
    client.post(address("state", campaign), {"state": "paused"})
    campaign.refresh_from_db()
    assert campaign.state == "paused"
    client.post(address("state", campaign), {"state": "open"})
    campaign.refresh_from_db()
    assert campaign.state == "open"


def test_a_change_that_is_not_offered_is_explained(client, manager, campaign):
    client.force_login(manager)
    answer = client.post(address("state", campaign), {"state": "draft"}, follow=True)
    assert "cannot become draft" in answer.content.decode()


def test_a_manager_of_another_corpus_cannot_touch_it(client, campaign):
    stranger = factories.member(factories.CorpusFactory(), "data_manager")
    client.force_login(stranger)
    assert client.post(address("state", campaign), {"state": "closed"}).status_code == 404
    campaign.refresh_from_db()
    assert campaign.state == "open"


def test_members_are_replaced_by_the_list(client, manager, campaign, corpus):
    other = factories.member(corpus, username="bo")
    client.force_login(manager)
    client.post(address("members", campaign), {"members": ["bo"]})
    assert [row.user for row in campaign.members.all()] == [other]


def test_progress_alone_is_sent_to_a_page_that_polls(client, manager, campaign):
    htmx = {"hx-request": "true"}
    html = read(client, address("detail", campaign), manager, headers=htmx).content.decode()
    assert "<html" not in html
    assert 'id="campaign-progress"' in html


def test_a_closed_campaign_does_not_poll(client, manager, campaign):
    Campaign.objects.update(state="closed")
    html = read(client, address("detail", campaign), manager).content.decode()
    assert 'hx-trigger="every' not in html


def test_the_queue_says_why_a_clip_is_next(client, manager, campaign):
    chosen, control, *_rest = campaign.items.order_by("rank")
    campaign.items.filter(pk=chosen.pk).update(
        rank=-2, arm="chosen", why="entropy", score=1.25, probability=0.5, round_id="rnd_1"
    )
    campaign.items.filter(pk=control.pk).update(rank=-1, arm="control", probability=0.2)
    html = read(client, address("queue", campaign), manager).content.decode()
    assert html.index("chosen by the model") < html.index("random control")
    for figure in ("1.2500", "0.5000", "0.2000", "least sure"):
        assert figure in html


def test_the_queue_is_not_for_annotators(client, annotator, campaign):
    assert read(client, address("queue", campaign), annotator).status_code == 403


def test_the_queue_of_a_campaign_that_has_all_says_so(client, manager, campaign):
    campaign.items.update(needed=0, free=0)
    html = read(client, address("queue", campaign), manager).content.decode()
    assert "Every clip has its labels" in html


def test_home_leads_an_annotator_to_the_next_clip(client, annotator, campaign):
    html = read(client, reverse("home"), annotator).content.decode()
    assert reverse("annotation:label", args=[campaign.public_id]) in html
    assert "Corpora and campaigns" not in html


@pytest.fixture
def checked(corpus, annotator):
    """A campaign in which half of what is offered checks the annotator."""
    made = factories.campaign(
        corpus, annotators=[annotator], name="Checked", gold_share=0.3, repeat_share=0.2
    )
    made.items.filter(pk=made.items.first().pk).update(done=1, free=2)
    return made


PAGES = {
    "home": lambda campaign: reverse("home"),
    "list": lambda campaign: reverse("annotation:campaign-list"),
    "overview": lambda campaign: address("detail", campaign),
    "label": lambda campaign: reverse("annotation:label", args=[campaign.public_id]),
}


@pytest.mark.parametrize("page", PAGES)
def test_every_page_tells_an_annotator_the_same_counts_and_staff_the_exact_ones(
    client, annotator, manager, checked, page
):
    checked.members.create(user=manager)
    n = checked.items.count()
    told, exact = f"1 / {2 * 3 * n}", f"1 / {3 * n}"
    path = PAGES[page](checked)
    mine = read(client, path, annotator).content.decode()
    assert (told in mine, exact in mine) == (True, False)
    staff = read(client, path, manager).content.decode()
    assert page == "label" or (told in staff, exact in staff) == (False, True)


def test_home_shows_a_manager_what_they_manage(client, manager, campaign):
    html = read(client, reverse("home"), manager).content.decode()
    assert "Voices" in html and "Pilot" in html


def test_home_tells_of_messages_until_they_are_read(client, manager, annotator, campaign):
    def told(user):
        html = read(client, reverse("home"), user).content.decode()
        return re.findall(r"\d+ new messages?", html)

    [held] = queue.claim_next(campaign=campaign, annotator=annotator)
    clip = held.clip.public_id
    thread = questions.ask(campaign, clip_id=clip, annotator=annotator, text="Is this one voice?")
    assert (told(manager), told(annotator)) == (["1 new message"], [])
    questions.mark_read(thread, manager)
    questions.reply(thread, author=manager, text="Two.")
    questions.reply(thread, author=manager, text="A child and an adult.")
    assert (told(manager), told(annotator)) == ([], ["2 new messages"])
    questions.mark_read(thread, annotator)
    assert told(annotator) == []


def test_home_tells_whoever_has_nothing_what_to_do(client, db):
    html = read(client, reverse("home"), factories.UserFactory()).content.decode()
    assert "Nothing is waiting for you" in html


def test_a_session_operator_gets_no_link_to_settled_labels(client, campaign, corpus):
    operator = factories.member(corpus, "session_operator")
    for name in ("detail", "queue", "agreement"):
        html = read(client, address(name, campaign), operator).content.decode()
        assert address("consensus", campaign) not in html


def test_a_manager_finds_the_settled_labels_on_every_tab(client, manager, campaign):
    for name in ("detail", "queue", "agreement", "consensus"):
        html = read(client, address(name, campaign), manager).content.decode()
        assert address("consensus", campaign) in html


def test_a_campaign_that_has_all_its_labels_is_not_offered_for_labelling(
    client, annotator, campaign
):
    label = reverse("annotation:label", args=[campaign.public_id])
    assert label in read(client, reverse("home"), annotator).content.decode()
    campaign.items.update(done=F("needed"), free=0)
    for page in ("home", "annotation:campaign-list"):
        assert label not in read(client, reverse(page), annotator).content.decode()

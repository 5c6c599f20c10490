"""The agreement and consensus pages: what a person sees, in both languages."""

from __future__ import annotations

import re

import pytest
from django.test import Client
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from annotation.agreement import coefficient
from annotation.models import Campaign
from annotation.services.consensus import compute_consensus
from annotation.services.votes import catch_up
from annotation.web.agreement import COEFFICIENTS, REASONS
from annotation.web.forest import LEFT, RIGHT, WIDTH, forest
from speecheq import outbox
from speecheq.models import Job
from speecheq.roles import Role
from tests import factories
from tests.annotation.labelled import labelled, revise

pytestmark = [pytest.mark.django_db, pytest.mark.database]

HAP, SAD, NEU = ("HAP", 2), ("SAD", 1), ("NEU", 0)
HTMX = {"HX-Request": "true"}


@pytest.fixture
def campaign():
    made = labelled([HAP, ("HAP", 3), SAD], [SAD, SAD, SAD], [NEU, NEU, HAP], [HAP, SAD])
    outbox.drain()
    return made


@pytest.fixture
def page(campaign):
    client = Client()
    client.force_login(factories.member(campaign.corpus, Role.DATA_MANAGER))
    return client


def address(campaign, name="agreement"):
    return reverse(f"annotation:campaign-{name}", args=[campaign.public_id])


def test_the_page_shows_value_interval_and_references(campaign, page):
    body = page.get(address(campaign)).content.decode()
    assert body.count("<h1") == 1
    assert len(re.findall(r'class="ci"', body)) >= 5
    assert "CREMA-D (voice), IEMOCAP (10 labels): 0.28" in body
    assert "would reject both" in body
    assert "All ratings that can be compared are equal" in body
    assert 'hx-trigger="every 2s"' in body
    assert "style=" not in body


def test_a_poll_gets_the_figures_only_and_nothing_while_they_are_the_same(campaign, page):
    part = page.get(address(campaign), headers=HTMX).content.decode()
    assert "<html" not in part
    seen = re.search(r"\?seen=([\d-]+)", part)[1]
    assert page.get(address(campaign), {"seen": seen}, headers=HTMX).status_code == 204
    revise(campaign, clip=0, who=2, label=HAP)
    outbox.drain()
    again = page.get(address(campaign), {"seen": seen}, headers=HTMX)
    assert again.status_code == 200
    assert headline(again.content.decode()) > headline(part)


def headline(body: str) -> float:
    return float(re.search(r'data-headline="esc">([\d.-]+)<', body)[1])


@pytest.mark.parametrize(("language", "name"), [("en", "Happy"), ("zh-hans", "高兴")])
def test_emotions_have_their_names_in_the_language_of_the_page(campaign, page, language, name):
    for each in ("agreement", "consensus"):
        compute_consensus(campaign, method="plurality")
        answer = page.get(address(campaign, each), headers={"Accept-Language": language})
        assert answer.status_code == 200
        assert name in answer.content.decode()


def test_a_campaign_without_labels_says_what_will_come(page, campaign):
    campaign.annotations.update(counted=False)
    catch_up(campaign)
    assert "No labels yet" in page.get(address(campaign)).content.decode()


def test_simulated_labels_are_marked_on_both_pages():
    campaign = labelled([HAP, HAP], [SAD, SAD], simulated=True)
    outbox.drain()
    compute_consensus(campaign, method="plurality")
    client = Client()
    client.force_login(factories.member(campaign.corpus, Role.ADJUDICATOR))
    for each in ("agreement", "consensus"):
        body = client.get(address(campaign, each)).content.decode()
        assert "4 of the 4 labels come from simulated annotators" in body


def test_every_coefficient_and_reason_of_the_mathematics_has_words_here():
    constants = {value for name, value in vars(coefficient).items()
                 if name.isupper() and isinstance(value, str)}  # fmt: skip
    assert constants == set(REASONS)
    assert {str(words) for words in REASONS.values()} == constants
    assert {"alpha_nominal", "alpha_ordinal", "alpha_interval", "fleiss_kappa", "ac1",
            "percent"} == set(COEFFICIENTS)  # fmt: skip


def test_the_button_asks_for_a_consensus_and_the_page_shows_the_job(campaign, page):
    answer = page.post(address(campaign, "consensus"), {"min_share": "0.5"}, follow=True)
    job = Job.objects.get()
    assert job.params["params"] == {"min_share": 0.5}
    body = answer.content.decode()
    assert f"job-{job.public_id}" in body
    assert "Nothing settled yet" in body


def test_a_share_outside_0_to_1_stays_in_the_form_with_its_error(campaign, page):
    answer = page.post(address(campaign, "consensus"), {"min_share": "7"})
    assert answer.status_code == 422
    assert 'value="7"' in answer.content.decode()
    assert not Job.objects.exists()


def test_settled_labels_are_listed_with_votes_and_can_be_narrowed(campaign, page):
    compute_consensus(campaign, method="plurality")
    keys = [item.clip.key for item in campaign.items.order_by("rank")]
    everything = page.get(address(campaign, "consensus")).content.decode()
    assert all(key in everything for key in keys)
    ties = page.get(address(campaign, "consensus"), {"only": "ties"}).content.decode()
    assert [key in ties for key in keys] == [False, False, False, True]


def test_multi_label_levels_are_listed():
    campaign = labelled([[("HAP", 3), ("SAD", 1)], [("HAP", 2)]], scheme="brighter-1")
    compute_consensus(campaign, method="multi_label")
    client = Client()
    client.force_login(factories.member(campaign.corpus, Role.DATA_MANAGER))
    body = client.get(address(campaign, "consensus")).content.decode()
    assert re.search(r"Happy 2\s*</span>", body)
    assert "Raters who must hear an emotion" in body


def statuses(campaign, corpus, role) -> tuple[int, int]:
    """What someone with `role` in `corpus` gets on the two pages of the campaign."""
    client = Client()
    client.force_login(factories.member(corpus, role))
    agreement, consensus = (
        client.get(address(campaign, name)).status_code for name in ("agreement", "consensus")
    )
    return agreement, consensus


@pytest.mark.parametrize("role", [Role.DATA_MANAGER, Role.ADJUDICATOR, Role.RESEARCHER])
def test_staff_see_the_pages_of_their_own_corpus(campaign, role):
    assert statuses(campaign, campaign.corpus, role) == (200, 200)
    assert statuses(campaign, factories.CorpusFactory(), role) == (404, 404)


EXPLAINED = "Agreement is shown here once the campaign is closed"


def test_an_annotator_sees_agreement_once_the_campaign_is_closed_and_never_the_votes(campaign):
    assert statuses(campaign, campaign.corpus, Role.ANNOTATOR) == (404, 403)
    client = Client()
    client.force_login(campaign.members.first().user)
    overview = reverse("annotation:campaign-detail", args=[campaign.public_id])
    assert client.get(address(campaign)).status_code == 403
    before = client.get(overview).content.decode()
    assert (address(campaign) in before, EXPLAINED in before) == (False, True)
    Campaign.objects.update(state="closed")
    assert client.get(address(campaign)).status_code == 200
    after = client.get(overview).content.decode()
    assert (address(campaign) in after, EXPLAINED in after) == (True, False)
    assert client.get(address(campaign, "consensus")).status_code == 403


def test_the_page_of_a_closed_campaign_moves_for_staff_and_not_for_who_labelled(campaign, page):
    Campaign.objects.update(state="closed")
    client = Client()
    client.force_login(campaign.members.first().user)
    mine, exact = (each.get(address(campaign)).content.decode() for each in (client, page))
    assert headline(mine) == headline(exact)
    revise(campaign, clip=0, who=2, label=HAP)
    outbox.drain()
    assert headline(page.get(address(campaign)).content.decode()) > headline(exact)
    again = client.get(address(campaign), headers=HTMX).content.decode()
    assert again in mine


def test_a_manager_is_not_told_to_wait(campaign, page):
    overview = reverse("annotation:campaign-detail", args=[campaign.public_id])
    assert EXPLAINED not in page.get(overview).content.decode()


NUMBERS = st.floats(-1.5, 1)


@given(st.lists(st.tuples(NUMBERS, NUMBERS, NUMBERS).map(sorted), max_size=6))
def test_nothing_is_drawn_outside_the_axis(estimates):
    lines = [("x", value, low, high) for low, value, high in estimates]
    drawn = forest(lines, references=[(0.28, "a"), (0.67, "b")])
    for mark in drawn.marks:
        assert LEFT <= mark.x_low <= mark.x <= mark.x_high <= WIDTH - RIGHT
        assert drawn.top < mark.y < drawn.bottom
    assert [tick.x for tick in drawn.ticks] == sorted(tick.x for tick in drawn.ticks)
    assert drawn.ticks[-1].label == "1.00"

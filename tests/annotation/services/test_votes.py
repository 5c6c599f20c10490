"""Running sums follow the labels: whatever was delivered, twice, late or never."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotation.models import (
    AgreementSnapshot,
    AgreementState,
    Annotation,
    AnnotationLabel,
    Campaign,
    ClipVotes,
)
from annotation.services import votes
from annotation.services.agreement import live_alpha
from speecheq import outbox
from speecheq.models import Outbox
from tests.annotation.labelled import labelled, revise

pytestmark = [pytest.mark.django_db, pytest.mark.database]

HAP, SAD, NEU = ("HAP", 2), ("SAD", 1), ("NEU", 0)

LABELS = st.tuples(st.sampled_from(["HAP", "NEU", "OTH"]), st.sampled_from([None, 0, 1, 2, 3]))


def from_scratch(campaign: Campaign) -> dict:
    """The sums of every stored scale, counted anew from the labels themselves."""
    clips = Annotation.objects.filter(campaign=campaign).values_list("clip_id", flat=True)
    groups = [(each, 1) for each in votes.current_votes(campaign, set(clips)).values()]
    keys = list(votes.load_sums(campaign))
    return as_json(votes.sums_of_groups(campaign, groups, keys))


def as_json(sums: dict) -> dict:
    return {key: state.to_json() for key, state in sums.items()}


def stored(campaign: Campaign) -> dict:
    return as_json(votes.load_sums(campaign))


@given(st.dictionaries(LABELS, st.integers(1, 99), max_size=8))
def test_votes_are_read_as_they_were_written(given_votes):
    assert votes.read_votes(votes.write_votes(given_votes)) == given_votes


def test_the_text_of_votes_does_not_depend_on_who_came_first():
    one = votes.write_votes({("SAD", 1): 1, ("HAP", None): 2, ("HAP", 2): 1})
    other = votes.write_votes({("HAP", 2): 1, ("SAD", 1): 1, ("HAP", None): 2})
    assert one == other


def test_labels_reach_the_sums_when_their_events_are_handled():
    campaign = labelled([HAP, HAP], [HAP, SAD], [NEU, NEU])
    assert not AgreementState.objects.exists()
    outbox.drain()
    assert set(stored(campaign)) == {
        ("esc", ""), ("eis", ""), ("eis", "HAP"), ("eis", "NEU"), ("eis", "SAD"),
    }  # fmt: skip
    assert stored(campaign) == from_scratch(campaign)
    assert live_alpha(campaign)["esc", ""] == pytest.approx(1 - 1 * 5 / (36 - 9 - 4 - 1) * 2)


def test_a_revision_takes_the_old_label_out():
    campaign = labelled([HAP, SAD], [HAP, HAP], [NEU, NEU])
    outbox.drain()
    revise(campaign, clip=0, who=1, label=HAP)
    outbox.drain()
    assert live_alpha(campaign)["esc", ""] == 1
    assert stored(campaign) == from_scratch(campaign)


def test_events_delivered_twice_or_after_the_fact_change_nothing():
    campaign = labelled([HAP, SAD], [HAP, HAP])
    payloads = list(Outbox.objects.filter(topic="annotation.submitted").values_list("payload"))
    events = [payload for (payload,) in payloads]
    revise(campaign, clip=0, who=1, label=HAP)  # stored before its predecessor's event is handled
    for _ in range(2):
        votes.advance_agreement(events[::-1])
    assert stored(campaign) == from_scratch(campaign)
    assert AgreementSnapshot.objects.get().votes_version == 1


def test_labels_stored_without_events_are_counted_by_catching_up():
    campaign = labelled([HAP, HAP], [SAD, HAP], [NEU, NEU])
    Outbox.objects.all().delete()
    seen = []
    assert votes.catch_up(campaign, on_progress=lambda *at: seen.append(at)) == 3
    assert seen[-1] == (3, 3)
    assert stored(campaign) == from_scratch(campaign)
    assert votes.catch_up(campaign) == 0


def test_a_late_answer_that_does_not_count_is_in_no_sum():
    campaign = labelled([HAP, SAD])
    Annotation.objects.filter(campaign=campaign, labels__esc="SAD").update(counted=False)
    outbox.drain()
    assert [row.votes for row in ClipVotes.objects.all()] == ["HAP:2=1"]


def test_a_clip_whose_labels_all_stopped_counting_leaves_the_sums():
    campaign = labelled([HAP, SAD], [NEU, NEU])
    outbox.drain()
    first = campaign.items.order_by("rank")[0].clip_id
    Annotation.objects.filter(clip_id=first).update(counted=False)
    votes.advance(campaign, [first])
    assert ClipVotes.objects.count() == 1
    assert stored(campaign) == from_scratch(campaign)


def test_a_category_that_the_scheme_does_not_offer_is_counted_all_the_same():
    campaign = labelled([HAP, SAD], [HAP, HAP], [NEU, NEU])
    outbox.drain()
    AnnotationLabel.objects.filter(esc="SAD").update(esc="AWE")
    votes.advance(campaign, [item.clip_id for item in campaign.items.all()])
    assert "AWE" in votes.load_sums(campaign)["esc", ""].values
    assert stored(campaign) == from_scratch(campaign)


def test_multi_label_campaigns_have_a_sum_per_emotion_only():
    both = [("HAP", 2), ("SAD", 0)]
    campaign = labelled([both, both], [[("HAP", 1)], [("HAP", 2)]], scheme="brighter-1")
    outbox.drain()
    assert set(stored(campaign)) == {("eis", "HAP"), ("eis", "SAD")}
    assert stored(campaign) == from_scratch(campaign)


def test_campaigns_in_one_batch_of_events_do_not_mix():
    one, other = labelled([HAP, HAP], [SAD, SAD]), labelled([HAP, SAD], [SAD, HAP], [HAP, HAP])
    outbox.drain()
    assert live_alpha(one)["esc", ""] == 1
    assert live_alpha(other)["esc", ""] < 1
    assert {stored(each) == from_scratch(each) for each in (one, other)} == {True}

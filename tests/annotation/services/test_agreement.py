"""Agreement of a campaign: fresh, cached, and held against the running sums."""

from __future__ import annotations

import logging

import pytest

from annotation.agreement import Rating, agreement_scales
from annotation.models import AgreementSnapshot, AgreementState, AnnotationLabel, Campaign
from annotation.services import agreement, votes
from annotation.services.agreement import agreement_of, live_alpha
from speecheq import outbox
from speecheq.models import Outbox
from tests.annotation.labelled import labelled, revise

pytestmark = [pytest.mark.django_db, pytest.mark.database]

HAP, SAD, NEU = ("HAP", 2), ("SAD", 1), ("NEU", 0)
VARIED = (
    [HAP, HAP, ("HAP", 3)],
    [SAD, HAP, SAD],
    [NEU, NEU, ("OTH", None)],
    [("HAP", 1), ("HAP", 1), None],
    [("ANG", 3), ("ANG", 2), ("FEA", 2)],
    [NEU, None, None],
)


def long_form(campaign: Campaign) -> list[Rating]:
    """Every counting label of the campaign, as the pure package reads them."""
    rows = AnnotationLabel.objects.filter(
        annotation__campaign=campaign, annotation__superseded_at=None, annotation__counted=True
    )
    return [
        Rating(*row)
        for row in rows.values_list("annotation__clip", "annotation__annotator", "esc", "eis")
    ]


def values(found) -> dict:
    return {
        (row["scale"], row["emotion"], row["coefficient"]): row["value"] for row in found.scales
    }


def test_a_campaign_agrees_as_its_labels_do():
    campaign = labelled(*VARIED)
    outbox.drain()
    offered = [entry["code"] for entry in campaign.scheme.esc]
    expected = agreement_scales(long_form(campaign), esc_values=offered)
    found = agreement_of(campaign).scales
    assert found == [
        {**row.as_json(), **{k: pytest.approx(row.as_json()[k]) for k in ("value",)},
         "ci_low": pytest.approx(row.ci_low, abs=1e-9), "ci_high": pytest.approx(row.ci_high)}
        for row in expected
    ]  # fmt: skip


def test_the_running_sums_equal_the_batch_after_labels_and_revisions():
    campaign = labelled(*VARIED)
    outbox.drain()
    revise(campaign, clip=1, who=0, label=HAP)
    revise(campaign, clip=2, who=1, label=("SUR", 3))
    outbox.drain()
    batch = values(agreement_of(campaign))
    for (scale, emotion), alpha in live_alpha(campaign).items():
        name = "alpha_nominal" if scale == "esc" else "alpha_ordinal"
        assert alpha == pytest.approx(batch.get((scale, emotion or None, name)))


def test_an_empty_campaign_says_why_it_has_no_value():
    campaign = labelled([HAP])
    Outbox.objects.all().delete()
    campaign.annotations.update(counted=False)
    found = agreement_of(campaign)
    assert {row["value"] for row in found.scales} == {None}
    assert {row["reason"] for row in found.scales} == {"There are no ratings."}


def test_labels_stored_without_events_are_in_the_first_answer():
    campaign = labelled([HAP, HAP], [SAD, SAD])
    Outbox.objects.all().delete()
    assert values(agreement_of(campaign))["esc", None, "alpha_nominal"] == 1


def test_agreement_changes_once_the_next_label_is_handled():
    campaign = labelled([HAP, HAP], [SAD, SAD])
    outbox.drain()
    before = agreement_of(campaign)
    revise(campaign, clip=0, who=0, label=NEU)
    assert agreement_of(campaign).version == before.version
    outbox.drain()
    after = agreement.recompute(campaign)
    assert after.version > before.version
    assert values(after)["esc", None, "alpha_nominal"] < 1


def test_the_same_votes_are_computed_once(monkeypatch):
    campaign = labelled(*VARIED)
    outbox.drain()
    first = agreement_of(campaign)
    monkeypatch.setattr(agreement, "scale_rows", None)  # computing again would fail
    assert agreement_of(campaign) == first


def test_under_a_stream_of_labels_intervals_are_renewed_at_a_pace(monkeypatch):
    campaign = labelled([HAP, HAP], [SAD, SAD])
    outbox.drain()
    first = agreement_of(campaign)
    AgreementSnapshot.objects.update(scales_ms=60_000)
    revise(campaign, clip=0, who=0, label=NEU)
    outbox.drain()
    waiting = agreement_of(campaign)
    assert (waiting.version, waiting.as_of) == (first.version, first.as_of)
    assert waiting.votes_version > waiting.version
    AgreementSnapshot.objects.update(scales_ms=0)
    assert agreement_of(campaign).version == waiting.votes_version


def test_damaged_sums_are_reported_and_mended(caplog):
    campaign = labelled(*VARIED)
    outbox.drain()
    sound = live_alpha(campaign)
    row = AgreementState.objects.get(campaign=campaign, scale="esc")
    row.state["totals"][0] += 7
    row.save()
    with caplog.at_level(logging.ERROR, logger="annotation.agreement"):
        agreement_of(campaign)
    assert "running sums" in caplog.text
    assert live_alpha(campaign) == sound


def test_simulated_labels_count_and_are_counted_apart():
    campaign = labelled([HAP, HAP], [SAD, SAD], simulated=True)
    outbox.drain()
    found = agreement_of(campaign)
    assert found.n_simulated == 4
    assert values(found)["esc", None, "alpha_nominal"] == 1


def test_an_older_computation_never_replaces_a_newer_one(monkeypatch):
    campaign = labelled([HAP, HAP], [SAD, SAD])
    outbox.drain()
    newer = agreement_of(campaign)
    monkeypatch.setattr(
        agreement, "_read_votes", lambda campaign: (newer.version - 1, votes.vote_groups(campaign))
    )
    assert agreement.recompute(campaign).version == newer.version

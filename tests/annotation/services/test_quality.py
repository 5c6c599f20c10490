"""Figures of annotators, counted by hand: gold, repeats, pace, late answers, qualification."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from annotation.models import Annotation, AnnotationLabel, Assignment, ReferenceClip, WorkDay
from annotation.services import quality
from annotation.services.quality import annotators_of, heard, late_answers
from tests import factories

pytestmark = [pytest.mark.django_db, pytest.mark.database]


@pytest.fixture
def corpus():
    corpus = factories.CorpusFactory()
    factories.clips(corpus, 6)
    return corpus


@pytest.fixture
def anna(corpus):
    return factories.member(corpus, username="anna")


@pytest.fixture
def campaign(corpus, anna):
    return factories.campaign(corpus, annotators=[anna])


def answer(campaign, person, n, *labels, kind="normal", **more):
    """The answer of `person` on the n-th clip, as it is stored."""
    item = campaign.items.order_by("rank")[n]
    assignment = Assignment.objects.create(
        campaign=campaign,
        item=item,
        clip=item.clip,
        annotator=person,
        kind=kind,
        state="done",
        expires_at="2030-01-01T00:00Z",
    )
    made = Annotation.objects.create(
        assignment=assignment,
        campaign=campaign,
        clip=item.clip,
        annotator=person,
        idempotency_key=f"{kind}-{n}",
        body_sha256="",
        **{"counted": kind == "normal", **more},
    )
    for esc, eis in labels:
        AnnotationLabel.objects.create(annotation=made, esc=esc, eis=eis, is_multi=len(labels) > 1)
    return made


def gold(campaign, n, *labels):
    item = campaign.items.order_by("rank")[n]
    known = [{"esc": esc, "eis": eis} for esc, eis in labels]
    ReferenceClip.objects.create(campaign=campaign, clip=item.clip, purpose="gold", labels=known)


def test_gold_counts_exact_emotions_and_the_distance_of_intensities(campaign, anna):
    for n, known in enumerate([("HAP", 2), ("SAD", 3), ("NEU", 0), ("ANG", 1)]):
        gold(campaign, n, known)
    for n, said in enumerate([("HAP", 1), ("SAD", 3), ("CAL", 1), ("ANG", None)]):
        answer(campaign, anna, n, said, kind="gold")
    [row] = annotators_of(campaign)
    assert (row.gold.n, row.gold.right, row.gold.n_eis) == (4, 3, 2)
    assert row.gold.share == 0.75
    assert row.gold.eis_error == 0.5  # off by 1 and by 0; a missing rating is no 0
    assert row.gold.interval == pytest.approx((0.3006, 0.9544), abs=1e-4)
    assert (row.labels, row.extras) == (4, 0)


def test_with_several_emotions_all_that_were_heard_must_be_as_known(corpus, anna):
    campaign = factories.campaign(corpus, annotators=[anna], scheme="brighter-1", name="multi")
    gold(campaign, 0, ("HAP", 2), ("SAD", 0))
    gold(campaign, 1, ("HAP", 2), ("SAD", 1))
    answer(campaign, anna, 0, ("HAP", 3), ("SAD", 0), ("ANG", 0), kind="gold")
    answer(campaign, anna, 1, ("HAP", 2), ("SAD", 0), kind="gold")
    [row] = annotators_of(campaign)
    assert (row.gold.n, row.gold.right) == (2, 1)
    assert (row.gold.n_eis, row.gold.eis_error) == (4, 0.5)


def test_a_clip_that_is_gold_no_more_is_left_out(campaign, anna):
    answer(campaign, anna, 0, ("HAP", 1), kind="gold")
    [row] = annotators_of(campaign)
    assert (row.gold.n, row.gold.share, row.gold.interval) == (0, None, None)


def test_repeats_are_set_against_the_first_answer_of_the_same_person(campaign, anna, corpus):
    ben = factories.member(corpus, username="ben")
    first = [("HAP", 2), ("SAD", 3), ("NEU", 0), ("HAP", 1)]
    again = [("HAP", 2), ("SAD", 1), ("HAP", 1), ("HAP", None)]
    for n, (one, other) in enumerate(zip(first, again, strict=True)):
        answer(campaign, anna, n, one)
        answer(campaign, anna, n, other, kind="repeat")
        answer(campaign, ben, n, ("ANG", 3))
    by_name = {row.user.username: row for row in annotators_of(campaign)}
    repeats = by_name["anna"].repeats
    assert (repeats.n, repeats.esc_equal) == (4, 3)
    assert (repeats.n_eis, repeats.eis_equal) == (2, 1)
    # By hand: HAP 5, SAD 2, NEU 1 of 8; observed 2/8, expected (64 - 30) / 56.
    assert repeats.alpha == pytest.approx(1 - (2 / 8) / (34 / 56))
    assert by_name["ben"].repeats.n == 0
    assert by_name["ben"].member is None


def test_the_revised_answer_is_the_one_that_counts(campaign, anna):
    gold(campaign, 0, ("HAP", 2))
    old = answer(campaign, anna, 0, ("SAD", 2), kind="gold", superseded_at="2030-01-01T00:00Z")
    new = Annotation.objects.create(
        assignment=old.assignment,
        campaign=campaign,
        clip=old.clip,
        annotator=anna,
        idempotency_key="again",
        body_sha256="",
        counted=False,
        supersedes=old,
    )
    AnnotationLabel.objects.create(annotation=new, esc="HAP", eis=2)
    [row] = annotators_of(campaign)
    assert (row.gold.n, row.gold.right, row.labels) == (1, 1, 1)


def test_pace_is_the_median_without_pauses(campaign, anna):
    made = [answer(campaign, anna, n, ("HAP", 1)) for n in range(5)]
    start = made[0].created_at
    for each, seconds in zip(made, [0, 10, 16, 400, 408], strict=True):
        at = start + timedelta(seconds=seconds)
        Annotation.objects.filter(pk=each.pk).update(created_at=at)
    [row] = annotators_of(campaign)
    assert row.seconds_per_clip == 8.0  # of 10, 6 and 8; 384 s was a pause


def test_hours_skips_and_late_answers_are_summed(campaign, anna):
    answer(campaign, anna, 0, ("HAP", 1))
    late = answer(campaign, anna, 1, ("HAP", 1), counted=False)
    answer(campaign, anna, 2, ("HAP", 1), kind="gold")
    Assignment.objects.filter(annotations=late).update(skip_reason="")
    item = campaign.items.order_by("rank")[3]
    Assignment.objects.create(
        campaign=campaign,
        item=item,
        clip=item.clip,
        annotator=anna,
        state="skipped",
        expires_at="2030-01-01T00:00Z",
    )
    for day in (1, 2):
        WorkDay.objects.create(
            campaign=campaign, annotator=anna, day=date(2030, 1, day), active_s=1800
        )
    [row] = annotators_of(campaign)
    assert (row.labels, row.extras, row.skipped, row.hours) == (3, 1, 1, 1.0)
    assert list(late_answers(campaign)) == [late]


def test_who_has_done_nothing_has_no_figures(campaign):
    [row] = annotators_of(campaign)
    assert (row.labels, row.seconds_per_clip, row.gold.n, row.repeats.alpha) == (0, None, 0, None)


@pytest.mark.parametrize(
    ("levels", "emotions"),
    [
        ({"NEU": 0}, {"NEU"}),
        ({"HAP": None}, {"HAP"}),
        ({"HAP": 2, "SAD": 0}, {"HAP"}),
        ({"HAP": 0}, set()),
        ({}, set()),
    ],
)
def test_what_was_heard_is_what_has_an_intensity(levels, emotions):
    assert heard(levels) == emotions


def test_the_number_of_queries_does_not_grow_with_what_was_answered(
    campaign, anna, django_assert_max_num_queries
):
    for n in range(6):
        gold(campaign, n, ("HAP", 2))
        answer(campaign, anna, n, ("HAP", 2), kind="gold")
    with django_assert_max_num_queries(14):
        quality.annotators_of(campaign)

"""What a scheme takes as an answer beyond category and intensity."""

from __future__ import annotations

import hashlib
import json

import pytest
from django.utils.translation import override

from annotation.models import Scheme
from annotation.services.errors import BadLabels
from annotation.services.judgements import Judgement, check_judgement, check_labels, warnings

pytestmark = pytest.mark.django_db


@pytest.fixture
def scheme():
    return Scheme.objects.get(code="seqd-vad-1")


def rule(severity):
    return {
        "when": {"esc": ["HAP"]},
        "then": {"extra": "valence", "min": 5},
        "severity": severity,
        "message": {"zh": "高兴却不愉快？", "en": "Happy but unpleasant?"},
    }


def judgement(*secondary, esc="HAP", eis=2, **more):
    return Judgement(labels=[(esc, eis)], secondary=list(secondary), **more)


def refusals(given, scheme):
    with pytest.raises(BadLabels) as caught:
        check_judgement(given, scheme)
    return [(each.field, each.code) for each in caught.value.errors]


@pytest.mark.parametrize(
    "given",
    [
        judgement(),
        judgement("SAD", "ANX"),
        judgement("SAD", esc="UNK", eis=None),
        judgement(extras={"valence": 7, "arousal": 1, "dominance": 9}),
    ],
)
def test_further_emotions_and_scales_may_be_given_and_left_out(scheme, given):
    check_judgement(given, scheme)


@pytest.mark.parametrize(
    ("given", "field", "code"),
    [
        (judgement("JOY"), "secondary.0", "unknown_esc"),
        (judgement("SAD", "SAD"), "secondary.1", "duplicate_esc"),
        (judgement("HAP"), "secondary.0", "secondary_is_primary"),
        (judgement("NEU"), "secondary.0", "not_an_emotion"),
        (judgement("UNK"), "secondary.0", "not_an_emotion"),
        (judgement("SAD", esc="NEU", eis=0), "secondary.0", "secondary_with_neutral"),
        (judgement("SAD", "ANX", "FEA"), "secondary", "too_many_secondary"),
        (judgement(extras={"valence": 10}), "extras.valence", "out_of_range"),
        (judgement(extras={"valence": 1.5}), "extras.valence", "off_step"),
        (judgement(extras={"mood": 1}), "extras.mood", "unknown_extra"),
    ],
)
def test_what_the_scheme_does_not_take_is_refused_with_its_place(scheme, given, field, code):
    assert refusals(given, scheme) == [(field, code)]


def test_every_wrong_field_is_named_at_once(scheme):
    given = judgement("NEU", eis=9, extras={"valence": 0})
    assert refusals(given, scheme) == [
        ("labels.0.eis", "out_of_scale"),
        ("secondary.0", "not_an_emotion"),
        ("extras.valence", "out_of_range"),
    ]


def test_a_required_scale_must_be_rated(scheme):
    scheme.extras[0]["required"] = True
    assert refusals(judgement(), scheme) == [("extras.valence", "extra_required")]


def test_labels_alone_can_be_checked_where_nothing_more_is_known(scheme):
    scheme.extras[0]["required"] = True
    check_labels([("HAP", 2)], scheme)
    with pytest.raises(BadLabels) as caught:
        check_labels([("HAP", 0)], scheme)
    assert [(each.field, each.code) for each in caught.value.errors] == [
        ("labels.0.eis", "zero_needs_neu")
    ]


def test_a_scheme_without_further_emotions_and_scales_takes_none():
    plain = Scheme.objects.get(code="seqd-1")
    assert refusals(judgement("SAD"), plain) == [("secondary", "too_many_secondary")]
    given = judgement(extras={"valence": 5})
    assert refusals(given, plain) == [("extras.valence", "unknown_extra")]


def test_a_rule_that_refuses_says_so_in_the_words_of_the_scheme(scheme):
    scheme.rules = {**scheme.rules, "cross": [rule("refuse")]}
    given = judgement(extras={"valence": 2})
    assert refusals(given, scheme) == [("extras.valence", "cross_rule")]
    with override("zh-hans"), pytest.raises(BadLabels, match="高兴却不愉快"):
        check_judgement(given, scheme)


def test_a_rule_that_warns_refuses_nothing(scheme):
    scheme.rules = {**scheme.rules, "cross": [rule("warn")]}
    given = judgement(extras={"valence": 2})
    check_judgement(given, scheme)
    assert warnings(given, scheme) == ["Happy but unpleasant?"]
    assert warnings(judgement(extras={"valence": 6}), scheme) == []


@pytest.mark.parametrize("changed", [{"secondary": ["SAD"]}, {"extras": {"valence": 5}}])
def test_the_hash_of_an_answer_covers_all_of_it(changed):
    plain = Judgement(labels=[("HAP", 2)])
    assert Judgement(labels=[("HAP", 2)], **changed).sha256() != plain.sha256()


def test_answers_from_before_further_scales_keep_their_hash():
    """Their keys may still be retried: another hash would turn the retry into a conflict."""
    before = {
        "labels": [["HAP", 2]],
        "confidence": None,
        "flags": [],
        "comment": "",
        "listened_ms": 0,
        "replays": 0,
        "client_at": None,
    }
    expected = hashlib.sha256(json.dumps(before, sort_keys=True).encode()).hexdigest()
    assert Judgement(labels=[("HAP", 2)]).sha256() == expected

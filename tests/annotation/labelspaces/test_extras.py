"""Further scales: which may exist, and which ratings are on them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotation.labelspaces.extras import Scale, rating_problems, scale_problems
from annotation.labelspaces.schemes import SCHEMES

VALENCE = {"code": "valence", "kind": "sam", "min": 1, "max": 9, "step": 1, "required": True}
TENSION = {"code": "tension", "kind": "slider", "min": -1, "max": 1, "step": 0.1}
SCALES = [Scale.from_data(VALENCE), Scale.from_data(TENSION)]


def ratings(**given_by_code):
    return [(p.field, p.code) for p in rating_problems(given_by_code, SCALES)]


@pytest.mark.parametrize("value", [1, 5, 9, 9.0])
def test_a_step_of_the_scale_is_a_rating(value):
    assert ratings(valence=value) == []


@pytest.mark.parametrize(
    ("given_by_code", "field", "code"),
    [
        ({"valence": 0}, "extras.valence", "out_of_range"),
        ({"valence": 10}, "extras.valence", "out_of_range"),
        ({"valence": 2.5}, "extras.valence", "off_step"),
        ({"valence": 3, "tension": 0.05}, "extras.tension", "off_step"),
        ({"valence": 3, "mood": 1}, "extras.mood", "unknown_extra"),
        ({"tension": 0.1}, "extras.valence", "extra_required"),
    ],
)
def test_anything_else_is_refused_with_code_and_field(given_by_code, field, code):
    assert ratings(**given_by_code) == [(field, code)]


def test_steps_that_no_binary_number_meets_exactly_are_on_the_scale():
    assert all(ratings(valence=1, tension=i / 10) == [] for i in range(-10, 11))


@pytest.mark.parametrize(
    ("changed", "field", "code"),
    [
        ({"code": "esc", "kind": "slider"}, "extras.0.code", "reserved_code"),
        ({"code": "mood"}, "extras.0.kind", "no_pictures"),
        ({"max": 7}, "extras.0.max", "sam_steps"),
        ({"step": 2}, "extras.0.max", "sam_steps"),
        ({"max": 1}, "extras.0.max", "empty_range"),
        ({"step": 0}, "extras.0.step", "bad_step"),
        ({"step": -1}, "extras.0.step", "bad_step"),
        ({"step": 3}, "extras.0.step", "bad_step"),
        ({"kind": "slider", "step": 0.001}, "extras.0.step", "bad_step"),
    ],
)
def test_a_scale_that_cannot_be_used_is_refused_with_its_place(changed, field, code):
    [problem] = scale_problems([VALENCE | changed])
    assert (problem.field, problem.code) == (field, code)


def test_a_scale_is_offered_once():
    [problem] = scale_problems([VALENCE, TENSION, VALENCE])
    assert (problem.field, problem.code) == ("extras.2.code", "repeated")


@pytest.mark.parametrize("scheme", SCHEMES, ids=lambda each: each["code"])
def test_the_scales_of_the_built_in_schemes_can_be_used(scheme):
    assert list(scale_problems(scheme["extras"])) == []


bounds = st.integers(-50, 50)


@given(bounds, bounds, st.sampled_from([0.1, 0.25, 1, 2, 5]))
def test_a_scale_that_is_accepted_holds_each_of_its_values_and_none_between(low, high, step):
    row = {"code": "mood", "kind": "slider", "min": low, "max": high, "step": step}
    if list(scale_problems([row])):
        return
    scale = Scale.from_data(row)
    values = scale.values()
    assert (values[0], round(values[-1], 6)) == (low, high)
    assert all(scale.problem_of(min(value, high)) is None for value in values)
    for value in values[:-1]:
        assert scale.problem_of(value + step / 2).code == "off_step"

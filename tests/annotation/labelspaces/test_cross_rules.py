"""Rules between scales: when they are broken, and which of them cannot be."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotation.labelspaces.cross_rules import CrossRule, Offer, broken_rules, rule_problems
from annotation.labelspaces.extras import Scale

VALENCE = Scale("valence", "sam", 1, 9, 1, required=True)
ESC = ["NEU", "HAP", "SAD", "UNK"]
SINGLE = Offer(ESC, [0, 1, 2, 3], multi=False, eis_required=True, scales=[VALENCE])
MULTI = Offer(["HAP", "SAD"], [0, 1, 2, 3], multi=True, eis_required=False, scales=[VALENCE])
MESSAGE = {"zh": "？", "en": "Is that so?"}


def rule(when, then, severity="refuse"):
    return {"when": when, "then": then, "severity": severity, "message": MESSAGE}


HAPPY_IS_PLEASANT = rule({"esc": ["HAP"]}, {"extra": "valence", "min": 5})
STRONG_IS_CLEAR = rule({"esc": ["SAD"], "eis_min": 3}, {"extra": "valence", "max": 3})
SAD_IS_HEARD = rule({"esc": ["SAD"]}, {"eis_min": 2})


def broken(row, esc, eis, *, multi=False, **extras):
    found = broken_rules([CrossRule.from_data(row)], [(esc, eis)], extras, multi=multi)
    return [field for _, field in found]


@pytest.mark.parametrize(
    ("row", "esc", "eis", "extras", "field"),
    [
        (HAPPY_IS_PLEASANT, "HAP", 1, {"valence": 4}, "extras.valence"),
        (HAPPY_IS_PLEASANT, "HAP", 1, {"valence": 5}, None),
        (HAPPY_IS_PLEASANT, "SAD", 1, {"valence": 4}, None),
        (HAPPY_IS_PLEASANT, "HAP", 1, {}, None),
        (STRONG_IS_CLEAR, "SAD", 3, {"valence": 4}, "extras.valence"),
        (STRONG_IS_CLEAR, "SAD", 2, {"valence": 4}, None),
        (STRONG_IS_CLEAR, "SAD", None, {"valence": 4}, None),
        (SAD_IS_HEARD, "SAD", 1, {}, "labels.0.eis"),
        (SAD_IS_HEARD, "SAD", None, {}, None),
    ],
)
def test_a_rule_is_broken_where_it_applies_and_what_it_asks_is_rated_otherwise(
    row, esc, eis, extras, field
):
    assert broken(row, esc, eis, **extras) == ([field] if field else [])


def test_an_emotion_rated_0_among_several_is_not_heard_so_no_rule_speaks_of_it():
    assert broken(HAPPY_IS_PLEASANT, "HAP", 0, multi=True, valence=1) == []
    assert broken(HAPPY_IS_PLEASANT, "HAP", 1, multi=True, valence=1) == ["extras.valence"]


def test_a_rule_without_categories_is_about_all_of_them():
    anything = rule({"eis_min": 2}, {"extra": "valence", "max": 8})
    assert broken(anything, "SAD", 2, valence=9) == ["extras.valence"]


@pytest.mark.parametrize(
    ("row", "field", "code"),
    [
        (rule({"esc": ["HAP", "JOY"]}, {"eis_min": 1}), "when.esc.1", "unknown_esc"),
        (rule({"esc": ["NEU"], "eis_min": 1}, {"eis_min": 1}), "when.esc.0", "never_applies"),
        (rule({"esc": ["HAP"], "eis_min": 4}, {"eis_min": 1}), "when.esc.0", "never_applies"),
        (rule({"eis_min": 3, "eis_max": 2}, {"eis_min": 1}), "when", "never_applies"),
        (rule({"esc": ["HAP"]}, {"extra": "mood", "min": 1}), "then.extra", "unknown_extra"),
        (rule({"esc": ["HAP"]}, {"extra": "valence"}), "then", "asks_nothing"),
        (rule({"esc": ["HAP"]}, {}), "then", "asks_nothing"),
        (rule({"esc": ["HAP"]}, {"extra": "valence", "min": 10}), "then", "cannot_be_met"),
        (rule({}, {"extra": "valence", "min": 5, "max": 4}), "then", "cannot_be_met"),
        (rule({"esc": ["HAP", "NEU"]}, {"eis_min": 1}), "then", "cannot_be_met"),
        (rule({"esc": ["HAP"], "eis_min": 2}, {"eis_max": 1}), "then", "cannot_be_met"),
    ],
)
def test_a_rule_that_makes_no_sense_is_refused_with_its_place(row, field, code):
    [problem] = rule_problems([HAPPY_IS_PLEASANT, row], SINGLE)
    assert (problem.field, problem.code) == (f"rules.cross.1.{field}", code)


def test_rules_that_leave_no_answer_together_are_refused():
    other = rule({"esc": ["HAP"]}, {"extra": "valence", "max": 4})
    [problem] = rule_problems([HAPPY_IS_PLEASANT, other], SINGLE)
    assert (problem.field, problem.code) == ("rules.cross", "cannot_be_met")
    assert "HAP" in problem.detail
    warned = other | {"severity": "warn"}
    assert list(rule_problems([HAPPY_IS_PLEASANT, warned], SINGLE)) == []


numbers = st.integers(-1, 10)
levels = st.fixed_dictionaries({}, optional={"eis_min": numbers, "eis_max": numbers})
whens = st.builds(
    lambda esc, eis: ({"esc": esc} if esc else {}) | eis,
    st.lists(st.sampled_from([*ESC, "JOY"]), unique=True, max_size=2),
    levels,
)
extras = st.fixed_dictionaries(
    {"extra": st.just("valence")}, optional={"min": numbers, "max": numbers}
)
rows = st.builds(rule, whens, st.one_of(levels, extras), st.sampled_from(["refuse", "warn"]))


@pytest.mark.parametrize("offer", [SINGLE, MULTI], ids=["single", "multi"])
@given(st.lists(rows, max_size=3))
def test_rules_that_are_accepted_leave_an_answer_with_every_category(offer, made):
    if list(rule_problems(made, offer)):
        return
    rules = [CrossRule.from_data(row) for row in made if row["severity"] == "refuse"]
    for esc in offer.esc:
        answers = [answer for answer in offer.answers(esc) if answer[1] != 0 or not offer.multi]
        assert any(
            not list(broken_rules(rules, [answer], {"valence": value}, multi=offer.multi))
            for answer in answers
            for value in VALENCE.values()
        )


@given(rows)
def test_a_rule_that_is_refused_for_good_would_never_help(row):
    """Every refusal of a single rule holds against all answers there are."""
    problems = list(rule_problems([row], SINGLE))
    made = CrossRule.from_data(row)
    every = [answer for esc in ESC for answer in SINGLE.answers(esc)]
    applying = [answer for answer in every if made.applies(answer, multi=False)]
    kept = {
        answer[0]
        for answer in applying
        for value in VALENCE.values()
        if made.keeps(answer[1], {"valence": value})
    }
    if not applying:
        assert problems
    if problems and problems[0].code == "cannot_be_met":
        assert {esc for esc, _ in applying} - kept

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotation.labelspaces.rules import LabelError, check_label

CODES = ["NEU", "HAP", "SAD", "UNK"]
LEVELS = [0, 1, 2, 3]


def refusal(esc, eis, **kwargs):
    with pytest.raises(LabelError) as caught:
        check_label(esc, eis, CODES, LEVELS, **kwargs)
    return caught.value.code, caught.value.field


@pytest.mark.parametrize(("esc", "eis"), [("NEU", 0), ("HAP", 3), ("UNK", None), ("NEU", None)])
def test_a_label_of_the_scheme_is_accepted(esc, eis):
    check_label(esc, eis, CODES, LEVELS)


@pytest.mark.parametrize(
    ("esc", "eis", "code", "field"),
    [
        ("JOY", 1, "unknown_esc", "esc"),
        ("", None, "unknown_esc", "esc"),
        ("HAP", 4, "out_of_scale", "eis"),
        ("HAP", -1, "out_of_scale", "eis"),
        ("HAP", True, "out_of_scale", "eis"),
        ("HAP", 1.0, "out_of_scale", "eis"),
        ("NEU", 2, "neu_needs_zero", "eis"),
        ("SAD", 0, "zero_needs_neu", "eis"),
        ("UNK", 0, "zero_needs_neu", "eis"),
    ],
)
def test_a_wrong_label_is_refused_with_code_and_field(esc, eis, code, field):
    assert refusal(esc, eis) == (code, field)


def test_a_scheme_can_require_an_intensity():
    assert refusal("HAP", None, eis_required=True) == ("eis_required", "eis")


def test_the_message_names_the_value_and_the_choices():
    with pytest.raises(LabelError, match=r"EIS 7 is not one of 0, 1, 2, 3\."):
        check_label("HAP", 7, CODES, LEVELS)


@given(st.sampled_from(CODES), st.sampled_from(LEVELS))
def test_what_is_accepted_keeps_neutral_and_zero_together(esc, eis):
    try:
        check_label(esc, eis, CODES, LEVELS)
    except LabelError:
        assert (esc == "NEU") != (eis == 0)
    else:
        assert (esc == "NEU") == (eis == 0)

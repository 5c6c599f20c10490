import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotation.labelstudio.mapping import label_of, label_result, task
from tests.annotation.exports.rows import row


@given(st.sampled_from(["NEU", "HAP", "UNK"]), st.none() | st.integers(0, 3))
def test_a_label_survives_the_way_there_and_back(esc, eis):
    assert label_of(label_result(esc, eis)) == (esc, eis)


def test_a_missing_intensity_has_no_region():
    assert [each["from_name"] for each in label_result("HAP", None)] == ["esc"]


def test_regions_of_other_controls_are_passed_over():
    other = {"from_name": "noise", "value": {"choices": ["a", "b"]}}
    assert label_of([other, *label_result("SAD", 1)]) == ("SAD", 1)


def test_two_choices_for_one_question_are_refused():
    with pytest.raises(ValueError, match="One choice"):
        label_of([{"from_name": "esc", "value": {"choices": ["HAP", "SAD"]}}])
    with pytest.raises(ValueError, match="One choice"):
        label_of(label_result("HAP", 1) + label_result("SAD", 1))


def test_an_intensity_that_is_no_number_is_refused():
    with pytest.raises(ValueError, match="whole number"):
        label_of([{"from_name": "eis", "value": {"choices": ["strong"]}}])


@pytest.mark.parametrize("provenance", ["intended", "predicted", "simulated"])
def test_what_nobody_heard_becomes_a_prediction_with_its_source(provenance):
    made = task(row(provenance=provenance), audio_url="/a")
    assert made["annotations"] == []
    assert made["predictions"][0]["model_version"] == provenance
    assert made["predictions"][0]["score"] == 0.666667

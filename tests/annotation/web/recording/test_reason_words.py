"""Reasons of a verdict as pages without script tell them."""

import pytest

from annotation.web.recording.reason_words import reasons_in_words


def told(**reason):
    given = {"code": "noisy", "severity": "red", "value": 1.0, "limit": 2.0} | reason
    return reasons_in_words({"reasons": [given]})


@pytest.mark.parametrize(
    ("code", "value", "words"),
    [
        ("clipping", 0.0123, "Clipped: 1.23 %"),
        ("clipping", 0.0004, "Clipped: 0.040 %"),
        ("dc_offset", 0.05, "5.00 % of full scale"),
        ("too_short", 9.26, "9.3 syllables a second"),
        ("room_too_loud", -31.4, "-31 dBFS"),
        ("sound_missing", 300, "In all 300 ms of the sound are missing, at most 2 ms may be."),
    ],
)
def test_a_reason_is_a_sentence_with_its_figure(code, value, words):
    (sentence,) = told(code=code, value=value)
    assert words in sentence


def test_what_the_page_has_no_words_for_is_told_in_those_of_the_server():
    assert told(code="new", detail="Something.") == ["Something."]
    assert told(code="new") == ["new"]


def test_a_take_that_was_not_judged_has_no_reason():
    assert reasons_in_words({}) == []

"""Counting sounds."""

from __future__ import annotations

import pytest

from annotation.recording.phonemes import read_transcript
from annotation.recording.sounds import BACK, FINALS, FRONT, INITIALS, PHONES, ZERO, count_sounds


def counted(text: str):
    sounds = count_sounds([read_transcript(text, "zh").symbols or ()], "zh")
    assert sounds is not None
    return sounds


def nonzero(counts) -> dict[str, int]:
    return {sound: n for sound, n in counts.items() if n}


def test_the_tables_have_their_standard_size():
    assert (len(INITIALS), len(FINALS), len(PHONES)) == (22, 38, 39)
    assert len({*INITIALS, *FINALS}) == 60


def test_initials_finals_and_tones_are_counted():
    groups = counted("妈妈买马").groups
    assert nonzero(groups["initials"]) == {"m": 4}
    assert nonzero(groups["finals"]) == {"a": 3, "ai": 1}
    assert nonzero(groups["tones"])["3"] == 2


@pytest.mark.parametrize("text", ["云", "鱼", "外", "文", "儿", "翁", "用"])
def test_a_syllable_without_a_consonant_has_the_zero_initial(text):
    assert nonzero(counted(text).groups["initials"]) == {ZERO: 1}


def test_the_letter_i_is_three_vowels():
    finals = counted("四十里").groups["finals"]
    assert nonzero(finals) == {FRONT: 1, BACK: 1, "i": 1}


def test_u_after_j_is_the_vowel_of_yu():
    assert nonzero(counted("局女").groups["finals"]) == {"v": 2}


def test_syllables_that_are_none_are_counted_apart():
    sounds = counted("嗯，好")
    assert sounds.other == {"zh:n2": 1} or list(sounds.other.values()) == [1]
    assert nonzero(sounds.groups["finals"]) == {"ao": 1}


def test_sounds_of_another_language_are_counted_apart():
    sounds = count_sounds([["zh:h", "zh:ao3", "en:K"]], "zh")
    assert sounds is not None and sounds.other == {"en:K": 1}


def test_english_counts_phones():
    sounds = count_sounds([["en:K", "en:AE", "en:T"], ["en:K"]], "en")
    assert sounds is not None
    assert nonzero(sounds.groups["phones"]) == {"AE": 1, "K": 2, "T": 1}


def test_rare_sounds_are_those_below_the_least():
    sounds = count_sounds([list(f"en:{each}" for each in PHONES) * 3, ["en:K"]], "en")
    assert sounds is not None
    assert sounds.rare() == {}
    assert sounds.rare(4) == {"phones": [each for each in PHONES if each != "K"]}


def test_other_languages_have_no_table():
    assert count_sounds([["fr:a"]], "fr") is None

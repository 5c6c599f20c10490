"""Sentences for people: English as they stand, another language by their template."""

from __future__ import annotations

import copy
import json
import pickle

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from speecheq.sentences import WORDS, Sentence, kept, restored, say, word

CHINESE = {
    "No clip {key!r}.": "没有片段 {key!r}。",
    "line {line}": "第 {line} 行",
    "{place}: {name} is empty.": "{place}：{name} 为空。",
    "closed": "已结束",
    "open": "开放",
}


def in_chinese(template: str) -> str:
    return CHINESE.get(template, template)


def no_clip() -> Sentence:
    return say("No clip {key!r}.", key="a-1")


def test_a_sentence_is_its_english_text():
    assert no_clip() == "No clip 'a-1'."
    assert f"{no_clip()} Choose another." == "No clip 'a-1'. Choose another."


def test_it_is_said_again_by_a_translated_template():
    assert no_clip().translated(in_chinese) == "没有片段 'a-1'。"


def test_a_sentence_among_the_values_is_translated_too():
    told = say("{place}: {name} is empty.", place=say("line {line}", line=3), name="key")
    assert told == "line 3: key is empty."
    assert told.translated(in_chinese) == "第 3 行：key 为空。"


def test_a_template_without_translation_stays_english():
    assert say("Nothing {what}.", what="known").translated(in_chinese) == "Nothing known."


def test_a_value_with_braces_is_no_template():
    assert say("{what} is odd.", what="{key}").translated(in_chinese) == "{key} is odd."
    assert word("{key}").translated(in_chinese) == "{key}"


def test_words_of_the_catalogue_are_translated_one_by_one():
    assert word("open", "closed") == "open, closed"
    assert word("open", "closed").translated(in_chinese) == "开放, 已结束"
    assert word() == ""


@pytest.mark.parametrize("again", [copy.deepcopy, lambda one: pickle.loads(pickle.dumps(one))])
def test_a_copy_keeps_template_and_values(again):
    made = again(say("{place}: {name} is empty.", place=say("line {line}", line=3), name="key"))
    assert made.translated(in_chinese) == "第 3 行：key 为空。"


def test_texts_among_the_values_can_be_changed():
    told = say("{place}: {name} is empty.", place=say("line {line}", line=3), name="k\0")
    clean = told.with_texts(lambda text: text.replace("\0", "?"))
    assert clean == "line 3: k? is empty."
    assert clean.translated(in_chinese) == "第 3 行：k? 为空。"


def test_what_is_stored_has_the_words_beside_the_detail():
    stored = kept({"code": "unknown_clip", "detail": no_clip(), "errors": []})
    assert stored["detail"] == "No clip 'a-1'." and type(stored["detail"]) is str
    assert restored(stored).translated(in_chinese) == "没有片段 'a-1'。"


def test_rows_in_a_list_are_stored_alike():
    stored = kept({"refused": [{"line": 3, "detail": no_clip()}]})
    assert stored["refused"][0][WORDS]["values"] == {"key": "a-1"}


def test_a_plain_detail_is_stored_and_read_as_it_is():
    assert kept({"code": "odd", "detail": "As it is."}) == {"code": "odd", "detail": "As it is."}
    assert restored({"code": "odd", "detail": "As it is."}) == "As it is."
    assert restored({}) == ""


TEXTS = st.text("aZ \n\0{}!:'片", max_size=9)
VALUES = st.one_of(TEXTS, st.integers(), st.floats(allow_nan=False), st.none())


@given(VALUES, VALUES)
@settings(max_examples=40)
def test_what_is_stored_is_read_as_it_was_said(one, other):
    inner = say("{other!r} is no name", other=other)
    told = say("{one} came first: {inner}.", one=one, inner=inner)
    stored = json.loads(json.dumps(kept({"code": "odd", "detail": told})))
    again = restored(stored)
    assert again == told == stored["detail"]
    assert again.translated(lambda template: template) == told

"""Consent texts: their hashes, their layout, who is a minor."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from annotation.recording.consent_forms import (
    PURPOSES,
    Block,
    blocks,
    canonical,
    in_order,
    is_minor,
    text_sha256,
    tidy,
)
from annotation.recording.consent_texts import TEXTS

SHOWN = {"title": "T", "body": "B", "purposes": {"record": "R"}, "language": "en", "version": 1}
# What was seeded once: a text that speakers may have signed is never edited.
SEEDED = {
    "consent-zh-1": "66cdd0f24539007048feb122572c20cc954f6bbecf72a655a40c495aac8a7af6",
    "consent-en-1": "3f19f3dc0bff612670393e91865a3776723c86913c28b4cbb6792f59b96d248b",
}


def test_the_built_in_texts_are_those_that_were_seeded():
    assert {text["code"]: text["sha256"] for text in TEXTS} == SEEDED


@pytest.mark.parametrize("text", TEXTS, ids=lambda text: text["language"])
def test_a_built_in_text_explains_every_purpose_and_how_to_take_it_back(text):
    assert tuple(text["purposes"]) == PURPOSES and all(text["purposes"].values())
    headings = [block.lines[0] for block in blocks(text["body"]) if block.kind == "heading"]
    assert len(headings) == 7
    assert ("撤回同意" in headings) or ("Taking it back" in headings)


def test_the_hash_of_a_text_can_be_computed_anywhere():
    # printf '%s' '{"body":"B",...,"version":1}' | sha256sum
    known = "f87ae8dbd9c0d77b604923a2fa0d0bbbf63d11a1db35284aaa8bb06f14eedaf8"
    assert canonical(SHOWN) == (
        '{"body":"B","language":"en","purposes":{"record":"R"},"title":"T","version":1}'
    )
    assert text_sha256(**SHOWN) == known


@pytest.mark.parametrize("field", sorted(SHOWN))
def test_the_hash_covers_each_part_of_a_text(field):
    other = {**SHOWN, field: {"record": "S"} if field == "purposes" else 2}
    assert text_sha256(**other) != text_sha256(**SHOWN)


def test_line_ends_of_a_browser_and_composed_letters_change_no_hash():
    assert tidy("Cafe\u0301 \r\n\r\n- a\r") == "Café\n\n- a"


@settings(max_examples=40)
@given(st.text())
def test_tidying_again_changes_nothing(text):
    assert tidy(tidy(text)) == tidy(text)


def test_a_text_is_laid_out_in_headings_paragraphs_and_lists():
    body = "First\nline.\n\n## Rights\nYou may:\n- ask\n- leave\n\nEnd."
    assert blocks(body) == [
        Block("paragraph", ("First", "line.")),
        Block("heading", ("Rights",)),
        Block("paragraph", ("You may:",)),
        Block("list", ("ask", "leave")),
        Block("paragraph", ("End.",)),
    ]


@settings(max_examples=40)
@given(st.lists(st.sampled_from(["## h", "- e", "words", ""]), max_size=12))
def test_layout_drops_no_line(lines):
    shown = [line for block in blocks("\n".join(lines)) for line in block.lines]
    assert len(shown) == len([line for line in lines if line])


def test_purposes_stand_in_the_order_in_which_they_build_on_each_other():
    assert in_order(["train", "record", "train"]) == ["record", "train"]


@pytest.mark.parametrize(
    ("born", "declared", "minor"),
    [
        (2009, None, True),
        (2009, False, True),  # the year decides against what was said
        (2008, None, True),  # 17 or 18: nobody said
        (2008, False, False),
        (2008, True, True),
        (2007, None, False),
        (2007, True, True),  # said of oneself
        (None, None, False),
        (None, False, False),
        (None, True, True),
    ],
)
def test_a_minor_is_known_by_the_year_of_birth_or_by_saying_so(born, declared, minor):
    assert is_minor(birth_year=born, year=2026, declared=declared) is minor

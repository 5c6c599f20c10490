"""The order of a session: drawn once from the script and a seed."""

from __future__ import annotations

from collections import Counter
from itertools import groupby

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from annotation.recording.order import Section, draw_order
from annotation.recording.script import WrittenPrompt

CATEGORIES = ["", "NEU", "HAP", "ANG"]


def prompts(*targets: str, name: str = "p") -> list[WrittenPrompt]:
    return [WrittenPrompt(f"{name}{n}", "text", target_esc=esc) for n, esc in enumerate(targets)]


@st.composite
def sections(draw, orders=("fixed", "random", "blocked")):
    """Sections of a few prompts each, all with keys of their own."""
    made = []
    for number in range(draw(st.integers(0, 4))):
        targets = draw(st.lists(st.sampled_from(CATEGORIES), max_size=12))
        kind, order = draw(st.sampled_from(["training", "main"])), draw(st.sampled_from(orders))
        made.append(Section(kind, order, prompts(*targets, name=f"s{number}-")))
    return made


@settings(max_examples=40, deadline=None)
@given(sections(), st.integers(0, 2**31))
def test_every_prompt_is_spoken_once_and_the_same_seed_gives_the_same_order(found, seed):
    drawn = draw_order(found, seed)
    assert Counter(drawn) == Counter(each for section in found for each in section.prompts)
    assert drawn == draw_order(found, seed)


@settings(max_examples=40, deadline=None)
@given(sections(orders=("blocked",)), st.integers(0, 2**31))
def test_a_blocked_section_keeps_each_category_together(found, seed):
    for section in found:
        categories = [each.target_esc for each in draw_order([section], seed)]
        blocks = [category for category, _ in groupby(categories)]
        assert len(blocks) == len(set(blocks))


@settings(max_examples=40, deadline=None)
@given(sections(), st.integers(0, 2**31))
def test_sections_stay_whole_and_training_comes_first(found, seed):
    order = [each.key.partition("-")[0] for each in draw_order(found, seed)]
    names = [name for name, _ in groupby(order)]
    kinds = {f"s{n}": section.kind for n, section in enumerate(found)}
    written = [name for name in sorted(kinds) if name in names]
    assert names == [n for kind in ("training", "main") for n in written if kinds[n] == kind]


def test_a_fixed_section_is_spoken_as_written():
    written = prompts("HAP", "ANG", "HAP", "NEU")
    assert draw_order([Section("main", "fixed", written)], 7) == written


def test_seeds_give_different_orders():
    written = prompts(*["HAP"] * 20)
    orders = {tuple(draw_order([Section("main", "random", written)], seed)) for seed in range(20)}
    assert len(orders) == 20


def test_two_sections_of_the_same_shape_are_shuffled_apart():
    first, second = prompts(*["HAP"] * 20, name="a"), prompts(*["HAP"] * 20, name="b")
    drawn = draw_order([Section("main", "random", first), Section("main", "random", second)], 1)
    assert [each.key[1:] for each in drawn[:20]] != [each.key[1:] for each in drawn[20:]]


def test_every_category_comes_first_in_some_session():
    section = Section("main", "blocked", prompts(*["NEU", "HAP", "ANG"] * 3))
    first = Counter(draw_order([section], seed)[0].target_esc for seed in range(300))
    assert min(first[esc] for esc in ("NEU", "HAP", "ANG")) > 60


def test_an_order_is_the_same_on_every_machine():
    section = Section("main", "random", prompts(*["HAP"] * 6))
    assert [each.key for each in draw_order([section], 2026)] == [
        "p5",
        "p2",
        "p4",
        "p0",
        "p1",
        "p3",
    ]


def test_an_unknown_order_is_refused():
    with pytest.raises(ValueError, match="no order 'sorted'"):
        draw_order([Section("main", "sorted", prompts("HAP"))], 1)

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotation.labelspaces.presets import CONTROL_CATEGORIES, ESC_NAMES, PRESETS
from annotation.labelspaces.projection import FinerScale, Label, Projection
from annotation.labelspaces.rules import CONTROL
from annotation.labelspaces.space import LabelSpace

SPACES = {data["code"]: LabelSpace.from_data(data) for data in PRESETS}
CORE, FULL, RAVDESS = SPACES["core-7"], SPACES["full-13"], SPACES["ravdess-8"]


def labels_of(space):
    """Labels that keep the rule NEU <=> 0, unrated ones among them."""

    def with_level(esc):
        levels = st.just(0) if esc == "NEU" else st.sampled_from(space.levels[1:])
        return st.builds(Label, st.just(esc), st.none() | levels)

    return st.sampled_from([*space.esc, *CONTROL]).flatmap(with_level)


def project(label, source, target):
    return Projection(source, target).label(label)


def test_presets_have_the_sizes_their_names_promise():
    assert {code: len(space.esc) for code, space in SPACES.items()} == {
        "core-7": 7,
        "full-13": 13,
        "ravdess-8": 8,
    }


def test_every_category_and_level_has_a_name_in_both_languages():
    shown = [each["names"] for data in PRESETS for each in (*data["categories"], *data["levels"])]
    shown += [each["names"] for each in CONTROL_CATEGORIES]
    assert all(set(names) == {"zh", "en"} and all(names.values()) for names in shown)
    assert {each["code"] for each in CONTROL_CATEGORIES} == CONTROL <= set(ESC_NAMES)


@pytest.mark.parametrize(
    ("code", "parent"),
    [("CAL", "NEU"), ("EXC", "HAP"), ("FRU", "ANG"), ("ANX", "FEA"), ("CON", "DIS")],
)
def test_an_extended_category_becomes_its_parent(code, parent):
    assert Projection(FULL, CORE).esc(code) == parent


def test_calm_at_level_two_is_neutral_at_level_zero():
    assert project(Label("CAL", 2), RAVDESS, CORE) == Label("NEU", 0)


def test_unrated_calm_is_unrated_neutral():
    assert project(Label("CAL", None), RAVDESS, CORE) == Label("NEU", None)


def test_a_category_without_a_parent_leaves():
    assert project(Label("BOR", 2), FULL, CORE) is None


def test_an_unknown_category_leaves():
    assert Projection(FULL, CORE).esc("WOW") is None


@pytest.mark.parametrize("target", [FULL, RAVDESS])
def test_a_finer_scale_is_refused_and_names_what_it_tells_apart(target):
    with pytest.raises(FinerScale, match="CAL") as refusal:
        Projection(CORE, target)
    assert "CAL" in refusal.value.categories


def test_a_scale_with_fewer_levels_is_refused():
    fewer = LabelSpace("core-7", 2, CORE.esc, {}, (0, 1))
    with pytest.raises(FinerScale, match="EIS 2, EIS 3"):
        Projection(CORE, fewer)


def test_a_vote_without_a_place_still_counts_against_the_others():
    votes = Projection(FULL, CORE).votes({"BOR": 2, "SAD": 1, "EXC": 1, "HAP": 1})
    assert votes == {"BOR": 2, "SAD": 1, "HAP": 2}


def test_parents_in_a_circle_are_refused():
    data = {"code": "x", "version": 1, "levels": []}
    ring = [{"code": "A", "parent": "B"}, {"code": "B", "parent": "A"}]
    with pytest.raises(ValueError, match="circle"):
        LabelSpace.from_data(data | {"categories": ring})


def test_a_code_listed_twice_is_refused():
    data = {"code": "x", "version": 1, "levels": [], "categories": [{"code": "A"}, {"code": "A"}]}
    with pytest.raises(ValueError, match="more than once: A"):
        LabelSpace.from_data(data)


@given(labels_of(FULL))
def test_projecting_onto_its_own_scale_changes_nothing(label):
    assert project(label, FULL, FULL) == label


@given(labels_of(FULL))
def test_projecting_twice_is_projecting_once(label):
    once = project(label, FULL, CORE)
    assert once is None or project(once, CORE, CORE) == once


@given(labels_of(FULL))
def test_the_way_over_a_middle_scale_leads_to_the_same_label(label):
    """A label that the middle scale has a place for reads the same directly and by way of it."""
    middle = project(label, FULL, RAVDESS)
    if middle is not None:
        assert project(middle, RAVDESS, CORE) == project(label, FULL, CORE)


@given(labels_of(FULL), st.sampled_from([CORE, RAVDESS, FULL]))
def test_neutral_and_zero_imply_each_other_after_projection(label, target):
    projected = project(label, FULL, target)
    if projected is not None and projected.eis is not None:
        assert (projected.esc == "NEU") == (projected.eis == 0)


@given(st.dictionaries(st.sampled_from([*FULL.esc, *CONTROL]), st.integers(1, 9)))
def test_no_vote_is_lost(votes):
    assert sum(Projection(FULL, CORE).votes(votes).values()) == sum(votes.values())

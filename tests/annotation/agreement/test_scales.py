"""Which rows a set of labels gives."""

from __future__ import annotations

import pytest

from annotation.agreement import (
    AgreementInputError,
    Rating,
    agreement_scales,
    scale_rows,
    table_scales,
    vote_tables,
)
from annotation.agreement.coefficient import ALL_EQUAL, NO_RATINGS

RATINGS = [
    Rating("a", "x", "HAP", 1),
    Rating("a", "y", "HAP", 2),
    Rating("b", "x", "SAD", 3),
    Rating("b", "y", "HAP", 3),
    Rating("c", "x", "NEU", 0),
    Rating("c", "y", "NEU", 0),
    Rating("d", "x", "HAP", 2),
    Rating("d", "y", "HAP", 2),
    Rating("e", "x", "OTH", None),
]


def rows(ratings, **options):
    found = agreement_scales(ratings, replicates=0, **options)
    return {(row.scale, row.emotion, row.coefficient): row for row in found}


def test_category_intensity_and_each_rated_emotion_have_their_rows():
    assert list(rows(RATINGS)) == [
        ("esc", None, "alpha_nominal"),
        ("esc", None, "fleiss_kappa"),
        ("esc", None, "ac1"),
        ("esc", None, "percent"),
        ("eis", None, "alpha_ordinal"),
        ("eis", None, "alpha_interval"),
        ("eis", "HAP", "alpha_ordinal"),
        ("eis", "NEU", "alpha_ordinal"),
        ("eis", "SAD", "alpha_ordinal"),
    ]


def test_a_label_without_intensity_counts_for_category_only():
    found = rows(RATINGS)
    assert found["esc", None, "alpha_nominal"].n_ratings == 9
    assert found["eis", None, "alpha_ordinal"].n_ratings == 8


def test_intensity_of_an_emotion_uses_the_ratings_of_those_who_chose_it():
    happy = rows(RATINGS)["eis", "HAP", "alpha_ordinal"]
    assert (happy.n_items, happy.n_ratings, happy.n_pairable) == (3, 5, 4)


def test_neutral_is_always_0_so_its_intensity_has_no_alpha():
    neutral = rows(RATINGS)["eis", "NEU", "alpha_ordinal"]
    assert (neutral.value, neutral.reason) == (None, ALL_EQUAL)


def test_no_labels_give_the_same_rows_without_values():
    found = rows([])
    assert len(found) == 6
    assert {(row.value, row.reason) for row in found.values()} == {(None, NO_RATINGS)}


def test_multi_label_has_rows_per_emotion_only():
    ratings = [
        Rating("a", "x", "HAP", 0), Rating("a", "x", "SAD", 2),
        Rating("a", "y", "HAP", 0), Rating("a", "y", "SAD", 3),
        Rating("b", "x", "HAP", 3), Rating("b", "y", "HAP", 3),
    ]  # fmt: skip
    found = rows(ratings, multi=True)
    assert list(found) == [("eis", "HAP", "alpha_ordinal"), ("eis", "SAD", "alpha_ordinal")]
    assert found["eis", "HAP", "alpha_ordinal"].value == 1


def test_the_categories_on_offer_reach_ac1():
    offered = rows(RATINGS, esc_values=["HAP", "SAD", "NEU", "OTH", "FEA", "SUR"])
    assert offered["esc", None, "ac1"].value > rows(RATINGS)["esc", None, "ac1"].value


def test_one_column_is_read_at_the_level_asked_for():
    columns = (["a", "a", "b", "b"], ["x", "y", "x", "y"])
    nominal = table_scales(*columns, ["u", "v", "u", "u"], "nominal")
    ordinal = table_scales(*columns, [1, 2, 1, 1], "ordinal")
    interval = table_scales(*columns, [1, 2, 1, 1], "interval")
    assert [row.coefficient for row in nominal] == ["alpha_nominal", "fleiss_kappa", "ac1",
                                                    "percent"]  # fmt: skip
    assert [(row.scale, row.coefficient) for row in ordinal] == [("eis", "alpha_ordinal")]
    assert [(row.scale, row.coefficient) for row in interval] == [("eis", "alpha_interval")]


def test_words_have_no_order():
    with pytest.raises(AgreementInputError) as caught:
        table_scales(["a", "a"], ["x", "y"], ["low", "high"], "ordinal")
    assert caught.value.code == "not_a_number"


def test_an_unknown_level_names_the_known_ones():
    with pytest.raises(AgreementInputError, match="nominal, ordinal, interval"):
        table_scales(["a"], ["x"], [1], "ratio")


@pytest.mark.parametrize("multi", [False, True])
def test_groups_of_equal_clips_give_the_rows_of_the_clips_themselves(multi):
    groups = [
        ({("HAP", 2): 2, ("SAD", 1): 1}, 3),
        ({("HAP", 1): 1, ("HAP", 2): 1}, 2),
        ({("NEU", 0): 1, ("OTH", None): 1}, 1),
    ]
    written_out = []
    clip = 0
    for votes, n in groups:
        for _ in range(n):
            clip += 1
            labels = [label for label, count in votes.items() for _ in range(count)]
            written_out += [Rating(clip, rater, *label) for rater, label in enumerate(labels)]
    offered = ["HAP", "NEU", "OTH", "SAD"]
    tables = vote_tables(groups, esc_values=offered, levels=[0, 1, 2, 3], multi=multi)
    expected = agreement_scales(written_out, esc_values=offered, multi=multi, replicates=0)
    assert scale_rows(tables, replicates=0) == expected

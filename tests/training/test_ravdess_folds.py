"""The benchmark's folds are clean: no actor on two sides, the double take once."""

from __future__ import annotations

from collections import Counter

import pytest

from benchmarks.ravdess_folds import FOLDS, read_rows, split_rows, table
from tests.data import data_dir


@pytest.fixture(scope="module")
def rows():
    return read_rows(data_dir("ravdess"))


def test_the_take_stored_twice_is_read_once(rows):
    assert len(rows) == 1439
    assert len({row.audio_sha256 for row in rows}) == 1439


def test_the_labels_are_the_actors_intentions(rows):
    by_key = {row.key: row for row in rows}
    angry = by_key["03-01-05-02-02-01-12"]
    assert (angry.esc, angry.eis, angry.sex, angry.language) == ("ANG", 3, "female", "en")
    assert {row.eis for row in rows if row.esc == "NEU"} == {0}
    assert Counter(row.esc for row in rows)["NEU"] == 96


def test_every_actor_is_tested_in_exactly_one_fold():
    assert sorted(actor for actors in FOLDS.values() for actor in actors) == list(range(1, 25))


@pytest.mark.parametrize("fold", FOLDS)
def test_no_actor_stands_on_two_sides_of_a_fold(rows, fold):
    sides: dict[str, set[str]] = {}
    for row in split_rows(rows, fold, seed=3, n_dev=4):
        sides.setdefault(row.speaker, set()).add(row.split)
    assert all(len(splits) == 1 for splits in sides.values())
    tested = {int(speaker[-2:]) for speaker, splits in sides.items() if splits == {"test"}}
    assert tested == set(FOLDS[fold])
    assert sum(splits == {"dev"} for splits in sides.values()) == 4


def test_as_many_women_as_men_choose_the_epoch(rows):
    chosen = [row for row in split_rows(rows, 1, seed=0, n_dev=4) if row.split == "dev"]
    speakers = {row.speaker: row.sex for row in chosen}
    assert Counter(speakers.values()) == {"female": 2, "male": 2}


def test_the_table_ends_with_the_means():
    figures = {"eis_ua": 0.8, "gender_ua": 1.0, "phoneme_error_rate": 0.1, "cpu_s": 100.0}
    results = [{"fold": 1, "esc_ua": 0.6, **figures}, {"fold": 2, "esc_ua": 0.7, **figures}]
    assert table(results).splitlines()[-1] == "| mean | 0.650 | 0.800 | 1.000 | 0.100 | 100 |"
